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

/* In the order in which they came in: a place is an id. */
static enum rc messages_of_file(struct db *d, struct arena *a, const struct views_messages_wanted *w, int64_t before,
                                struct record *out, size_t *n, const char **next, struct err *e)
{
#define VIEWS_NAME(kind, name, help) ", " #name
    static const char sql[] = "SELECT id" RECORD_COLUMNS(VIEWS_NAME)
        " FROM message WHERE id < ?1 AND (?2 = 0 OR dmarc <> 'pass') ORDER BY id DESC LIMIT ?3";
    struct strbuf place = strbuf_new(a, 24);
    struct statement *st;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(before > 0 ? before : INT64_MAX), DB_INT(w->failed_only),
                          DB_INT(w->max + 1)), &st, e);

    while (rc == RC_OK && (rc = statement_next(st, &row, e)) == RC_OK && row) {
        if (*n == w->max) {
            *next = place.p;
            break;
        }
        place.n = 0;
        strbuf_putf(&place, "%lld", (long long)statement_int(st, 0));
        rc = views_read_record(a, st, &out[(*n)++]) == RC_OK ? RC_OK : err_set(e, RC_NOMEM, "out of memory");
    }
    statement_reset(st);
    return rc;
}

/* By the time, host's file and id, which a place is. */
static enum rc messages_of_centre(struct store *store, struct arena *a, const struct views_messages_wanted *w,
                                  struct store_place before, struct record **out, size_t *n, const char **next,
                                  struct err *e)
{
    struct store_newest q = {.before = before, .failed_only = w->failed_only, .limit = w->max};
    struct store_place last;
    struct strbuf place = strbuf_new(a, 80);
    struct record *more;
    size_t one;
    enum rc rc = store_newest(store, a, &q, out, n, &last, e);

    if (rc != RC_OK || *n < w->max)
        return rc;
    q.before = last;
    q.limit = 1;
    rc = store_newest(store, a, &q, &more, &one, &before, e);
    strbuf_putf(&place, "%lld.%lld.%lld", (long long)last.time_ms, (long long)last.store, (long long)last.id);
    *next = rc == RC_OK && one > 0 ? place.p : "";
    return rc;
}

static bool views_read_number(struct str text, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (!char_is_digit(text.p[i]))
            return false;
        *out = 10 * *out + (text.p[i] - '0');
    }
    return text.n > 0;
}

/* "1764500000000.3.4711"; without its last two numbers, of a file: an id. */
static bool views_read_place(const char *text, struct store_place *out)
{
    int64_t *const to[] = {&out->time_ms, &out->store, &out->id};
    struct str rest = str_of(text);

    for (size_t i = 0; i < 3 && rest.p != NULL; i++) {
        struct str one = str_slice(rest, 0, str_find(rest, '.'));

        if (one.n > 18 || !views_read_number(one, to[i]))
            return false;
        if (one.n == rest.n)
            return true;
        rest = str_slice(rest, one.n + 1, rest.n);
    }
    return false;
}

enum rc views_messages(const struct scope *s, struct store *store, struct db *d, struct arena *a,
                       const struct views_messages_wanted *w, struct record **out, size_t *n, const char **next,
                       struct err *e)
{
    struct store_place at = {0, 0, 0};

    *n = 0;
    *next = "";
    *out = arena_array(a, w->max + 1, sizeof **out);
    if (w->after[0] != '\0' && !views_read_place(w->after, &at))
        return err_set(e, RC_BAD, "this place in the list is not known");
    if (!s->all)
        return RC_OK;
    if (*out == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    if (db_engine(d) == DB_SQLITE)
        return messages_of_file(d, a, w, at.time_ms, *out, n, next, e);
    return messages_of_centre(store, a, w, w->after[0] == '\0' ? STORE_PLACE_END : at, out, n, next, e);
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
