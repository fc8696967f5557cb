#include "unit.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
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

/* As printf writes it, in every room for it. */
#define PRINTS(...) do { \
        char want[200], mem[200]; \
        int n = snprintf(want, sizeof want, __VA_ARGS__); \
        for (size_t size = 1; size <= (size_t)n + 2; size++) { \
            struct strbuf b = strbuf_on(mem, size); \
            strbuf_putf(&b, __VA_ARGS__); \
            (void)snprintf(want, size, __VA_ARGS__); \
            assert_string_equal(mem, want); \
            assert_int_equal(b.n, strlen(want)); \
            assert_int_equal(b.over, (size_t)n >= size); \
        } \
    } while (0)

static void prints_as_printf(void **state)
{
    (void)state;
    PRINTS("plain");
    PRINTS("%s", "");
    PRINTS("%s=%s%s", "key", "value", ".");
    PRINTS("%u %u", 0U, UINT_MAX);
    PRINTS("%" PRId64 ",%" PRId64 ",%" PRId64 ".", (int64_t)0, INT64_MIN, INT64_MAX);
    PRINTS("%s is 100%% of %u", "all", 7U);
    PRINTS("%d %s", -5, "after what printf does");
    PRINTS("%s \\x%02x %.*s %.60s", "a", 7U, 2, "abc", "short");
    PRINTS("%" PRIu64 "%zu", UINT64_MAX, (size_t)3);
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

/* Hexadecimal digits, as many as the bytes want, and nothing else. */
static void unhex(void **state)
{
    static const struct { const char *name, *digits; bool ok; } rows[] = {
        {"both cases", "00fFaB", true}, {"too few", "00ff", false}, {"too many", "00ff0011", false},
        {"half a byte", "00ffa", false}, {"no digit", "00fg11", false}, {"a sign", "-1ff00", false},
        {"none", "", false},
    };
    unsigned char bytes[3];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ASSERT_ROW(str_unhex(str_of(rows[i].digits), bytes, sizeof bytes) == rows[i].ok, &rows[i]);
    assert_true(str_unhex(STR("00fFaB"), bytes, sizeof bytes));
    assert_memory_equal(bytes, "\x00\xff\xab", sizeof bytes);
    assert_true(str_unhex(STR_NONE, bytes, 0));
}

/* What a terminal acts upon is shown, never sent: C0, DEL, C1, the direction of text. */
static void clean_text(void **state)
{
    static const struct { const char *name, *text, *want; } rows[] = {
        {"plain", "gr\xc3\xbc\xc3\x9f" "e \xe2\x82\xac", "gr\xc3\xbc\xc3\x9f" "e \xe2\x82\xac"},
        {"escape", "\x1b[1m\x7f", "\\x1b[1m\\x7f"},
        {"U+009B", "\xc2\x9b" "1m", "\\xc2\\x9b1m"},
        {"U+009D", "\xc2\x9d" "0;t\x07", "\\xc2\\x9d0;t\\x07"},
        {"U+0080 and U+009F", "\xc2\x80\xc2\x9f", "\\xc2\\x80\\xc2\\x9f"},
        {"U+00A0 stays", "\xc2\xa0", "\xc2\xa0"},
        {"bare C1", "\x9b" "1m", "\\x9b1m"},
        {"U+202E", "a\xe2\x80\xae" "b", "a\\xe2\\x80\\xaeb"},
        {"U+2066", "\xe2\x81\xa6", "\\xe2\\x81\\xa6"},
        {"U+2069", "\xe2\x81\xa9", "\\xe2\\x81\\xa9"},
        {"U+061C", "\xd8\x9c", "\\xd8\\x9c"},
        {"U+200F", "\xe2\x80\x8f", "\\xe2\\x80\\x8f"},
        {"U+2028", "\xe2\x80\xa8", "\\xe2\\x80\\xa8"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char mem[100];
        struct strbuf b = STRBUF_ON(mem);

        strbuf_put_clean(&b, str_of(row->text), sizeof mem - 1);
        ASSERT_ROW(strcmp(mem, row->want) == 0, row);
    }
}

/* What hides itself is shown, everything else as it is; each byte that is no UTF-8 is one mark. */
static void shown_text(void **state)
{
    static const struct { const char *name, *text, *want; } rows[] = {
        {"plain", "a\tgr\xc3\xbc\n\xf0\x9f\x98\x80", "a\tgr\xc3\xbc\n\xf0\x9f\x98\x80"},
        {"no UTF-8", "\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"U+202E", "a\xe2\x80\xae" "b", "a\\u202Eb"},
        {"U+00AD, U+061C", "\xc2\xad\xd8\x9c", "\\u00AD\\u061C"},
        {"U+2028, U+206F", "\xe2\x80\xa8\xe2\x81\xaf", "\\u2028\\u206F"},
        {"U+E0041", "\xf3\xa0\x81\x81", "\\uE0041"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char mem[STR_SHOWN_MAX], out[100];
        struct strbuf b = STRBUF_ON(out);
        struct str rest = str_of(row->text);

        while (rest.n > 0)
            strbuf_put(&b, str_take_shown(&rest, mem));
        ASSERT_ROW(strcmp(out, row->want) == 0, row);
    }
}

static const char *put(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static const char *put(struct arena *a, const char *fmt, ...)
{
    const char *text;
    va_list ap;

    va_start(ap, fmt);
    text = str_vprintf(a, fmt, ap);
    va_end(ap);
    return text;
}

/* What is too long ends with a whole character. */
static void cutting(void **state)
{
    struct arena *a = arena_new(1 << 16);

    (void)state;
    assert_true(str_eq(str_head(STR("gr\xc3\xbc"), 3), STR("gr")));
    assert_true(str_eq(str_head(STR("gr\xc3\xbc"), 4), STR("gr\xc3\xbc")));
    assert_true(str_eq(str_head(STR("\xf0\x9f\x98\x80"), 3), STR("")));
    for (int n = 1990; n < 2010; n++) {
        size_t room = n < 1999 ? 1999 - (size_t)n : 0, euros = room / 3 > 2 ? 2 : room / 3;

        assert_int_equal(strlen(put(a, "%0*d\xe2\x82\xac\xe2\x82\xac", n, 1)), n < 1999 ? (size_t)n + 3 * euros : 1999);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unhex), cmocka_unit_test(clean_text), cmocka_unit_test(shown_text), cmocka_unit_test(cutting),
        cmocka_unit_test(numbers), cmocka_unit_test(comparing),
        cmocka_unit_test(prints_as_printf), cmocka_unit_test(overflow_is_remembered), cmocka_unit_test(escaping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
