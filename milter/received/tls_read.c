/* A TLS report as stored, read back whole; other.h tells. */
#include "received/other.h"

#include "db/run.h"

static enum rc tls_read_no_memory(const struct db *d, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory for a TLS report", db_path(d));
}

/* The texts of a row's first `n` columns. */
static bool tls_read_read_texts(const struct statement *s, struct arena *a, const char **const text[], int n)
{
    for (int i = 0; i < n; i++)
        if ((*text[i] = str_dup(a, statement_text(s, i))) == NULL)
            return false;
    return true;
}

static enum rc get_head(struct db *d, struct arena *a, int64_t id, struct received_tls *t, struct err *e)
{
    static const char sql[] = "SELECT reporter, org_name, contact, report_id, begin_s, end_s, received, arrived_ms,"
                              " trust FROM tls_in WHERE id = ?1";
    const char **const text[] = {&t->reporter, &t->org_name, &t->contact, &t->report_id};
    struct statement *s;
    bool row = false;
    int trust = 0;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(id)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && !row)
        rc = err_set(e, RC_NOTFOUND, "%s: the TLS report is no longer kept", db_path(d));
    if (rc == RC_OK) {
        t->id = id;
        t->begin_s = statement_int(s, 4);
        t->end_s = statement_int(s, 5);
        t->received = statement_int(s, 6);
        t->arrived_ms = statement_int(s, 7);
        t->trust = enum_value(&received_trust_names, statement_text(s, 8), &trust) ? (enum received_trust)trust
                                                                                   : RECEIVED_UNPROVEN;
        if (!tls_read_read_texts(s, a, text, 4))
            rc = tls_read_no_memory(d, e);
    }
    statement_reset(s);
    return rc;
}

#define OF_POLICIES " FROM tls_policy WHERE reporter = ?1 AND report_id = ?2 AND begin_s = ?3 AND report = ?4"
#define OF_DETAILS " FROM tls_detail WHERE client = ?1 AND report = ?2 AND policy = ?3"

/* How many rows there are; those above `max` are `more`, and `max` is what is left to read. */
static enum rc tls_read_count_rows(struct db *d, const char *sql, const struct db_value *values, size_t n, size_t *max,
                                   int64_t *more, struct err *e)
{
    struct statement *s;
    bool row = false;
    int64_t all = 0;
    enum rc rc = db_query(d, sql, values, n, &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        all = statement_int(s, 0);
    statement_reset(s);
    if (*max > (uint64_t)all)
        *max = (size_t)all;
    *more = all - (int64_t)*max;
    return rc;
}

/* `number`: theirs, by which their details are found. */
static enum rc get_policies(struct db *d, struct arena *a, size_t max, struct received_tls *t, int64_t **number,
                            struct err *e)
{
    struct statement *s;
    bool row = true;
    enum rc rc = tls_read_count_rows(d, "SELECT count(*)" OF_POLICIES,
                                     DB_VALUES(DB_TEXT(str_of(t->reporter)), DB_TEXT(str_of(t->report_id)),
                                               DB_INT(t->begin_s), DB_INT(t->id)), &max, &t->more, e);

    if (rc == RC_OK)
        rc = db_query(d, "SELECT client, domain, type, string, mx, successes, failures, n" OF_POLICIES
                      " ORDER BY n LIMIT ?5", DB_VALUES(DB_TEXT(str_of(t->reporter)), DB_TEXT(str_of(t->report_id)),
                      DB_INT(t->begin_s), DB_INT(t->id), DB_INT((int64_t)max)), &s, e);
    if (rc != RC_OK)
        return rc;
    *number = arena_array(a, max + 1, sizeof **number);
    t->policy = arena_array(a, max + 1, sizeof *t->policy);
    if (*number == NULL || t->policy == NULL)
        rc = tls_read_no_memory(d, e);
    while (rc == RC_OK && t->policies < max && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        struct received_tls_policy *p = &t->policy[t->policies];
        const char **const text[] = {&p->client, &p->domain, &p->type, &p->string, &p->mx};

        *p = (struct received_tls_policy){.successes = statement_int(s, 5), .failures = statement_int(s, 6)};
        (*number)[t->policies++] = statement_int(s, 7);
        if (!tls_read_read_texts(s, a, text, 5))
            rc = tls_read_no_memory(d, e);
    }
    statement_reset(s);
    return rc;
}

static enum rc get_details(struct db *d, struct arena *a, size_t max, const struct received_tls *t, int64_t n,
                           struct received_tls_policy *p, struct err *e)
{
    struct statement *s;
    bool row = true;
    enum rc rc = tls_read_count_rows(d, "SELECT count(*)" OF_DETAILS,
                                     DB_VALUES(DB_TEXT(str_of(p->client)), DB_INT(t->id), DB_INT(n)), &max, &p->more,
                                     e);

    if (rc == RC_OK)
        rc = db_query(d, "SELECT result_type, mx, mx_helo, reason_code, additional, sending, receiving, sessions"
                      OF_DETAILS " ORDER BY n LIMIT ?4",
                      DB_VALUES(DB_TEXT(str_of(p->client)), DB_INT(t->id), DB_INT(n), DB_INT((int64_t)max)), &s, e);
    if (rc != RC_OK)
        return rc;
    p->detail = arena_array(a, max + 1, sizeof *p->detail);
    if (p->detail == NULL)
        rc = tls_read_no_memory(d, e);
    while (rc == RC_OK && p->details < max && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        struct received_tls_detail *x = &p->detail[p->details++];
        const char **const text[] = {&x->result_type, &x->mx, &x->mx_helo, &x->reason_code, &x->additional};

        x->sending = received_ip(statement_blob(s, 5));
        x->receiving = received_ip(statement_blob(s, 6));
        x->sessions = statement_int(s, 7);
        if (!tls_read_read_texts(s, a, text, 5))
            rc = tls_read_no_memory(d, e);
    }
    statement_reset(s);
    return rc;
}

enum rc received_tls_get(struct db *d, struct arena *a, int64_t id, size_t max, struct received_tls *out,
                         struct err *e)
{
    int64_t *number = NULL;
    enum rc rc;

    *out = (struct received_tls){.policies = 0};
    rc = get_head(d, a, id, out, e);
    if (rc == RC_OK)
        rc = get_policies(d, a, max, out, &number, e);
    for (size_t i = 0; rc == RC_OK && i < out->policies; i++)
        rc = get_details(d, a, max, out, number[i], &out->policy[i], e);
    return rc;
}
