#include "unit.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_ends_the_wait),
        cmocka_unit_test(time_ends_the_wait),
    };
    sync_cond_init(&shared.cond);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
