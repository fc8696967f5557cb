#include "unit.h"

#include <string.h>

#include "dkim/dkim_canon.h"

static void collect(void *ctx, struct str piece)
{
    strbuf_put(ctx, piece);
}

/* The example of RFC 6376 section 3.4.5, and what the rules before it say. */
static void header_fields(void **state)
{
    static const struct {
        const char *name, *field_name, *value, *relaxed, *simple;
    } rows[] = {
        {"rfc A", "A", " X", "a:X\r\n", "A: X\r\n"},
        {"rfc B", "B ", " Y\t\r\n\tZ  ", "b:Y Z\r\n", "B : Y\t\r\n\tZ  \r\n"},
        {"empty", "X", "", "x:\r\n", "X:\r\n"},
        {"blank", "X", " \t ", "x:\r\n", "X: \t \r\n"},
        {"only a fold", "X", "\r\n y", "x:y\r\n", "X:\r\n y\r\n"},
        {"fold at the end", "X", " y\r\n ", "x:y\r\n", "X: y\r\n \r\n"},
        {"several folds", "X", "a\r\n \r\n b", "x:a b\r\n", "X:a\r\n \r\n b\r\n"},
        {"8 bit", "X", " \xc3\x84 \xff", "x:\xc3\x84 \xff\r\n", "X: \xc3\x84 \xff\r\n"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char relaxed[200], simple[200];
        struct strbuf r = STRBUF_ON(relaxed), s = STRBUF_ON(simple);
        struct dkim_canon_field f = {
            .name = str_of(row->field_name), .value = str_of(row->value), .crlf = true};

        dkim_canon_header(DKIM_CANON_RELAXED, &f, collect, &r);
        dkim_canon_header(DKIM_CANON_SIMPLE, &f, collect, &s);
        ASSERT_ROW(strcmp(relaxed, row->relaxed) == 0, row);
        ASSERT_ROW(strcmp(simple, row->simple) == 0, row);
    }
}

static void a_long_field_arrives_whole(void **state)
{
    char value[3000], out[3100];
    struct strbuf b = STRBUF_ON(out);
    struct dkim_canon_field f = {.name = STR("Long"), .value = {value, sizeof value}, .crlf = false};

    (void)state;
    memset(value, 'v', sizeof value);
    dkim_canon_header(DKIM_CANON_RELAXED, &f, collect, &b);
    assert_int_equal(b.n, 5 + sizeof value);
    assert_memory_equal(out, "long:vvv", 8);
}

/* Emptying b=: what is cut is as if it had never been there. */
static void cutting(void **state)
{
    static const struct {
        const char *name, *value;
        size_t from, to;
        const char *relaxed, *simple;
    } rows[] = {
        {"middle", " a=1; b= xx ; c=2", 8, 12, "s:a=1; b=; c=2", "S: a=1; b=; c=2"},
        {"end", " a=1; b=xx", 8, 10, "s:a=1; b=", "S: a=1; b="},
        {"nothing", " a=1", 0, 0, "s:a=1", "S: a=1"},
        {"beyond the end", " a=1", 3, 99, "s:a=", "S: a="},
        {"backwards is nothing", " a=1", 3, 1, "s:a=1", "S: a=1"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char relaxed[100], simple[100];
        struct strbuf r = STRBUF_ON(relaxed), s = STRBUF_ON(simple);
        struct dkim_canon_field f = {.name = STR("S"), .value = str_of(row->value), .cut_from = row->from,
                                     .cut_to = row->to};

        dkim_canon_header(DKIM_CANON_RELAXED, &f, collect, &r);
        dkim_canon_header(DKIM_CANON_SIMPLE, &f, collect, &s);
        ASSERT_ROW(strcmp(relaxed, row->relaxed) == 0, row);
        ASSERT_ROW(strcmp(simple, row->simple) == 0, row);
    }
}

static void canon_body(enum dkim_canon how, struct str body, size_t step, struct strbuf *out)
{
    struct dkim_canon_body b;

    dkim_canon_body_start(&b, how, collect, out);
    for (size_t at = 0; at < body.n; at += step)
        dkim_canon_body_add(&b, str_slice(body, at, at + step));
    dkim_canon_body_end(&b);
}

/* Whatever the pieces it comes in. */
static void bodies(void **state)
{
    static const struct { const char *name, *body, *relaxed, *simple; } rows[] = {
        {"rfc 3.4.5", " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n", " C \r\nD \t E\r\n"},
        {"empty", "", "", "\r\n"},
        {"one line end", "\r\n", "", "\r\n"},
        {"line ends", "\r\n\r\n\r\n", "", "\r\n"},
        {"only blanks", " \t \r\n  \r\n", "", " \t \r\n  \r\n"},
        {"no last line end", "abc", "abc\r\n", "abc\r\n"},
        {"blank, no last line end", "abc ", "abc\r\n", "abc \r\n"},
        {"empty lines inside", "\r\na\r\n\r\n\r\nb\r\n", "\r\na\r\n\r\n\r\nb\r\n", "\r\na\r\n\r\n\r\nb\r\n"},
        {"blank lines at the end", "a\r\n \r\n\t\r\n", "a\r\n", "a\r\n \r\n\t\r\n"},
        {"leading blanks", "  \t a", " a\r\n", "  \t a\r\n"},
        {"bare CR", "a\rb\r\n\r", "a\rb\r\n\r\r\n", "a\rb\r\n\r\r\n"},
        {"bare LF", "a\nb\n", "a\nb\n\r\n", "a\nb\n\r\n"},
        {"CR CR LF", "a\r\r\n", "a\r\r\n", "a\r\r\n"},
        {"blank before CR", "a \rb", "a \rb\r\n", "a \rb\r\n"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        for (size_t step = 1; step < 20; step++) {
            char relaxed[100], simple[100];
            struct strbuf r = STRBUF_ON(relaxed), s = STRBUF_ON(simple);

            canon_body(DKIM_CANON_RELAXED, str_of(row->body), step, &r);
            canon_body(DKIM_CANON_SIMPLE, str_of(row->body), step, &s);
            ASSERT_ROW(strcmp(relaxed, row->relaxed) == 0, row);
            ASSERT_ROW(strcmp(simple, row->simple) == 0, row);
        }
    }
}

/* Texts of words and of blanks, line ends and lone CRs and LFs: whole, they give what they give byte by byte. */
static void whole_as_byte_by_byte(void **state)
{
    static const char *const letters[] = {"abcdefghijkl  \r\n", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq \t",
                                          "ab \t\r\n", "a\r\n", "abcdefghijklmnopqrstuvwxyz\xff\r"};
    char text[300], whole[620], apart[620];
    uint32_t dice = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        const char *set = letters[round % 5];
        size_t n = 0;
        struct strbuf w = STRBUF_ON(whole), a = STRBUF_ON(apart);
        struct dkim_canon_body b;

        for (; n < sizeof text; n++) {
            dice = dice * 1664525u + 1013904223u;
            text[n] = set[(dice >> 16) % strlen(set)];
            if (dice >> 29 == 0 && n + 2 < sizeof text)
                text[n++] = '\r', text[n] = '\n';
        }
        dkim_canon_body_start(&b, DKIM_CANON_RELAXED, collect, &w);
        dkim_canon_body_add(&b, (struct str){text, n});
        dkim_canon_body_end(&b);
        dkim_canon_body_start(&b, DKIM_CANON_RELAXED, collect, &a);
        for (size_t i = 0; i < n; i++)
            dkim_canon_body_add(&b, (struct str){text + i, 1});
        dkim_canon_body_end(&b);
        assert_int_equal(w.n, a.n);
        assert_memory_equal(whole, apart, w.n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_fields), cmocka_unit_test(a_long_field_arrives_whole),
        cmocka_unit_test(cutting), cmocka_unit_test(bodies),
        cmocka_unit_test(whole_as_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
