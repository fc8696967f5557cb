#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "intake/feed_split.h"

#define LIST "[{\"report_metadata\": 1}, {\"report_metadata\": 2}]"
#define HEAD "xml_schema,org_name,org_email,report_id,domain,begin_date,end_date\r\n"
#define ROWS "d,o,e,1,a.example,b,e\r\nd,o,e,1,a.example,b,e\r\nd,o,e,2,a.example,b,e\r\n"

struct parts {
    size_t n;
    char text[4][200];
};

static enum rc take(void *arg, struct str report)
{
    struct parts *p = arg;

    assert_true(p->n < 4);
    (void)snprintf(p->text[p->n++], sizeof p->text[0], "%.*s", STR_FMT(report));
    return RC_OK;
}

static void taken_apart(void **state)
{
    static const struct { const char *name, *text, *first, *last; size_t n; } rows[] = {
        {"list", LIST, "{\"report_metadata\": 1}", "{\"report_metadata\": 2}", 2},
        {"list behind a mark", "\xef\xbb\xbf" LIST "\n", "{\"report_metadata\": 1}", "{\"report_metadata\": 2}", 2},
        {"list behind a mark and blanks", "\xef\xbb\xbf\r\n " LIST, "{\"report_metadata\": 1}", "{\"report_metadata\": 2}",
         2},
        {"table", HEAD ROWS, HEAD "d,o,e,1,a.example,b,e\r\nd,o,e,1,a.example,b,e\r\n", HEAD "d,o,e,2,a.example,b,e", 2},
        {"table behind a mark", "\xef\xbb\xbf" HEAD ROWS,
         HEAD "d,o,e,1,a.example,b,e\r\nd,o,e,1,a.example,b,e\r\n", HEAD "d,o,e,2,a.example,b,e", 2},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct parts p = {.n = 0};
        size_t n = 0;

        ASSERT_ROW(feed_split_is(str_of(row->text)), row);
        ASSERT_ROW(feed_split(str_of(row->text), take, &p, &n, NULL) == RC_OK, row);
        ASSERT_ROW(n == row->n && p.n == n, row);
        ASSERT_ROW(strcmp(p.text[0], row->first) == 0, row);
        ASSERT_ROW(strcmp(p.text[n - 1], row->last) == 0, row);
    }
}

/* The head goes before each report: one without end would go before each row. */
static void a_long_head(void **state)
{
    static char text[FEED_SPLIT_HEAD_MAX + 1000];
    size_t begin = strlen("xml_schema,org_name,\"");

    (void)state;
    for (size_t n = FEED_SPLIT_HEAD_MAX - 2; n <= FEED_SPLIT_HEAD_MAX + 2; n++) {
        memset(text, 'x', sizeof text);
        memcpy(text, "xml_schema,org_name,\"", begin);
        memcpy(text + n - 2, "\"\n", 2);
        memcpy(text + n, "a,b\n", 4);
        assert_int_equal(feed_split_is((struct str){text, n + 4}), n <= FEED_SPLIT_HEAD_MAX);
    }
    memset(text + begin, '\n', sizeof text - begin - 1); /* a quote that is never closed */
    text[sizeof text - 1] = 'x';
    assert_false(feed_split_is((struct str){text, sizeof text}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(taken_apart), cmocka_unit_test(a_long_head)};

    return cmocka_run_group_tests_name("feed_split", tests, NULL, NULL);
}
