#include "received/other.h"

#include "db/run.h"

static enum rc other_no_memory(const struct db *d, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory for received reports", db_path(d));
}

/* ---- failure reports ---- */

#define FAILURE_TEXTS(X) \
    X(client) X(domain) X(reporter) X(feedback_type) X(auth_failure) X(delivery_result) X(mail_from) X(from_domain) \
    X(subject_hash) X(message_id) X(results) X(dkim_domain) X(dkim_selector) X(signatures) X(hosts) X(fields) \
    X(source) X(cause)
#define NAME(column) #column ", "
#define MARK(column) "?, "
#define FAILURE_NAMES FAILURE_TEXTS(NAME) "trust, received, arrived_ms, time_s, incidents, address, content"

enum rc received_failure_add(struct db *d, struct received_failure *f, bool *added, struct err *e)
{
    static const char sql[] = "INSERT INTO failure_in (" FAILURE_NAMES ") VALUES (" FAILURE_TEXTS(MARK)
                              "?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id";
    struct statement *s;
    enum rc rc = db_statement(d, sql, &s, e);
    int at = 0;

    *added = false;
    if (rc != RC_OK)
        return rc;
#define BIND(column) statement_bind_text(s, ++at, str_of(f->column));
    FAILURE_TEXTS(BIND)
    statement_bind_text(s, ++at, str_of(enum_name(&received_trust_names, (int)f->trust)));
    statement_bind_int(s, ++at, f->received);
    statement_bind_int(s, ++at, f->arrived_ms);
    statement_bind_int(s, ++at, f->time_s);
    statement_bind_int(s, ++at, f->incidents);
    statement_bind_blob(s, ++at, received_address(&f->address));
    statement_bind_blob(s, ++at, f->content);
    rc = statement_run(s, e);
    *added = rc == RC_OK && db_changes(d) > 0;
    f->id = *added ? db_last_id(d) : 0;
    return rc;
}

static enum rc read_failure(const struct statement *s, struct arena *a, struct received_failure *f)
{
    int at = 0, trust = 0;

#define READ(column) if ((f->column = str_dup(a, statement_text(s, at++))) == NULL) return RC_NOMEM;
    FAILURE_TEXTS(READ)
    f->trust = enum_value(&received_trust_names, statement_text(s, at++), &trust) ? (enum received_trust)trust
                                                                                   : RECEIVED_UNPROVEN;
    f->received = statement_int(s, at++);
    f->arrived_ms = statement_int(s, at++);
    f->time_s = statement_int(s, at++);
    f->incidents = statement_int(s, at++);
    f->address = received_ip(statement_blob(s, at++));
    f->content = STR_NONE;
    f->id = statement_int(s, ++at);
    return RC_OK;
}

enum rc received_failure_get(struct db *d, struct arena *a, int64_t id, struct received_failure *out, struct err *e)
{
    static const char sql[] = "SELECT " FAILURE_NAMES ", id FROM failure_in WHERE id = ?1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(id)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && !row)
        rc = err_set(e, RC_NOTFOUND, "%s: the failure report is no longer kept", db_path(d));
    else if (rc == RC_OK && read_failure(s, a, out) != RC_OK)
        rc = other_no_memory(d, e);
    statement_reset(s);
    return rc;
}

/* ---- TLS reports ---- */

static enum rc has_policy(struct db *d, const struct received_tls *t, const char *domain, bool *has, struct err *e)
{
    static const char sql[] = "SELECT 1 FROM tls_policy WHERE reporter = ?1 AND report_id = ?2 AND begin_s = ?3"
                              " AND domain = ?4 AND report <> ?5";
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(t->reporter)), DB_TEXT(str_of(t->report_id)),
                          DB_INT(t->begin_s), DB_TEXT(str_of(domain)), DB_INT(t->id)), &s, e);

    *has = false;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, has, e);
    statement_reset(s);
    return rc;
}

static enum rc add_report(struct db *d, struct received_tls *t, struct err *e)
{
    static const char sql[] = "INSERT INTO tls_in (reporter, org_name, contact, report_id, begin_s, end_s, received,"
                              " arrived_ms, trust) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id";
    enum rc rc = db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(t->reporter)), DB_TEXT(str_of(t->org_name)),
                             DB_TEXT(str_of(t->contact)), DB_TEXT(str_of(t->report_id)), DB_INT(t->begin_s),
                             DB_INT(t->end_s), DB_INT(t->received), DB_INT(t->arrived_ms),
                             DB_TEXT(str_of(enum_name(&received_trust_names, (int)t->trust)))), e);

    t->id = rc == RC_OK ? db_last_id(d) : 0;
    return rc;
}

static enum rc add_policy(struct db *d, const struct received_tls *t, size_t n, struct err *e)
{
    static const char sql[] = "INSERT INTO tls_policy (client, domain, begin_s, report, n, reporter, report_id, type,"
                              " string, mx, successes, failures) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
                              " ?12)";
    const struct received_tls_policy *p = &t->policy[n];

    return db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(p->client)), DB_TEXT(str_of(p->domain)), DB_INT(t->begin_s),
                       DB_INT(t->id), DB_INT(n), DB_TEXT(str_of(t->reporter)), DB_TEXT(str_of(t->report_id)),
                       DB_TEXT(str_of(p->type)), DB_TEXT(str_of(p->string)), DB_TEXT(str_of(p->mx)),
                       DB_INT(p->successes), DB_INT(p->failures)), e);
}

static enum rc add_detail(struct db *d, const struct received_tls *t, size_t policy, size_t n, struct err *e)
{
    static const char sql[] = "INSERT INTO tls_detail (client, report, policy, n, result_type, sending, receiving, mx,"
                              " mx_helo, reason_code, additional, sessions) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
                              " ?9, ?10, ?11, ?12)";
    const struct received_tls_detail *x = &t->policy[policy].detail[n];

    return db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(t->policy[policy].client)), DB_INT(t->id), DB_INT(policy),
                       DB_INT(n), DB_TEXT(str_of(x->result_type)), DB_BLOB(received_address(&x->sending)),
                       DB_BLOB(received_address(&x->receiving)), DB_TEXT(str_of(x->mx)), DB_TEXT(str_of(x->mx_helo)),
                       DB_TEXT(str_of(x->reason_code)), DB_TEXT(str_of(x->additional)), DB_INT(x->sessions)), e);
}

enum rc received_tls_add(struct db *d, struct received_tls *t, size_t *added, struct err *e)
{
    enum rc rc = RC_OK;

    *added = 0;
    t->id = 0;
    for (size_t i = 0; rc == RC_OK && i < t->policies; i++) {
        bool has;

        rc = has_policy(d, t, t->policy[i].domain, &has, e);
        if (rc != RC_OK || has)
            continue;
        if (*added == 0)
            rc = add_report(d, t, e);
        if (rc == RC_OK)
            rc = add_policy(d, t, i, e);
        for (size_t k = 0; rc == RC_OK && k < t->policy[i].details; k++)
            rc = add_detail(d, t, i, k, e);
        (*added)++;
    }
    return rc;
}
