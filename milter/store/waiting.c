#include "store/waiting.h"

#include <errno.h>
#include <stdlib.h>

struct waiting *waiting_new(const struct store_item *from)
{
    struct waiting *w = calloc(1, sizeof *w);
    pthread_condattr_t attr;

    if (w == NULL)
        return NULL;
    w->item = item_new(from);
    if (w->item == NULL) {
        free(w);
        return NULL;
    }
    MUST(pthread_condattr_init(&attr) == 0);
    MUST(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    MUST(pthread_cond_init(&w->told, &attr) == 0);
    MUST(pthread_mutex_init(&w->lock, NULL) == 0);
    (void)pthread_condattr_destroy(&attr);
    return w;
}

void waiting_free(struct waiting *w)
{
    (void)pthread_cond_destroy(&w->told);
    (void)pthread_mutex_destroy(&w->lock);
    free(w->item);
    free(w);
}

void waiting_tell(struct waiting *w, enum rc rc, const struct err *e)
{
    pthread_mutex_lock(&w->lock);
    w->rc = rc;
    if (rc != RC_OK)
        w->err = *e;
    w->done = true;
    pthread_cond_signal(&w->told);
    pthread_mutex_unlock(&w->lock);
}

bool waiting_await(struct waiting *w, int64_t until_us)
{
    struct timespec until = waiting_time(until_us);
    bool done;

    pthread_mutex_lock(&w->lock);
    while (!w->done && pthread_cond_timedwait(&w->told, &w->lock, &until) != ETIMEDOUT)
        ;
    done = w->done;
    pthread_mutex_unlock(&w->lock);
    return done;
}

struct timespec waiting_time(int64_t us)
{
    return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}
