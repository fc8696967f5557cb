#include "records/later.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/sqlite.h"
#include "records/schema.h"

enum { LATER_AT_ONCE = 100000 }; /* messages: less than a second's work */

struct later {
    char *path;
    bool full_sync;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    struct db *db;        /* the thread's; NULL before it is open, and when it is closed */
    bool stopping, ended;
};

/* The connection by which later_stop interrupts; false: it is to stop. */
static bool later_show(struct later *l, struct db *d)
{
    bool on;

    pthread_mutex_lock(&l->lock);
    l->db = d;
    on = !l->stopping;
    pthread_mutex_unlock(&l->lock);
    return on;
}

static enum rc later_make(struct later *l, struct db *d, struct err *e)
{
    const char *name = NULL;
    enum rc rc = db_lacks_later(d, &records_schema, &name, e);

    while (rc == RC_OK && name != NULL && later_show(l, d)) {
        int64_t began = clock_mono_ms();

        log_write(LOG_LEVEL_INFO, NULL, "%s: makes the index %s over all messages, which takes a while; records wait "
                  "beside it until it is made", l->path, name);
        rc = db_make_later(d, &records_schema, e);
        if (rc == RC_OK)
            log_write(LOG_LEVEL_INFO, NULL, "%s: the index %s is made, in %" PRId64 " s", l->path, name,
                      (clock_mono_ms() - began) / 1000);
        if (rc == RC_OK)
            rc = db_lacks_later(d, &records_schema, &name, e);
    }
    return rc;
}

static void *later_main(void *arg)
{
    struct later *l = arg;
    struct db *d = NULL;
    struct err e = ERR_NONE;
    enum rc rc = db_open_write(l->path, &records_schema, l->full_sync, &d, &e);

    if (rc == RC_OK)
        rc = later_make(l, d, &e);
    if (!later_show(l, NULL))
        log_write(LOG_LEVEL_INFO, NULL, "%s: an index is not made yet; the next start goes on with it", l->path);
    else if (rc != RC_OK)
        log_write(LOG_LEVEL_WARNING, NULL, "%s; an index that pages are quicker by is made at the next start", e.text);
    db_close(d);
    pthread_mutex_lock(&l->lock);
    l->ended = true;
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

static void later_free(struct later *l)
{
    (void)pthread_mutex_destroy(&l->lock);
    free(l->path);
    free(l);
}

static struct later *later_begin(const char *path, bool full_sync)
{
    struct later *l = calloc(1, sizeof *l);

    if (l == NULL)
        return NULL;
    MUST(pthread_mutex_init(&l->lock, NULL) == 0);
    l->path = strdup(path);
    l->full_sync = full_sync;
    if (l->path != NULL && pthread_create(&l->thread, NULL, later_main, l) == 0)
        return l;
    later_free(l);
    return NULL;
}

struct later *later_start(struct db *d, bool full_sync)
{
    static const char span[] = "SELECT coalesce((SELECT max(id) FROM message) - (SELECT min(id) FROM message), 0)";
    const char *name = NULL;
    int64_t messages = 0;
    struct err e = ERR_NONE;
    enum rc rc = db_lacks_later(d, &records_schema, &name, &e);

    if (rc == RC_OK && name != NULL)
        rc = db_ask(d, span, &messages, &e);
    if (rc == RC_OK && name != NULL && messages > LATER_AT_ONCE)
        return later_begin(db_path(d), full_sync);
    while (rc == RC_OK && name != NULL && (rc = db_make_later(d, &records_schema, &e)) == RC_OK)
        rc = db_lacks_later(d, &records_schema, &name, &e);
    if (rc != RC_OK)
        log_write(LOG_LEVEL_WARNING, NULL, "%s; an index that pages are quicker by is made at the next start", e.text);
    return NULL;
}

/* Again and again: an interrupt that comes a moment before the work begins means nothing to it. */
void later_stop(struct later *l)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    bool ended = l == NULL;

    while (!ended) {
        pthread_mutex_lock(&l->lock);
        l->stopping = true;
        if (l->db != NULL)
            sqlite_interrupt(l->db);
        ended = l->ended;
        pthread_mutex_unlock(&l->lock);
        if (!ended)
            (void)nanosleep(&pause, NULL);
    }
    if (l == NULL)
        return;
    (void)pthread_join(l->thread, NULL);
    later_free(l);
}
