#include "unit.h"

#include <string.h>

#include "base/str.h"

static void numbers(void **state)
{
    static const struct { const char *name; bool ok; uint32_t value; } rows[] = {
        {"0", true, 0}, {"4294967295", true, UINT32_MAX}, {"4294967296", false, 0},
        {"", false, 0}, {"-1", false, 0}, {"1x", false, 0}, {"00000000001", false, 0},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        uint32_t value = 0;

        ASSERT_ROW(str_to_u32(str_of(row->name), &value) == row->ok, row);
        ASSERT_ROW(value == row->value, row);
    }
}

static void comparing(void **state)
{
    (void)state;
    assert_true(str_eq_nocase(STR("DKIM-Signature"), STR("dkim-signature")));
    assert_false(str_eq(STR("a"), STR("A")));
    assert_true(str_ends_nocase(STR("mail.Example.COM"), STR(".example.com")));
    assert_false(str_ends_nocase(STR("com"), STR(".example.com")));
    assert_true(str_eq(str_trim(STR(" \t\r\n a b \r\n")), STR("a b")));
    assert_int_equal(str_slice(STR("abc"), 2, 1).n, 0);
    assert_int_equal(str_slice(STR("abc"), 1, 99).n, 2);
    assert_true(str_is_ascii(STR("az\x7f")));
    assert_true(str_is_ascii(STR_NONE));
    assert_false(str_is_ascii(STR("a\x80")));
}

static void overflow_is_remembered(void **state)
{
    char mem[6];
    struct strbuf b = STRBUF_ON(mem);

    (void)state;
    strbuf_puts(&b, "abc");
    assert_false(b.over);
    strbuf_putf(&b, "%d", 12345);
    assert_true(b.over);
    assert_string_equal(mem, "abc12");
    strbuf_putc(&b, 'x');
    assert_int_equal(b.n, 5);
}

static void escaping(void **state)
{
    char mem[64];
    struct strbuf b = STRBUF_ON(mem);

    (void)state;
    strbuf_put_escaped(&b, STR("a\"b\\\n\0\xffz"), 7);
    assert_string_equal(mem, "a\\\"b\\\\\\x0a\\x00\\xff...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers), cmocka_unit_test(comparing),
        cmocka_unit_test(overflow_is_remembered), cmocka_unit_test(escaping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
