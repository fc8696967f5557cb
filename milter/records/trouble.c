#include "records/trouble.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/log_rate.h"
#include "records/aside.h"

enum { CATCH_UP_ROWS = 500 };

struct trouble {
    const char *path;
    bool sync;
    struct aside *aside;
    uint64_t lost;     /* records, since it was last said */
    uint64_t kept;     /* beside the database, since the first of them */
    struct log_rate told; /* of a loss */
};

struct trouble *trouble_new(const char *path, bool sync)
{
    struct trouble *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    t->path = path;
    t->sync = sync;
    t->aside = aside_new(path);
    if (t->aside != NULL)
        return t;
    free(t);
    return NULL;
}

void trouble_free(struct trouble *t)
{
    if (t == NULL)
        return;
    aside_free(t->aside);
    free(t);
}

bool trouble_waits(struct trouble *t)
{
    return aside_waits(t->aside);
}

enum rc trouble_keep(struct trouble *t, const struct item *const *items, size_t n, struct err *e)
{
    struct err why = ERR_NONE;
    bool first = !aside_waits(t->aside);

    if ((!first || db_is_lock(e)) && aside_put(t->aside, items, n, t->sync, &why) == RC_OK) {
        if (first)
            log_write(LOG_LEVEL_WARNING, NULL, "%s; records wait in %s.aside until it can be written (who holds it: "
                      "lslocks, fuser %s)", e->text, t->path, t->path);
        t->kept = (first ? 0 : t->kept) + n;
        return RC_OK;
    }
    if (why.text[0] != '\0')
        *e = why;
    t->lost += n;
    return RC_TEMP;
}

/* Those who wait say what is lost; only the writer knows that it is over, which may be often. */
void trouble_over(struct trouble *t)
{
    if (t->lost == 0 || !log_rate_may(&t->told, LOG_RATE_MS))
        return;
    log_write(LOG_LEVEL_WARNING, NULL, "%s: writing again after %" PRIu64 " records were lost", t->path, t->lost);
    t->lost = 0;
}

enum rc trouble_catch_up(struct trouble *t, struct writer *w, struct db *d, bool *worked, struct err *e)
{
    struct item *items[CATCH_UP_ROWS];
    const struct item *rows[CATCH_UP_ROWS];
    size_t n;
    enum rc rc = aside_take(t->aside, items, CATCH_UP_ROWS, &n, e);

    for (size_t i = 0; i < n; i++)
        rows[i] = items[i];
    if (rc == RC_OK && n > 0) {
        db_set_wait(d, 0);
        rc = writer_commit(w, d, rows, n, e);
        db_set_wait(d, STORE_WAIT_MS);
    }
    for (size_t i = 0; i < n; i++)
        free(items[i]);
    if (rc != RC_OK)
        return rc;
    aside_done(t->aside);
    *worked = aside_waits(t->aside);
    if (!*worked && n > 0)
        log_write(LOG_LEVEL_WARNING, NULL, "%s: written again; the records that waited beside it are in it (%" PRIu64
                  " of this process)", t->path, t->kept);
    return RC_OK;
}
