/* Where words stand; that the reader follows the library is sections_test's to show. */
#include "unit.h"

#include "syntax/place.h"

static void lost(void **state)
{
    struct place_reader r = place_begin(STR("a b { c = d }"));

    (void)state;
    assert_int_equal(place_value(&r, STR("d")).column, 11);
    assert_int_equal(place_value(&r, STR("d")).column, 0); /* there is no other */
    assert_int_equal(place_section_end(&r).line, 0);
    assert_int_equal(place_name(&r, STR("c")).column, 0);
}

static void roles(void **state)
{
    static const struct { const char *name, *text; char role; const char *word; unsigned line, column; } rows[] = {
        {"value, not name", "x = x", 'v', "x", 1, 5},
        {"value, not title", "x x { x = {x} }", 'v', "x", 1, 12},
        {"title", "x x { x = x }", 't', "x", 1, 3},
        {"name", "x x { x = x }", 'n', "x", 1, 1},
        {"name in a section", "a x { x += {x} }", 'n', "x", 1, 7},
        {"in quotes", "a = '}' b = \"\nc\"", 'v', "\nc", 1, 13},
        {"quotes touch", "a = 'b'c = d", 'v', "d", 1, 12},
        {"heading", "a b {}\n c d { e = {} f = {g} }", 'e', "", 2, 4},
        {"nothing", "", 'v', "x", 0, 0},
        {"open end", "a = 'b", 'v', "b", 1, 5},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct place_reader r = place_begin(str_of(row->text));
        struct str word = str_of(row->word);
        struct place p = {0, 0};

        switch (row->role) {
        case 'v': p = place_value(&r, word); break;
        case 't': p = place_title(&r, word); break;
        case 'n': p = place_name(&r, word); break;
        default:
            (void)place_section_end(&r);
            p = place_section_end(&r);
        }
        if (p.line != row->line || p.column != row->column)
            fail_msg("%s: %u:%u", row->name, p.line, p.column);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(roles), cmocka_unit_test(lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
