/* What is old goes; journal.h tells.  The sums by day stay. */
#include "received/journal.h"

#include "db/run.h"

enum { PRUNE_ROWS = 2000 /* of one transaction, so that the daemon is not kept waiting */ };

static const int64_t staged_ms = 24 * 3600 * 1000; /* after which a report that does not count yet was given up */

/* Runs `sql`, whose ?1 is `before` and ?2 the rows of a step; *n rows. */
static enum rc prune_some(struct db *d, const char *sql, int64_t before, int64_t *n, struct err *e)
{
    enum rc rc = db_run_with(d, sql, DB_VALUES(DB_INT(before), DB_INT(PRUNE_ROWS)), e);

    *n = 0;
    *n = rc == RC_OK ? db_changes(d) : 0;
    return rc;
}

static const char mark_rows[] =
    "UPDATE report_in SET rows_kept = 0 WHERE id IN (SELECT id FROM report_in WHERE rows_kept = 1"
    " AND superseded_by IS NULL AND arrived_ms < ?1 AND ?2 = ?2 LIMIT 100)";
static const char mark_staged[] =
    "UPDATE report_in SET rows_kept = 0 WHERE superseded_by = -1 AND rows_kept = 1 AND arrived_ms < ?1 AND ?2 = ?2";
static const char rows[] = /* ?1 has no meaning here */
    "DELETE FROM row_in WHERE (client, report, n) IN (SELECT w.client, w.report, w.n FROM report_in r"
    " JOIN row_in w ON w.client = r.client AND w.report = r.id WHERE r.rows_kept = 0 AND ?1 = ?1 LIMIT ?2)";
static const char staged[] =
    "DELETE FROM report_in WHERE superseded_by = -1 AND rows_kept = 0 AND arrived_ms < ?1 AND ?2 = ?2";
static const char originals[] =
    "DELETE FROM received_original WHERE received IN (SELECT received FROM received_original WHERE time_ms < ?1"
    " AND ?2 = ?2 ORDER BY received LIMIT 100)";
static const char originals_over[] = /* ?1 bytes may be kept */
    "DELETE FROM received_original WHERE received IN (SELECT received FROM (SELECT received,"
    " sum(size) OVER (ORDER BY received DESC) AS above FROM received_original) AS summed WHERE above > ?1"
    " ORDER BY received LIMIT ?2)";
static const char failures[] =
    "DELETE FROM failure_in WHERE id IN (SELECT id FROM failure_in WHERE arrived_ms < ?1 ORDER BY id LIMIT ?2)";
static const char items[] =
    "DELETE FROM received WHERE id IN (SELECT id FROM received WHERE time_ms < ?1 ORDER BY id LIMIT ?2)";

static enum rc prune_all(struct db *d, const struct received_keep *keep, int64_t now_ms, int64_t *total,
                         struct err *e)
{
    const struct {
        const char *sql;
        int64_t before;
        bool wanted;
    } step[] = {
        {mark_rows, keep->rows_before_ms, true},
        {mark_staged, now_ms - staged_ms, true},
        {rows, 0, true},
        {staged, now_ms - staged_ms, true},
        {originals, keep->originals_before_ms, true},
        {originals_over, keep->originals_bytes, keep->originals_bytes > 0},
        {failures, keep->failures_before_ms, true},
        {items, keep->journal_before_ms, true},
    };
    enum rc rc = RC_OK;

    *total = 0;
    for (size_t i = 0; rc == RC_OK && i < sizeof step / sizeof step[0]; i++) {
        int64_t n = 0;

        if (!step[i].wanted)
            continue;
        rc = prune_some(d, step[i].sql, step[i].before, &n, e);
        *total += n;
        if (step[i].sql == rows && n == PRUNE_ROWS)
            break; /* a report goes when its rows are gone */
    }
    return rc;
}

enum rc received_prune(struct db *d, const struct received_keep *keep, int64_t now_ms, bool *more, struct err *e)
{
    int64_t n = 0;
    enum rc rc = db_begin(d, e);

    if (rc == RC_OK)
        rc = prune_all(d, keep, now_ms, &n, e);
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc != RC_OK)
        db_roll_back(d);
    *more = rc == RC_OK && n > 0;
    return rc;
}
