#include "fleet/keep.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hostname.h"
#include "base/log.h"
#include "fleet/keep_internal.h"
#include "fleet/tables.h"

enum {
    ARENA_MAX = 16 * 1024 * 1024,
    DAYS_MS = 10 * 1000, CHANGES_MS = 10 * 1000, PRUNE_MS = 3600 * 1000, PRUNE_FIRST_MS = 5 * 1000
};

/* ---- making ---- */

enum rc keep_new(const struct keep_setup *setup, struct keep **out, struct err *e)
{
    struct keep *k = calloc(1, sizeof *k);
    char name[HOSTNAME_SIZE];

    *out = NULL;
    if (k == NULL)
        return err_set(e, RC_NOMEM, "no memory to keep the centre");
    k->setup = *setup;
    k->setup.centre = strdup(setup->centre);
    k->setup.host = strdup(hostname_of(setup->host, name));
    k->a = arena_new(ARENA_MAX);
    k->tallies = tallies_new();
    k->correspondents = correspondents_new();
    k->hours = hours_new();
    if (k->setup.centre == NULL || k->setup.host == NULL || k->a == NULL || k->tallies == NULL ||
        k->correspondents == NULL || k->hours == NULL) {
        keep_free(k);
        return err_set(e, RC_NOMEM, "no memory to keep the centre");
    }
    *out = k;
    return RC_OK;
}

void keep_free(struct keep *k)
{
    if (k == NULL)
        return;
    keep_index_stop(k);
    pg_close(k->pg);
    arena_free(k->a);
    tallies_free(k->tallies);
    correspondents_free(k->correspondents);
    hours_free(k->hours);
    free((void *)(uintptr_t)k->setup.centre);
    free((void *)(uintptr_t)k->setup.host);
    free(k);
}

/* ---- who keeps it ---- */

enum rc keep_begin(struct keep *k, struct err *e)
{
    static const char sql[] = "UPDATE keeper SET seen = clock_timestamp() WHERE epoch = $1 RETURNING 1";
    int64_t ours = 0;
    enum rc rc = pg_begin(k->pg, e);

    if (rc == RC_OK)
        rc = pg_ask(k->pg, sql, DB_VALUES(DB_INT(k->epoch)), &ours, e);
    if (rc == RC_OK && ours == 0)
        rc = err_set(e, RC_TEMP, "%s: another process keeps the centre by now", k->setup.centre);
    return rc;
}

enum rc keep_end(struct keep *k, enum rc rc, struct err *e)
{
    if (rc == RC_OK)
        rc = pg_commit(k->pg, e);
    if (rc != RC_OK)
        pg_roll_back(k->pg);
    return rc;
}

enum rc keep_now(struct keep *k, int64_t *now_ms, struct err *e)
{
    return pg_ask(k->pg, "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint", NULL, 0, now_ms, e);
}

/*
 * Joins by nested loops over indexes alone: tables are large, what is added
 * small, and no plan depends on statistics that lag.  A session that says
 * nothing for half a minute, because its process is frozen, gives the lock up.
 */
static enum rc keep_connect(struct keep *k, struct err *e)
{
    static const char session[] =
        "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;"
        " SET max_parallel_workers_per_gather = 0; SET idle_session_timeout = '30s';"
        " SET idle_in_transaction_session_timeout = '30s'";
    enum rc rc = pg_open(k->setup.centre, "assay-keeper", &k->pg, e);

    if (rc == RC_OK)
        rc = tables_check(k->pg, e);
    return rc == RC_OK ? pg_run(k->pg, session, e) : rc;
}

/* Takes the lock, if we may and nobody has it; then raises the epoch. */
static enum rc keep_stand(struct keep *k, bool *may, struct err *e)
{
    static const char allowed[] =
        "SELECT (has_table_privilege('message', 'SELECT') AND has_table_privilege('tally', 'INSERT')"
        " AND has_table_privilege('keeper', 'UPDATE'))::int";
    static const char lock[] = "SELECT pg_try_advisory_lock(2, 0)::int"; /* which who may not keep may not call */
    static const char raise[] =
        "UPDATE keeper SET epoch = epoch + 1, host = $1, since = clock_timestamp(), seen = clock_timestamp()"
        " RETURNING epoch";
    int64_t ours = 0, right = 0;
    enum rc rc = pg_ask(k->pg, allowed, NULL, 0, &right, e);

    *may = right != 0;
    if (rc == RC_OK && *may)
        rc = pg_ask(k->pg, lock, NULL, 0, &ours, e);
    if (rc != RC_OK || ours == 0)
        return rc;
    rc = pg_ask(k->pg, raise, DB_VALUES(DB_TEXT(str_of(k->setup.host))), &k->epoch, e);
    if (rc == RC_OK && k->epoch == 0)
        rc = err_set(e, RC_INTERNAL, "%s: its table keeper is damaged", k->setup.centre);
    if (rc == RC_OK)
        rc = pg_run(k->pg, keep_scratch_tables, e);
    if (rc != RC_OK)
        return rc;
    k->days_ms = k->changes_ms = k->index_ms = 0;
    k->prune_ms = clock_mono_ms() + PRUNE_FIRST_MS;
    log_write(LOG_LEVEL_INFO, NULL, "this host keeps the centre %s from now on (epoch %lld)", k->setup.centre,
              (long long)k->epoch);
    return RC_OK;
}

/* ---- a round ---- */

static bool keep_is_due(int64_t *at_ms, int every_ms)
{
    int64_t now = clock_mono_ms();

    if (now < *at_ms)
        return false;
    *at_ms = now + every_ms;
    return true;
}

/* What waits for nobody's mail: if it cannot be done now, the next time will do. */
static enum rc keep_care(struct keep *k, struct err *e)
{
    struct err why = ERR_NONE;
    bool pending = false;
    enum rc rc = RC_OK;

    if (keep_is_due(&k->days_ms, DAYS_MS))
        rc = keep_days(k, &pending, &why);
    if (rc == RC_OK && keep_is_due(&k->prune_ms, PRUNE_MS))
        rc = keep_prune(k, &why);
    if (rc == RC_OK)
        return keep_index(k, e);
    if (rc != RC_TEMP || pg_is_lost(k->pg))
        return err_set(e, rc, "%s", why.text);
    pg_roll_back(k->pg);
    log_write(LOG_LEVEL_WARNING, NULL, "the centre's partitions: %s", why.text);
    return RC_OK;
}

static enum rc keep_work(struct keep *k, struct keep_round *out, struct err *e)
{
    enum rc rc = keep_digest(k, &out->records, &out->all, e);

    if (rc == RC_OK)
        rc = keep_catch(k, e);
    if (rc == RC_OK && keep_is_due(&k->changes_ms, CHANGES_MS))
        rc = keep_changes(k, e);
    return rc == RC_OK ? keep_care(k, e) : rc;
}

static void keep_step_down(struct keep *k)
{
    keep_index_stop(k);
    pg_roll_back(k->pg);
    pg_close(k->pg);
    k->pg = NULL;
    if (k->epoch != 0)
        log_write(LOG_LEVEL_WARNING, NULL, "this host keeps the centre no longer");
    k->epoch = 0;
}

enum rc keep_once(struct keep *k, struct keep_round *out, struct err *e)
{
    enum rc rc = RC_OK;

    *out = (struct keep_round){.all = true, .may = true};
    arena_reset(k->a);
    if (k->pg == NULL)
        rc = keep_connect(k, e);
    if (rc == RC_OK && k->epoch == 0)
        rc = keep_stand(k, &out->may, e);
    out->keeps = rc == RC_OK && k->epoch != 0;
    if (out->keeps)
        rc = keep_work(k, out, e);
    if (rc != RC_OK && k->pg != NULL) /* nothing is tried again inside a connection */
        keep_step_down(k);
    if (rc == RC_OK && !out->may) { /* a backend costs the server more than a look now and then */
        pg_close(k->pg);
        k->pg = NULL;
    }
    out->keeps = out->keeps && rc == RC_OK;
    return rc;
}
