#include "records/waiting.h"

#include <stdlib.h>

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
    sync_flag_init(&w->told);
    return w;
}

void waiting_free(struct waiting *w)
{
    sync_flag_destroy(&w->told);
    free(w->item);
    free(w);
}

void waiting_tell(struct waiting *w, enum rc rc, const struct err *e)
{
    w->rc = rc;
    if (rc != RC_OK)
        w->err = *e;
    sync_flag_raise(&w->told);
}

bool waiting_await(struct waiting *w, int64_t until_us)
{
    return sync_flag_wait(&w->told, until_us);
}
