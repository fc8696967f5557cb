#include "episodes/approvals.h"

#include "db/run.h"

enum rc approvals_add(struct db *d, const struct approval *x, struct err *e)
{
    static const char sql[] = "INSERT INTO approval (client, domain, stage, approver, ticket, who, day, time_ms)"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

    return db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(x->client)), DB_TEXT(str_of(x->domain)),
                       DB_TEXT(str_of(x->stage)), DB_TEXT(str_of(x->approver)), DB_TEXT(str_of(x->ticket)),
                       DB_TEXT(str_of(x->who)), DB_INT(x->day), DB_INT(x->time_ms)), e);
}

enum rc approvals_list(struct db *d, struct arena *a, const char *domain, size_t max, struct approval **out, size_t *n,
                       struct err *e)
{
    static const char sql[] = "SELECT client, domain, stage, approver, ticket, who, day, time_ms FROM approval"
                              " WHERE domain = ?1 ORDER BY id DESC LIMIT ?2";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(domain)), DB_INT(max)), &s, e);

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : err_set(e, RC_NOMEM, "%s: no memory for approvals", db_path(d));
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        struct approval *x = &(*out)[(*n)++];
        const char **text[] = {&x->client, &x->domain, &x->stage, &x->approver, &x->ticket, &x->who};

        for (int i = 0; i < 6; i++)
            if ((*text[i] = str_dup(a, statement_text(s, i))) == NULL)
                rc = err_set(e, RC_NOMEM, "%s: no memory for approvals", db_path(d));
        x->day = statement_int(s, 6);
        x->time_ms = statement_int(s, 7);
    }
    statement_reset(s);
    return rc;
}
