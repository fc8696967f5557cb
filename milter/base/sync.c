#include "base/sync.h"

#include <time.h>

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
