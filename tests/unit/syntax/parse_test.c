#include "unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "config/option.h"
#include "syntax/parse.h"

static const struct setting *said(const struct setting *all, const char *name)
{
    return &all[option_find(str_of(name)) - option_table];
}

static void text_and_lines(void **state)
{
    static const struct { const char *name, *text; unsigned line; const char *option, *want; } rows[] = {
        {"bare word", "Socket=inet:8893@localhost", 1, "Socket", "inet:8893@localhost"},
        {"blanks, case", "\n\n  sOCKET \t=\n  'fd:3'  ", 4, "Socket", "fd:3"},
        {"list", "IgnoreHosts = { ::1 , \"10.0.0.0/8\" }", 1, "IgnoreHosts", "::1,10.0.0.0/8"},
        {"list's last line", "IgnoreHosts = {\n ::1,\n ::2\n}", 4, "IgnoreHosts", "::1,::2"},
        {"list of one", "IgnoreHosts = ::1", 1, "IgnoreHosts", "::1"},
        {"empty list", "IgnoreHosts = {}", 0, "IgnoreHosts", ""},
        {"list again", "IgnoreHosts = ::1\nIgnoreHosts = ::2", 2, "IgnoreHosts", "::2"},
        {"added", "IgnoreHosts = ::1\nIgnoreHosts += {::2}", 2, "IgnoreHosts", "::1,::2"},
        {"empty text", "PidFile = \"\"", 1, "PidFile", ""},
        {"hash in quotes", "PidFile = \"/run/#1\"", 1, "PidFile", "/run/#1"},
        {"comment", "PidFile = /run/x#1", 1, "PidFile", "/run/x"},
        {"UTF-8", "PidFile = /run/\xc3\xa9", 1, "PidFile", "/run/\xc3\xa9"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        struct setting all[OPTION_COUNT];
        const struct setting *s = said(all, row->option);
        struct err e = ERR_NONE;

        if (parse_text(a, str_of(row->text), "F", &option_rows, all, &e) != RC_OK)
            fail_msg("%s: %s", row->name, e.text);
        ASSERT_ROW(s->present && str_eq(s->text, str_of(row->want)), row);
        ASSERT_ROW(row->line == 0 || s->line == row->line, row);
        ASSERT_ROW(!said(all, "MaxFiles")->present, row);
        arena_free(a);
    }
}

static void *parse_often(void *arg)
{
    for (int i = 0; i < 200; i++) {
        struct arena *a = arena_new(1 << 20);
        struct setting all[OPTION_COUNT];
        struct err e = ERR_NONE;
        bool good = parse_text(a, str_of(arg), "F", &option_rows, all, &e) == RC_OK;

        arena_free(a);
        if (good != (e.text[0] == '\0'))
            return arg;
    }
    return NULL;
}

/* The library's scanner has one state for all; ours is one at a time. */
static void threads(void **state)
{
    static char good[] = "IgnoreHosts = {::1, ::2}", bad[] = "IgnoreHosts = {::1";
    pthread_t thread[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, parse_often, i % 2 == 0 ? good : bad), 0);
    for (int i = 0; i < 4; i++) {
        void *failed;

        assert_int_equal(pthread_join(thread[i], &failed), 0);
        assert_null(failed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(text_and_lines), cmocka_unit_test(threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
