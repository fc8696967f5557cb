#include "unit.h"

#include <string.h>

#include "mail/eml.h"

static const struct message_bounds bounds = {.headers = 5, .header_bytes = 1000};

/* "name|value" of each field, one a line, with CR as ^. */
static struct str fields_of(const struct message *m)
{
    struct strbuf b = strbuf_new(m->arena, 4096);

    for (size_t i = 0; i < m->header_count; i++) {
        strbuf_put(&b, m->headers[i].name);
        strbuf_putc(&b, '|');
        strbuf_put(&b, m->headers[i].value);
        strbuf_putc(&b, '\n');
    }
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] == '\r')
            b.p[i] = '^';
    return strbuf_str(&b);
}

static void splitting(void **state)
{
    static const struct { const char *name, *text, *fields, *body; } rows[] = {
        {"plain", "A: 1\nB:2\n\nbody\n", "A| 1\nB|2\n", "body\n"},
        {"CRLF", "A: 1\r\nB:2\r\n\r\nbody\r\n", "A| 1\nB|2\n", "body\r\n"},
        {"fold", "A: 1\n\t2\n 3\nB: 4\n\nx", "A| 1^\n\t2^\n 3\nB| 4\n", "x"},
        {"fold with CRLF", "A: 1\r\n\t2\r\n\r\nx", "A| 1^\n\t2\n", "x"},
        {"fold of blanks", "A: 1\n \n\nx", "A| 1^\n \n", "x"},
        {"empty value then fold", "A:\n 1\n\n", "A|^\n 1\n", ""},
        {"empty value", "A:\n\nx", "A|\n", "x"},
        {"trailing blanks kept", "A: 1 \t\n\n", "A| 1 \t\n", ""},
        {"blank before the colon", "A : 1\n\n", "A | 1\n", ""},
        {"mbox", "From a@b.example Mon Jan  1 00:00:00 2024\nA: 1\n\nx", "A| 1\n", "x"},
        {"obsolete From is no mbox line", "From : a@b.example\n\nx", "From | a@b.example\n", "x"},
        {"no body", "A: 1\n\n", "A| 1\n", ""},
        {"no empty line", "A: 1\n", "A| 1\n", ""},
        {"cut in the header", "A: 1\nB: 2", "A| 1\nB| 2\n", ""},
        {"cut after CR", "A: 1\r", "A| 1\n", ""},
        {"empty line only", "\n", "", ""},
        {"body only", "\nbody\n", "", "body\n"},
        {"mbox line only", "From a Mon\n\nx", "", "x"},
        {"quoted mbox line", ">From a Mon\nA: 1\n\nx", "A| 1\n", "x"},
        {"byte order mark", "\xef\xbb\xbf" "A: 1\n\nx", "A| 1\n", "x"},
        {"text", "Hello world\n", "", "Hello world\n"},
        {"line without colon", "A: 1\nB\n\nx", "A| 1\n", "B\n\nx"},
        {"line without colon after a fold", "A: 1\n 2\n 3\nB\n\n", "A| 1^\n 2^\n 3\n", "B\n\n"},
        {"no name", ": 1\n\n", "", ": 1\n\n"},
        {"blank in the name", "A B: 1\n\n", "", "A B: 1\n\n"},
        {"8-bit name", "\xc3\xa9: 1\n\n", "", "\xc3\xa9: 1\n\n"},
        {"fold first", " A: 1\n\n", "", " A: 1\n\n"},
        {"body begins with empty lines", "A: 1\n\n\n\nx", "A| 1\n", "\n\nx"},
        {"more fields than the bound", "A:1\nB:2\nC:3\nD:4\nE:5\nF:6\n\nx", "A|1\nB|2\nC|3\nD|4\nE|5\n", "x"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct message m = {.arena = arena_new(256 * 1024)};
        struct str body;
        struct err e = ERR_NONE;

        ASSERT_ROW(eml_read(str_of(row->text), &m, &bounds, &body, &e) == RC_OK, row);
        ASSERT_ROW(str_eq(fields_of(&m), str_of(row->fields)), row);
        ASSERT_ROW(str_eq(body, str_of(row->body)), row);
        ASSERT_ROW((m.limits != 0) == (strchr(row->text, 'F') != NULL && m.header_count == 5), row);
        arena_free(m.arena);
    }
}

static void errors(void **state)
{
    static const struct { const char *name; struct str text; const char *says; } rows[] = {
        {"empty", {"", 0}, "empty; this is not a mail message"},
        {"binary behind a line", {"hello\n\1\2\n", 9}, "binary data"},
        {"NUL in a value", {"A: 1\nB: \0\n\n", 11}, "line 2: NUL byte"},
        {"NUL in a fold", {"A: 1\n \0\n\n", 9}, "line 2: NUL byte"},
        {"binary", {"\x7f" "ELF\2\1\1\0\0\0\0", 11}, "line 1: NUL byte"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct message m = {.arena = arena_new(256 * 1024)};
        struct str body;
        struct err e = ERR_NONE;

        ASSERT_ROW(eml_read(row->text, &m, &bounds, &body, &e) == RC_BAD, row);
        ASSERT_ROW(strncmp(e.text, row->says, strlen(row->says)) == 0, row);
        arena_free(m.arena);
    }
}

static void long_line(void **state)
{
    struct message m = {.arena = arena_new(4 * EML_LINE_MAX)};
    struct strbuf b = strbuf_new(m.arena, EML_LINE_MAX + 100);
    struct str body;
    struct err e = ERR_NONE;

    (void)state;
    strbuf_puts(&b, "A: ");
    for (size_t i = 0; i < EML_LINE_MAX - 3; i++)
        strbuf_putc(&b, 'x');
    assert_int_equal(eml_read(strbuf_str(&b), &m, &bounds, &body, &e), RC_OK);
    assert_int_equal(m.header_count, 0); /* past the bound: dropped and noted */
    assert_int_equal(m.limits, 1u << MESSAGE_LIMIT_HEADER_BYTES);
    strbuf_putc(&b, 'x');
    assert_int_equal(eml_read(strbuf_str(&b), &m, &bounds, &body, &e), RC_LIMIT);
    arena_free(m.arena);
}

static void append(void *ctx, struct str piece)
{
    strbuf_put(ctx, piece);
}

static void body_line_ends(void **state)
{
    static const struct { const char *name, *body, *want; } rows[] = {
        {"empty", "", ""},
        {"CRLF", "a\r\nb\r\n", "a\r\nb\r\n"},
        {"LF", "a\nb\n", "a\r\nb\r\n"},
        {"mixed", "a\r\nb\nc\r\n", "a\r\nb\r\nc\r\n"},
        {"bare CR", "a\rb\r\n", "a b\r\n"},
        {"CR CR LF", "a\r\r\n", "a \r\n"},
        {"CR at the end", "a\r", "a \r\n"},
        {"no last line end", "a\nb", "a\r\nb\r\n"},
        {"LF first", "\n\na", "\r\n\r\na\r\n"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char mem[64];
        struct strbuf b = STRBUF_ON(mem);

        eml_body(str_of(row->body), append, &b);
        ASSERT_ROW(str_eq(strbuf_str(&b), str_of(row->want)), row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splitting), cmocka_unit_test(errors), cmocka_unit_test(long_line),
        cmocka_unit_test(body_line_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
