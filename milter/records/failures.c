#include "records/failures.h"

#include <string.h>

#include "db/run.h"
#include "records/schema.h"

#define NAME(name, help) ", " #name
#define MARK(name, help) ", ?"

/* Parameters: message, created, ready, then the columns, whose second is the bucket; the most that wait comes last. */
static const char insert[] =
    "INSERT INTO failure (message, created_ms, ready_ms" FAILURE_COLUMNS(NAME) ")"
    " SELECT ?, ?, ?" FAILURE_COLUMNS(MARK)
    " WHERE (SELECT count(*) FROM failure WHERE open = 1) < ?"
    " ON CONFLICT (bucket) WHERE open = 1 DO UPDATE SET incidents = failure.incidents + 1";

enum { FIRST_COLUMN = 4 };

enum rc failures_add(struct db *d, int64_t message, const struct record *r, struct err *e)
{
    const struct failure *f = r->failure;
    struct statement *s;
    int at = FIRST_COLUMN;
    enum rc rc = db_query(d, insert, DB_VALUES(DB_INT(message), DB_INT(r->time_ms),
                          DB_INT(r->time_ms + FAILURES_GATHER_MS)), &s, e);

    if (rc != RC_OK)
        return rc;
#define BIND(name, help) statement_bind_text(s, at++, str_of(f->name));
    FAILURE_COLUMNS(BIND)
#undef BIND
    statement_bind_int(s, at, FAILURES_OPEN_MAX);
    return statement_run(s, e);
}

static enum rc run_with(struct db *d, const char *sql, int64_t value, struct err *e)
{
    return db_run_with(d, sql, DB_VALUES(DB_INT(value)), e);
}

enum rc failures_close(struct db *d, int64_t id, struct err *e)
{
    static const char sql[] = "UPDATE failure SET open = 0 WHERE id = ?1";

    return run_with(d, sql, id, e);
}

enum rc failures_prune(struct db *d, int64_t before_ms, struct err *e)
{
    static const char sql[] = "DELETE FROM failure WHERE created_ms < ?1";

    return run_with(d, sql, before_ms, e);
}
