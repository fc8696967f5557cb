#include "store/caught.h"

#include "store/store.h"

enum { CAUGHT_MAX = 10000 /* that a snapshot holds */ };

enum rc caught_put(struct db *d, struct str domain, int64_t since_ms, int64_t until_ms, struct err *e)
{
    static const char sql[] =
        "INSERT INTO caught (domain, since_ms, until_ms) VALUES (?1, ?2, ?3)"
        " ON CONFLICT (domain) DO UPDATE SET until_ms = ?3";
    struct statement *s;
    enum rc rc = db_statement(d, "DELETE FROM caught WHERE until_ms <= ?1", &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_int(s, 1, since_ms);
    rc = statement_run(s, e);
    if (rc == RC_OK)
        rc = db_statement(d, sql, &s, e);
    if (rc != RC_OK)
        return rc;
    statement_bind_text(s, 1, domain);
    statement_bind_int(s, 2, since_ms);
    statement_bind_int(s, 3, until_ms);
    return statement_run(s, e);
}

enum rc caught_remove(struct db *d, struct str domain, bool *was, struct err *e)
{
    struct statement *s;
    enum rc rc = db_statement(d, "DELETE FROM caught WHERE domain = ?1", &s, e);

    *was = false;
    if (rc != RC_OK)
        return rc;
    statement_bind_text(s, 1, domain);
    rc = statement_run(s, e);
    *was = rc == RC_OK && db_changes(d) > 0;
    return rc;
}

enum rc caught_until(struct db *d, struct str domain, int64_t *until_ms, struct err *e)
{
    struct statement *s;
    bool row = false;
    enum rc rc = db_statement(d, "SELECT until_ms FROM caught WHERE domain = ?1", &s, e);

    *until_ms = 0;
    if (rc != RC_OK)
        return rc;
    statement_bind_text(s, 1, domain);
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *until_ms = statement_int(s, 0);
    statement_reset(s);
    return rc;
}

enum rc caught_background(struct db *d, int64_t now_ms, struct background *b, struct err *e)
{
    struct statement *s;
    bool row = true;
    enum rc rc = db_statement(d, "SELECT domain FROM caught WHERE until_ms > ?1 LIMIT ?2", &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_int(s, 1, now_ms);
    statement_bind_int(s, 2, CAUGHT_MAX);
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row)
        if (background_add_caught(b, statement_text(s, 0).p) != RC_OK)
            rc = err_set(e, RC_NOMEM, "%s: no memory for the safety catch", db_path(d));
    statement_reset(s);
    return rc;
}

enum rc caught_past(struct db *d, struct str domain, int64_t first_day, int64_t before_day, struct store_past *out,
                    struct err *e)
{
    static const char of_domain[] =
        "SELECT coalesce(sum(messages), 0), coalesce(sum(messages) FILTER (WHERE dmarc = 'pass'), 0),"
        " coalesce(sum(messages) FILTER (WHERE disposition IN ('quarantine', 'reject')), 0)"
        " FROM tally WHERE author_domain = ?3 AND day >= ?1 AND day < ?2";
    static const char of_all[] =
        "SELECT coalesce(sum(messages), 0), coalesce(sum(messages) FILTER (WHERE dmarc = 'pass'), 0),"
        " coalesce(sum(messages) FILTER (WHERE disposition IN ('quarantine', 'reject')), 0)"
        " FROM tally WHERE day >= ?1 AND day < ?2";
    bool all = str_eq(domain, STR("*")), row = false;
    struct statement *s;
    enum rc rc = db_statement(d, all ? of_all : of_domain, &s, e);

    *out = (struct store_past){0};
    if (rc != RC_OK)
        return rc;
    statement_bind_int(s, 1, first_day);
    statement_bind_int(s, 2, before_day);
    if (!all)
        statement_bind_text(s, 3, domain);
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *out = (struct store_past){statement_int(s, 0), statement_int(s, 1), statement_int(s, 2)};
    statement_reset(s);
    return rc;
}
