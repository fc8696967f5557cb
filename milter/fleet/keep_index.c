/* What the keeper does about keys of days that are over: an index after the other, on a connection of its own. */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "fleet/keep_internal.h"

enum {
    WAIT_MS = 300,         /* in a round, for what does not take long */
    AGAIN_MS = 5 * 1000,   /* until it is looked whether who has the partition is done */
    IDLE_MS = 60 * 1000,   /* until it is looked whether there is something to do */
    TROUBLE_MS = 60 * 1000 /* and after it failed */
};

/* One core, and as long as it takes: it holds up nobody, and nobody waits for it. */
static const char index_session[] =
    "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_session_timeout = '30s';"
    " SET max_parallel_maintenance_workers = 0;"
    " SELECT set_config('maintenance_work_mem', '256MB', false) FROM pg_settings WHERE name = 'maintenance_work_mem'"
    " AND setting::bigint < 262144";

void keep_index_stop(struct keep *k)
{
    if (k->index != NULL && k->indexing)
        pg_give_up(k->index);
    pg_close(k->index);
    k->index = NULL;
    k->indexing = false;
}

/* Logs that a day is done, when the next that is to be done is of another; leaf "": there is none. */
static void index_day_done(struct keep *k, struct str leaf)
{
    if (k->index_leaf[0] != '\0' && !str_eq(str_of(k->index_leaf), leaf))
        log_write(LOG_LEVEL_INFO, NULL, "%s: each key by which messages are found has an index of its own now",
                  k->index_leaf);
    (void)snprintf(k->index_leaf, sizeof k->index_leaf, "%.*s", STR_FMT(leaf));
}

/*
 * What one that went on without its keeper has under way is not to be taken
 * for broken off: the lock is its session's.
 */
static enum rc index_open(struct keep *k, bool *alone, struct err *e)
{
    int64_t yes = 0;
    enum rc rc = RC_OK;

    if (k->index == NULL) {
        rc = pg_open(k->setup.centre, "assay-keeper-index", &k->index, e);
        if (rc == RC_OK)
            rc = pg_run(k->index, index_session, e);
    }
    if (rc == RC_OK)
        rc = pg_ask(k->index, "SELECT pg_try_advisory_lock(7, 0)::int", NULL, 0, &yes, e);
    *alone = yes != 0;
    return rc;
}

/* Asked with the lock, and by whoever is the keeper still. */
static enum rc index_next(struct keep *k, struct err *e)
{
    static const char sql[] =
        "SELECT leaf, what, pg_has_role(c.relowner, 'USAGE') FROM pg_class c,"
        " day_work(pg_has_role(c.relowner, 'USAGE')) WHERE c.oid = 'message'::regclass AND leaf IS NOT NULL"
        " AND EXISTS (SELECT FROM keeper WHERE epoch = $1)";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(k->pg, sql, DB_VALUES(DB_INT(k->epoch)), &rows, e);
    bool alone = false;

    if (rc != RC_OK)
        return rc;
    if (pg_rows_count(rows) == 0) {
        index_day_done(k, STR(""));
        keep_index_stop(k);
        k->index_ms = clock_mono_ms() + IDLE_MS;
    } else if (pg_is_null(rows, 0, 1)) {
        k->index_ms = clock_mono_ms() + AGAIN_MS;
    } else {
        index_day_done(k, pg_text(rows, 0, 0));
        rc = index_open(k, &alone, e);
        if (rc == RC_OK && alone) {
            rc = pg_start(k->index, pg_bool(rows, 0, 2) ? pg_text(rows, 0, 1).p : "SELECT day_index()", e);
            k->indexing = rc == RC_OK;
        }
        if (k->indexing)
            log_write(LOG_LEVEL_DEBUG, NULL, "%.*s", STR_FMT(pg_text(rows, 0, 1)));
    }
    pg_rows_free(rows);
    return rc;
}

/* What does not take long is waited for, and the next begun. */
static enum rc index_go_on(struct keep *k, struct err *e)
{
    int64_t until = clock_mono_ms() + WAIT_MS, left = WAIT_MS;
    enum rc rc = RC_OK;

    if (!k->indexing)
        rc = index_next(k, e);
    for (; rc == RC_OK && k->indexing && left > 0; left = until - clock_mono_ms()) {
        bool ended;

        rc = pg_ended(k->index, (int)left, &ended, e);
        k->indexing = !ended;
        if (rc == RC_OK && ended)
            rc = index_next(k, e);
    }
    return rc;
}

/* Nothing of it is worth to lose the centre for, unless the connection on which we keep it is lost. */
enum rc keep_index(struct keep *k, struct err *e)
{
    struct err why = ERR_NONE;
    enum rc rc;

    if (!k->indexing && clock_mono_ms() < k->index_ms)
        return RC_OK;
    rc = index_go_on(k, &why);
    if (rc == RC_OK)
        return RC_OK;
    if (pg_is_lost(k->pg))
        return err_set(e, rc, "%s", why.text);
    log_write(LOG_LEVEL_WARNING, NULL, "an index of a day that is over: %s", why.text);
    keep_index_stop(k);
    k->index_ms = clock_mono_ms() + TROUBLE_MS;
    return RC_OK;
}
