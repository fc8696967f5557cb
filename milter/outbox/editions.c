#include "outbox/editions.h"

#include "db/run.h"

#define EDITIONS_COLUMNS \
    "id, client, first_day, before_day, edition, language, made_ms, messages, own, confirmed, forged," \
    " (SELECT count(*) FROM client_report_mail AS m WHERE m.report = r.id AND m.address <> '')," \
    " coalesce((SELECT max(sent_ms) FROM client_report_mail AS m WHERE m.report = r.id), 0)"
#define EDITIONS_WHERE \
    " FROM client_report AS r WHERE (?1 = '' OR client = ?1) AND (?2 = 0 OR first_day = ?2) AND (?3 = 0 OR edition =" \
    " ?3) AND (?4 = 0 OR EXISTS (SELECT 1 FROM client_report_mail AS m WHERE m.report = r.id))" \
    " ORDER BY first_day DESC, client, edition DESC LIMIT ?5"

enum rc editions_put(struct db *d, struct edition *p, struct err *e)
{
    static const char sql[] =
        "INSERT INTO client_report (client, first_day, before_day, edition, language, made_ms, messages, own,"
        " confirmed, forged, blocks, pdf) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
        " RETURNING id";
    enum rc rc = db_run_with(d, sql, DB_VALUES(
        DB_TEXT(str_of(p->client)), DB_INT(p->first_day), DB_INT(p->before_day), DB_INT(p->number),
        DB_TEXT(str_of(p->language)), DB_INT(p->made_ms), DB_INT(p->messages), DB_INT(p->own), DB_INT(p->confirmed),
        DB_INT(p->forged), DB_BLOB(p->blocks), DB_BLOB(p->pdf.n > 0 ? p->pdf : STR_NONE)), e);

    if (rc == RC_OK)
        p->id = db_last_id(d);
    return rc;
}

enum rc editions_put_pdf(struct db *d, int64_t id, struct str pdf, struct err *e)
{
    return db_run_with(d, "UPDATE client_report SET pdf = ?2 WHERE id = ?1", DB_VALUES(DB_INT(id), DB_BLOB(pdf)), e);
}

static enum rc editions_read(const struct statement *s, struct arena *a, struct edition *out)
{
    int64_t *const number[] = {&out->made_ms, &out->messages, &out->own, &out->confirmed, &out->forged, &out->sent,
                               &out->sent_ms};

    *out = (struct edition){.id = statement_int(s, 0), .client = str_dup(a, statement_text(s, 1)),
                            .first_day = statement_int(s, 2), .before_day = statement_int(s, 3),
                            .number = statement_int(s, 4), .language = str_dup(a, statement_text(s, 5))};
    for (int i = 0; i < 7; i++)
        *number[i] = statement_int(s, 6 + i);
    return out->client == NULL || out->language == NULL ? RC_NOMEM : RC_OK;
}

/* The parameters of EDITIONS_WHERE. */
#define EDITIONS_VALUES(w, max) \
    DB_VALUES(DB_TEXT(str_of((w)->client)), DB_INT((w)->first_day), DB_INT((w)->number), DB_INT((w)->released), \
              DB_INT(max))

enum rc editions_list(struct db *d, struct arena *a, const struct editions_wanted *w, size_t max, struct edition **out,
                      size_t *n, struct err *e)
{
    struct statement *s;
    size_t room = 0;
    bool row = false;
    enum rc rc = db_query(d, "SELECT " EDITIONS_COLUMNS EDITIONS_WHERE, EDITIONS_VALUES(w, max), &s, e);

    *n = 0;
    *out = NULL;
    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        *out = arena_grow(a, *out, *n, &room, max, sizeof **out);
        rc = *out == NULL ? RC_NOMEM : editions_read(s, a, &(*out)[*n]);
        *n += rc == RC_OK;
    }
    statement_reset(s);
    return rc == RC_NOMEM ? err_set(e, rc, "%s: no memory for the reports", db_path(d)) : rc;
}

enum rc editions_get(struct db *d, struct arena *a, const struct editions_wanted *w, struct edition *out,
                     struct err *e)
{
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, "SELECT " EDITIONS_COLUMNS ", blocks, pdf" EDITIONS_WHERE,
                          EDITIONS_VALUES(w, 1), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && !row)
        rc = err_set(e, RC_NOTFOUND, "there is no such report");
    if (rc == RC_OK)
        rc = editions_read(s, a, out);
    if (rc == RC_OK) {
        struct str blocks = statement_blob(s, 13), pdf = statement_blob(s, 14);

        out->blocks = (struct str){str_dup(a, blocks), blocks.n};
        out->pdf = (struct str){str_dup(a, pdf), pdf.n};
        rc = out->blocks.p == NULL || out->pdf.p == NULL ? RC_NOMEM : RC_OK;
    }
    statement_reset(s);
    return rc == RC_NOMEM ? err_set(e, rc, "%s: no memory for a report", db_path(d)) : rc;
}

enum rc editions_was_sent(struct db *d, int64_t id, const char *address, bool *out, struct err *e)
{
    struct statement *s;
    enum rc rc = db_query(d, "SELECT 1 FROM client_report_mail WHERE report = ?1 AND address = ?2",
                          DB_VALUES(DB_INT(id), DB_TEXT(str_of(address))), &s, e);

    *out = false;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, out, e);
    statement_reset(s);
    return rc;
}

enum rc editions_sent(struct db *d, int64_t id, const char *address, int64_t now_ms, struct err *e)
{
    return db_run_with(d, "INSERT INTO client_report_mail VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                       DB_VALUES(DB_INT(id), DB_TEXT(str_of(address)), DB_INT(now_ms)), e);
}
