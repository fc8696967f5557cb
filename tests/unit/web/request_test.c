/* What a browser asks, taken apart. */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "web/request.h"

static struct request_target target(struct arena *a, const char *uri, enum rc want)
{
    struct request_target t;
    struct err e = ERR_NONE;

    assert_int_equal(request_read_target(a, str_of(uri), &t, &e), want);
    return t;
}

static void targets(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct request_target t = target(a, "/domain/a%2Fb.example.csv?days=7&q=a+b%26c&days=90", RC_OK);

    (void)state;
    assert_int_equal(t.segments, 2);
    assert_string_equal(t.segment[1], "a/b.example");
    assert_int_equal(t.form, REQUEST_CSV);
    assert_string_equal(request_value(&t.query, "days"), "7"); /* the first counts */
    assert_string_equal(request_value(&t.query, "q"), "a b&c");
    assert_null(request_value(&t.query, "x"));
    assert_int_equal(target(a, "/", RC_OK).segments, 0);
    assert_int_equal(target(a, "/x.json", RC_OK).form, REQUEST_JSON);
    assert_int_equal(target(a, "/a//b", RC_OK).segments, 3);
    (void)target(a, "http://elsewhere.example/", RC_BAD);
    (void)target(a, "", RC_BAD);
    (void)target(a, "/%", RC_BAD);
    (void)target(a, "/%4", RC_BAD);
    (void)target(a, "/%zz", RC_BAD);
    (void)target(a, "/%00", RC_BAD);
    (void)target(a, "/%ff", RC_BAD);
    (void)target(a, "/1/2/3/4/5/6/7/8/9", RC_LIMIT);
    arena_free(a);
}

static void too_many_parameters(void **state)
{
    struct arena *a = arena_new(1 << 20);
    char text[2000] = "";
    size_t n = 0;
    struct request_list l;
    struct err e = ERR_NONE;

    (void)state;
    for (int i = 0; i < REQUEST_PARAMETERS_MAX + 1; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "a%d=%d&", i, i);
    assert_int_equal(request_read_form(a, str_of(text), &l, &e), RC_LIMIT);
    arena_free(a);
}

static void cookies(void **state)
{
    static const struct { const char *field, *want; } rows[] = {
        {"assay=abc", "abc"}, {"x=1; assay=abc; y=2", "abc"}, {"assay=", ""}, {"assay", ""}, {"", ""},
        {"xassay=abc", ""}, {"assay=a; assay=b", ""}, {"ASSAY=abc", ""}, {"assay=a=b", "a=b"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str got = request_cookie(str_of(rows[i].field), STR("assay"));

        assert_true(str_eq(got, str_of(rows[i].want)) || (got.n == 0 && rows[i].want[0] == '\0'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets), cmocka_unit_test(too_many_parameters), cmocka_unit_test(cookies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
