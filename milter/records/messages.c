#include "records/messages.h"

#include <string.h>

#include "base/clock.h"
#include "db/run.h"
#include "records/failures.h"
#include "records/schema.h"

/* ---- writing ---- */

static void bind_row(struct statement *s, const struct record *r)
{
    for (int i = 0; i < SCHEMA_COLUMNS; i++) {
        const char *field = (const char *)r + schema_column[i].offset;

        if (schema_column[i].is_text)
            statement_bind_text(s, i + 1, str_of(*(const char *const *)(const void *)field));
        else
            statement_bind_int(s, i + 1, *(const int64_t *)(const void *)field);
    }
}

enum rc messages_insert(struct db *d, const struct record *const *rows, size_t n, struct err *e)
{
    struct statement *s = NULL;
    enum rc rc = db_statement(d, schema_insert, &s, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        bind_row(s, rows[i]);
        rc = statement_run(s, e);
        if (rc == RC_OK && rows[i]->failure != NULL)
            rc = failures_add(d, db_last_id(d), rows[i], e);
    }
    return rc;
}

/* Each start has a row, with the version that wrote what follows it. */
enum rc messages_note_run(struct db *d, struct err *e)
{
    return db_run_with(d, schema_note_run, DB_VALUES(DB_INT(clock_wall_ms()), DB_TEXT(STR(ASSAY_VERSION))), e);
}

/* ---- reading ---- */

enum rc messages_have(struct db *d, const char *queue_id, int64_t time_ms, bool *found, struct err *e)
{
    static const char sql[] = "SELECT 1 FROM message WHERE queue_id = ?1 AND time_ms = ?2 LIMIT 1";
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(queue_id)), DB_INT(time_ms)), &s, e);

    *found = false;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, found, e);
    statement_reset(s);
    return rc;
}

enum rc messages_read(struct arena *a, const struct statement *s, int first, struct record *out)
{
    for (int i = 0; i < SCHEMA_COLUMNS; i++) {
        char *field = (char *)out + schema_column[i].offset;

        if (schema_column[i].is_text) {
            char *copy = str_dup(a, statement_text(s, first + i));

            if (copy == NULL)
                return RC_NOMEM;
            memcpy(field, &copy, sizeof copy);
        } else {
            int64_t value = statement_int(s, first + i);

            memcpy(field, &value, sizeof value);
        }
    }
    return RC_OK;
}
