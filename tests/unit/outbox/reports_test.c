#include "../both.h"
#include "unit.h"

#include "samples.h"
#include "outbox/reports.h"
#include "records/messages.h"
#include "records/schema.h"
#include "records/span.h"
#include "db/countfile.h"

static struct scratch at;
static struct db *db;
static struct arena *arena;

static int setup(void **state)
{
    struct err e = ERR_NONE;

    (void)state;
    at = scratch_make();
    arena = arena_new(1 << 20);
    return both_open(at.db, &db, &e) == RC_OK && arena != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    db_close(db);
    arena_free(arena);
    scratch_remove(&at);
    return 0;
}

/* ---- reports ---- */

static bool add(const char *id, const char *domain, const char *key, int64_t begin_s, const char *body)
{
    struct report r = {.report_id = id, .policy_domain = domain, .policy_key = key, .begin_s = begin_s,
                       .end_s = begin_s + 86399, .messages = 5, .rows = 2, .filename = "a!b.xml.gz", .built_ms = 7};
    struct err e = ERR_NONE;
    bool added;

    if (reports_add(db, &r, str_of(body), &added, &e) != RC_OK)
        fail_msg("%s", e.text);
    return added;
}

static void add_and_find(void **state)
{
    struct report r, named = {.policy_domain = "a.example", .policy_key = "p=none", .begin_s = 86400};
    struct str body;

    (void)state;
    assert_true(add("id1", "a.example", "p=none", 86400, "one"));
    assert_false(add("id2", "a.example", "p=none", 86400, "two")); /* the first stays */
    assert_true(add("id3", "a.example", "p=reject", 86400, "three"));
    assert_int_equal(reports_find(db, arena, STR("id1"), &r, NULL), RC_OK);
    assert_string_equal(r.policy_key, "p=none");
    assert_true(r.begin_s == 86400 && r.end_s == 172799 && r.messages == 5 && r.rows == 2 && r.size == 3 && r.built_ms == 7);
    assert_int_equal(reports_body(db, arena, r.id, &body, NULL), RC_OK);
    assert_true(str_eq(body, STR("one")));
    assert_int_equal(reports_of(db, arena, &named, &r, NULL), RC_OK);
    assert_string_equal(r.report_id, "id1");
    assert_int_equal(reports_get(db, arena, r.id, &r, NULL), RC_OK);
    assert_string_equal(r.filename, "a!b.xml.gz");
    assert_int_equal(reports_find(db, arena, STR("id2"), &r, NULL), RC_NOTFOUND);
    assert_int_equal(reports_get(db, arena, 99, &r, NULL), RC_NOTFOUND);
    assert_int_equal(reports_body(db, arena, 99, &body, NULL), RC_NOTFOUND);
    named.begin_s = 0;
    assert_int_equal(reports_of(db, arena, &named, &r, NULL), RC_NOTFOUND);
}

static void list_and_prune(void **state)
{
    static const struct {
        const char *name;
        struct reports_wanted wanted;
        size_t skip, max;
        const char *want; /* Report-IDs */
    } rows[] = {
        {"all, newest first", {0, {NULL, 0}}, 0, 10, "c d a b "},
        {"a day", {86400, {NULL, 0}}, 0, 10, "a b "},
        {"a domain", {0, {"b.example", 9}}, 0, 10, "d b "},
        {"both", {172800, {"b.example", 9}}, 0, 10, "d "},
        {"none", {5, {NULL, 0}}, 0, 10, ""},
        {"a page", {0, {NULL, 0}}, 1, 2, "d a "},
    };
    struct report *found;
    int64_t gone;
    size_t n;

    (void)state;
    assert_true(add("b", "b.example", "", 86400, "x") && add("a", "a.example", "", 86400, "x") &&
                add("c", "a.example", "", 172800, "x") && add("d", "b.example", "", 172800, "x"));
    FOR_ROWS(row, rows) {
        char mem[40];
        struct strbuf got = STRBUF_ON(mem);

        ASSERT_ROW(reports_list(db, arena, &row->wanted, row->skip, row->max, &found, &n, NULL) == RC_OK, row);
        for (size_t i = 0; i < n; i++)
            strbuf_putf(&got, "%s ", found[i].report_id);
        ASSERT_ROW(strcmp(got.p, row->want) == 0, row);
    }
    assert_int_equal(reports_prune(db, 172800, 1, &gone, NULL), RC_OK);
    assert_true(gone == 1);
    assert_int_equal(reports_prune(db, 172800, 10, &gone, NULL), RC_OK);
    assert_true(gone == 1);
    assert_int_equal(reports_prune(db, 172800, 10, &gone, NULL), RC_OK);
    assert_true(gone == 0);
    assert_int_equal(reports_find(db, arena, STR("c"), &found[0], NULL), RC_OK);
}

/* ---- records of a span ---- */

static void keep(const char *queue_id, int64_t time_ms, const char *domain, int64_t rua, const char *record)
{
    struct record r;
    const struct record *row = &r;
    struct err e = ERR_NONE;

    record_blank(&r);
    r.queue_id = queue_id;
    r.client_ip = queue_id; /* which is among what a span reads */
    r.time_ms = time_ms;
    r.policy_domain = domain;
    r.policy_rua = rua;
    r.policy_p = "none";
    r.policy_record = record;
    if (messages_insert(db, &row, 1, &e) != RC_OK)
        fail_msg("%s", e.text);
}

static enum rc note(void *arg, const struct record *r, struct err *e)
{
    struct strbuf *b = arg;

    assert_string_equal(r->helo, "");
    strbuf_putf(b, "%s ", r->client_ip);
    return strcmp(r->client_ip, "stop") == 0 ? err_set(e, RC_LIMIT, "stopped") : RC_OK;
}

static const char *span(int64_t from, int64_t to, const char *domain, enum rc want)
{
    static char mem[200];
    struct strbuf b = STRBUF_ON(mem);
    struct err e = ERR_NONE;

    assert_int_equal(span_each(db, from, to, str_of(domain), note, &b, &e), want);
    return mem;
}

static void spans(void **state)
{
    (void)state;
    BOTH_FILE_ALONE();
    keep("late", 2000, "a.example", 1, "first");
    keep("early", 1000, "a.example", 1, "second");
    keep("same", 1000, "b.example", 2, "");
    keep("norua", 1500, "a.example", 0, "unwanted");
    keep("end", 3000, "a.example", 1, "last");
    assert_string_equal(span(1000, 3000, "", RC_OK), "early same late ");
    assert_string_equal(span(1001, 3001, "", RC_OK), "late end ");
    assert_string_equal(span(0, 5000, "a.example", RC_OK), "early late end ");
    assert_string_equal(span(0, 1000, "", RC_OK), "");
    keep("stop", 2500, "a.example", 1, "");
    assert_string_equal(span(0, 5000, "", RC_LIMIT), "early same late stop ");
    assert_string_equal(span(0, 2400, "", RC_OK), "early same late "); /* and can be asked again */
}

static enum rc count(void *arg, const struct record *r, struct err *e)
{
    return countfile_add(arg, str_of(r->client_ip), 1, e);
}

/* Longer than a slice: nothing is lost or read twice where slices meet, also among equal times. */
static void long_spans(void **state)
{
    enum { ROWS = 120000 };
    int64_t n = 0, keys = 0;
    struct err e = ERR_NONE;
    struct countfile *t;
    struct str key;
    bool more;

    (void)state;
    BOTH_FILE_ALONE();
    if (db_run(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)"
               " INSERT INTO message (time_ms, policy_domain, policy_rua, client_ip)"
               " SELECT i / 40000, 'a.example', 1, i FROM n", &e) != RC_OK)
        fail_msg("%s", e.text);
    assert_int_equal(countfile_open(&t, &e), RC_OK);
    assert_int_equal(span_each(db, 0, 10, STR_NONE, count, t, &e), RC_OK);
    while (countfile_next(t, &key, &n, &more, &e) == RC_OK && more) {
        assert_true(n == 1);
        keys++;
    }
    assert_true(keys == ROWS);
    countfile_close(t);
}

/* ---- counting by key ---- */

static void tallies(void **state)
{
    static const struct {
        struct str key;
        int64_t n;
    } want[] = {{STR("a"), 3}, {STR("a\0b"), 10}, {STR("a\0c"), 1}, {STR("b"), 5000000000}};
    struct countfile *t;
    struct str key;
    int64_t n;
    bool more;

    (void)state;
    assert_int_equal(countfile_open(&t, NULL), RC_OK);
    assert_int_equal(countfile_add(t, STR("b"), 2500000000, NULL), RC_OK);
    assert_int_equal(countfile_add(t, STR("a"), 1, NULL), RC_OK);
    assert_int_equal(countfile_add(t, STR("a\0b"), 10, NULL), RC_OK);
    assert_int_equal(countfile_add(t, STR("b"), 2500000000, NULL), RC_OK);
    assert_int_equal(countfile_add(t, STR("a\0c"), 1, NULL), RC_OK);
    assert_int_equal(countfile_add(t, STR("a"), 2, NULL), RC_OK);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_int_equal(countfile_next(t, &key, &n, &more, NULL), RC_OK);
        assert_true(more && str_eq(key, want[i].key) && n == want[i].n);
    }
    assert_int_equal(countfile_next(t, &key, &n, &more, NULL), RC_OK);
    assert_false(more);
    countfile_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(add_and_find, setup, teardown),
        cmocka_unit_test_setup_teardown(list_and_prune, setup, teardown),
        cmocka_unit_test_setup_teardown(spans, setup, teardown),
        cmocka_unit_test_setup_teardown(long_spans, setup, teardown),
        cmocka_unit_test(tallies),
    };

    return cmocka_run_group_tests_name("reports", tests, NULL, NULL);
}
