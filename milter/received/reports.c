#include "received/reports.h"

#include <string.h>

#include "db/run.h"
#include "received/tally.h"

/* What is stored as it stands: X(kind, column, member).  trust, content, rows_kept and superseded_by are bound apart */
#define REPORT_COLUMNS(X) \
    X(TEXT, client) X(TEXT, domain) X(TEXT, reporter) X(TEXT, report_id) X(INT, begin_s) X(INT, end_s) \
    X(INT, first_day) X(INT, days) X(INT, received) X(INT, arrived_ms) X(TEXT, sender) X(TEXT, org_name) \
    X(TEXT, email) X(TEXT, contact) X(TEXT, format) X(TEXT, generator) X(TEXT, errors) X(TEXT, repairs) \
    X(TEXT, notes) X(TEXT, p) X(TEXT, sp) X(TEXT, np) X(TEXT, adkim) X(TEXT, aspf) X(TEXT, fo) X(TEXT, testing) \
    X(TEXT, pct) X(TEXT, discovery_method) X(INT, rows) X(INT, refused) X(INT, messages) X(INT, repeats)

#define NAME(kind, column) #column ", "
#define NAMES REPORT_COLUMNS(NAME) "trust, state, content, rows_kept, superseded_by"
#define SELECT "SELECT id, " NAMES " FROM report_in WHERE "
#define MARK(kind, column) "?, "

enum { STAGED = -1 /* superseded_by of one that does not count yet */ };

/* ---- writing ---- */

static const char insert[] =
    "INSERT INTO report_in (" NAMES ") VALUES (" REPORT_COLUMNS(MARK) "?, ?, ?, 1, -1) RETURNING id";

enum rc received_stage(struct db *d, struct received_report *r, struct err *e)
{
    struct statement *s;
    enum rc rc = db_statement(d, insert, &s, e);
    int at = 0;

    if (rc != RC_OK)
        return rc;
#define BIND_TEXT(column) statement_bind_text(s, ++at, str_of(r->column));
#define BIND_INT(column) statement_bind_int(s, ++at, r->column);
#define BIND(kind, column) BIND_##kind(column)
    REPORT_COLUMNS(BIND)
    statement_bind_text(s, ++at, str_of(enum_name(&received_trust_names, (int)r->trust)));
    statement_bind_text(s, ++at, str_of(enum_name(&received_outcome_names, (int)r->state)));
    statement_bind_blob(s, ++at, r->content);
    rc = statement_run(s, e);
    r->id = rc == RC_OK ? db_last_id(d) : 0;
    return rc;
}

enum rc received_add_row(struct db *d, const struct received_report *r, const struct received_row *row, struct err *e)
{
    static const char sql[] =
        "INSERT INTO row_in (client, report, n, address, messages, domain, header_from, disposition, passes, envelope,"
        " envelope_from, envelope_to, reasons, spf, dkim, source, proof, detail, cause, secondary, marks)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";
    const char *const text[] = {row->envelope_from, row->envelope_to, row->reasons, row->spf, row->dkim, row->source};
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(r->client)), DB_INT(r->id), DB_INT(row->n),
                          DB_BLOB(received_address(&row->address)), DB_INT(row->messages), DB_TEXT(str_of(row->domain)),
                          DB_TEXT(str_of(row->header_from)), DB_TEXT(str_of(row->disposition)), DB_INT(row->passes),
                          DB_INT(row->envelope)), &s, e);

    if (rc != RC_OK)
        return rc;
    for (int i = 0; i < 6; i++)
        statement_bind_text(s, 11 + i, str_of(text[i]));
    statement_bind_int(s, 17, row->proof);
    statement_bind_text(s, 18, str_of(row->detail));
    statement_bind_text(s, 19, str_of(row->cause));
    statement_bind_int(s, 20, row->secondary);
    statement_bind_int(s, 21, row->marks);
    return statement_run_later(s, e);
}

enum rc received_accept(struct db *d, const struct received_report *r, struct err *e)
{
    static const char sql[] = "UPDATE report_in SET superseded_by = NULL, state = ?2, repeats = ?3, received = ?4"
                              " WHERE id = ?1 AND superseded_by = -1";
    enum rc rc = db_run_with(d, sql, DB_VALUES(DB_INT(r->id),
                             DB_TEXT(str_of(enum_name(&received_outcome_names, (int)r->state))), DB_INT(r->repeats),
                             DB_INT(r->received)), e);

    return rc == RC_OK && db_changes(d) != 1 ? err_set(e, RC_INTERNAL, "%s: a staged report is gone", db_path(d)) : rc;
}

static enum rc set_superseded(struct db *d, int64_t id, int64_t by, struct err *e)
{
    static const char sql[] = "UPDATE report_in SET superseded_by = ?2, rows_kept = 0 WHERE id = ?1";

    return db_run_with(d, sql, DB_VALUES(DB_INT(id), DB_INT(by)), e);
}

/* Sums of rows that are to go. */
struct taking {
    struct received_tally *tally;
    const struct received_report *report;
    struct err *e;
};

static enum rc reports_take_row(void *arg, const struct received_row *row)
{
    struct taking *t = arg;

    return received_tally_add(t->tally, row, t->report->first_day, t->report->days, -1, t->e);
}

/* Its rows are left for received_prune, which takes them out a few at a time. */
enum rc received_supersede(struct db *d, const struct received_report *old, int64_t by, struct err *e)
{
    struct taking t = {received_tally_new(), old, e};
    enum rc rc = t.tally == NULL ? err_set(e, RC_NOMEM, "no memory for the sums of a report") : RC_OK;

    if (rc == RC_OK && !old->rows_kept)
        rc = err_set(e, RC_NOTFOUND, "the rows of the earlier report are no longer kept");
    if (rc == RC_OK)
        rc = received_rows(d, old, reports_take_row, &t, e);
    if (rc == RC_OK)
        rc = received_tally_write(t.tally, d, old, e);
    if (rc == RC_OK)
        rc = set_superseded(d, old->id, by, e);
    received_tally_free(t.tally);
    return rc;
}

enum rc received_unstage(struct db *d, const struct received_report *r, int64_t max, bool *more, struct err *e)
{
    static const char rows[] = "DELETE FROM row_in WHERE client = ?1 AND report = ?2 AND n IN (SELECT n FROM row_in"
                               " WHERE client = ?1 AND report = ?2 LIMIT ?3)";
    static const char report[] = "DELETE FROM report_in WHERE id = ?1 AND superseded_by = -1";
    enum rc rc = db_run_with(d, rows, DB_VALUES(DB_TEXT(str_of(r->client)), DB_INT(r->id), DB_INT(max)), e);

    *more = rc == RC_OK && db_changes(d) >= max;
    if (rc == RC_OK && !*more)
        rc = db_run_with(d, report, DB_VALUES(DB_INT(r->id)), e);
    return rc;
}

/* ---- reading ---- */

static enum rc read_report(const struct statement *s, struct arena *a, struct received_report *r)
{
    int at = 0, value = 0;

    r->id = statement_int(s, at++);
#define READ_TEXT(column) if ((r->column = str_dup(a, statement_text(s, at++))) == NULL) return RC_NOMEM;
#define READ_INT(column) r->column = statement_int(s, at++);
#define READ(kind, column) READ_##kind(column)
    REPORT_COLUMNS(READ)
    r->trust = enum_value(&received_trust_names, statement_text(s, at++), &value) ? (enum received_trust)value
                                                                                   : RECEIVED_UNPROVEN;
    value = 0;
    (void)enum_value(&received_outcome_names, statement_text(s, at++), &value);
    r->state = (enum received_outcome)value;
    r->content = statement_blob(s, at++);
    r->content.p = str_dup(a, r->content);
    r->rows_kept = statement_int(s, at++) != 0;
    r->superseded_by = statement_int(s, at);
    return r->content.p == NULL ? RC_NOMEM : RC_OK;
}

static enum rc received_no_memory(const struct db *d, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
}

/* The one row of a statement whose parameters are bound. */
static enum rc received_read_one(struct db *d, struct statement *s, struct arena *a, struct received_report *out,
                                struct err *e)
{
    bool row;
    enum rc rc = statement_next(s, &row, e);

    if (rc == RC_OK && !row)
        rc = err_set(e, RC_NOTFOUND, "%s: holds no such received report; \"assay received list\" tells what came in",
                     db_path(d));
    else if (rc == RC_OK && read_report(s, a, out) != RC_OK)
        rc = received_no_memory(d, e);
    statement_reset(s);
    return rc;
}

static void bind_key(struct statement *s, const struct received_report *key)
{
    statement_bind_text(s, 1, str_of(key->client));
    statement_bind_text(s, 2, str_of(key->domain));
    statement_bind_text(s, 3, str_of(key->reporter));
    statement_bind_text(s, 4, str_of(key->report_id));
    statement_bind_int(s, 5, key->begin_s);
    statement_bind_int(s, 6, key->end_s);
}

#define SAME_KEY "client = ?1 AND domain = ?2 AND reporter = ?3 AND report_id = ?4 AND begin_s = ?5 AND end_s = ?6"

enum rc received_same(struct db *d, struct arena *a, const struct received_report *key, struct received_report *out,
                      struct err *e)
{
    static const char sql[] = SELECT SAME_KEY " AND superseded_by IS NULL";
    struct statement *s;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    bind_key(s, key);
    return received_read_one(d, s, a, out, e);
}

enum rc received_earlier(struct db *d, struct arena *a, const struct received_report *key, struct received_report *out,
                         struct err *e)
{
    static const char sql[] = SELECT SAME_KEY " AND content = ?7 AND superseded_by > 0 ORDER BY id DESC LIMIT 1";
    struct statement *s;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    bind_key(s, key);
    statement_bind_blob(s, 7, key->content);
    return received_read_one(d, s, a, out, e);
}

enum rc received_repeat(struct db *d, struct arena *a, const struct received_report *key, struct received_report *out,
                        struct err *e)
{
    static const char sql[] = SELECT "client = ?1 AND domain = ?2 AND begin_s = ?3 AND end_s = ?4 AND content = ?5"
                                     " AND (report_id = ?6 AND org_name = ?8 AND email = ?9 OR reporter = ?7)"
                                     " AND superseded_by IS NULL ORDER BY report_id = ?6 DESC LIMIT 1";
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(key->client)), DB_TEXT(str_of(key->domain)),
                          DB_INT(key->begin_s), DB_INT(key->end_s), DB_BLOB(key->content),
                          DB_TEXT(str_of(key->report_id)), DB_TEXT(str_of(key->reporter)),
                          DB_TEXT(str_of(key->org_name)), DB_TEXT(str_of(key->email))), &s, e);

    if (rc != RC_OK)
        return rc;
    return received_read_one(d, s, a, out, e);
}

enum rc received_get(struct db *d, struct arena *a, int64_t id, struct received_report *out, struct err *e)
{
    static const char sql[] = SELECT "id = ?1 AND (superseded_by IS NULL OR superseded_by <> -1)";
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(id)), &s, e);

    if (rc != RC_OK)
        return rc;
    return received_read_one(d, s, a, out, e);
}

#define FURTHER \
    " AND (?3 = '' OR reporter = ?3) AND (?4 = '' OR report_id = ?4) AND begin_s >= ?5 AND (?6 = 0 OR begin_s < ?6)" \
    " AND (?7 = 0 OR received = ?7) AND superseded_by IS NULL ORDER BY begin_s DESC, id DESC LIMIT ?8"

enum rc received_reports(struct db *d, struct arena *a, const struct received_reports_wanted *w, size_t max,
                         struct received_report **out, size_t *n, struct err *e)
{
    static const char any[] = SELECT "(?1 = '' OR client = ?1) AND (?2 = '' OR domain = ?2)" FURTHER;
    static const char of_domain[] = SELECT "client = ?1 AND domain = ?2" FURTHER;
    struct statement *s;
    size_t room = 0;
    bool row = true;
    enum rc rc = db_query(d, w->client[0] != '\0' && w->domain[0] != '\0' ? of_domain : any,
                          DB_VALUES(DB_TEXT(str_of(w->client)), DB_TEXT(str_of(w->domain)),
                          DB_TEXT(str_of(w->reporter)), DB_TEXT(str_of(w->report_id)), DB_INT(w->since_s),
                          DB_INT(w->until_s), DB_INT(w->received), DB_INT(max)), &s, e);

    *n = 0;
    *out = NULL;
    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        *out = arena_grow(a, *out, *n, &room, max, sizeof **out);
        rc = *out == NULL || read_report(s, a, &(*out)[*n]) != RC_OK ? received_no_memory(d, e) : RC_OK;
        *n += rc == RC_OK;
    }
    statement_reset(s);
    return rc;
}
