#include "desk.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "records/prune.h"

static const int64_t day_ms = 24 * 3600 * 1000;
static struct desk desk;

static int setup(void **state)
{
    (void)state;
    desk_open(&desk);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static void fill(int n, int64_t age_days)
{
    for (int i = 0; i < n; i += 100) {
        struct item *item[100];
        struct err e = ERR_NONE;

        for (int k = 0; k < 100; k++) {
            char id[30];
            struct record r = blank_record(clock_wall_ms() - age_days * day_ms, id);
            struct dns_seen seen = {DNS_KIND_SPF, id, "v=spf1 -all", 60};

            (void)snprintf(id, sizeof id, "A%dN%d", (int)age_days, i + k);
            r.author_domain = "old.example";
            item[k] = item_new(&(struct store_item){&r, &seen, 1});
        }
        assert_int_equal(writer_commit(desk.writer, desk.db, (const struct item *const *)item, 100, &e), RC_OK);
        for (int k = 0; k < 100; k++)
            free(item[k]);
    }
}

/* Each table by its own days; what is younger stays; everything stays for ever by default. */
static void by_age(void **state)
{
    static const struct { const char *name; struct store_keep keep; int64_t messages, tallies, texts; } rows[] = {
        {"for ever", {0, 0, 0}, 3000, 3, 3000}, {"all young enough", {500, 500, 500}, 3000, 3, 3000},
        {"texts", {0, 0, 90}, 3000, 3, 2000},   {"messages", {30, 400, 90}, 1000, 3, 2000},
        {"tallies", {30, 50, 90}, 1000, 2, 2000}, {"the newest stays", {1, 50, 90}, 1, 2, 2000},
    };
    const struct store_keep for_ever = {0, 0, 0};

    (void)state;
    fill(1000, 100);
    fill(1000, 40);
    fill(1000, 20);
    (void)desk_care(&desk, &for_ever);
    FOR_ROWS(row, rows) {
        desk_crash(&desk);
        desk_reopen(&desk); /* its rest is over, too */
        (void)desk_care(&desk, &row->keep);
        ASSERT_ROW(desk_ask(&desk, "SELECT count(*) FROM message") == row->messages, row);
        ASSERT_ROW(desk_ask(&desk, "SELECT count(*) FROM tally") == row->tallies, row);
        ASSERT_ROW(desk_ask(&desk, "SELECT count(*) FROM dns_text") == row->texts, row);
    }
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM lookup_recent"), 1);
}

/* Not one step takes out more than PRUNE_ROWS rows, nor what was not digested. */
static void in_steps(void **state)
{
    const struct store_keep keep = {30, 0, 0};
    struct prune p = {.turn = 0};
    struct err e = ERR_NONE;
    uint64_t gone = 0, before;
    bool worked = true;

    (void)state;
    fill(1000, 100);
    fill(100, 0);
    assert_int_equal(prune_step(&p, desk.db, &keep, clock_wall_ms(), 1, &worked, &gone, &e), RC_OK);
    assert_int_equal(gone, 0);
    (void)desk_care(&desk, &(struct store_keep){0, 0, 0});
    p = (struct prune){.turn = 0};
    do {
        before = gone;
        assert_int_equal(prune_step(&p, desk.db, &keep, clock_wall_ms(), 1, &worked, &gone, &e), RC_OK);
        assert_true(gone - before <= PRUNE_ROWS);
    } while (worked);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM message"), 100);
    assert_int_equal(prune_step(&p, desk.db, &keep, clock_wall_ms(), 1, &worked, &gone, &e), RC_OK);
    assert_false(worked); /* it rests */
}

/* Steps until there is nothing to do; what stayed. */
static int64_t left_after(struct prune *p, int64_t wall_ms, int64_t mono_ms)
{
    const struct store_keep keep = {30, 0, 0};
    struct err e = ERR_NONE;
    uint64_t gone = 0;
    bool worked = true;

    while (worked)
        assert_int_equal(prune_step(p, desk.db, &keep, wall_ms, mono_ms, &worked, &gone, &e), RC_OK);
    return desk_ask(&desk, "SELECT count(*) FROM message");
}

/* A clock 400 days ahead takes nothing out: not while it runs, not at a start; one that stays so for a day does. */
static void clock_steps(void **state)
{
    int64_t now = clock_wall_ms(), ahead = now + 400 * day_ms, minute = 60000;
    struct prune p = {.turn = 0}, fresh = {.turn = 0};

    (void)state;
    fill(100, 40);
    fill(100, 0);
    (void)desk_care(&desk, &(struct store_keep){0, 0, 0});
    assert_int_equal(left_after(&fresh, ahead, 1), 200);
    assert_int_equal(left_after(&p, now - 15 * day_ms, 1), 200);
    assert_int_equal(left_after(&p, ahead, 1 + 2 * minute), 200);
    assert_int_equal(left_after(&p, ahead + minute, 1 + 3 * minute), 200);
    assert_int_equal(left_after(&p, now + 4 * minute, 1 + 4 * minute), 100); /* set right: what is old goes */
    assert_int_equal(left_after(&fresh, ahead + 2 * day_ms, 1 + 2 * day_ms), 1);
}

/*
 * 300 messages that came while the clock was ten years ahead hold nothing up, and go with those that came beside them.
 */
static void ten_years_ahead(void **state)
{
    int64_t now = clock_wall_ms();
    struct prune p = {.turn = 0};

    (void)state;
    fill(300, -3650);
    fill(400, 40);
    fill(100, 10);
    fill(300, -3650);
    fill(100, 0);
    (void)desk_care(&desk, &(struct store_keep){0, 0, 0});
    assert_int_equal(left_after(&p, now, 1), 100 + 300 + 100);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM tally WHERE day > unixepoch() / 86400 + 1"), 0);
    assert_int_equal(desk_ask(&desk, "SELECT sum(messages) FROM tally"), 300 + 400 + 100 + 300 + 100);
    assert_int_equal(left_after(&p, now + 25 * day_ms, 1 + 25 * day_ms), 100);
}

struct load {
    struct store *store;
    atomic_bool stop;
    atomic_int put, slow;
};

static void *put_on(void *arg)
{
    struct load *l = arg;
    struct record r = blank_record(0, "NEW");

    while (!atomic_load(&l->stop)) {
        int64_t began = clock_mono_ms();

        r.time_ms = clock_wall_ms();
        if (store_put(l->store, &(struct store_item){.record = &r}, 10000, NULL) != RC_OK)
            return l;
        atomic_fetch_add(&l->put, 1);
        if (clock_mono_ms() - began > 1000)
            atomic_fetch_add(&l->slow, 1);
    }
    return NULL;
}

/* Under load: all that is old goes, no message fails or waits for it, and the room is used again. */
static void under_load(void **state)
{
    const struct store_keep keep = {30, 30, 30};
    struct record fresh = blank_record(clock_wall_ms(), "NEW"); /* by which the clock is believed */
    struct load load = {.put = 1};
    struct err e = ERR_NONE;
    pthread_t thread[4];
    void *bad;
    int64_t pages;

    (void)state;
    fill(20000, 100);
    desk_put(&desk, &fresh);
    (void)desk_care(&desk, &(struct store_keep){0, 0, 0});
    pages = desk_ask(&desk, "PRAGMA page_count");
    desk_crash(&desk);
    assert_int_equal(store_open(desk.at.db, STORE_WRITE, false, &load.store, &e), RC_OK);
    store_keep(load.store, &keep);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, put_on, &load), 0);
    for (int i = 0; i < 3000 && store_counts(load.store).pruned < 20000 + 20000 + 1; i++)
        (void)usleep(50000);
    atomic_store(&load.stop, true);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(thread[i], &bad), 0);
        assert_null(bad);
    }
    assert_true(store_counts(load.store).pruned > 40000);
    store_close(load.store);
    desk_reopen(&desk);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM message WHERE queue_id <> 'NEW'"), 0);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM message"), atomic_load(&load.put));
    assert_int_equal(desk_ask(&desk, "SELECT sum(messages) FROM tally"), atomic_load(&load.put));
    assert_true(atomic_load(&load.put) > 100);
    assert_int_equal(atomic_load(&load.slow), 0);
    if (atomic_load(&load.put) < 15000) /* as many and as large rows as went would fill what was free */
        assert_true(desk_ask(&desk, "PRAGMA page_count") <= pages + 50);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(by_age), TEST(in_steps), TEST(clock_steps), TEST(ten_years_ahead), TEST(under_load)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
