#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "mta/libmilter.h"
#include "mta/readahead.h"

enum { SOON_S = 60, MANY = 8 };

/* libmilter's pool of workers, as it calls the three functions. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t ready_or_stop, changed; /* the second is the test's */
    unsigned begun, idle, ready, taken, done, ended;
    unsigned blocked; /* sessions whose worker stays with them until the test lets go */
    bool stop;
} pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .ready_or_stop = PTHREAD_COND_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER
};

static struct timespec soon(void)
{
    struct timespec t;

    assert_int_equal(clock_gettime(CLOCK_REALTIME, &t), 0);
    t.tv_sec += SOON_S;
    return t;
}

static void *pool_worker(void *arg)
{
    struct timespec until = soon();

    (void)arg;
    assert_int_equal(mta_pthread_detach(pthread_self()), 0);
    pthread_mutex_lock(&pool.lock);
    pool.begun++;
    while (!pool.stop) {
        if (pool.ready == 0) {
            pool.idle++;
            pthread_cond_signal(&pool.changed);
            (void)mta_pthread_cond_timedwait(&pool.ready_or_stop, &pool.lock, &until);
            pool.idle--;
            continue;
        }
        pool.ready--;
        pool.taken++;
        pthread_cond_signal(&pool.changed);
        while (pool.blocked > 0)
            pthread_cond_timedwait(&pool.ready_or_stop, &pool.lock, &until);
        pool.done++;
    }
    pool.ended++;
    pthread_cond_signal(&pool.changed);
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

/* With the lock held. */
static void pool_wait(const unsigned *what, unsigned count)
{
    struct timespec until = soon();

    while (*what < count)
        assert_int_equal(pthread_cond_timedwait(&pool.changed, &pool.lock, &until), 0);
}

static void pool_start(unsigned workers)
{
    pthread_t thread;

    for (unsigned i = 0; i < workers; i++)
        assert_int_equal(mta_pthread_create(&thread, NULL, pool_worker, NULL), 0);
    pthread_mutex_lock(&pool.lock);
    pool_wait(&pool.idle, workers);
}

/* With the lock held, which it gives back; `workers` is how many there must be. */
static void pool_stop(unsigned workers)
{
    pool.stop = true;
    pool.blocked = 0;
    pthread_cond_broadcast(&pool.ready_or_stop);
    for (unsigned i = pool.idle; i > 0; i--)
        assert_int_equal(mta_pthread_cond_signal(&pool.ready_or_stop), 0);
    pool_wait(&pool.ended, workers);
    pool.stop = false;
    pool.begun = pool.ready = pool.taken = pool.done = pool.ended = 0;
    pthread_mutex_unlock(&pool.lock);
}

/* One idle worker, MANY sessions that speak at once, each of which blocks: all have a worker. */
static void each_session_has_a_worker(void **state)
{
    (void)state;
    pool_start(1);
    pool.blocked = MANY;
    for (unsigned i = 0; i < MANY; i++) {
        pool.ready++;
        assert_int_equal(mta_pthread_cond_signal(&pool.ready_or_stop), 0);
    }
    pool_wait(&pool.taken, MANY);
    assert_int_equal(pool.done, 0);
    pool_stop(MANY);
}

/* Where workers wait, they are called and none is started. */
static void idle_workers_are_used(void **state)
{
    (void)state;
    pool_start(MANY);
    pool.blocked = MANY;
    for (unsigned i = 0; i < MANY; i++) {
        pool.ready++;
        assert_int_equal(mta_pthread_cond_signal(&pool.ready_or_stop), 0);
    }
    pool_wait(&pool.taken, MANY);
    assert_int_equal(pool.begun, MANY);
    pool_stop(MANY);
}

static void *pool_latecomer(void *arg)
{
    struct timespec past = {.tv_sec = 1};

    pthread_mutex_lock(&pool.lock);
    *(int *)arg = mta_pthread_cond_timedwait(&pool.ready_or_stop, &pool.lock, &past);
    pool.ended++;
    pthread_cond_signal(&pool.changed);
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

/* Who waited long enough is called no more: the next session is another's. */
static void who_waits_too_long_leaves(void **state)
{
    pthread_t thread;
    int answer = 0;

    (void)state;
    pool_start(1);
    pthread_mutex_unlock(&pool.lock);
    assert_int_equal(mta_pthread_create(&thread, NULL, pool_latecomer, &answer), 0);
    pthread_mutex_lock(&pool.lock);
    pool_wait(&pool.ended, 1);
    assert_int_equal(answer, ETIMEDOUT);
    pool.blocked = 1;
    pool.ready++;
    assert_int_equal(mta_pthread_cond_signal(&pool.ready_or_stop), 0);
    pool_wait(&pool.taken, 1);
    assert_int_equal(pool.begun, 1);
    pool_stop(2);
}

/* Descriptors beyond what connections may have are closed at once, and the caller goes on to the next. */
static void keeps_descriptors(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX}; /* no path: the kernel gives a name */
    socklen_t size = sizeof address;
    int listening = socket(AF_UNIX, SOCK_STREAM, 0), near = socket(AF_UNIX, SOCK_STREAM, 0), fd;
    char byte;

    (void)state;
    assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof address.sun_family), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(listen(listening, 2), 0);
    assert_int_equal(connect(near, (struct sockaddr *)&address, size), 0);
    libmilter_limit(2); /* connections may have descriptor 0 */
    assert_int_equal(mta_accept(listening, NULL, NULL), -1);
    assert_int_equal(errno, ECONNABORTED);
    assert_int_equal(read(near, &byte, 1), 0);
    assert_int_equal(close(near), 0);
    libmilter_limit(LIBMILTER_MANY);
    near = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(near, (struct sockaddr *)&address, size), 0);
    fd = mta_accept(listening, NULL, NULL);
    assert_true(fd >= 0);
    assert_int_equal(mta_close(fd), 0);
    assert_int_equal(close(near), 0);
    assert_int_equal(close(listening), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_session_has_a_worker),
        cmocka_unit_test(idle_workers_are_used), cmocka_unit_test(who_waits_too_long_leaves),
        cmocka_unit_test(keeps_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
