#include "unit.h"

#include <string.h>

#include "mail/domain.h"

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define N250 L63 "." L63 "." L63 "." "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void normalizing(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"example.com", "example.com"},
        {"Example.COM", "example.com"},
        {"example.com.", "example.com"},
        {"example", "example"},
        {"_dmarc.example.com", "_dmarc.example.com"},
        {"-a-.example", "-a-.example"},
        {"1.2.3.4", "1.2.3.4"},
        {"xn--bcher-kva.example", "xn--bcher-kva.example"},
        {"XN--BCHER-KVA.Example", "xn--bcher-kva.example"},
        {"b\xc3\xbc" "cher.example", "xn--bcher-kva.example"},
        {"B\xc3\x9c" "CHER.example.", "xn--bcher-kva.example"},
        {"bu\xcc\x88" "cher.example", "xn--bcher-kva.example"},          /* u and a combining diaeresis */
        {"_dmarc.b\xc3\xbc" "cher.example", "_dmarc.xn--bcher-kva.example"},
        {"stra\xc3\x9f" "e.example", "xn--strae-oqa.example"},           /* sharp s stays one, as IDNA2008 has it */
        {"b\xc3\xbc" "cher\xe3\x80\x82" "example", "xn--bcher-kva.example"}, /* ideographic full stop */
        {"\xef\xbd\x85xample.com", "example.com"},                       /* full-width e */
        {L63 ".example", L63 ".example"},
        {N250 ".cc", N250 ".cc"},                                        /* 253 bytes */
        {N250 ".cc.", N250 ".cc"},
        {"", NULL}, {".", NULL}, {"..", NULL}, {".example.com", NULL}, {"example..com", NULL},
        {"example.com..", NULL}, {"exa mple.com", NULL}, {"exam!ple.com", NULL}, {"*.example.com", NULL},
        {"[192.0.2.1]", NULL}, {"user@example.com", NULL}, {"example.com:25", NULL}, {"example.com\n", NULL},
        {L63 "a.example", NULL}, {N250 ".ccc", NULL}, {"\xff.example", NULL}, {"b\xc3.example", NULL},
        {"b\xc3\xbc cher.example", NULL}, {"\xc2\xad", NULL}, {"a.\xc2\xa0.example", NULL},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(64 * 1024);
        const char *got = NULL;
        enum rc rc = domain_normalize(a, str_of(row->name), &got);

        ASSERT_ROW(rc == (row->want == NULL ? RC_BAD : RC_OK), row);
        ASSERT_ROW(row->want == NULL || strcmp(got, row->want) == 0, row);
        arena_free(a);
    }
}

static void odd_input(void **state)
{
    struct arena *a = arena_new(64 * 1024), *none = arena_new(4);
    const char *got;
    char big[5000];

    (void)state;
    assert_int_equal(domain_normalize(a, STR("exam\0ple.com"), &got), RC_BAD);
    memset(big, '\xc3', sizeof big);
    assert_int_equal(domain_normalize(a, (struct str){big, sizeof big}, &got), RC_BAD);
    assert_int_equal(domain_normalize(none, STR("example.com"), &got), RC_NOMEM);
    assert_int_equal(domain_normalize(none, STR("b\xc3\xbc" "cher.example"), &got), RC_NOMEM);
    arena_free(none);
    arena_free(a);
}

static void labels(void **state)
{
    static const struct { const char *name; size_t count; const char *two; } rows[] = {
        {"com", 1, "com"}, {"example.com", 2, "example.com"}, {"a.b.example.com", 4, "example.com"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        ASSERT_ROW(domain_labels(row->name) == row->count, row);
        ASSERT_ROW(strcmp(domain_rightmost(row->name, 2), row->two) == 0, row);
        ASSERT_ROW(domain_rightmost(row->name, 9) == row->name, row);
    }
}

static void within(void **state)
{
    static const struct { const char *name, *parent; bool want; } rows[] = {
        {"example.com", "example.com", true}, {"a.example.com", "example.com", true},
        {"a.b.example.com", "com", true}, {"example.com", "a.example.com", false},
        {"notexample.com", "example.com", false}, {"example.com.evil.example", "example.com", false},
        {"com", "example.com", false},
    };

    (void)state;
    FOR_ROWS(row, rows)
        ASSERT_ROW(domain_is_within(row->name, row->parent) == row->want, row);
}

/* Without memory the caller's default stays. */
static void no_memory(void **state)
{
    struct arena *a = arena_new(4);
    const char *name = "as it was";

    (void)state;
    assert_int_equal(domain_normalize(a, STR("example.com"), &name), RC_NOMEM);
    assert_string_equal(name, "as it was");
    arena_free(a);
}

static void registered(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"a.b.example.com", "example.com"}, {"example.com", "example.com"}, {"com", "com"}, {"", ""},
        {"mx.example.co.uk", "example.co.uk"}, {"a.wichtig.de", "wichtig.de"},
    };

    (void)state;
    FOR_ROWS(row, rows)
        ASSERT_ROW(strcmp(domain_registered(row->name), row->want) == 0, row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registered), cmocka_unit_test(normalizing), cmocka_unit_test(odd_input), cmocka_unit_test(labels),
        cmocka_unit_test(within), cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
