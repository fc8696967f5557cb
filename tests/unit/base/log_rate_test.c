#include "unit.h"

#include <pthread.h>

#include "base/log_rate.h"

enum { THREADS = 8, HOUR_MS = 3600 * 1000 };

static void once_and_then_in_a_while(void **state)
{
    struct log_rate r = {0};

    (void)state;
    assert_true(log_rate_may(&r, HOUR_MS));
    assert_false(log_rate_may(&r, HOUR_MS));
    assert_true(log_rate_may(&r, 0));
    assert_false(log_rate_may(&r, HOUR_MS));
}

struct crowd {
    struct log_rate rate;
    pthread_barrier_t begin;
    atomic_int said;
};

static void *one_of_many(void *arg)
{
    struct crowd *c = arg;

    (void)pthread_barrier_wait(&c->begin);
    if (log_rate_may(&c->rate, HOUR_MS))
        (void)atomic_fetch_add(&c->said, 1);
    return NULL;
}

static void of_many_at_once_one_says_it(void **state)
{
    struct crowd c = {.said = 0};
    pthread_t thread[THREADS];

    (void)state;
    assert_int_equal(pthread_barrier_init(&c.begin, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, one_of_many, &c), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    assert_int_equal(c.said, 1);
    (void)pthread_barrier_destroy(&c.begin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(once_and_then_in_a_while),
        cmocka_unit_test(of_many_at_once_one_says_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
