#include "store/failures.h"

#include <string.h>

#include "store/messages.h"
#include "store/schema.h"

#define NAME(name, help) ", " #name
#define MARK(name, help) ", ?"

/* Parameters: message, created, ready, then the columns, whose second is the bucket; the most that wait comes last. */
static const char insert[] =
    "INSERT INTO failure (message, created_ms, ready_ms" FAILURE_COLUMNS(NAME) ")"
    " SELECT ?, ?, ?" FAILURE_COLUMNS(MARK)
    " WHERE (SELECT count(*) FROM failure WHERE open = 1) < ?"
    " ON CONFLICT (bucket) WHERE open = 1 DO UPDATE SET incidents = incidents + 1";

enum { FIRST_COLUMN = 4 };

enum rc failures_add(struct db *d, int64_t message, const struct record *r, struct err *e)
{
    const struct failure *f = r->failure;
    struct statement *s;
    int at = FIRST_COLUMN;
    enum rc rc = db_statement(d, insert, &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_int(s, 1, message);
    statement_bind_int(s, 2, r->time_ms);
    statement_bind_int(s, 3, r->time_ms + FAILURES_GATHER_MS);
#define BIND(name, help) statement_bind_text(s, at++, str_of(f->name));
    FAILURE_COLUMNS(BIND)
#undef BIND
    statement_bind_int(s, at, FAILURES_OPEN_MAX);
    return statement_run(s, e);
}

static enum rc read_row(const struct statement *s, struct arena *a, struct failure_row *out)
{
    int at = 2;

    memset(out, 0, sizeof *out);
    out->id = statement_int(s, 0);
    out->incidents = statement_int(s, 1);
#define READ(name, help) \
    if ((out->failure.name = str_dup(a, statement_text(s, at++))) == NULL) \
        return RC_NOMEM;
    FAILURE_COLUMNS(READ)
#undef READ
    out->has_record = statement_int(s, at) != 0;
    return messages_read(a, s, at + 1, &out->record);
}

enum rc failures_get(struct db *d, struct arena *a, int64_t id, struct failure_row *out, struct err *e)
{
#define OF(name, help) ", f." #name
#define OF_RECORD(kind, name, help) ", m." #name
    static const char sql[] =
        "SELECT f.id, f.incidents" FAILURE_COLUMNS(OF) ", m.id IS NOT NULL" RECORD_COLUMNS(OF_RECORD)
        " FROM failure f LEFT JOIN message m ON m.id = f.message WHERE f.id = ?1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_int(s, 1, id);
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row && read_row(s, a, out) != RC_OK)
        rc = err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
    statement_reset(s);
    return rc == RC_OK && !row ? err_set(e, RC_NOTFOUND, "the failure was removed meanwhile") : rc;
}

static enum rc run_with(struct db *d, const char *sql, int64_t value, struct err *e)
{
    struct statement *s;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_int(s, 1, value);
    return statement_run(s, e);
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
