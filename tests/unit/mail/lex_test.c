#include "unit.h"

#include "mail/lex.h"

static void blanks_and_comments(void **state)
{
    static const struct { const char *name; bool ok; const char *rest; } rows[] = {
        {"", true, ""}, {"x", true, "x"}, {" \t\r\n x", true, "x"}, {"(c)x", true, "x"}, {" (a (b) c) (d) x", true, "x"},
        {"(\\))x", true, "x"}, {"(\\()x", true, "x"}, {"(\")x", true, "x"}, {"(a;b=c)", true, ""}, {")x", true, ")x"},
        {"((((((((((((((((((((20))))))))))))))))))))x", true, "x"}, {"(((((((((((((((((((((21)))))))))))))))))))))x", false, ""},
        {"(", false, ""}, {"(()", false, ""}, {"(\\", false, ""}, {"(\\)", false, ""}, {" (x", false, ""},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct lex l = lex_on(str_of(row->name));

        ASSERT_ROW(lex_cfws(&l) == row->ok, row);
        ASSERT_ROW(l.at <= l.s.n, row);
        ASSERT_ROW(!row->ok || str_eq(str_slice(l.s, l.at, l.s.n), str_of(row->rest)), row);
    }
}

static void quoted_strings(void **state)
{
    static const struct { const char *name; bool ok; const char *meaning, *rest; } rows[] = {
        {"\"\"x", true, "", "x"}, {"\"a b\"x", true, "a b", "x"}, {"\"a\\\"b\\\\\"x", true, "a\"b\\", "x"},
        {"\"a\r\n b\"", true, "a b", ""}, {"\"(;)\"", true, "(;)", ""}, {"\"a\\\r\n\"", true, "a", ""},
        {"\"", false, "", ""}, {"\"a", false, "", ""}, {"\"a\\", false, "", ""}, {"\"a\\\"", false, "", ""},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct lex l = lex_on(str_of(row->name));
        struct arena *a = arena_new(1024);
        struct str inner;

        ASSERT_ROW(lex_quoted(&l, &inner) == row->ok, row);
        ASSERT_ROW(l.at <= l.s.n, row);
        ASSERT_ROW(!row->ok || str_eq(lex_unquote(a, inner), str_of(row->meaning)), row);
        ASSERT_ROW(!row->ok || str_eq(str_slice(l.s, l.at, l.s.n), str_of(row->rest)), row);
        arena_free(a);
    }
}

static void nul(void **state)
{
    struct lex comment = lex_on(STR("(\0)")), quoted = lex_on(STR("\"\0\""));
    struct str inner;

    (void)state;
    assert_false(lex_cfws(&comment));
    assert_false(lex_quoted(&quoted, &inner));
}

/* By counting: RFC 2045 has 94 printable characters less 15 tspecials, RFC 5322 62 letters and digits and 19 more. */
static void classes(void **state)
{
    unsigned tokens = 0, atext = 0;

    (void)state;
    for (int c = 0; c < 128; c++) {
        tokens += lex_is_token((char)c);
        atext += lex_is_atext((char)c);
    }
    assert_int_equal(tokens, 94 - 15);
    assert_int_equal(atext, 62 + 19);
    assert_false(lex_is_token('\xc3'));
    assert_true(lex_is_atext('\xc3'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_and_comments), cmocka_unit_test(quoted_strings), cmocka_unit_test(nul),
        cmocka_unit_test(classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
