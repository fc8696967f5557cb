/* Scopes, and the questions that go to one table each. */
#include "views/views.h"

#include <string.h>

#include "db/run.h"
#include "records/schema.h"

bool scope_has(const struct scope *s, const char *client)
{
    if (s->all)
        return true;
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->client[i], client) == 0)
            return client[0] != '\0';
    return false;
}

/* ---- the inventory ---- */

enum rc views_sources(const struct scope *s, struct db *d, struct arena *a, const struct inventory_filter *f,
                      struct inventory_row **out, size_t *n, struct err *e)
{
    enum rc rc = inventory_list(d, a, f, out, n, e);
    size_t kept = 0;

    for (size_t i = 0; rc == RC_OK && i < *n; i++)
        if (scope_has(s, (*out)[i].client))
            (*out)[kept++] = (*out)[i];
    *n = kept;
    return rc;
}

/* ---- DNS ---- */

enum rc views_dns(const struct scope *s, struct db *d, struct arena *a, const char *client, const char *domain,
                  int64_t since_ms, size_t max, struct views_dns **out, size_t *n, struct err *e)
{
    const struct recent_wanted w = {.domain = domain, .from_ms = since_ms, .to_ms = INT64_MAX};
    struct recent_change *change;
    enum rc rc;

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (*out == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    if (!scope_has(s, client))
        return RC_OK;
    rc = recent_records(d, a, &w, max, &change, n, e);
    for (size_t i = 0; rc == RC_OK && i < *n; i++)
        (*out)[i] = (struct views_dns){.kind = change[i].what, .name = change[i].domain, .text = change[i].new,
                                       .before = change[i].old, .first_seen_ms = change[i].time_ms,
                                       .forgotten = change[i].forgotten, .fate = change[i].fate};
    return rc;
}

enum rc views_dns_number(const struct scope *s, struct db *d, int64_t since_ms, int64_t most, int64_t *out,
                         struct err *e)
{
    *out = 0;
    return s->all ? recent_records_number(d, since_ms, most, out, e) : RC_OK;
}

/* ---- messages ---- */

static enum rc views_read_record(struct arena *a, const struct statement *st, struct record *r)
{
    record_blank(r);
    for (int i = 0; i < SCHEMA_COLUMNS; i++) {
        const struct db_column *c = &schema_column[i];

        if (c->is_text) {
            char *text = str_dup(a, statement_text(st, i + 1));

            if (text == NULL)
                return RC_NOMEM;
            memcpy((char *)r + c->offset, &text, sizeof text);
        } else {
            int64_t value = statement_int(st, i + 1);

            memcpy((char *)r + c->offset, &value, sizeof value);
        }
    }
    return RC_OK;
}

enum rc views_messages(const struct scope *s, struct db *d, struct arena *a, int64_t before, bool failed_only,
                       size_t max, struct record **out, size_t *n, int64_t *last, struct err *e)
{
#define VIEWS_NAME(kind, name, help) ", " #name
    static const char sql[] = "SELECT id" RECORD_COLUMNS(VIEWS_NAME)
        " FROM message WHERE id < ?1 AND (?2 = 0 OR dmarc <> 'pass') ORDER BY id DESC LIMIT ?3";
    struct statement *st;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(before > 0 ? before : INT64_MAX), DB_INT(failed_only), DB_INT(max)),
                          &st, e);

    *n = 0;
    *last = 0;
    *out = arena_array(a, max, sizeof **out);
    if (rc != RC_OK || !s->all)
        return rc;
    if (*out == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    while (*n < max && (rc = statement_next(st, &row, e)) == RC_OK && row) {
        *last = statement_int(st, 0);
        if (views_read_record(a, st, &(*out)[(*n)++]) != RC_OK) {
            rc = err_set(e, RC_NOMEM, "out of memory");
            break;
        }
    }
    statement_reset(st);
    return rc;
}

/* ---- the service itself ---- */

/* The program of whoever wrote last: of a centre, of the host that was heard of last. */
static enum rc views_last_run(struct db *d, struct arena *a, struct views_health *out, struct err *e)
{
    static const char of_file[] = "SELECT started_ms, version FROM run ORDER BY started_ms DESC LIMIT 1";
    static const char of_centre[] =
        "SELECT (extract(epoch FROM began) * 1000)::bigint, version FROM store ORDER BY seen DESC LIMIT 1";
    struct statement *st;
    bool row = false;
    enum rc rc = db_statement(d, db_engine(d) == DB_POSTGRESQL ? of_centre : of_file, &st, e);

    out->version = "";
    if (rc == RC_OK)
        rc = statement_next(st, &row, e);
    if (rc == RC_OK && row) {
        out->started_ms = statement_int(st, 0);
        out->version = str_dup(a, statement_text(st, 1));
    }
    if (st != NULL)
        statement_reset(st);
    return rc == RC_OK && out->version == NULL ? RC_NOMEM : rc;
}

enum rc views_health(const struct scope *s, struct db *d, struct arena *a, struct views_health *out,
                     struct err *e)
{
    const struct { int64_t *to; const char *sql, *in_centre; } asked[] = { /* in_centre NULL: the same */
        {&out->messages, ("SELECT coalesce((SELECT max(id) FROM message), 0) - coalesce((SELECT min(id) FROM"
                          " message), 1) + 1"),
         ("SELECT coalesce(sum(messages), 0) FROM tally WHERE day >= (SELECT CASE WHEN keep_days = 0 THEN 0 ELSE"
          " (extract(epoch FROM now()) / 86400)::bigint - keep_days END FROM fleet)")},
        {&out->oldest_ms, "SELECT time_ms FROM message ORDER BY id LIMIT 1",
         "SELECT coalesce(min(day), 0) * 86400000 FROM tally"},
        {&out->newest_ms, "SELECT time_ms FROM message ORDER BY id DESC LIMIT 1", "SELECT max(last_ms) FROM store"},
        {&out->behind, "SELECT coalesce((SELECT max(id) FROM message), 0) - done_id FROM digest", "SELECT 0"},
        {&out->waiting, "SELECT count(*) FROM dispatch WHERE state = 'waiting'", NULL},
        {&out->failed, "SELECT count(*) FROM dispatch WHERE state = 'failed'", NULL},
        {&out->built_ms, "SELECT built_ms FROM report ORDER BY id DESC LIMIT 1", NULL},
        {&out->caught, "SELECT count(*) FROM caught", NULL},
    };
    bool centre = db_engine(d) == DB_POSTGRESQL;
    enum rc rc = RC_OK;

    *out = (struct views_health){.version = ""};
    if (!s->all)
        return RC_OK;
    for (size_t i = 0; rc == RC_OK && i < sizeof asked / sizeof asked[0]; i++)
        rc = db_ask(d, centre && asked[i].in_centre != NULL ? asked[i].in_centre : asked[i].sql, asked[i].to, e);
    return rc == RC_OK ? views_last_run(d, a, out, e) : rc;
}
