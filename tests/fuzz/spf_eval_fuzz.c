/*
 * A whole SPF evaluation with hostile DNS.  Each line of the input gives one
 * record of one of eight names, "a.example" to "h.example", or of the
 * client's reverse name; its first letter says which kind:
 *
 *     tNtext   TXT with these bytes      mNN  MX to another name   aN, bN  an address that is (not) the client's
 *     pN       PTR of the client         sN   SERVFAIL             nN      null MX
 *     ftext    MAIL FROM                 hN   HELO is that name    6       the client is an IPv6 one
 *
 * where N is a letter for the name.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "spf/spf.h"
#include "fuzz.h"

enum { ZONE_MAX = 64 * 1024, LINES_MAX = 200, QUESTIONS_MAX = 1 + 10 * 12 + 11 + 1 };

struct scene {
    struct strbuf zone;
    struct str from, helo;
    bool v6;
};

static const char *name_at(struct str line, size_t i)
{
    static const char *const names[] = {"a.example", "b.example", "c.example", "d.example",
                                        "e.example", "f.example", "g.example", "h.example"};

    return names[(i < line.n ? (unsigned char)line.p[i] : 0u) % 8];
}

static void put_txt(struct strbuf *zone, const char *name, struct str text)
{
    strbuf_putf(zone, "%s TXT \"", name);
    for (size_t i = 0; i < text.n; i++)
        strbuf_putf(zone, "%s\\%03u", i > 0 && i % 200 == 0 ? "\" \"" : "", (unsigned char)text.p[i]);
    strbuf_puts(zone, "\"\n");
}

static void put_line(struct scene *s, struct str line)
{
    const char *name = name_at(line, 1);
    bool client = line.p[0] == 'a';

    switch (line.p[0]) {
    case 't': put_txt(&s->zone, name, str_slice(line, 2, line.n)); break;
    case 'm': strbuf_putf(&s->zone, "%s MX %zu %s\n", name, line.n, name_at(line, 2)); break;
    case 'n': strbuf_putf(&s->zone, "%s MX 0 .\n", name); break;
    case 'a':
    case 'b':
        strbuf_putf(&s->zone, "%s A 192.0.2.%d\n%s AAAA 2001:db8::%d\n", name, client, name, client);
        break;
    case 'p':
        strbuf_putf(&s->zone, "1.2.0.192.in-addr.arpa PTR %s\n", name);
        strbuf_putf(&s->zone, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR %s\n",
                    name);
        break;
    case 's': strbuf_putf(&s->zone, "%s SERVFAIL\n", name); break;
    case 'f': s->from = str_slice(line, 1, line.n); break;
    case 'h': s->helo = str_of(name); break;
    case '6': s->v6 = true; break;
    default: break;
    }
}

/* A zone is read from a file; this one is in memory. */
static struct dns *zone_open(struct str text)
{
    static int fd = -1;
    char path[64];
    struct strbuf b = STRBUF_ON(path);
    struct err e = ERR_NONE;

    if (fd == -1)
        fd = memfd_create("zone", 0);
    HOLDS(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, text.p, text.n, 0) == (ssize_t)text.n);
    strbuf_putf(&b, "/proc/self/fd/%d", fd);
    return dns_open_zone(path, &e);
}

static void printable(const char *text)
{
    for (; *text != '\0'; text++)
        HOLDS(*text >= ' ' && *text <= '~');
}

static void check(const struct spf_evidence *got, unsigned asked)
{
    bool error = got->result == SPF_PERMERROR || got->result == SPF_TEMPERROR;

    HOLDS(got->checked && (int)got->result < spf_result_names.count);
    HOLDS(got->lookups <= 11 && got->void_lookups <= 3 && asked <= QUESTIONS_MAX);
    HOLDS(error == (got->problem[0] != '\0'));
    HOLDS((error || got->result == SPF_NONE) == (got->mechanism[0] == '\0'));
    HOLDS((got->mechanism[0] != '\0') == (got->leaf_domain[0] != '\0'));
    HOLDS(got->explanation[0] == '\0' || got->result == SPF_FAIL);
    printable(got->problem);
    printable(got->explanation);
}

static void evaluate(struct arena *a, const struct scene *s, struct dns *d, struct spf_evidence *out)
{
    struct spf_request req = {.helo = s->helo, .mail_from = s->from, .receiver = "mx.example", .now = 1};
    struct dns_scope *scope = dns_scope_new(d, 60000);

    HOLDS(scope != NULL && ip_parse(s->v6 ? STR("2001:db8::1") : STR("192.0.2.1"), &req.ip));
    spf_evaluate(a, &req, scope, out);
    check(out, dns_scope_questions(scope));
    dns_scope_free(scope);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = fuzz_str(data, size);
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct scene s = {.zone = strbuf_new(a, ZONE_MAX), .from = STR("joe@a.example"), .helo = STR("a.example")};
    struct err e = ERR_NONE;
    struct dns *d;

    HOLDS(spf_init(&e) == RC_OK);
    for (size_t i = 0; i < LINES_MAX && text.n > 0; i++) {
        struct str line = fuzz_take(&text, '\n');

        if (line.n > 0)
            put_line(&s, line);
    }
    d = s.zone.over ? NULL : zone_open(strbuf_str(&s.zone));
    if (d != NULL) {
        struct spf_evidence first, second;

        evaluate(a, &s, d, &first);
        evaluate(a, &s, d, &second);
        HOLDS(first.result == second.result && strcmp(first.mechanism, second.mechanism) == 0);
        dns_close(d);
    }
    arena_free(a);
    return 0;
}
