#include "records/waiting.h"

#include <errno.h>
#include <stdlib.h>

#include "base/sync.h"

struct waiting *waiting_new(const struct store_item *from)
{
    struct waiting *w = calloc(1, sizeof *w);

    if (w == NULL)
        return NULL;
    w->item = item_new(from);
    if (w->item == NULL) {
        free(w);
        return NULL;
    }
    sync_cond_init(&w->told);
    MUST(pthread_mutex_init(&w->lock, NULL) == 0);
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
    bool done;

    pthread_mutex_lock(&w->lock);
    while (!w->done && sync_wait_until_us(&w->told, &w->lock, until_us))
        ;
    done = w->done;
    pthread_mutex_unlock(&w->lock);
    return done;
}
