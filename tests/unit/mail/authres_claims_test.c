#include "unit.h"

#include <string.h>

#include "mail/authres.h"

static const char *const ours[] = {"mx.example.org", "xn--bcher-kva.example"};

struct row {
    const char *name; /* the field's value */
};

static void check(const struct row *rows, size_t count, bool want)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *a = arena_new(1024 * 1024);

        if (authres_claims(a, str_of(rows[i].name), ours, 2, NULL) != want) {
            print_error("%s: %s\n", want ? "not claimed" : "claimed", rows[i].name);
            fail();
        }
        arena_free(a);
    }
}

#define CHECK(rows, want) check((rows), sizeof(rows) / sizeof(rows)[0], (want))

/* As the grammar has it: every spelling of our id. */
static void spelled_within_the_grammar(void **state)
{
    static const struct row rows[] = {
        {"mx.example.org; dmarc=pass header.from=example.com"},
        {" mx.example.org; none"},
        {"mx.example.org;none"},
        {"MX.Example.ORG; dmarc=pass"},
        {"mx.example.org 1; dmarc=pass"},
        {"mx.example.org\t1 ; dmarc=pass"},
        {"(comment) mx.example.org; dmarc=pass"},
        {"(a (nested (comment))) mx.example.org; dmarc=pass"},
        {"(quoted \\) pair) mx.example.org; dmarc=pass"},
        {"(8-bit \xc3\xa9\xff) mx.example.org; dmarc=pass"},
        {"mx.example.org(comment); dmarc=pass"},
        {"mx.example.org (comment) ; dmarc=pass"},
        {"mx.example.org (comment) 1 (comment); dmarc=pass"},
        {"mx.example.org (8-bit \xe9); dmarc=pass"},
        {"\r\n mx.example.org;\r\n\tdmarc=pass"},
        {"\r\n\t(fold)\r\n\tmx.example.org\r\n\t; dmarc=pass"},
        {"\n\tmx.example.org\n\t1;\n\tdmarc=pass"},
        {"\"mx.example.org\"; dmarc=pass"},
        {"\"MX.example.org\" 1; dmarc=pass"},
        {"\"m\\x.exam\\ple.org\"; dmarc=pass"},
        {"\"\\m\\x\\.\\e\\x\\a\\m\\p\\l\\e\\.\\o\\r\\g\"; dmarc=pass"},
        {"\" mx.example.org \"; dmarc=pass"},
        {"\"mx.example.org/12345\"; dmarc=pass"},
        {"\"mx.example.org\"(c); dmarc=pass"},
        {"(c)\"mx.example.org\"; dmarc=pass"},
        {"host.mx.example.org; dmarc=pass"},
        {"a.b.MX.example.org; dmarc=pass"},
        {"\"host.mx.example.org\"; dmarc=pass"},
        {"xn--bcher-kva.example; dmarc=pass"},
        {"XN--BCHER-KVA.example; dmarc=pass"},
        {"b\xc3\xbc" "cher.example; dmarc=pass"},
        {"\"B\xc3\x9c" "CHER.example\"; dmarc=pass"},
        {"mail.b\xc3\xbc" "cher.example 1; dmarc=pass"},
    };

    (void)state;
    CHECK(rows, true);
}

/* Beside the grammar, but a laxer reader arrives at our id. */
static void spelled_beside_the_grammar(void **state)
{
    static const struct row rows[] = {
        {"mx.example.org"},
        {"mx.example.org dmarc=pass"},
        {"mx.example.org, dmarc=pass"},
        {"mx.example.org: dmarc=pass"},
        {"mx.example.org. ; dmarc=pass"},
        {"mx.example.org..; dmarc=pass"},
        {".mx.example.org; dmarc=pass"},
        {"mx.example.org/12345; dmarc=pass"},
        {"mx.example.org/12345 1; dmarc=pass"},
        {"mx.example.org:25; dmarc=pass"},
        {"mx.example.org junk; dmarc=pass"},
        {"mx.example.org junk (junk) junk; dmarc=pass"},
        {"mx.example.org 1 1; dmarc=pass"},
        {"mx.example.org v1; dmarc=pass"},
        {"mx.example.org+x; dmarc=pass"},
        {"mx.example.org!; dmarc=pass"},
        {"mx.example.org%00.evil.example; dmarc=pass"},
        {"mx.example.org\x01; dmarc=pass"},
        {"mx.exa\x7fmple.org; dmarc=pass"},
        {"mx.example.org\v; dmarc=pass"},
        {"<mx.example.org>; dmarc=pass"},
        {"[mx.example.org]; dmarc=pass"},
        {"'mx.example.org'; dmarc=pass"},
        {"*mx.example.org; dmarc=pass"},
        {"/mx.example.org; dmarc=pass"},
        {"mx\\.example.org; dmarc=pass"},
        {"\\mx.example.org; dmarc=pass"},
        {"mx.\"example\".org; dmarc=pass"},
        {"\"mx\".example.org; dmarc=pass"},
        {"\"\"mx.example.org; dmarc=pass"},
        {"\"mx.example.org; dmarc=pass"},
        {"mx.example.org\"; dmarc=pass"},
        {"\"mx.example.org evil.example\"; dmarc=pass"},
        {"\"mx.example.org; dmarc=pass; \" ; none"},
        {"mx.example.\r\n org; dmarc=pass"},
        {"mx.example .org; dmarc=pass"},
        {"mx.(comment)example.org; dmarc=pass"},
        {"mx.example.org(unclosed; dmarc=pass"},
        {"(unclosed mx.example.org; dmarc=pass"},
        {"(unclosed ( ) mx.example.org; dmarc=pass"},
        {"unopened) mx.example.org; dmarc=pass"},
        {"(\\) mx.example.org; dmarc=pass;) evil.example; none"},
        {"(() mx.example.org; dmarc=pass;) evil.example; none"},
        {"((\\) mx.example.org; dmarc=pass;) \\) ) evil.example; none"}, /* knows neither nesting nor quoted-pairs */
        {"(\") mx.example.org; dmarc=pass; (\") evil.example; none"},
        {"\"(\" mx.example.org; dmarc=pass; \")\""},
        {"evil.example mx.example.org; dmarc=pass"},
        {"evil.example 1 mx.example.org; dmarc=pass"},
        {"evil.example \"mx.example.org\"; dmarc=pass"},
        {"evil.example, mx.example.org; dmarc=pass"},
        {"evil.example (c) mx.example.org (c); dmarc=pass"},
        {"mx.example.org = evil; dmarc=pass"},
        {"=?utf-8?q?mx.example.org?=; dmarc=pass"},
        {"mx.ex\xc2\xad" "ample.org; dmarc=pass"},             /* soft hyphen: IDNA takes it out */
        {"\xef\xbd\x8d\xef\xbd\x98.example.org; dmarc=pass"},   /* full-width "mx" */
        {"mx\xe3\x80\x82" "example\xe3\x80\x82org; dmarc=pass"}, /* ideographic full stops */
        {"mx.example.org\xc2\xa0; dmarc=pass"},                /* no-break space */
        {"\xef\xbb\xbf" "mx.example.org; dmarc=pass"},          /* byte order mark */
        {"mx.example.org\xff; dmarc=pass"},
    };

    (void)state;
    CHECK(rows, true);
}

/* Whose id or version cannot be read goes too, whoever wrote it. */
static void unreadable(void **state)
{
    static const struct row rows[] = {
        {""},
        {"   "},
        {"(only a comment)"},
        {"; dmarc=pass"},
        {"\"\"; dmarc=pass"},
        {"\" \"; dmarc=pass"},
        {"dmarc=pass header.from=example.com"},
        {"spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com; dkim=pass"},
        {"dmarc = pass; spf=pass"},
        {"evil.example 2; dmarc=pass"},
        {"evil.example 0; dmarc=pass"},
        {"evil.example 11; dmarc=pass"},
        {"evil.example 1x; dmarc=pass"},
        {"evil.example 99999999999999999999; dmarc=pass"},
        {"evil.example (unclosed; dmarc=pass"},
        {"evil.example (((((((((((((((((((((((too deep))))))))))))))))))))))); dmarc=pass"},
        {"\"evil.example; dmarc=pass"},
        {"evil.example@host; dmarc=pass"},
        {"mail.\"example\".net; dkim=pass"},
        {"evil\xff\xfe; dmarc=pass"},
    };

    (void)state;
    CHECK(rows, true);
}

static void foreign(void **state)
{
    static const struct row rows[] = {
        {"mx.example.net; dmarc=pass header.from=example.com"},
        {"example.org; none"},
        {"org; none"},
        {"notmx.example.org; dmarc=pass"},
        {"mx-example.org; dmarc=pass"},
        {"mx.example.org.evil.example; dmarc=pass"},
        {"mx.example.orgx; dmarc=pass"},
        {"mx.example.or; dmarc=pass"},
        {"x-mx.example.org; dmarc=pass"},
        {"mx.example.org-evil; dmarc=pass"},
        {"mx.example.org_evil; dmarc=pass"},
        {"\"mx.example.org.evil.example\"; dmarc=pass"},
        {"mx2.example.org; dmarc=pass"},
        {"mail.example.net 1; dkim=pass header.d=mx.example.org"},
        {"mail.example.net 01; dkim=pass"},
        {"mail.example.net; dkim=pass (mx.example.org)"},
        {"mail.example.net; mx.example.org; dkim=pass"},
        {"mail.example.net; spf=pass smtp.mailfrom=mx.example.org"},
        {"mail.example.net; dkim=pass reason=\"x; mx.example.org; dmarc=pass\""},
        {"mail.example.net (for mx.example.org); dkim=pass"},
        {"(mail.example.net says:) mail.example.net; dkim=pass"},
        {"mail.example.net; dkim=pass (unclosed"},
        {"mail.example.net; dkim=pass \"unclosed"},
        {"mail.example.net;"},
        {"mail.example.net"},
        {"mta1234.mail.example.net from=mx.example.org; domainkeys=neutral (no sig)"},
        {"mta1234.mail.example.net from=\"mx.example.org\"; dkim=pass"},
        {"mx.google.com; dkim=pass header.i=@mx.example.org header.s=s1; arc=pass (i=1 spf=pass)"},
        {"mail-gateway-7; none"},
        {"gateway!7; none"},
        {"\"gateway 7\"; none"},
        {"host.example.net/job17; dkim=pass"},
        {"b\xc3\xbc" "cher.example.net; dkim=pass"},
        {"xn--bcher-kva.example.net; dkim=pass"},
        {"buecher.example; dkim=pass"},
        {"\"(c) mail.example.net\"; dkim=pass"},
    };

    (void)state;
    CHECK(rows, false);
}

static void sizes(void **state)
{
    struct arena *a = arena_new(8 * 1024 * 1024);
    struct strbuf b = strbuf_new(a, AUTHRES_BYTES_MAX + 1);

    (void)state;
    strbuf_puts(&b, "mail.example.net; dkim=pass (");
    while (b.n < AUTHRES_BYTES_MAX)
        strbuf_putc(&b, 'x');
    assert_false(authres_claims(a, strbuf_str(&b), ours, 2, NULL));
    strbuf_putc(&b, 'x');
    assert_true(authres_claims(a, strbuf_str(&b), ours, 2, NULL)); /* not read at all */

    /* a word beyond any name: the soft hyphens in it mean nothing to IDNA */
    b.n = 0;
    strbuf_puts(&b, "mx.exa");
    for (int i = 0; i < 1000; i++)
        strbuf_puts(&b, "\xc2\xad");
    strbuf_puts(&b, "mple.org; dmarc=pass");
    assert_true(authres_claims(a, strbuf_str(&b), ours, 2, NULL));

    b.n = 0;
    while (b.n < 2000)
        strbuf_putc(&b, 'x');
    strbuf_puts(&b, ".mx.example.net; dmarc=pass");
    assert_false(authres_claims(a, strbuf_str(&b), ours, 2, NULL));
    arena_free(a);
}

/* Thousands of words where none should be cost time by their length only, and no memory. */
static void junk_is_cheap(void **state)
{
    struct arena *a = arena_new(256 * 1024);
    struct strbuf b = strbuf_new(a, AUTHRES_BYTES_MAX);
    size_t before;

    (void)state;
    strbuf_puts(&b, "mail.example.net");
    while (b.n + 4 < AUTHRES_BYTES_MAX)
        strbuf_puts(&b, " a");
    before = arena_used(a);
    assert_false(authres_claims(a, strbuf_str(&b), ours, 2, NULL));
    assert_in_range(arena_used(a) - before, 0, 1024);
    arena_free(a);
}

static void out_of_memory_is_no_pass(void **state)
{
    struct arena *a = arena_new(1);

    (void)state;
    assert_true(authres_claims(a, STR("mail.example.net; none"), ours, 2, NULL));
    arena_free(a);
}

static void field_names(void **state)
{
    static const struct { const char *name; bool want; } rows[] = {
        {"Authentication-Results", true}, {"authentication-results", true}, {"AUTHENTICATION-RESULTS", true},
        {"Authentication-Results ", true}, {"Authentication-Results\t \t", true},
        {" Authentication-Results", true}, {"Authentication-Results\r\n ", true},
        {"Authentication-Results\x01", true}, {"Authentication-Results\x7f", true},
        {"ARC-Authentication-Results", false}, {"X-Authentication-Results", false},
        {"Authentication-Result", false}, {"Authentication-Resultss", false}, {"Authentication Results", false},
        {"Authentication_Results", false}, {"Authentication-Results\xe9", false}, {"", false}, {" ", false},
    };

    (void)state;
    FOR_ROWS(row, rows)
        ASSERT_ROW(authres_is_field(str_of(row->name)) == row->want, row);
}

/* Names in other than ASCII cost: once a message has had its share of them, they are claims, and ASCII ones are read on. */
static void octets_are_limited(void **state)
{
    static const char foreign[] = "m\xc3\xa4x.example.org; none"; /* of which the id is 16 bytes, read as three words at most */
    struct arena *a = arena_new(1 << 16);
    size_t octets = 1000, n = 0;

    (void)state;
    while (!authres_claims(a, STR(foreign), ours, 2, &octets))
        n++;
    assert_in_range(n, 1000 / 16 / 3, 1000 / 16);
    assert_int_equal(arena_used(a), 0);
    assert_false(authres_claims(a, STR("mx.other.net; none"), ours, 2, &octets));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(octets_are_limited),
        cmocka_unit_test(spelled_within_the_grammar), cmocka_unit_test(spelled_beside_the_grammar),
        cmocka_unit_test(unreadable), cmocka_unit_test(foreign), cmocka_unit_test(sizes),
        cmocka_unit_test(junk_is_cheap), cmocka_unit_test(out_of_memory_is_no_pass), cmocka_unit_test(field_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
