#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/csv.h"

/* The rows as "line:cell|cell/line:cell|cell". */
static const char *read_shown(struct arena *a, const char *text)
{
    struct strbuf b = strbuf_new(a, 1000);
    struct csv_table t;
    struct err e = ERR_NONE;
    enum rc rc = csv_read(a, str_of(text), &t, &e);

    if (rc != RC_OK)
        strbuf_putf(&b, "%s", e.text);
    for (size_t i = 0; rc == RC_OK && i < t.n; i++) {
        strbuf_putf(&b, "%s%u:", i > 0 ? "/" : "", t.row[i].line);
        for (size_t k = 0; k < t.row[i].n; k++) {
            strbuf_puts(&b, k > 0 ? "|" : "");
            strbuf_put(&b, t.row[i].cell[k]);
        }
    }
    return b.p;
}

static void reading(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"", ""},
        {"a,b\r\nc,d\r\n", "1:a|b/2:c|d"},
        {"a,b\nc,d", "1:a|b/2:c|d"},
        {"\xef\xbb\xbf" "a,b", "1:a|b"},
        {"a,,\n", "1:a||"},
        {" a , b\n", "1: a | b"},
        {"\"a,b\",\"c\"\"d\"\n", "1:a,b|c\"d"},
        {"\"two\r\nlines\",x\ny\n", "1:two\r\nlines|x/3:y"},
        {"\n\na\n\nb\n", "3:a/5:b"},
        {"'=1+1,'@x,'-y,'a,''=z,'\n", "1:=1+1|@x|-y|'a|'=z|'"},
        {"=1+1\n", "1:=1+1"},
        {"a\nb\"c\n", "line 2: a quote stands where none may; write \"\" for one inside quotes"},
        {"a\n\"b\n\n", "line 2: a quote is not closed"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        const char *got = read_shown(a, row->name);

        if (strcmp(got, row->want) != 0)
            print_error("got \"%s\"\n", got);
        ASSERT_ROW(strcmp(got, row->want) == 0, row);
        arena_free(a);
    }
}

/* What is written comes back as it was, and no spreadsheet takes it for a formula. */
static void round_trip(void **state)
{
    static const struct { const char *name, *written; } rows[] = {
        {"plain", "plain"}, {"a,b", "\"a,b\""}, {"say \"x\"", "\"say \"\"x\"\"\""}, {"", ""}, {" x ", " x "},
        {"=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"}, {"+49 30", "'+49 30"}, {"-1", "'-1"}, {"@sum", "'@sum"},
        {"'=1", "''=1"}, {"'tis", "'tis"}, {"\t=1", "'\t=1"}, {"=a,b", "\"'=a,b\""}, {"M\xc3\xbcller", "M\xc3\xbcller"},
        {"two\nlines", "\"two\nlines\""},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);
        struct csv_table t;
        struct err e = ERR_NONE;

        assert_non_null(f);
        csv_put(f, row->name, true);
        csv_put(f, "end", false);
        csv_end_row(f);
        assert_int_equal(fclose(f), 0);
        ASSERT_ROW(strncmp(text, row->written, strlen(row->written)) == 0, row);
        ASSERT_ROW(strcmp(text + strlen(row->written), ",end\r\n") == 0, row);
        ASSERT_ROW(csv_read(a, str_of(text), &t, &e) == RC_OK && t.n == 1 && t.row[0].n == 2, row);
        ASSERT_ROW(str_eq(t.row[0].cell[0], str_of(row->name)), row);
        free(text);
        arena_free(a);
    }
}

/* A cell of any length is written whole. */
static void long_cells(void **state)
{
    enum { LONG = 100000 };
    char *cell = malloc(LONG + 1), *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);

    (void)state;
    assert_non_null(cell);
    assert_non_null(f);
    memset(cell, 'x', LONG);
    cell[LONG] = '\0';
    csv_put(f, cell, true);
    cell[0] = '=';
    cell[LONG - 1] = '"';
    csv_put(f, cell, false);
    csv_end_row(f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(size, LONG + strlen(",\"'") + LONG + strlen("\"\"\r\n"));
    assert_string_equal(text + size - 7, "xx\"\"\"\r\n");
    free(text);
    free(cell);
}

static void bounded(void **state)
{
    struct arena *a = arena_new(64 << 20);
    char text[2 * CSV_CELLS_MAX + 20];
    struct csv_table t;
    struct err e = ERR_NONE;

    (void)state;
    memset(text, ',', sizeof text);
    assert_int_equal(csv_read(a, (struct str){text, sizeof text}, &t, &e), RC_LIMIT);
    assert_non_null(strstr(e.text, "line 1: more than 64 cells"));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading), cmocka_unit_test(round_trip), cmocka_unit_test(long_cells), cmocka_unit_test(bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
