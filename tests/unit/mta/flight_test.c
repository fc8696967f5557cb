#include "unit.h"

#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "mta/flight.h"

/* The account is of the process, so this is one story. */

static struct flight early, late;

static void *finish(void *arg)
{
    (void)arg;
    (void)usleep(200 * 1000);
    assert_true(flight_enter());
    flight_end(&early);
    flight_leave();
    (void)usleep(200 * 1000);
    assert_false(flight_opens());
    assert_true(flight_enter()); /* answers are still on their way out */
    flight_begin(&late);
    flight_leave();
    return NULL;
}

static void story(void **state)
{
    struct flight aborted = {.counted = false};
    int64_t began;
    pthread_t thread;
    unsigned cut = 99;

    (void)state;
    flight_open();
    assert_true(flight_opens());
    flight_end(&aborted); /* never begun */
    assert_int_equal(flight_count(), 0);
    flight_begin(&early);
    flight_begin(&aborted);
    assert_int_equal(flight_count(), 2);
    flight_end(&aborted);
    flight_end(&aborted);
    assert_int_equal(flight_count(), 1);

    assert_int_equal(pthread_create(&thread, NULL, finish, NULL), 0);
    began = clock_mono_ms();
    flight_drain(10 * 1000, &cut);
    began = clock_mono_ms() - began;
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(late.late);
    assert_int_equal(cut, 1);             /* the late one, which never ends */
    assert_in_range(began, 1200, 4 * 1000); /* but it got its moment */
    assert_false(flight_enter());
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(story)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
