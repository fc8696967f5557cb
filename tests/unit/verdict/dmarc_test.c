#include "unit.h"

#include <string.h>

#include "dmarc/dmarc_gather.h"
#include "dmarc/dmarc_opendmarc.h"
#include "dmarc_rig.h"
#include "verdict/verdict.h"

#define REJECT "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n"

struct row {
    const char *name, *zone, *from, *ids;
    unsigned max_authors; /* 0: the default, 1 */
    bool pct_as_testing;
    const char *want;     /* result[ tag=requested>policy source][ spf][ dkim][ t] */
    const char *why;      /* part of it */
};

static const char *shown(struct arena *a, const struct dmarc_verdict *v)
{
    struct strbuf b = strbuf_new(a, 300);

    strbuf_puts(&b, enum_name(&dmarc_result_names, (int)v->result));
    if (v->tag != DMARC_TAG_NONE)
        strbuf_putf(&b, " %s=%s>%s %s", enum_name(&dmarc_tag_names, (int)v->tag),
                    enum_name(&dmarc_policy_names, (int)v->requested), enum_name(&dmarc_policy_names, (int)v->policy),
                    enum_name(&dmarc_source_names, (int)v->source));
    strbuf_puts(&b, v->spf_aligned ? " spf" : "");
    strbuf_puts(&b, v->dkim_aligned ? " dkim" : "");
    strbuf_puts(&b, v->testing ? " t" : "");
    return b.p;
}

static void evaluate(struct arena *a, const struct row *row, struct dmarc_verdict *v)
{
    struct config c = {.max_author_domains = row->max_authors == 0 ? 1 : row->max_authors,
                       .pct_as_testing = row->pct_as_testing};
    struct dns *dns = rig_zone(row->zone);
    struct dns_scope *scope = dns_scope_new(dns, 1000);
    struct str body = str_of(row->from);
    struct from_domains from;
    struct dmarc_identifier ids[16];
    struct dmarc_request r = {.from = &from, .max_authors = c.max_author_domains, .ids = ids};
    struct dmarc_evidence e;

    r.id_count = rig_ids(a, row->ids, ids, 16);
    assert_int_equal(from_read(a, &body, 1, &from), RC_OK);
    assert_int_equal(dmarc_gather(a, &r, scope, &e), RC_OK);
    dns_scope_free(scope); /* evidence stands alone */
    dns_close(dns);
    assert_int_equal(dmarc_evaluate(a, &e, ids, r.id_count, &c, v), RC_OK);
}

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct arena *a = arena_new(1024 * 1024);
        struct dmarc_verdict v;
        const char *seen;

        evaluate(a, &rows[i], &v);
        seen = shown(a, &v);
        if (strcmp(seen, rows[i].want) != 0 || strstr(v.why, rows[i].why) == NULL ||
            (v.why[0] == '\0') != (v.result == DMARC_PASS)) {
            print_error("row \"%s\":\n  seen   %s: %s\n  wanted %s: %s\n", rows[i].name, seen, v.why, rows[i].want,
                        rows[i].why);
            fail();
        }
        arena_free(a);
    }
}

#define CHECK(rows) check((rows), sizeof(rows) / sizeof(rows)[0])

static void results(void **state)
{
    static const struct row rows[] = {
        {"pass", REJECT, "x@example.com", "s+example.com d+b.example.com", 0, false, "pass p=reject>reject author spf dkim",
         ""},
        {"fail, nothing passed", REJECT, "x@example.com", "", 0, false, "fail p=reject>reject author",
         "neither SPF nor DKIM passes"},
        {"fail, foreign passes", REJECT, "x@example.com", "s+bounce.example.net d+example.net", 0, false,
         "fail p=reject>reject author",
         "SPF passes for bounce.example.net, DKIM passes for example.net; not aligned with example.com"},
        {"fail, many passes", REJECT, "x@example.com", "d+a.net d+b.net d+c.net d+d.net d+e.net", 0, false,
         "fail p=reject>reject author", "c.net and 2 more; not aligned"},
        {"none", "x.net TXT x\n", "x@example.com", "d+example.com", 0, false, "none",
         "no DMARC record applies to example.com"},
        {"several records", REJECT REJECT "_dmarc.example.com TXT \"v=DMARC1; p=none\"\n", "x@example.com", "", 0,
         false, "none", "more than one at _dmarc.example.com"},
        {"temperror at the author", "_dmarc.example.com TIMEOUT\n", "x@example.com", "d+example.com", 0, false,
         "temperror", "no answer from DNS for _dmarc.example.com (timeout)"},
        {"temperror of the policy above", "_dmarc.com SERVFAIL\n", "x@example.com", "d+example.com", 0, false,
         "temperror", "_dmarc.com (SERVFAIL)"},
        {"alignment not known", REJECT "_dmarc.com SERVFAIL\n", "x@example.com", "d+b.example.com", 0, false,
         "temperror p=reject>reject author", "whether DKIM's b.example.com aligns is not known: no answer from DNS for _dmarc.com"},
        {"an identifier's walk fails", REJECT "_dmarc.b.example.com SERVFAIL\n", "x@example.com", "s+b.example.com", 0,
         false, "temperror p=reject>reject author", "_dmarc.b.example.com (SERVFAIL)"},
        {"another identifier passes then", REJECT "_dmarc.b.example.com SERVFAIL\n", "x@example.com",
         "s+b.example.com d+c.example.com", 0, false, "pass p=reject>reject author dkim", ""},
        {"a check ended in temperror", REJECT, "x@example.com", "d-example.com", 0, false,
         "temperror p=reject>reject author", "the DKIM check of example.com, which may align, ended in temperror"},
        {"[C] but could not align", REJECT, "x@example.com", "d-example.net", 0, false, "fail p=reject>reject author",
         "neither"},
        {"[C] existence not known", "_dmarc.example.com TXT \"v=DMARC1; p=none; np=reject\"\nsub.example.com SERVFAIL\n",
         "x@sub.example.com", "", 0, false, "temperror np=reject>reject org",
         "whether sub.example.com exists"},
        {"existence does not matter for a pass",
         "_dmarc.example.com TXT \"v=DMARC1; p=none; np=reject\"\nsub.example.com SERVFAIL\n", "x@sub.example.com",
         "d+example.com", 0, false, "pass p=none>none org dkim", ""},
        {"np and t", "_dmarc.example.com TXT \"v=DMARC1; p=none; np=reject; t=y\"\n", "x@sub.example.com", "", 0, false,
         "fail np=reject>quarantine org t", "neither"},
        {"[C] unusable", "_dmarc.example.com TXT \"v=DMARC1; p=x; ruf=mailto:a@b\"\n", "x@example.com",
         "d+example.com", 0, false, "none", "the DMARC record at _dmarc.example.com has no usable policy"},
        {"unusable with rua, other tags stay", "_dmarc.example.com TXT \"v=DMARC1; adkim=s; rua=mailto:a@b\"\n",
         "x@example.com", "d+a.example.com", 0, false, "fail p=none>none author", "not aligned"},
    };

    (void)state;
    CHECK(rows);
}

/* What plain libopendmarc would pass. */
static void bypasses(void **state)
{
#define X_COM "_dmarc.x.com TXT \"v=DMARC1; p=reject\"\n"
#define X_STRICT "_dmarc.x.com TXT \"v=DMARC1; p=reject; adkim=s\"\n"
    static const struct row rows[] = {
        {"one-letter label", X_COM, "x@x.com", "d+evil.com", 0, false, "fail p=reject>reject author", "not aligned"},
        {"one-letter label, strict", X_STRICT, "x@x.com", "d+evil.com", 0, false, "fail p=reject>reject author",
         "not aligned"},
        {"one-letter subdomains, strict", "_dmarc.e.example.com TXT \"v=DMARC1; p=reject; adkim=s\"\n",
         "x@e.example.com", "d+f.example.com", 0, false, "fail p=reject>reject author", "not aligned"},
        {"both one-letter", X_COM, "x@x.com", "s+y.com d+z.com", 0, false, "fail p=reject>reject author",
         "not aligned"},
        {"a later exact fail takes no pass away", X_COM, "x@x.com", "d+x.com d-x.com", 0, false,
         "pass p=reject>reject author dkim", ""},
    };
#undef X_STRICT
#undef X_COM

    (void)state;
    CHECK(rows);
}

/* [C] MaxAuthorDomains and PctZeroAsTesting */
static void options(void **state)
{
#define TWO "_dmarc.a.example TXT \"v=DMARC1; p=quarantine\"\n_dmarc.b.example TXT \"v=DMARC1; p=reject\"\n"
#define PCT "_dmarc.a.example TXT \"v=DMARC1; p=reject; pct=0\"\n"
    static const struct row rows[] = {
        {"two domains by default", TWO, "x@a.example, x@b.example", "d+a.example d+b.example", 0, false, "permerror",
         ""},
        {"one domain twice", TWO, "x@a.example, y@A.example", "d+a.example", 0, false,
         "pass p=quarantine>quarantine author dkim", ""},
        {"strictest of those that fail", TWO, "x@a.example, x@b.example", "", 2, false, "fail p=reject>reject author",
         ""},
        {"one aligned is not enough", TWO, "x@a.example, x@b.example", "d+b.example", 2, false,
         "fail p=quarantine>quarantine author", "not aligned with a.example"},
        {"both aligned", TWO, "x@a.example, x@b.example", "d+b.example d+a.example", 2, false,
         "pass p=quarantine>quarantine author dkim", ""},
        {"fail is worse than temperror", TWO "_dmarc.c.example SERVFAIL\n", "x@c.example, x@a.example", "", 2, false,
         "fail p=quarantine>quarantine author", ""},
        {"temperror is worse than pass", TWO "_dmarc.c.example SERVFAIL\n", "x@a.example, x@c.example", "d+a.example", 2,
         false, "temperror", "_dmarc.c.example"},
        {"pass is worse than none", TWO, "x@none.example, x@a.example", "d+a.example", 2, false,
         "pass p=quarantine>quarantine author dkim", ""},
        {"three for two", TWO, "x@a.example, x@b.example, x@c.example", "", 2, false, "permerror", ""},
        {"pct=0 ignored", PCT, "x@a.example", "", 0, false, "fail p=reject>reject author", ""},
        {"pct=0 as t=y", PCT, "x@a.example", "", 0, true, "fail p=reject>quarantine author t", ""},
    };
#undef PCT
#undef TWO

    (void)state;
    CHECK(rows);
}

/* [C] unusable From fields are permerror and name no author. */
static void from_fields(void **state)
{
    static const struct row rows[] = {
        {"unbalanced", REJECT, "x@example.com>", "d+example.com", 0, false, "permerror", ""},
        {"empty group", REJECT, "undisclosed:;", "", 0, false, "permerror", ""},
        {"literal", REJECT, "x@[192.0.2.1]", "", 0, false, "permerror", ""},
        {"empty", REJECT, "", "", 0, false, "permerror", ""},
    };

    (void)state;
    CHECK(rows);
}

/* Evidence that gathering had no memory for is not known, never a failure. */
static void unfinished(void **state)
{
    struct arena *a = arena_new(1024 * 1024);
    struct config c = {.max_author_domains = 1};
    struct dmarc_evidence e = {.problem = FROM_OK, .author_count = 1};
    struct dmarc_verdict v;

    (void)state;
    e.author[0].domain = e.author[0].walk.start = "example.com";
    assert_int_equal(dmarc_evaluate(a, &e, NULL, 0, &c, &v), RC_OK);
    assert_int_equal(v.result, DMARC_TEMPERROR);
    arena_free(a);
    a = arena_new(10);
    assert_int_equal(dmarc_evaluate(a, &e, NULL, 0, &c, &v), RC_NOMEM);
    arena_free(a);
}

static int start(void **state)
{
    struct err e = ERR_NONE;

    (void)state;
    return dmarc_opendmarc_init(&e) == RC_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results), cmocka_unit_test(bypasses), cmocka_unit_test(options),
        cmocka_unit_test(from_fields), cmocka_unit_test(unfinished),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
