/* A store that writes, in a folder of its own, and another program at its file. */
#ifndef ASSAY_TESTS_RECORDS_WRITER_RIG_H
#define ASSAY_TESTS_RECORDS_WRITER_RIG_H

#include <sqlite3.h>

#include "samples.h"
#include "base/clock.h"
#include "records/store.h"

enum { PUT_MS = 10000, ID_BYTES = 16 };

static struct scratch at;

static inline int setup(void **state)
{
    (void)state;
    at = scratch_make();
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    scratch_remove(&at);
    return 0;
}

static inline enum rc put(struct store *s, const char *queue_id, int timeout_ms, struct err *e)
{
    struct record r = sample_record();

    r.queue_id = queue_id;
    return store_put(s, &(struct store_item){.record = &r}, timeout_ms, e);
}

static inline struct store *open_writer(void)
{
    struct err e = ERR_NONE;
    struct store *s;

    if (store_open(at.db, STORE_WRITE, true, &s, &e) != RC_OK)
        fail_msg("%s", e.text);
    return s;
}

static inline bool has(struct store *s, const char *queue_id)
{
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct store_query q = {.key = queue_id, .kinds = 1u << STORE_KEY_QUEUE_ID, .limit = 2};
    struct record *got;
    size_t n = 0;
    bool whole;

    if (store_find(s, a, &q, &got, &n, &e) != RC_OK)
        fail_msg("%s", e.text);
    whole = n == 1 && strcmp(got[0].header_from, "header_from") == 0 &&
            got[0].total_ms == sample_record().total_ms;
    arena_free(a);
    return whole;
}

static inline sqlite3 *open_other(void)
{
    sqlite3 *other;

    assert_int_equal(sqlite3_open(at.db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(other, 5000), SQLITE_OK);
    return other;
}

static inline void await_row(struct store *s, const char *queue_id)
{
    for (int i = 0; i < 2000 && !has(s, queue_id); i++)
        (void)usleep(10000);
    assert_true(has(s, queue_id));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

#endif
