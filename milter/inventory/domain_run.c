#include "inventory/domain_run.h"

#include "db/run.h"

enum rc domain_run_put(struct db *d, const struct domain_run *run, struct err *e)
{
    enum rc rc = db_run_with(d, "INSERT INTO domain_run (domain, time_ms, word, findings, records)"
                             " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (domain, time_ms) DO UPDATE SET"
                             " word = excluded.word, findings = excluded.findings, records = excluded.records",
                             DB_VALUES(DB_TEXT(str_of(run->domain)), DB_INT(run->time_ms), DB_TEXT(str_of(run->word)),
                             DB_TEXT(str_of(run->findings)), DB_TEXT(str_of(run->records))), e);

    if (rc == RC_OK)
        rc = db_run_with(d,
                         "DELETE FROM domain_run WHERE domain = ?1 AND time_ms <= (SELECT time_ms FROM domain_run"
                          " WHERE domain = ?1 ORDER BY time_ms DESC LIMIT 1 OFFSET ?2)",
                         DB_VALUES(DB_TEXT(str_of(run->domain)), DB_INT(DOMAIN_RUNS_MAX)), e);
    return rc;
}

static const char *domain_run_copied(struct arena *a, struct str text)
{
    const char *copy = str_dup(a, text);

    return copy == NULL ? "" : copy;
}

enum rc domain_run_last(struct db *d, struct arena *a, const char *domain, int64_t time_ms, struct domain_run *out,
                        struct err *e)
{
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d,
                          "SELECT time_ms, word, findings, records FROM domain_run WHERE domain = ?1 AND"
                              " time_ms <= ?2 ORDER BY time_ms DESC LIMIT 1",
                          DB_VALUES(DB_TEXT(str_of(domain)), DB_INT(time_ms)), &s, e);

    *out = (struct domain_run){.domain = domain, .word = "", .findings = "", .records = ""};
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row) {
        out->time_ms = statement_int(s, 0);
        out->word = domain_run_copied(a, statement_text(s, 1));
        out->findings = domain_run_copied(a, statement_text(s, 2));
        out->records = domain_run_copied(a, statement_text(s, 3));
    }
    statement_reset(s);
    return rc;
}

enum rc domain_run_list(struct db *d, struct arena *a, const char *domain, struct domain_run **out, size_t *n,
                        struct err *e)
{
    static const char sql[] = "SELECT time_ms, word, findings FROM domain_run WHERE domain = ?1 ORDER BY time_ms";
    struct statement *s;
    bool row = true;
    enum rc rc;

    *n = 0;
    *out = arena_array(a, DOMAIN_RUNS_MAX + 1, sizeof **out);
    if (*out == NULL)
        return err_set(e, RC_NOMEM, "no memory for the runs of %s", domain);
    rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(domain))), &s, e);
    if (rc != RC_OK)
        return rc;
    while ((rc = statement_next(s, &row, e)) == RC_OK && row && *n <= DOMAIN_RUNS_MAX)
        (*out)[(*n)++] = (struct domain_run){.domain = domain, .time_ms = statement_int(s, 0),
                                             .word = domain_run_copied(a, statement_text(s, 1)),
                                             .findings = domain_run_copied(a, statement_text(s, 2)), .records = ""};
    statement_reset(s);
    return rc;
}
