#include "unit.h"

#include <string.h>

#include "formats/mbox.h"

#define FROM "From a@b Thu Nov 16 00:10:00 2023\n"

/* The mails, each between brackets. */
static void taken_apart(void **state)
{
    static const struct { const char *name, *text, *want; bool more; } rows[] = {
        {"one", FROM "A: 1\n\nx\n", "[A: 1\n\nx\n]", false},
        {"two", FROM "A: 1\n\nx\n\n" FROM "A: 2\n\ny\n", "[A: 1\n\nx\n\n][A: 2\n\ny\n]", true},
        {"CRLF", "From a 1:2\r\nA: 1\r\n\r\nx\r\n\r\nFrom a 1:2\r\nB: 2\r\n", "[A: 1\r\n\r\nx\r\n\r\n][B: 2\r\n]", true},
        {"behind a mark and empty lines", "\xef\xbb\xbf\r\n\n" FROM "A: 1\n\n" FROM "A: 2\n", "[A: 1\n\n][A: 2\n]", true},
        {"no empty line before", FROM "A: 1\n\nx\n" FROM "A: 2\n", "[A: 1\n\nx\n" FROM "A: 2\n]", false},
        {"a sentence", FROM "A: 1\n\nFrom now on\nA: 2\n", "[A: 1\n\nFrom now on\nA: 2\n]", false},
        {"no header behind", FROM "A: 1\n\nFrom me at 12:00\nno field\n", "[A: 1\n\nFrom me at 12:00\nno field\n]", false},
        {"nothing behind", FROM "A: 1\n\nFrom me at 12:00\n", "[A: 1\n\nFrom me at 12:00\n]", false},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct str rest = str_of(row->text);
        char got[300];
        struct strbuf b = STRBUF_ON(got);

        ASSERT_ROW(mbox_is(rest), row);
        ASSERT_ROW(mbox_has_more(rest) == row->more, row);
        while (rest.n > 0) {
            strbuf_putc(&b, '[');
            strbuf_put(&b, mbox_next(&rest));
            strbuf_putc(&b, ']');
        }
        if (strcmp(got, row->want) != 0)
            print_error("got \"%s\"\n", got);
        ASSERT_ROW(strcmp(got, row->want) == 0, row);
    }
}

static void no_mbox(void **state)
{
    static const char *const texts[] = {"", "From", "From ", "From a 1:2", "From: a\n\nFrom a 1:2\nA: 1\n", "x\n" FROM "A: 1\n"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct str s = str_of(texts[i]);

        assert_false(mbox_is(s) || mbox_has_more(s));
        assert_true(str_eq(mbox_without_envelope(s), s));
    }
    assert_true(str_eq(mbox_without_envelope(STR(FROM "A: 1\n")), STR("A: 1\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(taken_apart), cmocka_unit_test(no_mbox)};

    return cmocka_run_group_tests_name("mbox", tests, NULL, NULL);
}
