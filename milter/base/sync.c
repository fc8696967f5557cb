#include "base/sync.h"

#include <errno.h>

#include "base/err.h"

void sync_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;

    MUST(pthread_condattr_init(&attr) == 0);
    MUST(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    MUST(pthread_cond_init(cond, &attr) == 0);
    (void)pthread_condattr_destroy(&attr);
}

bool sync_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms)
{
    return sync_wait_until_us(cond, lock, until_ms * 1000);
}

bool sync_wait_until_us(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_us)
{
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};

    return pthread_cond_timedwait(cond, lock, &until) == 0;
}

/* ---- flags ---- */

void sync_flag_init(struct sync_flag *f)
{
    MUST(sem_init(&f->raised, 0, 0) == 0);
    atomic_init(&f->up, false);
}

void sync_flag_destroy(struct sync_flag *f)
{
    (void)sem_destroy(&f->raised);
}

void sync_flag_raise(struct sync_flag *f)
{
    atomic_store_explicit(&f->up, true, memory_order_release);
    (void)sem_post(&f->raised);
}

/* What a wait came to. */
static bool sync_flag_taken(struct sync_flag *f, int code)
{
    if (code != 0)
        return false;
    MUST(atomic_exchange_explicit(&f->up, false, memory_order_acquire));
    return true;
}

bool sync_flag_wait(struct sync_flag *f, int64_t until_us)
{
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    int code;

    do
        code = sem_clockwait(&f->raised, CLOCK_MONOTONIC, &until);
    while (code != 0 && errno == EINTR);
    return sync_flag_taken(f, code);
}

bool sync_flag_wait_day(struct sync_flag *f, const struct timespec *until)
{
    int code;

    do
        code = until == NULL ? sem_wait(&f->raised) : sem_timedwait(&f->raised, until);
    while (code != 0 && errno == EINTR);
    return sync_flag_taken(f, code);
}
