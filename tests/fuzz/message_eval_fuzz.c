/*
 * The whole way of a message with hostile DNS: evidence, verdict, actions,
 * record, log line.  First line: MAIL FROM.  Second: HELO.  Up to an empty
 * line: a name, a blank, and what DNS has for it: "!" no answer, "=" the
 * client's address, "@" itself as mail exchange, ">" and a name: an alias for
 * that, anything else a TXT record;
 * the name "1" is the client's reverse name, with a name.  Among them, "* DOMAIN"
 * signs the message for that domain with a key that DNS has, so that signatures can pass however the
 * rest is changed; "+ N FIELD" puts a field in front N times (after what is signed above it), so that
 * small inputs reach large limits.  Then the message.
 */
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/log.h"
#include "dkim/dkim_sign.h"
#include "fuzz.h"
#include "mail/authres.h"
#include "mail/domain.h"
#include "mail/eml.h"
#include "policy/judge.h"
#include "sign_key.h"

enum { PIECE_MAX = 255, LINES_MAX = 100, NOW = 1700000000, EDITS_MAX = 4, FIELDS_MAX = 12500, GROWN_MAX = 4 << 20 };

/* ---- the zone ---- */

static void put_txt(FILE *f, struct str text)
{
    for (size_t i = 0; i == 0 || i < text.n; i += PIECE_MAX) {
        struct str piece = str_slice(text, i, i + PIECE_MAX);

        (void)fputs(" \"", f);
        for (size_t k = 0; k < piece.n; k++)
            (void)fprintf(f, "\\%03u", (unsigned)(uint8_t)piece.p[k]);
        (void)fputc('"', f);
    }
}

static void put_line(struct arena *a, FILE *f, struct str line)
{
    struct str word = fuzz_take(&line, ' ');
    const char *name, *client, *target;

    if (str_eq(word, STR("*"))) {
        if (domain_normalize(a, line, &name) == RC_OK)
            (void)fprintf(f, "s._domainkey.%s. TXT \"v=DKIM1; k=rsa; p=" SIGN_KEY_PUBLIC "\"\n", name);
        return;
    }
    if (str_eq(word, STR("+")))
        return;
    if (str_eq(word, STR("1"))) {
        if (domain_normalize(a, line, &client) == RC_OK)
            (void)fprintf(f, "1.2.0.192.in-addr.arpa. PTR %s.\n", client);
        return;
    }
    if (domain_normalize(a, word, &name) != RC_OK)
        return;
    if (line.n > 0 && line.p[0] == '>') {
        if (domain_normalize(a, str_slice(line, 1, line.n), &target) == RC_OK)
            (void)fprintf(f, "%s. CNAME %s.\n", name, target);
        return;
    }
    (void)fprintf(f, "%s. ", name);
    if (str_eq(line, STR("!"))) {
        (void)fputs("SERVFAIL", f);
    } else if (str_eq(line, STR("="))) {
        (void)fputs("A 192.0.2.1", f);
    } else if (str_eq(line, STR("@"))) {
        (void)fprintf(f, "MX 1 %s.", name);
    } else {
        (void)fputs("TXT", f);
        put_txt(f, line);
    }
    (void)fputc('\n', f);
}

/* In a file without a name, as the resolver reads files. */
static struct dns *zone(struct arena *a, struct str *text)
{
    int fd = memfd_create("zone", 0);
    char path[64];
    struct strbuf b = STRBUF_ON(path);
    struct err e = ERR_NONE;
    struct dns *dns;
    FILE *f = fdopen(fd, "w");

    HOLDS(f != NULL);
    for (int i = 0; i < LINES_MAX && text->n > 0; i++) {
        struct str line = fuzz_take(text, '\n');

        if (line.n == 0)
            break;
        put_line(a, f, line);
    }
    (void)fflush(f);
    strbuf_putf(&b, "/proc/self/fd/%d", fd);
    dns = dns_open_zone(path, &e);
    (void)fclose(f);
    if (dns == NULL)
        (void)fprintf(stderr, "%s\n", e.text);
    HOLDS(dns != NULL);
    return dns;
}

/* ---- what is done to the message ---- */

/* With CRLF at the ends of lines, as it is signed. */
static struct str with_crlf(struct arena *a, struct str text)
{
    struct strbuf b = strbuf_new(a, 2 * text.n + 1);

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n' && (i == 0 || text.p[i - 1] != '\r'))
            strbuf_putc(&b, '\r');
        strbuf_putc(&b, text.p[i]);
    }
    return strbuf_str(&b);
}

static struct str sign(struct arena *a, struct str text, struct str domain)
{
    struct dkim_signer *signer;
    struct err e = ERR_NONE;
    struct str out = text;
    const char *name;

    if (domain_normalize(a, domain, &name) != RC_OK ||
        dkim_signer_new(str_of(sign_key_private), name, "s", &signer, &e) != RC_OK)
        return text;
    if (dkim_signer_sign(signer, a, with_crlf(a, text), &out, &e) != RC_OK)
        out = text;
    dkim_signer_free(signer);
    return out;
}

static struct str repeat(struct arena *a, struct str text, struct str what)
{
    struct str number = fuzz_take(&what, ' ');
    struct strbuf b;
    uint32_t n;

    if (!str_to_u32(number, &n) || n > FIELDS_MAX || n * (what.n + 2) + text.n > GROWN_MAX)
        return text;
    b = strbuf_new(a, n * (what.n + 2) + text.n + 1);
    for (uint32_t i = 0; i < n; i++) {
        strbuf_put(&b, what);
        strbuf_puts(&b, "\r\n");
    }
    strbuf_put(&b, text);
    return strbuf_str(&b);
}

/* The lines "*" and "+" of the first part, done to what follows it; arena memory. */
static struct str edited(struct arena *a, struct str lines, struct str text)
{
    for (int edits = 0; edits < EDITS_MAX && lines.n > 0;) {
        struct str line = fuzz_take(&lines, '\n'), word = fuzz_take(&line, ' ');

        if (word.n != 1 || (word.p[0] != '*' && word.p[0] != '+'))
            continue;
        text = word.p[0] == '*' ? sign(a, text, line) : repeat(a, text, line);
        edits++;
    }
    return text;
}

/* ---- what must hold ---- */

static void check_line(const struct strbuf *line)
{
    HOLDS(!line->over && line->n > 0 && line->n < LOG_LINE_MAX);
    for (size_t i = 0; i < line->n; i++)
        HOLDS(line->p[i] >= ' ' && line->p[i] <= '~');
}

/* Line feeds only where the field is folded; one dmarc=, and the id is ours. */
static void check_stamp(struct arena *a, const char *text, const struct config *c)
{
    struct authres r;
    struct err e = ERR_NONE;
    size_t dmarc = 0;

    for (const char *p = text; *p != '\0'; p++) {
        HOLDS(*p != '\r');
        HOLDS(*p != '\n' || p[1] == '\t');
    }
    HOLDS(authres_parse(a, str_of(text), &r, &e) == RC_OK);
    HOLDS(str_eq(r.id, str_of(c->authserv_id)));
    for (size_t i = 0; i < r.n; i++)
        dmarc += str_eq(r.result[i].method, STR("dmarc"));
    HOLDS(dmarc == 1);
}

static void check_actions(struct arena *a, const struct actions *done, const struct config *c)
{
    unsigned last = UINT32_MAX;

    HOLDS(done->n > 0);
    if (done->n == 1 && done->item[0].kind == ACTION_REPLY)
        return; /* more fields in our name than are removed */
    HOLDS(done->n <= ACTION_DELETIONS_MAX + 1);
    for (size_t i = 0; i + 1 < done->n; i++) {
        HOLDS(done->item[i].kind == ACTION_DELETE_HEADER);
        HOLDS(done->item[i].index > 0 && done->item[i].index < last);
        last = done->item[i].index;
    }
    HOLDS(done->item[done->n - 1].kind == ACTION_INSERT_HEADER);
    check_stamp(a, done->item[done->n - 1].text, c);
}

/* Text that is fit to be kept is left alone by what makes text so. */
static void check_text(struct arena *a, const char *text)
{
    size_t n = strlen(text);
    struct strbuf b = strbuf_new(a, n + 8);

    strbuf_put_clean(&b, str_of(text), n);
    HOLDS(str_eq(strbuf_str(&b), str_of(text)));
}

#define CHECK_TEXT(name) check_text(a, r->name);
#define CHECK_INT(name)
#define CHECK(kind, name, help) CHECK_##kind(name)

static void check_record(struct arena *a, const struct record *r)
{
    RECORD_COLUMNS(CHECK)
}

/* ---- the way ---- */

static void feed(void *ctx, struct str piece)
{
    auth_body(ctx, piece);
}

/* An option that names a file with this text, which has no name. */
static const char *option_of_text(const char *option, const char *text, char out[64])
{
    int fd = memfd_create(option, 0);

    HOLDS(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)snprintf(out, 64, "%s=/proc/self/fd/%d", option, fd);
    return out;
}

static struct config *load_settings(void)
{
    struct config *config;
    char senders[64], clients[64];
    const char *const overrides[] = {
        "AuthservID=mx.receiver.example", "Database=", "SendersFolder=",
        option_of_text("SendersFile",
                       "sender esp { Kind = marketing SPF = {_spf.esp.example} DKIM = {esp.example} PTR = {esp.example}\n"
                       "  ReturnPath = {esp.example} KeyCNAME = {keys.esp.example} }\n"
                       "sender box { Kind = mailbox SPF = {_spf.box.example} PTR = {box.example} }", senders),
        option_of_text("ClientsFile", "client c { Domains = d.example Parked = parked.example }", clients),
    };
    struct err e = ERR_NONE;

    HOLDS(config_load(NULL, overrides, 5, &config, &e) == RC_OK && auth_init(&e) == RC_OK);
    return config;
}

static const struct config *settings(void)
{
    static struct config *config;

    if (config == NULL)
        config = load_settings();
    return config;
}

/* What is proven has a service behind it, and the other way round. */
static void check_source(const struct source *s)
{
    HOLDS((s->sender == NULL) == (s->proof == SOURCE_UNPROVEN) && (s->sender == NULL) == (s->detail[0] == '\0'));
    HOLDS(strcmp(s->name, s->sender == NULL ? "unknown" : s->sender->name) == 0);
}

static void evaluate(struct message *m, struct str body, const struct config *c, struct dns *dns)
{
    struct auth *auth;
    struct evidence evidence;
    struct given given = {.message = m, .evidence = &evidence, .config = c};
    struct judgement j;
    struct strbuf line = strbuf_new(m->arena, LOG_LINE_MAX);
    struct err e = ERR_NONE;

    HOLDS(auth_begin(&auth, m, c, dns, &e) == RC_OK && auth_header(auth, &e) == RC_OK);
    eml_body(body, feed, auth);
    m->body_bytes = body.n;
    auth_finish(auth, &evidence);
    HOLDS(judge(m->arena, &given, &j) == RC_OK);
    judge_done(&j, &j.actions, 1);
    logline_make(m->arena, &j.record, &line);
    auth_free(auth);
    check_source(&j.verdict.source);
    check_actions(m->arena, &j.actions, c);
    check_record(m->arena, &j.record);
    check_line(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct message_bounds bounds = {.headers = 1000, .header_bytes = 1 << 20};
    const struct config *c = settings();
    struct arena *a = arena_new(FUZZ_ARENA_MAX), *scratch = arena_new(4 * FUZZ_ARENA_MAX);
    struct str text = fuzz_str(data, size), from = fuzz_take(&text, '\n'), helo = fuzz_take(&text, '\n'), body;
    struct conn conn = {.helo = str_dup(a, helo)};
    struct message m = {.arena = a, .conn = &conn, .arrival_ms = NOW * INT64_C(1000), .queue_id = "q"};
    struct str lines = text;
    struct dns *dns = zone(a, &text);
    struct err e = ERR_NONE;

    HOLDS(ip_parse(STR("192.0.2.1"), &conn.ip));
    m.mail_from = message_path(a, from);
    lines.n = (size_t)(text.p == NULL ? 0 : text.p - lines.p);
    if (str_find(lines, '*') < lines.n)
        m.arrival_ms = (int64_t)time(NULL) * 1000; /* a signature is of now, and not of the future */
    text = edited(scratch, lines, text);
    if (eml_read(text, &m, &bounds, &body, &e) == RC_OK)
        evaluate(&m, body, c, dns);
    dns_close(dns);
    arena_free(scratch);
    arena_free(a);
    return 0;
}
