/*
 * Which names are asked, and in which order.  dns_ask is wrapped by the
 * linker: every call is noted, and answered by the real resolver from a zone.
 */
#include "unit.h"

#include <string.h>

#include "dmarc/dmarc_gather.h"
#include "dmarc/dmarc_walk.h"
#include "dmarc_rig.h"
#include "mail/domain.h"

const struct dns_answer *__real_dns_ask(struct dns_scope *s, const char *name, enum dns_type type);
const struct dns_answer *__wrap_dns_ask(struct dns_scope *s, const char *name, enum dns_type type);

static char asked_mem[8192];
static struct strbuf asked;

/* Notes a name once: what is known within the message costs nothing. "_dmarc." becomes "@". */
const struct dns_answer *__wrap_dns_ask(struct dns_scope *s, const char *name, enum dns_type type)
{
    char mem[300];
    struct strbuf b = STRBUF_ON(mem);

    assert_int_equal(type, DNS_TXT);
    strbuf_putf(&b, " %s%s ", strncmp(name, "_dmarc.", 7) == 0 ? "@" : "", strncmp(name, "_dmarc.", 7) == 0 ? name + 7 : name);
    if (strstr(asked.p, mem) == NULL)
        strbuf_putf(&asked, "%s", asked.n == 0 ? mem : mem + 1);
    return __real_dns_ask(s, name, type);
}

/* What a gathering asked, without the outer blanks. */
static const char *gather(struct arena *a, const char *zone, const char *from, const char *ids_text, bool whole,
                          struct dmarc_evidence *e)
{
    struct dns *dns = rig_zone(zone);
    struct dns_scope *scope = dns_scope_new(dns, 1000);
    struct dmarc_identifier ids[64];
    struct str body = str_of(from), seen;
    struct from_domains domains;
    struct dmarc_request r = {.from = &domains, .max_authors = 2, .ids = ids, .whole_walk = whole};

    asked = STRBUF_ON(asked_mem);
    r.id_count = rig_ids(a, ids_text, ids, 64);
    assert_int_equal(from_read(a, &body, 1, &domains), RC_OK);
    assert_int_equal(dmarc_gather(a, &r, scope, e), RC_OK);
    seen = str_trim(strbuf_str(&asked));
    dns_scope_free(scope);
    dns_close(dns);
    return str_dup(a, seen);
}

#define ZONE "_dmarc.example.com TXT \"v=DMARC1; p=none; np=reject\"\n"
#define OWN ZONE "_dmarc.a.example.com TXT \"v=DMARC1; p=reject\"\n"
#define STRICT "_dmarc.a.example.com TXT \"v=DMARC1; p=reject; adkim=s; aspf=s\"\n"

static void questions(void **state)
{
    static const struct { const char *name, *zone, *from, *ids; bool whole; const char *want; } rows[] = {
        {"record at the author, nothing passes: one question", OWN, "x@a.example.com", "", false, "@a.example.com"},
        {"identical identifiers need no walk", OWN, "x@a.example.com", "s+a.example.com d+a.example.com", false,
         "@a.example.com"},
        {"strict needs no walk", STRICT, "x@a.example.com", "s+b.example.com d+example.com", false, "@a.example.com"},
        {"another top-level domain needs no walk", OWN, "x@a.example.com", "s+b.example.net d+x.org", false,
         "@a.example.com"},
        {"same top-level domain: the author's walk only", OWN, "x@a.example.com", "d+other.com", false,
         "@a.example.com @example.com @com"},
        {"inside the organization: the identifier's walk, its upper part known", OWN, "x@a.example.com",
         "d+c.b.example.com", false, "@a.example.com @example.com @com @c.b.example.com @b.example.com"},
        {"a parent of the author is known already", OWN, "x@a.example.com", "d+example.com", false,
         "@a.example.com @example.com @com"},
        {"a settled method asks no more", OWN, "x@a.example.com", "d+b.example.com d+a.example.com", false,
         "@a.example.com"},
        {"SPF settles itself, DKIM goes on for the reports", OWN, "x@a.example.com", "s+a.example.com d+b.example.com",
         false, "@a.example.com @example.com @com @b.example.com"},
        {"psd=n ends all walks", "_dmarc.a.example.com TXT \"v=DMARC1; p=none; psd=n\"\n", "x@a.example.com",
         "d+b.a.example.com d+b.example.com", false, "@a.example.com @b.a.example.com"},
        {"whole walk, for a human reader", OWN, "x@a.example.com", "", true, "@a.example.com @example.com @com"},
        {"no record: to the top", "x.net TXT x\n", "x@c.b.a", "s+c.b.a", false, "@c.b.a @b.a @a"},
        {"eight labels", "x.net TXT x\n", "x@8.7.6.5.4.3.2.tld", "", false,
         "@8.7.6.5.4.3.2.tld @7.6.5.4.3.2.tld @6.5.4.3.2.tld @5.4.3.2.tld @4.3.2.tld @3.2.tld @2.tld @tld"},
        {"nine labels: one is skipped", "x.net TXT x\n", "x@9.8.7.6.5.4.3.2.tld", "", false,
         "@9.8.7.6.5.4.3.2.tld @7.6.5.4.3.2.tld @6.5.4.3.2.tld @5.4.3.2.tld @4.3.2.tld @3.2.tld @2.tld @tld"},
        {"one label", "x.net TXT x\n", "x@tld", "", false, "@tld"},
        /* existence: only for a failing message whose policy depends on it */
        {"np would differ", ZONE, "x@ghost.example.com", "", false,
         "@ghost.example.com @example.com @com ghost.example.com"},
        {"np, but the message passes", ZONE, "x@ghost.example.com", "s+example.com", false,
         "@ghost.example.com @example.com @com"},
        {"np, but it will be temperror", ZONE, "x@ghost.example.com", "s-ghost.example.com", false,
         "@ghost.example.com @example.com @com"},
        {"np is what p is", "_dmarc.example.com TXT \"v=DMARC1; p=none; np=none\"\n", "x@ghost.example.com", "", false,
         "@ghost.example.com @example.com @com"},
        {"np, something is below the author: it exists", ZONE "_dmarc.some.example.com A 192.0.2.1\n",
         "x@some.example.com", "", false, "@some.example.com @example.com @com"},
        {"np, an alias below the author: it exists", ZONE "_dmarc.some.example.com CNAME nowhere.example.net.\n",
         "x@some.example.com", "", false, "@some.example.com @example.com @com"},
        /* where DNS fails the walk ends */
        {"the author fails", "_dmarc.a.example.com TIMEOUT\n", "x@a.example.com", "d+a.example.com", true,
         "@a.example.com"},
        {"above an author without record", "_dmarc.example.com SERVFAIL\n", "x@a.example.com", "d+a.example.com",
         false, "@a.example.com @example.com"},
        {"temperror of a check that cannot align", OWN, "x@a.example.com", "d-b.example.net", false, "@a.example.com"},
        {"temperror of a check that may align", OWN, "x@a.example.com", "d-b.example.com", false,
         "@a.example.com @example.com @com @b.example.com"},
        /* no question at all */
        {"an unusable record needs no alignment", "_dmarc.a.example.com TXT \"v=DMARC1; p=x\"\n", "x@a.example.com",
         "d+b.example.com", false, "@a.example.com"},
        {"no author domain", ZONE, "x@a.example.com>", "d+a.example.com", true, ""},
        {"more author domains than allowed", ZONE, "x@a.example, x@b.example, x@c.example", "", true, ""},
        {"two author domains share what they know", ZONE, "x@a.example.com, x@b.example.com", "d+example.com", false,
         "@a.example.com @example.com @com @b.example.com"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1024 * 1024);
        struct dmarc_evidence e;
        const char *seen = gather(a, row->zone, row->from, row->ids, row->whole, &e);

        if (strcmp(seen, row->want) != 0)
            print_error("seen   %s\nwanted %s\n", seen, row->want);
        ASSERT_ROW(strcmp(seen, row->want) == 0, row);
        arena_free(a);
    }
}

/* Section 3.2.13 and RFC 6604 */
static void existence(void **state)
{
    static const struct { const char *name; enum dmarc_existence want; } rows[] = {
        {"x.net TXT x\n", DMARC_EXISTS_NO},
        {"sub.example.com A 192.0.2.1\n", DMARC_EXISTS_YES},
        {"sub.example.com TXT \"v=spf1 -all\"\n", DMARC_EXISTS_YES},
        {"below.sub.example.com A 192.0.2.1\n", DMARC_EXISTS_YES}, /* an empty non-terminal */
        {"*.example.com A 192.0.2.1\n", DMARC_EXISTS_YES},
        {"sub.example.com CNAME gone.example.net.\n", DMARC_EXISTS_YES}, /* [C] */
        {"sub.example.com SERVFAIL\n", DMARC_EXISTS_TEMP},
        {"sub.example.com TIMEOUT\n", DMARC_EXISTS_TEMP},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1024 * 1024);
        struct strbuf zone = strbuf_new(a, 500);
        struct dmarc_evidence e;

        strbuf_putf(&zone, ZONE "%s", row->name);
        (void)gather(a, zone.p, "x@sub.example.com", "", false, &e);
        ASSERT_ROW(e.author[0].existence == row->want, row);
        arena_free(a);
    }
}

/* What a name holds: joined strings, several records, garbage beside one, one too long. */
static void records(void **state)
{
    static const struct { const char *name, *text; bool several; } rows[] = {
        {"_dmarc.a TXT \"v=DMARC1; p=re\" \"ject\"\n", "v=DMARC1; p=reject", false},
        {"_dmarc.a TXT \"v=spf1 -all\"\n_dmarc.a TXT \"v=DMARC1; p=none\"\n", "v=DMARC1; p=none", false},
        {"_dmarc.a TXT \"v=DMARC1; p=none\"\n_dmarc.a TXT \"v=DMARC1; p=reject\"\n", "", true},
        {"_dmarc.a TXT \"v=DMARC1; p=none\"\n_dmarc.a TXT \"v=DMARC1\"\n_dmarc.a TXT \"v=DMARC1;\"\n", "", true},
        {"_dmarc.a CNAME r.b.\nr.b TXT \"v=DMARC1; p=none\"\n", "v=DMARC1; p=none", false},
        {"_dmarc.a A 192.0.2.1\n", "", false},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1024 * 1024);
        struct dmarc_evidence e;

        (void)gather(a, row->name, "x@a", "", false, &e);
        ASSERT_ROW(strcmp(e.author[0].walk.step[0].text, row->text) == 0, row);
        ASSERT_ROW((e.author[0].walk.step[0].record != NULL) == (row->text[0] != '\0'), row);
        ASSERT_ROW(e.author[0].walk.step[0].several == row->several, row);
        arena_free(a);
    }
}

/* [C] a record beyond DMARC_RECORD_MAX counts as none, and the walk goes on. */
static void oversized_record(void **state)
{
    struct arena *a = arena_new(4 * 1024 * 1024);
    struct strbuf zone = strbuf_new(a, 200000);
    struct dmarc_evidence e;

    (void)state;
    strbuf_puts(&zone, ZONE "_dmarc.a.example.com TXT \"v=DMARC1; p=none;\"");
    for (int i = 0; i < 230; i++) {
        strbuf_puts(&zone, " \"");
        for (int k = 0; k < 250; k++)
            strbuf_putc(&zone, ';');
        strbuf_putc(&zone, '"');
    }
    strbuf_putc(&zone, '\n');
    assert_string_equal(gather(a, zone.p, "x@a.example.com", "", false, &e), "@a.example.com @example.com @com");
    assert_true(e.author[0].walk.step[0].oversized && e.author[0].walk.step[0].record == NULL);
    assert_non_null(e.author[0].walk.step[1].record);
    arena_free(a);
}

/* [C] at most ten walks from identifiers. */
static void many_identifiers(void **state)
{
    struct arena *a = arena_new(1024 * 1024);
    struct strbuf ids = strbuf_new(a, 4000);
    struct dmarc_evidence e;

    (void)state;
    for (int i = 0; i < 50; i++)
        strbuf_putf(&ids, "%sd+%d.deep.er.example.com", i == 0 ? "" : " ", i);
    (void)gather(a, OWN "_dmarc.er.example.com TXT \"v=DMARC1; psd=n\"\n", "x@a.example.com", ids.p, false, &e);
    assert_int_equal(e.identifier_count, DMARC_IDENTIFIER_MAX);
    assert_true(e.identifiers_over);
    arena_free(a);
}

/* Whatever runs out, it says so, and what is left has no record that was not read whole. */
static void no_memory(void **state)
{
    struct dns *dns = rig_zone(OWN);
    size_t failed = 0;

    (void)state;
    asked = STRBUF_ON(asked_mem);
    for (size_t limit = 0; limit < 4000; limit += 16) {
        struct arena *a = arena_new(limit);
        struct dns_scope *scope = dns_scope_new(dns, 1000);
        struct from_domains from = {.n = 1, .domain = {"a.example.com"}};
        struct dmarc_identifier id = {.domain = "b.example.com", .dkim = true, .pass = true};
        struct dmarc_request r = {.from = &from, .max_authors = 1, .ids = &id, .id_count = 1};
        struct dmarc_evidence e;

        if (dmarc_gather(a, &r, scope, &e) == RC_NOMEM) {
            failed++;
            assert_false(e.author[0].walk.complete && e.identifier_count == 0);
        }
        dns_scope_free(scope);
        arena_free(a);
    }
    assert_true(failed > 10);
    dns_close(dns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions), cmocka_unit_test(existence), cmocka_unit_test(records),
        cmocka_unit_test(oversized_record), cmocka_unit_test(many_identifiers), cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
