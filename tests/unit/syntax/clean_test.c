#include "unit.h"

#include <string.h>

#include "syntax/clean.h"

static void rows_of_text(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"a = b\n", "a = b\n"}, {"", ""}, {"a # b\nc", "a    \nc"}, {"a // b", "a     "},
        {"/* x\ny */z", "    \n    z"}, {"\"# // /* ${x\"", NULL}, {"\"# // /*\"", "\"# // /*\""},
        {"'\"'", "'\"'"}, {"a\r\n", "a \n"}, {"\"a\r\"", NULL}, {"'a\n'", NULL}, {"\\", NULL}, {"${A}", NULL},
        {"$A", "$A"}, {"# ${A} \\ '", "          "}, {"/*", NULL}, {"/*/", NULL}, {"/", "/"},
        {"a += b", "a += b"}, {"a + b", NULL}, {"a *b", NULL}, {"'a*b+c'", "'a*b+c'"},
        {"\x7f", "\x7f"},
        {"\x01", NULL}, {"\xc3\xa9", "\xc3\xa9"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char text[64];
        struct err e = ERR_NONE;
        enum rc rc;

        memcpy(text, row->name, strlen(row->name) + 1);
        rc = clean_text(text, strlen(text), "F", &e);
        ASSERT_ROW((rc == RC_OK) == (row->want != NULL), row);
        ASSERT_ROW(row->want == NULL || strcmp(text, row->want) == 0, row);
        ASSERT_ROW(row->want != NULL || strncmp(e.text, "F:1: ", 5) == 0, row);
    }
}

static void nul_byte(void **state)
{
    char text[] = "a\n\0b";
    struct err e = ERR_NONE;

    (void)state;
    assert_int_equal(clean_text(text, 4, "F", &e), RC_BAD);
    assert_string_equal(e.text, "F:2: control character; is this a text file?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_of_text), cmocka_unit_test(nul_byte)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
