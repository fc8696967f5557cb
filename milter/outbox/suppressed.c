/* Addresses that reports do not go to, because what went there bounced. */
#include "db/run.h"
#include "outbox/outbox.h"

/* ---- addresses ---- */

enum rc outbox_suppress(struct db *d, const struct suppression *row, struct err *e)
{
    static const char sql[] = "INSERT INTO suppressed (address, since_ms, until_ms, why) VALUES (?1, ?2, ?3, ?4)"
                              " ON CONFLICT (address) DO UPDATE SET why = ?4, until_ms ="
                              " CASE WHEN suppressed.until_ms > ?3 THEN suppressed.until_ms ELSE ?3 END";

    return db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(row->address)), DB_INT(row->since_ms), DB_INT(row->until_ms),
                       DB_TEXT(str_of(row->why))), e);
}

static enum rc suppressed_read_row(const struct db *d, const struct statement *s, struct arena *a,
                                   struct suppression *out,
                                   struct err *e)
{
    *out = (struct suppression){
        .address = str_dup(a, statement_text(s, 0)),
        .since_ms = statement_int(s, 1),
        .until_ms = statement_int(s, 2),
        .why = str_dup(a, statement_text(s, 3)),
    };
    return out->address == NULL || out->why == NULL
               ? err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d))
               : RC_OK;
}

enum rc outbox_suppressed(struct db *d, struct arena *a, struct str address, int64_t now_ms, struct suppression *out,
                          struct err *e)
{
    static const char sql[] = "SELECT address, since_ms, until_ms, why FROM suppressed"
                              " WHERE address = ?1 AND until_ms > ?2";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(address), DB_INT(now_ms)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        rc = suppressed_read_row(d, s, a, out, e);
    statement_reset(s);
    return rc == RC_OK && !row ? RC_NOTFOUND : rc;
}

enum rc outbox_suppressions(struct db *d, struct arena *a, int64_t now_ms, size_t max, struct suppression **out,
                            size_t *n, struct err *e)
{
    static const char sql[] = "SELECT address, since_ms, until_ms, why FROM suppressed WHERE until_ms > ?1"
                              " ORDER BY since_ms DESC LIMIT ?2";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(now_ms), DB_INT(max)), &s, e);

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : err_set(e, RC_NOMEM, "no memory");
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row)
        rc = suppressed_read_row(d, s, a, &(*out)[(*n)++], e);
    statement_reset(s);
    return rc;
}
