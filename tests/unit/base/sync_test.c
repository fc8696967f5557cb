#include "unit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/sync.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool done;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *signals(void *arg)
{
    (void)pthread_mutex_lock(&shared.lock);
    shared.done = true;
    (void)pthread_cond_signal(&shared.cond);
    (void)pthread_mutex_unlock(&shared.lock);
    return arg;
}

static void a_signal_ends_the_wait(void **state)
{
    int64_t until_ms = clock_mono_ms() + 60 * 1000;
    pthread_t thread;
    bool in_time = true;

    (void)state;
    shared.done = false;
    (void)pthread_mutex_lock(&shared.lock);
    assert_int_equal(pthread_create(&thread, NULL, signals, NULL), 0);
    while (!shared.done && in_time)
        in_time = sync_wait_until(&shared.cond, &shared.lock, until_ms);
    assert_true(in_time);
    (void)pthread_mutex_unlock(&shared.lock);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* By the monotonic clock, whose beginning is the machine's and not 1970: what has passed there ends at once. */
static void time_ends_the_wait(void **state)
{
    int64_t began_us = clock_mono_us();

    (void)state;
    (void)pthread_mutex_lock(&shared.lock);
    assert_false(sync_wait_until(&shared.cond, &shared.lock, clock_mono_ms()));
    assert_false(sync_wait_until_us(&shared.cond, &shared.lock, began_us + 20000));
    assert_true(clock_mono_us() >= began_us + 20000);
    assert_false(sync_wait_until(&shared.cond, &shared.lock, 0));
    (void)pthread_mutex_unlock(&shared.lock);
}

enum { ROUNDS = 2000 };

/* Raised by another thread, gone as soon as it was waited for, and what was written before is read behind it. */
struct flagged {
    struct sync_flag flag;
    int written;
};

static void *raises(void *arg)
{
    struct flagged **all = arg;

    for (int i = 0; i < ROUNDS; i++) {
        all[i]->written = i;
        sync_flag_raise(&all[i]->flag);
    }
    return NULL;
}

static void flags_are_waited_for(void **state)
{
    struct flagged **all = calloc(ROUNDS, sizeof(struct flagged *));
    int64_t until_us = clock_mono_us() + 60 * 1000000;
    pthread_t thread;

    (void)state;
    assert_non_null(all);
    for (int i = 0; i < ROUNDS; i++) {
        all[i] = calloc(1, sizeof *all[i]);
        assert_non_null(all[i]);
        sync_flag_init(&all[i]->flag);
    }
    assert_int_equal(pthread_create(&thread, NULL, raises, all), 0);
    for (int i = 0; i < ROUNDS; i++) {
        assert_true(i % 2 == 0 ? sync_flag_wait(&all[i]->flag, until_us) : sync_flag_wait_day(&all[i]->flag, NULL));
        assert_int_equal(all[i]->written, i);
        sync_flag_destroy(&all[i]->flag);
        free(all[i]);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    free(all);
}

static void flags_wait_no_longer_than_told(void **state)
{
    int64_t began_us = clock_mono_us();
    struct timespec past = {.tv_sec = 1};
    struct sync_flag flag;

    (void)state;
    sync_flag_init(&flag);
    assert_false(sync_flag_wait(&flag, began_us + 20000));
    assert_true(clock_mono_us() >= began_us + 20000);
    assert_false(sync_flag_wait_day(&flag, &past));
    sync_flag_raise(&flag);
    assert_true(sync_flag_wait(&flag, 0));
    assert_false(sync_flag_wait(&flag, 0));
    sync_flag_destroy(&flag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_ends_the_wait),
        cmocka_unit_test(time_ends_the_wait), cmocka_unit_test(flags_are_waited_for),
        cmocka_unit_test(flags_wait_no_longer_than_told),
    };
    sync_cond_init(&shared.cond);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
