#include "episodes/exceptions.h"

#include <string.h>

#include "db/run.h"

#define EXCEPTION_COLUMNS \
    "id, client, domain, source, risk, owner, reason, who, removed_by, until_day, since_ms, removed_ms"

static enum rc exceptions_read(const struct statement *s, struct arena *a, struct exception *out)
{
    const char **text[] = {&out->client, &out->domain, &out->source, &out->risk,
                           &out->owner,  &out->reason, &out->who,    &out->removed_by};
    int at = 0;

    *out = (struct exception){.id = statement_int(s, at++)};
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        if ((*text[i] = str_dup(a, statement_text(s, at++))) == NULL)
            return RC_NOMEM;
    out->until_day = statement_int(s, at++);
    out->since_ms = statement_int(s, at++);
    out->removed_ms = statement_int(s, at);
    return RC_OK;
}

enum rc exceptions_list(struct db *d, struct arena *a, const struct exception_filter *f, size_t max,
                        struct exception **out, size_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT " EXCEPTION_COLUMNS " FROM exception WHERE (?1 = '' OR client = ?1) AND (?2 = '' OR domain = ?2)"
        " AND (?3 <> 0 OR source = ?4) AND (?5 <> 0 OR removed_ms = 0)"
        " ORDER BY removed_ms <> 0, until_day, id LIMIT ?6";
    struct statement *s;
    size_t room = 0;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(f->client)), DB_TEXT(str_of(f->domain)),
                          DB_INT(f->any_source), DB_TEXT(str_of(f->source)), DB_INT(f->all), DB_INT(max)), &s, e);

    *n = 0;
    *out = NULL;
    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        *out = arena_grow(a, *out, *n, &room, max, sizeof **out);
        rc = *out == NULL ? RC_NOMEM : exceptions_read(s, a, &(*out)[*n]);
        *n += rc == RC_OK;
    }
    statement_reset(s);
    return rc == RC_NOMEM ? err_set(e, rc, "%s: no memory for exceptions", db_path(d)) : rc;
}

enum rc exceptions_get(struct db *d, struct arena *a, int64_t id, struct exception *out, struct err *e)
{
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, "SELECT " EXCEPTION_COLUMNS " FROM exception WHERE id = ?1", DB_VALUES(DB_INT(id)), &s,
                          e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK)
        rc = row ? exceptions_read(s, a, out) : err_set(e, RC_NOTFOUND, "there is no such exception");
    statement_reset(s);
    return rc == RC_NOMEM ? err_set(e, rc, "%s: no memory for an exception", db_path(d)) : rc;
}

/* In the caller's transaction; *was: there was one. */
static enum rc exceptions_end(struct db *d, const char *domain, const char *source, const char *who, int64_t now_ms,
                              bool *was, struct err *e)
{
    static const char sql[] = "UPDATE exception SET removed_ms = ?3, removed_by = ?4"
                              " WHERE domain = ?1 AND source = ?2 AND removed_ms = 0 RETURNING id";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(domain)), DB_TEXT(str_of(source)), DB_INT(now_ms),
                          DB_TEXT(str_of(who))), &s, e);

    *was = false;
    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row)
        *was = true;
    statement_reset(s);
    return rc;
}

static enum rc exceptions_commit(struct db *d, enum rc rc, struct err *e)
{
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc != RC_OK)
        db_roll_back(d);
    return rc;
}

enum rc exceptions_add(struct db *d, const struct exception *x, struct err *e)
{
    static const char sql[] = "INSERT INTO exception (client, domain, source, risk, owner, reason, who, until_day,"
                              " since_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    bool was;
    enum rc rc = db_begin(d, e);

    if (rc == RC_OK)
        rc = exceptions_end(d, x->domain, x->source, x->who, x->since_ms, &was, e);
    if (rc == RC_OK)
        rc = db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(x->client)), DB_TEXT(str_of(x->domain)),
                         DB_TEXT(str_of(x->source)), DB_TEXT(str_of(x->risk)), DB_TEXT(str_of(x->owner)),
                         DB_TEXT(str_of(x->reason)), DB_TEXT(str_of(x->who)), DB_INT(x->until_day),
                         DB_INT(x->since_ms)), e);
    return exceptions_commit(d, rc, e);
}

enum rc exceptions_remove(struct db *d, const char *domain, const char *source, const char *who, int64_t now_ms,
                          struct err *e)
{
    bool was = false;
    enum rc rc = db_begin(d, e);

    if (rc == RC_OK)
        rc = exceptions_end(d, domain, source, who, now_ms, &was, e);
    if (rc == RC_OK && !was)
        rc = err_set(e, RC_NOTFOUND, "no exception of %s%s%s is in force; \"assay exception list\" has them all",
                     domain, source[0] == '\0' ? "" : " for ", source);
    return exceptions_commit(d, rc, e);
}

const struct exception *exception_of(const struct exception *list, size_t n, const char *source, int64_t day)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].removed_ms == 0 && list[i].until_day >= day && strcmp(list[i].source, source) == 0)
            return &list[i];
    return NULL;
}
