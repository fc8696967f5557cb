#include "received/addresses.h"

#include "db/run.h"
#include "received/tally.h"

#define ADDRESS_COLUMNS "name, confirmed, as_number, as_name, country, looked_up_ms"

/* The row at hand, whose columns begin with the first of ADDRESS_COLUMNS at `at`. */
static enum rc address_read(const struct db *d, struct arena *a, const struct statement *s, int at, const struct ip *ip,
                            struct received_address *out, struct err *e)
{
    *out = (struct received_address){
        .ip = *ip, .name = str_dup(a, statement_text(s, at)), .confirmed = statement_int(s, at + 1) != 0,
        .as_number = statement_int(s, at + 2), .as_name = str_dup(a, statement_text(s, at + 3)),
        .country = str_dup(a, statement_text(s, at + 4)), .looked_up_ms = statement_int(s, at + 5),
    };
    if (out->name == NULL || out->as_name == NULL || out->country == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory for an address", db_path(d));
    return RC_OK;
}

enum rc received_address_get(struct db *d, struct arena *a, const struct ip *ip, struct received_address *out,
                             struct err *e)
{
    static const char sql[] = "SELECT " ADDRESS_COLUMNS " FROM address_in WHERE address = ?1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_BLOB(received_address(ip))), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        rc = address_read(d, a, s, 0, ip, out, e);
    statement_reset(s);
    return rc == RC_OK && !row ? RC_NOTFOUND : rc;
}

static enum rc addresses_get_each(struct db *d, struct arena *a, const struct ip *ip, size_t n,
                                  struct received_address *out, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        rc = ip[i].family == IP_NONE ? RC_NOTFOUND : received_address_get(d, a, &ip[i], &out[i], e);
        rc = rc == RC_NOTFOUND ? RC_OK : rc;
    }
    return rc;
}

/* In hexadecimal digits, with commas between; of one that is none there are no digits. */
static struct str addresses_list(struct arena *a, const struct ip *ip, size_t n)
{
    size_t room = n * (2 * sizeof ip->b + 1) + 1;
    struct strbuf list = strbuf_new(a, room);

    for (size_t i = 0; list.p != NULL && i < n; i++) {
        struct str bytes = received_address(&ip[i]);

        if (i > 0)
            strbuf_putc(&list, ',');
        for (size_t k = 0; k < bytes.n; k++)
            strbuf_putf(&list, "%02x", (unsigned)(unsigned char)bytes.p[k]);
    }
    return list.p == NULL || list.over ? STR_NONE : strbuf_str(&list);
}

static enum rc addresses_get_all(struct db *d, struct arena *a, const struct ip *ip, size_t n,
                                 struct received_address *out, struct err *e)
{
    static const char sql[] =
        "SELECT w.n, " ADDRESS_COLUMNS " FROM unnest(string_to_array(?1, ',')) WITH ORDINALITY AS w (digits, n)"
        " JOIN address_in ON address = decode(w.digits, 'hex')";
    struct str list = addresses_list(a, ip, n);
    struct statement *s;
    bool row = true;
    enum rc rc = list.p == NULL ? err_set(e, RC_NOMEM, "%s: no memory for addresses", db_path(d))
                                : db_query(d, sql, DB_VALUES(DB_TEXT(list)), &s, e);

    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        size_t i = (size_t)statement_int(s, 0) - 1;

        rc = address_read(d, a, s, 1, &ip[i], &out[i], e);
    }
    statement_reset(s);
    return rc;
}

enum rc received_addresses_get(struct db *d, struct arena *a, const struct ip *ip, size_t n,
                               struct received_address **out, struct err *e)
{
    *out = n == 0 ? NULL : arena_array(a, n, sizeof **out);
    if (n == 0)
        return RC_OK;
    if (*out == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory for addresses", db_path(d));
    for (size_t i = 0; i < n; i++)
        (*out)[i] = (struct received_address){.ip = ip[i]};
    return db_engine(d) == DB_SQLITE ? addresses_get_each(d, a, ip, n, *out, e)
                                     : addresses_get_all(d, a, ip, n, *out, e);
}

enum rc received_address_note(struct db *d, const struct ip *ip, struct err *e)
{
    static const char sql[] = "INSERT INTO address_in (address, name, confirmed, as_number, as_name, country,"
                              " looked_up_ms) VALUES (?1, '', 0, 0, '', '', 0) ON CONFLICT DO NOTHING";
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_BLOB(received_address(ip))), &s, e);

    if (rc != RC_OK || ip->family == IP_NONE)
        return rc;
    return statement_run_later(s, e);
}

enum rc received_address_put(struct db *d, const struct received_address *found, struct err *e)
{
    static const char sql[] = "INSERT INTO address_in (address, name, confirmed, as_number, as_name,"
                              " country, looked_up_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (address)"
                              " DO UPDATE SET name = ?2, confirmed = ?3, as_number = ?4, as_name = ?5, country = ?6,"
                              " looked_up_ms = ?7";

    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_BLOB(received_address(&found->ip)), DB_TEXT(str_of(found->name)),
                          DB_INT(found->confirmed), DB_INT(found->as_number), DB_TEXT(str_of(found->as_name)),
                          DB_TEXT(str_of(found->country)), DB_INT(found->looked_up_ms)), &s, e);

    return rc == RC_OK ? statement_run_later(s, e) : rc;
}

enum rc received_addresses_due(struct db *d, struct arena *a, int64_t before_ms, size_t max, struct ip **out,
                               size_t *n, struct err *e)
{
    static const char sql[] = "SELECT address FROM address_in WHERE looked_up_ms < ?1 ORDER BY looked_up_ms LIMIT ?2";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(before_ms), DB_INT(max)), &s, e);

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : err_set(e, RC_NOMEM, "%s: no memory for addresses", db_path(d));
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row)
        (*out)[(*n)++] = received_ip(statement_blob(s, 0));
    statement_reset(s);
    return rc;
}

/* The client next to `after` in the order of names (`first`: the first of all), copied to `mem`; RC_NOTFOUND. */
static enum rc next_client(struct db *d, const struct ip *ip, bool first, struct strbuf *mem, struct err *e)
{
    static const char sql[] =
        "SELECT w.client FROM row_in w JOIN report_in r ON r.id = w.report WHERE w.address = ?1 AND w.client >= ?2"
        " AND (?3 <> 0 OR w.client > ?2) AND r.trust <> 'unproven' AND r.superseded_by IS NULL"
        " ORDER BY w.client LIMIT 1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_BLOB(received_address(ip)), DB_TEXT(strbuf_str(mem)), DB_INT(first)), &s,
                          e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row) {
        mem->n = 0;
        strbuf_put(mem, statement_text(s, 0));
    }
    statement_reset(s);
    return rc == RC_OK && !row ? RC_NOTFOUND : rc;
}

enum rc received_address_clients(struct db *d, const struct ip *ip, int max, int *n, struct err *e)
{
    char mem[300] = "";
    struct strbuf client = STRBUF_ON(mem);
    enum rc rc = ip->family == IP_NONE ? RC_NOTFOUND : RC_OK;

    *n = 0;
    while (rc == RC_OK && *n < max && !client.over && (rc = next_client(d, ip, *n == 0, &client, e)) == RC_OK)
        (*n)++;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc change_row(struct db *d, const struct received_report *r, const struct received_row *row, struct err *e)
{
    static const char sql[] = "UPDATE row_in SET source = ?4, proof = ?5, detail = ?6, cause = ?7, secondary = ?8,"
                              " marks = ?9 WHERE client = ?1 AND report = ?2 AND n = ?3";

    return db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(r->client)), DB_INT(r->id), DB_INT(row->n),
                       DB_TEXT(str_of(row->source)), DB_INT(row->proof), DB_TEXT(str_of(row->detail)),
                       DB_TEXT(str_of(row->cause)), DB_INT(row->secondary), DB_INT(row->marks)), e);
}

/* Whether the row is still as `old` has it, in a report that counts. */
static enum rc is_unchanged(struct db *d, const struct received_report *r, const struct received_row *old,
                            struct err *e)
{
    static const char sql[] =
        "SELECT 1 FROM row_in w JOIN report_in r ON r.id = w.report WHERE w.client = ?1 AND w.report = ?2 AND w.n = ?3"
        " AND w.source = ?4 AND w.cause = ?5 AND w.marks = ?6 AND r.superseded_by IS NULL AND r.rows_kept = 1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(r->client)), DB_INT(r->id), DB_INT(old->n),
                          DB_TEXT(str_of(old->source)), DB_TEXT(str_of(old->cause)), DB_INT(old->marks)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    statement_reset(s);
    return rc == RC_OK && !row ? RC_NOTFOUND : rc;
}

enum rc received_reclassify(struct db *d, const struct received_report *r, const struct received_row *old,
                            const struct received_row *row, struct err *e)
{
    struct received_tally *t = received_tally_new();
    enum rc rc = t == NULL ? err_set(e, RC_NOMEM, "no memory for the sums of a report") : is_unchanged(d, r, old, e);

    if (rc == RC_OK)
        rc = received_tally_add(t, old, r->first_day, r->days, -1, e);
    if (rc == RC_OK)
        rc = received_tally_add(t, row, r->first_day, r->days, 1, e);
    if (rc == RC_OK)
        rc = received_tally_write(t, d, r, e);
    if (rc == RC_OK)
        rc = change_row(d, r, row, e);
    received_tally_free(t);
    return rc;
}
