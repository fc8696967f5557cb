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

/* ---- for who ships them ---- */

enum rc failures_count_ready(struct db *d, int64_t now_ms, int64_t *n, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM failure WHERE open = 1 AND ready_ms <= ?1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(now_ms)), &s, e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    *n = rc == RC_OK && row ? statement_int(s, 0) : 0;
    statement_reset(s);
    return rc;
}

enum rc failures_close_ready(struct db *d, int64_t now_ms, struct err *e)
{
    static const char sql[] = "UPDATE failure SET open = 0 WHERE open = 1 AND ready_ms <= ?1";

    return run_with(d, sql, now_ms, e);
}

enum rc failures_forget(struct db *d, int64_t id, struct err *e)
{
    static const char sql[] = "DELETE FROM failure WHERE id < ?1 AND open = 0";

    return run_with(d, sql, id, e);
}

#define FAILURES_COUNT(name, help) +1

static enum rc failures_read(const struct statement *s, struct arena *a, struct failure_copy *out)
{
    int at = 3;

    *out = (struct failure_copy){.id = statement_int(s, 0), .message = statement_int(s, 1),
                                 .incidents = statement_int(s, 2)};
#define READ(name, help) \
    if ((out->failure.name = str_dup(a, statement_text(s, at++))) == NULL) \
        return RC_NOMEM;
    FAILURE_COLUMNS(READ)
#undef READ
    return RC_OK;
}

enum rc failures_after(struct db *d, struct arena *a, int64_t id, int64_t message, size_t max,
                       struct failure_copy **out, size_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT id, message, incidents" FAILURE_COLUMNS(NAME) ", open FROM failure WHERE id > ?1 ORDER BY id LIMIT ?2";
    enum { OPEN = 3 FAILURE_COLUMNS(FAILURES_COUNT) };
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(id), DB_INT(max)), &s, e);

    *n = 0;
    *out = arena_array(a, max + 1, sizeof **out);
    if (rc == RC_OK && *out == NULL)
        rc = err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        if (statement_int(s, OPEN) != 0 || statement_int(s, 1) > message)
            break; /* in their order: it and those behind it wait */
        if (failures_read(s, a, &(*out)[(*n)++]) != RC_OK)
            rc = err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
    }
    statement_reset(s);
    return rc;
}
