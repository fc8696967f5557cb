/* Messages whose failure is to be reported, once the host has gathered those that are alike. */
#include "base/clock.h"
#include "fleet/internal.h"
#include "records/failures.h"

enum { FAILURES_MAX = 200 /* of one transaction */ };

/* In the file they are closed first: what is alike and comes later is counted anew. */
static enum rc failures_prepare(struct ship *s, int64_t now_ms, struct err *e)
{
    int64_t ready = 0;
    struct db *d = NULL;
    enum rc rc = failures_count_ready(s->db, now_ms, &ready, e);

    if (rc != RC_OK || ready == 0)
        return rc;
    rc = db_open_write(s->setup.database, &records_schema, true, &d, e);
    if (rc == RC_OK)
        rc = failures_close_ready(d, now_ms, e);
    if (rc == RC_OK)
        rc = failures_forget(d, s->failure_mark, e);
    db_close(d);
    return rc == RC_OK ? ship_look_anew(s, e) : rc;
}

/* In the centre those of all hosts that are alike gather once more (fleet/tables_reports.c). */
static enum rc failures_put(struct ship *s, const struct failure_copy *f, struct err *e)
{
    static const char sql[] = "SELECT failed($1::int, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    const struct failure *x = &f->failure;

    return pg_run_with(s->pg, sql, DB_VALUES(DB_INT(s->store), DB_INT(f->message), DB_INT(f->incidents),
                       DB_INT(FAILURES_GATHER_MS), DB_TEXT(str_of(x->policy_domain)), DB_TEXT(str_of(x->bucket)),
                       DB_TEXT(str_of(x->kind)), DB_TEXT(str_of(x->dkim_domain)), DB_TEXT(str_of(x->dkim_identity)),
                       DB_TEXT(str_of(x->dkim_selector)), DB_TEXT(str_of(x->mail_from)),
                       DB_TEXT(str_of(x->headers))), e);
}

enum rc failures_ship(struct ship *s, bool *all, struct err *e)
{
    static const char move[] = "UPDATE store SET failure_mark = $2 WHERE store = $1";
    int64_t now_ms = clock_wall_ms();
    struct failure_copy *f;
    size_t n = 0;
    enum rc rc;

    arena_reset(s->a);
    *all = true;
    rc = failures_prepare(s, now_ms, e);
    if (rc == RC_OK)
        rc = failures_after(s->db, s->a, s->failure_mark, s->shipped_id, FAILURES_MAX, &f, &n, e);
    *all = n < FAILURES_MAX;
    if (rc != RC_OK || n == 0)
        return rc;
    rc = pg_begin(s->pg, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        rc = failures_put(s, &f[i], e);
    if (rc == RC_OK)
        rc = pg_run_with(s->pg, move, DB_VALUES(DB_INT(s->store), DB_INT(f[n - 1].id)), e);
    if (rc == RC_OK)
        rc = pg_commit(s->pg, e);
    if (rc == RC_OK)
        s->failure_mark = f[n - 1].id;
    return rc;
}
