#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "report/counter.h"

enum { KEYS = 2000, ADDS = 50000 };

static int64_t flushed[KEYS];
static int flushes;

static enum rc on_flush(void *arg, struct str key, int64_t n, struct err *e)
{
    unsigned at;

    (void)e;
    assert_true(arg == flushed);
    assert_int_equal(key.n, 8);
    memcpy(&at, key.p, sizeof at);
    assert_true(at < KEYS && n > 0);
    flushed[at] += n;
    flushes++;
    return RC_OK;
}

/* However little memory there is, nothing is lost and nothing counted twice. */
static void counts_add_up(void **state)
{
    static const struct {
        const char *name;
        size_t memory;
    } rows[] = {{"room for all", 1 << 20}, {"room for a few", 20000}, {"room for one", 150}, {"room for none", 1}};

    (void)state;
    FOR_ROWS(row, rows) {
        static int64_t want[KEYS];
        struct counter *c;
        unsigned dice = 1;

        memset(want, 0, sizeof want);
        memset(flushed, 0, sizeof flushed);
        flushes = 0;
        ASSERT_ROW(counter_open(row->memory, on_flush, flushed, &c, NULL) == RC_OK, row);
        for (int i = 0; i < ADDS; i++) {
            unsigned key[2] = {0, 7};

            dice = dice * 1664525u + 1013904223u;
            key[0] = i % 3 == 0 ? (dice >> 16) % KEYS : (dice >> 16) % 10; /* few are frequent */
            want[key[0]]++;
            ASSERT_ROW(counter_add(c, (struct str){(const char *)key, sizeof key}, NULL) == RC_OK, row);
        }
        ASSERT_ROW(counter_finish(c, NULL) == RC_OK, row);
        counter_free(c);
        ASSERT_ROW(memcmp(want, flushed, sizeof want) == 0, row);
        ASSERT_ROW(row->memory != 1 << 20 || flushes <= KEYS, row);
        ASSERT_ROW(row->memory != 20000 || flushes < ADDS / 2, row); /* the frequent ones stayed */
    }
}

static enum rc fail_to_flush(void *arg, struct str key, int64_t n, struct err *e)
{
    (void)arg;
    (void)key;
    (void)n;
    return err_set(e, RC_TEMP, "disk full");
}

static void failure_is_told(void **state)
{
    struct err e = ERR_NONE;
    struct counter *c;

    (void)state;
    assert_int_equal(counter_open(1 << 20, fail_to_flush, NULL, &c, &e), RC_OK);
    assert_int_equal(counter_add(c, STR("a"), &e), RC_OK);
    assert_int_equal(counter_finish(c, &e), RC_TEMP);
    assert_string_equal(e.text, "disk full");
    counter_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts_add_up), cmocka_unit_test(failure_is_told)};

    return cmocka_run_group_tests_name("counter", tests, NULL, NULL);
}
