#include "unit.h"

#include <poll.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "mta/park.h"

enum { SOON_MS = 20 * 1000, MANY = PARK_MAX + 8, AGAIN = 500 };

static atomic_uint ran;
static _Atomic(pthread_t) who;

/* Until threads are where they belong, which nobody is told. */
static void await_waiting(unsigned n)
{
    int64_t until = clock_mono_ms() + SOON_MS;

    while (park_waiting() != n && clock_mono_ms() < until)
        (void)poll(NULL, 0, 1);
    assert_int_equal(park_waiting(), n);
}

static void *run(void *arg)
{
    assert_ptr_equal(arg, &ran);
    atomic_store(&who, pthread_self());
    atomic_fetch_add(&ran, 1);
    return NULL;
}

/* What comes after the first was done takes the same thread. */
static void a_thread_is_used_again(void **state)
{
    pthread_t first, next;

    (void)state;
    assert_int_equal(park_run(&first, NULL, run, &ran), 0);
    await_waiting(1);
    assert_true(pthread_equal(atomic_load(&who), first));
    for (int i = 0; i < AGAIN; i++) {
        assert_int_equal(park_run(&next, NULL, run, &ran), 0);
        assert_true(pthread_equal(next, first));
        await_waiting(1);
        assert_true(pthread_equal(atomic_load(&who), first));
    }
    assert_int_equal(atomic_load(&ran), 1 + AGAIN);
}

static pthread_barrier_t together;

static void *meet(void *arg)
{
    (void)arg;
    (void)pthread_barrier_wait(&together);
    return NULL;
}

/* Nobody waits for a thread that is busy; of many, PARK_MAX stay. */
static void many_at_once(void **state)
{
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_barrier_init(&together, NULL, MANY + 1), 0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            assert_int_equal(park_run(&thread, NULL, meet, NULL), 0);
        (void)pthread_barrier_wait(&together);
        await_waiting(PARK_MAX);
    }
}

static void *give_more(void *arg)
{
    pthread_t thread;

    for (int i = 0; i < AGAIN; i++)
        assert_int_equal(park_run(&thread, NULL, run, &ran), 0);
    atomic_fetch_add((atomic_uint *)arg, 1);
    return NULL;
}

/* From several threads at once, nothing is lost. */
static void from_several_threads(void **state)
{
    atomic_uint done = 0;
    pthread_t thread;
    int64_t until = clock_mono_ms() + SOON_MS;

    (void)state;
    atomic_store(&ran, 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread, NULL, give_more, &done), 0), (void)pthread_detach(thread);
    while ((atomic_load(&ran) < 4 * AGAIN || atomic_load(&done) < 4) && clock_mono_ms() < until)
        (void)poll(NULL, 0, 1);
    assert_int_equal(atomic_load(&ran), 4 * AGAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_is_used_again),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(from_several_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
