/* `assay domain --hosted`: records that are hosted here for clients, as a zone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/domain/domain_out.h"
#include "inventory/domain_run.h"
#include "mail/domain.h"
#include "spf/spf_record.h"
#include "syntax/sections.h"

enum { FIELD_SPF, FIELD_DMARC, FIELD_TLS, FIELDS };
enum { TEXT_MAX = 4000, HEAD_MAX = 65536 };

static const struct section_field fields[FIELDS] = {{"SPF", true}, {"DMARC", false}, {"TLSReports", false}};
static const struct section_kind kind = {"hosted", "assay(1)", fields, FIELDS};

/* Lines of one origin. */
struct lines {
    const char **line;
    size_t n;
};

static int title_order(const void *a, const void *b)
{
    return strcmp(((const struct section *)a)->title, ((const struct section *)b)->title);
}

static const char *record_line(struct arena *a, const char *name, const char *label, unsigned ttl, const char *text)
{
    struct strbuf b = strbuf_new(a, 2 * TEXT_MAX + 1000);
    struct str part[40];
    size_t n = domain_strings(str_of(text), part, 40);

    strbuf_putf(&b, "%s%s %u TXT", name, label, ttl);
    for (size_t i = 0; i < n; i++) {
        strbuf_puts(&b, " \"");
        for (size_t k = 0; k < part[i].n; k++) {
            if (part[i].p[k] == '"' || part[i].p[k] == '\\')
                strbuf_putc(&b, '\\');
            strbuf_putc(&b, part[i].p[k]);
        }
        strbuf_putc(&b, '"');
    }
    return b.over ? NULL : b.p;
}

/* "a", "mx", "ptr" without a name would mean the hosted one: the client's is put in. */
static void put_term(struct strbuf *b, struct str term, const char *client)
{
    size_t at = term.n > 0 && strchr("+-~?", term.p[0]) != NULL ? 1 : 0;
    struct str bare = str_slice(term, at, term.n);
    size_t end = str_find(bare, '/');
    struct str name = str_slice(bare, 0, end);

    strbuf_putc(b, ' ');
    strbuf_put(b, str_slice(term, 0, at));
    if (str_eq_nocase(name, STR("a")) || str_eq_nocase(name, STR("mx")) || str_eq_nocase(name, STR("ptr"))) {
        strbuf_put(b, name);
        strbuf_putf(b, ":%s", client);
        bare = str_slice(bare, end, bare.n);
    }
    strbuf_put(b, bare);
}

static enum rc domain_hosted_spf_text(struct arena *a, const struct sections *f, const struct section *s,
                                      const char *client, const char **out, struct err *e)
{
    struct strbuf b = strbuf_new(a, TEXT_MAX);
    struct spf_record r;
    struct err why = ERR_NONE;

    strbuf_puts(&b, "v=spf1");
    for (size_t i = 0; i < s->value[FIELD_SPF].n; i++) {
        struct section_item *item = &s->value[FIELD_SPF].item[i];

        if (strchr(item->text, '%') != NULL || strchr(item->text, ' ') != NULL || strchr(item->text, '=') != NULL ||
            str_ends_nocase(str_of(item->text), STR("all")))
            return sections_bad(f, item->place, e, "SPF takes terms alone, without macros, modifiers and \"all\"; the "
                                "end is put behind them");
        put_term(&b, str_of(item->text), client);
    }
    strbuf_puts(&b, " -all");
    *out = b.p;
    if (!b.over && spf_record_parse(a, strbuf_str(&b), &r, &why) == RC_OK)
        return RC_OK;
    return sections_bad(f, s->value[FIELD_SPF].place, e, "%s", b.over ? "the record is too long" : why.text);
}

static enum rc read_section(struct arena *a, const struct sections *f, const struct section *s, struct lines *hosted,
                            struct lines *leave, struct err *e)
{
    const char *client, *spf = "", *dmarc = section_text(a, s, FIELD_DMARC), *tls = section_text(a, s, FIELD_TLS);
    enum rc rc = RC_OK;

    if (domain_normalize(a, str_of(s->title), &client) != RC_OK)
        return sections_bad(f, s->place, e, "this is no domain");
    if (s->value[FIELD_SPF].present)
        rc = domain_hosted_spf_text(a, f, s, client, &spf, e);
    if (rc == RC_OK && s->value[FIELD_SPF].present)
        hosted->line[hosted->n++] = record_line(a, client, "._spf", 300, spf);
    if (rc == RC_OK && dmarc != NULL && dmarc[0] != '\0') {
        hosted->line[hosted->n++] = record_line(a, client, "._dmarc", 300, dmarc);
        leave->line[leave->n++] = record_line(a, client, "._report._dmarc", 3600, "v=DMARC1");
    }
    if (rc == RC_OK && tls != NULL && tls[0] != '\0')
        hosted->line[hosted->n++] = record_line(a, client, "._tls", 300, tls);
    return rc;
}

static size_t lines_bytes(const struct lines *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++)
        n += strlen(l->line[i]) + 1;
    return n;
}

static void put_lines(struct strbuf *b, const char *origin, const struct lines *l)
{
    if (l->n == 0)
        return;
    strbuf_putf(b, "$ORIGIN %s.\n", origin);
    for (size_t i = 0; i < l->n; i++) {
        strbuf_puts(b, l->line[i]);
        strbuf_puts(b, "\n");
    }
}

/* ---- what stands in front, and its serial ---- */

/* The number kept with that text, or the next: at least the day's first. */
static int serial_of(const struct config *c, struct arena *a, const char *rest, int64_t now, bool keep, int64_t *out)
{
    struct domain_run run = {.time_ms = 0};
    struct store *store = NULL;
    struct err e = ERR_NONE;
    struct tm tm;
    time_t t = (time_t)now;
    char mem[40];
    char of[300];
    struct strbuf serial = STRBUF_ON(mem), key = STRBUF_ON(of); /* key: no domain has a blank */
    uint32_t last = 0;
    enum rc rc = c->database[0] == '\0' ? err_set(&e, RC_BAD, "@SERIAL@ needs a Database, which keeps it")
                 : strlen(rest) >= DOMAIN_RUN_TEXT_MAX ? err_set(&e, RC_LIMIT, "the zone is too long to keep")
                 : store_open(c->database, keep ? STORE_EDIT : STORE_READ, false, &store, &e);

    strbuf_putf(&key, "hosted %s", c->hosted_zone);
    if (rc == RC_OK)
        rc = store_domain_run_last(store, a, of, INT64_MAX, &run, &e);
    if (rc == RC_OK && run.time_ms > 0)
        (void)str_to_u32(str_of(run.findings), &last);
    *out = last;
    if (rc == RC_OK && (last == 0 || strcmp(run.records, rest) != 0) && gmtime_r(&t, &tm) != NULL) {
        int64_t day = ((tm.tm_year + 1900) * 10000LL + (tm.tm_mon + 1) * 100 + tm.tm_mday) * 100;

        *out = day > (int64_t)last ? day : (int64_t)last + 1;
        strbuf_putf(&serial, "%lld", (long long)*out);
        run = (struct domain_run){.domain = of, .time_ms = now * 1000 > run.time_ms ? now * 1000 : run.time_ms + 1,
                                  .word = "hosted", .findings = mem, .records = rest};
        if (keep)
            rc = store_domain_run_put(store, &run, &e);
    }
    store_close(store);
    return rc == RC_OK ? EX_OK : cli_fail(&cmd_domain, rc == RC_BAD ? EX_CONFIG : EX_IOERR, "%s", e.text);
}

static int print_zone(const struct config *c, struct arena *a, const char *body, int64_t now, bool keep)
{
    static const char mark[] = "@SERIAL@";
    size_t size = 0;
    char *read = c->hosted_head[0] == '\0' ? NULL : cli_slurp(c->hosted_head, HEAD_MAX, &size);
    const char *head = str_dup(a, (struct str){read, size}); /* which ends it */
    struct strbuf whole;
    int64_t serial = 0;
    int code = EX_OK;

    if (c->hosted_head[0] != '\0' && read == NULL)
        return cli_fail(&cmd_domain, EX_NOINPUT, "%s: %s", c->hosted_head, strerror(errno));
    free(read);
    if (head == NULL)
        return cli_fail(&cmd_domain, EX_OSERR, "out of memory");
    whole = strbuf_new(a, strlen(head) + strlen(body) + 1);
    strbuf_puts(&whole, head);
    strbuf_puts(&whole, body);
    if (strstr(head, mark) != NULL)
        code = serial_of(c, a, whole.p, now, keep, &serial);
    for (const char *rest = head, *at; code == EX_OK && *rest != '\0'; rest = at == NULL ? "" : at + strlen(mark)) {
        at = strstr(rest, mark);
        (void)printf("%.*s", (int)(at == NULL ? strlen(rest) : (size_t)(at - rest)), rest);
        if (at != NULL)
            (void)printf("%lld", (long long)serial);
    }
    if (code == EX_OK)
        (void)printf("%s", body);
    return code;
}

int domain_print_hosted(const struct config *c, struct arena *a, int64_t now, bool keep)
{
    struct strbuf body;
    struct sections f;
    struct err e = ERR_NONE;
    struct lines hosted = {NULL, 0}, leave = {NULL, 0};
    const char *at = c->reports_to.n == 0 ? NULL : strrchr(c->reports_to.item[0], '@');
    enum rc rc;

    if (c->hosted_file[0] == '\0' || c->hosted_zone[0] == '\0')
        return cli_fail(&cmd_domain, EX_CONFIG, "--hosted needs HostedFile and HostedZone in assay.conf");
    rc = sections_read(a, c->hosted_file, &kind, &f, &e);
    if (rc == RC_OK) {
        hosted.line = arena_array(a, 3 * f.n + 1, sizeof *hosted.line);
        leave.line = arena_array(a, f.n + 1, sizeof *leave.line);
        if (hosted.line == NULL || leave.line == NULL)
            rc = err_set(&e, RC_NOMEM, "out of memory");
    }
    if (rc == RC_OK && f.n > 0)
        qsort(f.section, f.n, sizeof f.section[0], title_order);
    for (size_t i = 0; rc == RC_OK && i < f.n; i++)
        rc = read_section(a, &f, &f.section[i], &hosted, &leave, &e);
    for (size_t i = 0; rc == RC_OK && i < hosted.n; i++)
        if (hosted.line[i] == NULL)
            rc = err_set(&e, RC_LIMIT, "a record is too long");
    if (rc != RC_OK)
        return cli_fail(&cmd_domain, rc == RC_NOTFOUND ? EX_NOINPUT : EX_CONFIG, "%s", e.text);
    body = strbuf_new(a, lines_bytes(&hosted) + lines_bytes(&leave) + 1000);
    put_lines(&body, c->hosted_zone, &hosted);
    if (at != NULL)
        put_lines(&body, at + 1, &leave);
    if (body.over)
        return cli_fail(&cmd_domain, EX_OSERR, "out of memory");
    return print_zone(c, a, body.p, now, keep);
}
