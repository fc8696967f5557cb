#include "store/messages.h"

#include <string.h>

#include "base/clock.h"
#include "store/failures.h"
#include "store/schema.h"

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

enum rc messages_add(struct db *d, const struct record *r, struct err *e)
{
    struct statement *s;
    enum rc rc = db_statement(d, schema_insert, &s, e);

    if (rc != RC_OK)
        return rc;
    bind_row(s, r);
    rc = statement_run(s, e);
    return rc == RC_OK && r->failure != NULL ? failures_add(d, db_last_id(d), r, e) : rc;
}

enum rc messages_insert(struct db *d, const struct record *const *rows, size_t n, struct err *e)
{
    enum rc rc = db_run(d, "BEGIN IMMEDIATE", e);

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        rc = messages_add(d, rows[i], e);
    if (rc == RC_OK)
        rc = db_run(d, "COMMIT", e);
    if (rc != RC_OK)
        db_roll_back(d);
    return rc;
}

enum rc messages_note_run(struct db *d, struct err *e)
{
    struct statement *s;
    enum rc rc = db_statement(d, schema_note_run, &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_int(s, 1, clock_wall_ms());
    statement_bind_text(s, 2, STR(ASSAY_VERSION));
    return statement_run(s, e);
}

/* ---- reading ---- */

enum rc messages_have(struct db *d, const char *queue_id, int64_t time_ms, bool *found, struct err *e)
{
    static const char sql[] = "SELECT 1 FROM message WHERE queue_id = ?1 AND time_ms = ?2 LIMIT 1";
    struct statement *s;
    enum rc rc = db_statement(d, sql, &s, e);

    *found = false;
    if (rc != RC_OK)
        return rc;
    statement_bind_text(s, 1, str_of(queue_id));
    statement_bind_int(s, 2, time_ms);
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

/* A message-id's angle brackets are not part of it, RFC 5322 section 3.6.4. */
static struct str without_brackets(struct str key)
{
    bool bracketed = key.n > 2 && key.p[0] == '<' && key.p[key.n - 1] == '>';

    return bracketed ? str_slice(key, 1, key.n - 1) : key;
}

static enum rc no_memory(const struct db *d, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
}

enum rc messages_find(struct db *d, struct arena *a, struct str key, size_t max, struct record **out, size_t *n,
                      struct err *e)
{
    struct statement *s;
    bool row = true;
    enum rc rc = db_statement(d, schema_find, &s, e);

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : no_memory(d, e);
    statement_bind_text(s, 1, key);
    statement_bind_text(s, 2, without_brackets(key));
    statement_bind_int(s, 3, (int64_t)max);
    while ((rc = statement_next(s, &row, e)) == RC_OK && row && *n < max)
        if (messages_read(a, s, 1, &(*out)[(*n)++]) != RC_OK) {
            rc = no_memory(d, e);
            break;
        }
    statement_reset(s);
    return rc;
}
