/* Indexes over all messages are made while mail goes on: at once where there are few, beside the writer where there are many. */
#include "desk.h"

#include <time.h>

#include "base/clock.h"
#include "db/run.h"
#include "records/store.h"

static struct scratch at;

static int setup(void **state)
{
    (void)state;
    at = scratch_make();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove(&at);
    return 0;
}

/* Runs it as another program would. */
static void run(const char *sql)
{
    struct db *d;
    struct err e = ERR_NONE;

    if (db_open_write(at.db, &records_schema, false, &d, &e) != RC_OK || db_run(d, sql, &e) != RC_OK)
        fail_msg("%s", e.text);
    db_close(d);
}

static int64_t ask(const char *sql)
{
    struct db *d;
    struct err e = ERR_NONE;
    int64_t n = 0;

    if (db_open_read(at.db, &records_schema, &d, &e) != RC_OK || db_ask(d, sql, &n, &e) != RC_OK)
        fail_msg("%s", e.text);
    db_close(d);
    return n;
}

static bool is_made(void)
{
    return ask("SELECT count(*) FROM sqlite_master WHERE name = 'message_failed'") == 1;
}

static struct store *serve(void)
{
    struct store *s;
    struct err e = ERR_NONE;

    if (store_open(at.db, STORE_WRITE, false, &s, &e) != RC_OK)
        fail_msg("%s", e.text);
    return s;
}

static void put(struct store *s, const char *queue_id)
{
    struct record r = blank_record(clock_wall_ms(), queue_id);
    struct err e = ERR_NONE;

    if (store_put(s, &(struct store_item){.record = &r}, 5000, &e) != RC_OK)
        fail_msg("%s", e.text);
}

static void at_once(void **state)
{
    struct store *s;

    (void)state;
    run("SELECT 1");
    assert_false(is_made());
    s = serve();
    assert_true(is_made());
    put(s, "Q1");
    store_close(s);
}

/* As many messages as ids say: the store answers first, each record is kept, and what was begun may be ended. */
static void beside_the_writer(void **state)
{
    enum { PUT = 50 };
    const struct timespec pause = {.tv_nsec = 20000000};
    struct store *s;

    (void)state;
    run("INSERT INTO message (id, dmarc) VALUES (1, 'fail'), (2000000, 'pass')");
    store_close(serve()); /* whether or not it came so far */
    run("DROP INDEX IF EXISTS message_failed; WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)"
        " INSERT INTO message (id, dmarc, queue_id) SELECT i, 'fail', 'old' FROM n");
    s = serve();
    for (int i = 0; i < PUT; i++)
        put(s, "new");
    for (int i = 0; i < 1000 && !is_made(); i++)
        (void)nanosleep(&pause, NULL);
    assert_true(is_made());
    put(s, "last");
    for (int i = 0; i < 1000 && ask("SELECT count(*) FROM message WHERE queue_id = 'last'") == 0; i++)
        (void)nanosleep(&pause, NULL);
    store_close(s);
    assert_int_equal(ask("SELECT count(*) FROM message WHERE queue_id = 'new'"), PUT);
    assert_int_equal(ask("SELECT count(*) FROM message WHERE dmarc <> 'pass' AND queue_id = 'old'"), 199999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(beside_the_writer, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
