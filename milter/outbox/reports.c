#include "outbox/reports.h"

#include "db/run.h"

#define COLUMNS "id, report_id, policy_domain, policy_key, begin_s, end_s, messages, rows, filename, size, built_ms"

static const char insert[] =
    "INSERT INTO report (report_id, policy_domain, policy_key, begin_s, end_s, messages, rows, filename, size,"
    " built_ms, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    " ON CONFLICT (policy_domain, policy_key, begin_s) DO NOTHING";
static const char list[] =
    "SELECT " COLUMNS " FROM report WHERE (?1 = 0 OR begin_s = ?1) AND (?2 = '' OR policy_domain = ?2)"
    " ORDER BY begin_s DESC, policy_domain, id LIMIT ?3 OFFSET ?4";
static const char by_id[] = "SELECT " COLUMNS " FROM report WHERE id = ?1";
static const char by_report_id[] = "SELECT " COLUMNS " FROM report WHERE report_id = ?1";
static const char by_subject[] =
    "SELECT " COLUMNS " FROM report WHERE policy_domain = ?1 AND policy_key = ?2 AND begin_s = ?3";
static const char of_day[] = "SELECT 1 FROM report WHERE begin_s = ?1 LIMIT 1";
static const char body_of[] = "SELECT body FROM report WHERE id = ?1";
static const char prune[] =
    "DELETE FROM report WHERE id IN (SELECT id FROM report WHERE end_s < ?1 ORDER BY end_s LIMIT ?2)";

static enum rc reports_no_memory(const struct db *d, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
}

enum rc reports_add(struct db *d, const struct report *r, struct str body, bool *added, struct err *e)
{
    enum rc rc = db_run_with(d, insert, DB_VALUES(DB_TEXT(str_of(r->report_id)), DB_TEXT(str_of(r->policy_domain)),
                             DB_TEXT(str_of(r->policy_key)), DB_INT(r->begin_s), DB_INT(r->end_s), DB_INT(r->messages),
                             DB_INT(r->rows), DB_TEXT(str_of(r->filename)), DB_INT(body.n), DB_INT(r->built_ms),
                             DB_BLOB(body)), e);

    *added = false;
    *added = rc == RC_OK && db_changes(d) > 0;
    return rc;
}

/* ---- reading ---- */

static enum rc reports_read_row(struct arena *a, const struct statement *s, struct report *r)
{
    r->id = statement_int(s, 0);
    r->report_id = str_dup(a, statement_text(s, 1));
    r->policy_domain = str_dup(a, statement_text(s, 2));
    r->policy_key = str_dup(a, statement_text(s, 3));
    r->begin_s = statement_int(s, 4);
    r->end_s = statement_int(s, 5);
    r->messages = statement_int(s, 6);
    r->rows = statement_int(s, 7);
    r->filename = str_dup(a, statement_text(s, 8));
    r->size = statement_int(s, 9);
    r->built_ms = statement_int(s, 10);
    return r->report_id == NULL || r->policy_domain == NULL || r->policy_key == NULL || r->filename == NULL ? RC_NOMEM
                                                                                                            : RC_OK;
}

enum rc reports_list(struct db *d, struct arena *a, const struct reports_wanted *w, size_t skip, size_t max,
                     struct report **out, size_t *n, struct err *e)
{
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, list, DB_VALUES(DB_INT(w->begin_s),
                          DB_TEXT(w->policy_domain.n == 0 ? STR("") : w->policy_domain), DB_INT(max), DB_INT(skip)),
                          &s, e);

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : reports_no_memory(d, e);
    while ((rc = statement_next(s, &row, e)) == RC_OK && row && *n < max)
        if (reports_read_row(a, s, &(*out)[(*n)++]) != RC_OK) {
            rc = reports_no_memory(d, e);
            break;
        }
    statement_reset(s);
    return rc;
}

/* The one row of a statement whose parameters are bound. */
static enum rc reports_read_one(struct db *d, struct statement *s, struct arena *a, struct report *out, struct err *e)
{
    bool row;
    enum rc rc = statement_next(s, &row, e);

    if (rc == RC_OK && !row)
        rc = err_set(e, RC_NOTFOUND, "%s: holds no such report; \"assay report list\" tells which there are",
                     db_path(d));
    else if (rc == RC_OK && reports_read_row(a, s, out) != RC_OK)
        rc = reports_no_memory(d, e);
    statement_reset(s);
    return rc;
}

enum rc reports_get(struct db *d, struct arena *a, int64_t id, struct report *out, struct err *e)
{
    struct statement *s;
    enum rc rc = db_query(d, by_id, DB_VALUES(DB_INT(id)), &s, e);

    if (rc != RC_OK)
        return rc;
    return reports_read_one(d, s, a, out, e);
}

enum rc reports_find(struct db *d, struct arena *a, struct str report_id, struct report *out, struct err *e)
{
    struct statement *s;
    enum rc rc = db_query(d, by_report_id, DB_VALUES(DB_TEXT(report_id)), &s, e);

    if (rc != RC_OK)
        return rc;
    return reports_read_one(d, s, a, out, e);
}

enum rc reports_of(struct db *d, struct arena *a, const struct report *r, struct report *out, struct err *e)
{
    struct statement *s;
    enum rc rc = db_query(d, by_subject, DB_VALUES(DB_TEXT(str_of(r->policy_domain)), DB_TEXT(str_of(r->policy_key)),
                          DB_INT(r->begin_s)), &s, e);

    if (rc != RC_OK)
        return rc;
    return reports_read_one(d, s, a, out, e);
}

enum rc reports_any(struct db *d, int64_t begin_s, bool *any, struct err *e)
{
    struct statement *s;
    enum rc rc = db_query(d, of_day, DB_VALUES(DB_INT(begin_s)), &s, e);

    *any = false;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, any, e);
    statement_reset(s);
    return rc;
}

enum rc reports_body(struct db *d, struct arena *a, int64_t id, struct str *out, struct err *e)
{
    struct statement *s;
    const char *copy = NULL;
    bool row = false;
    enum rc rc = db_query(d, body_of, DB_VALUES(DB_INT(id)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && !row)
        rc = err_set(e, RC_NOTFOUND, "%s: the report was removed meanwhile", db_path(d));
    if (rc == RC_OK) {
        struct str body = statement_blob(s, 0);

        copy = str_dup(a, body);
        *out = (struct str){copy, body.n};
        rc = copy == NULL ? reports_no_memory(d, e) : RC_OK;
    }
    statement_reset(s);
    return rc;
}

enum rc reports_prune(struct db *d, int64_t before_s, size_t max, int64_t *n, struct err *e)
{
    enum rc rc = db_run_with(d, prune, DB_VALUES(DB_INT(before_s), DB_INT(max)), e);

    *n = 0;
    *n = rc == RC_OK ? db_changes(d) : 0;
    return rc;
}

/* ---- days ---- */

enum rc reports_day(struct db *d, struct arena *a, int64_t begin_s, struct report_day *out, struct err *e)
{
    static const char sql[] = "SELECT host, built_ms, lacking FROM report_day WHERE begin_s = ?1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_engine(d) == DB_SQLITE ? RC_NOTFOUND : db_query(d, sql, DB_VALUES(DB_INT(begin_s)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *out = (struct report_day){begin_s, str_dup(a, statement_text(s, 0)), statement_int(s, 1),
                                   str_dup(a, statement_text(s, 2))};
    statement_reset(s);
    if (rc == RC_OK && row && (out->host == NULL || out->lacking == NULL))
        return reports_no_memory(d, e);
    return rc == RC_OK && !row ? RC_NOTFOUND : rc;
}

enum rc reports_day_is_built(struct db *d, const struct report_day *day, struct err *e)
{
    static const char sql[] = "INSERT INTO report_day (begin_s, host, built_ms, lacking) VALUES (?1, ?2, ?3, ?4)"
                              " ON CONFLICT (begin_s) DO NOTHING";

    return db_run_with(d, sql, DB_VALUES(DB_INT(day->begin_s), DB_TEXT(str_of(day->host)), DB_INT(day->built_ms),
                       DB_TEXT(str_of(day->lacking))), e);
}
