/* Rows of received reports, read; reports.h tells. */
#include <string.h>

#include "db/run.h"

#include "received/reports.h"

#define COLUMNS \
    "report, n, address, w.messages, w.domain, header_from, disposition, passes, envelope, envelope_from," \
    " envelope_to, reasons, spf, dkim, source, proof, detail, cause, secondary, marks"

struct str received_address(const struct ip *ip)
{
    size_t n = ip->family == IP_V4 ? 4 : ip->family == IP_V6 ? 16 : 0;

    return n == 0 ? STR("") : (struct str){(const char *)ip->b, n};
}

struct ip received_ip(struct str address)
{
    struct ip ip = {.family = address.n == 4 ? IP_V4 : address.n == 16 ? IP_V6 : IP_NONE};

    if (ip.family != IP_NONE)
        memcpy(ip.b, address.p, address.n);
    return ip;
}

static enum rc read_row(const struct statement *s, struct arena *a, struct received_row *r)
{
    const char **text[] = {&r->domain, &r->header_from, &r->disposition, NULL, NULL, &r->envelope_from, &r->envelope_to,
                           &r->reasons, &r->spf, &r->dkim, &r->source, NULL, &r->detail, &r->cause};

    for (int i = 0; i < (int)(sizeof text / sizeof text[0]); i++)
        if (text[i] != NULL && (*text[i] = str_dup(a, statement_text(s, 4 + i))) == NULL)
            return RC_NOMEM;
    r->report = statement_int(s, 0);
    r->n = statement_int(s, 1);
    r->address = received_ip(statement_blob(s, 2));
    r->messages = statement_int(s, 3);
    r->passes = (unsigned)statement_int(s, 7);
    r->envelope = (int)statement_int(s, 8);
    r->proof = (int)statement_int(s, 15);
    r->secondary = (unsigned)statement_int(s, 18);
    r->marks = (unsigned)statement_int(s, 19);
    return RC_OK;
}

static enum rc rows_no_memory(const struct db *d, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory for rows of received reports", db_path(d));
}

enum rc received_rows(struct db *d, const struct received_report *r, received_row_taker *each, void *arg,
                      struct err *e)
{
    static const char sql[] = "SELECT " COLUMNS " FROM row_in w WHERE client = ?1 AND report = ?2 ORDER BY n";
    struct arena *a = arena_new(1 << 20);
    struct statement *s;
    struct received_row row;
    bool have = true;
    enum rc rc = a == NULL ? rows_no_memory(d, e)
                           : db_query(d, sql, DB_VALUES(DB_TEXT(str_of(r->client)), DB_INT(r->id)), &s, e);

    if (rc == RC_OK) {
        while (rc == RC_OK && (rc = statement_next(s, &have, e)) == RC_OK && have) {
            arena_reset(a);
            rc = read_row(s, a, &row) == RC_OK ? each(arg, &row) : rows_no_memory(d, e);
        }
        statement_reset(s);
    }
    arena_free(a);
    return rc;
}

enum rc received_rows_of(struct db *d, struct arena *a, const char *client, const struct ip *address, size_t max,
                         struct received_row **out, size_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT " COLUMNS " FROM row_in w JOIN report_in r ON r.id = w.report WHERE w.address = ?1"
        " AND (?2 = '' OR w.client = ?2) AND r.superseded_by IS NULL ORDER BY r.begin_s DESC, w.report DESC, w.n"
        " LIMIT ?3";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_BLOB(received_address(address)), DB_TEXT(str_of(client)), DB_INT(max)),
                          &s, e);

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : rows_no_memory(d, e);
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row)
        if (read_row(s, a, &(*out)[(*n)++]) != RC_OK)
            rc = rows_no_memory(d, e);
    statement_reset(s);
    return rc;
}
