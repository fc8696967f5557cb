/* What others reported of a client's mail, in the parts in which pages and client reports count. */
#include "base/clock.h"
#include "views/views.h"

#include <string.h>

#include "db/run.h"

/* Sums by cause, whose "" is what passed; and what people decided of the source. */
#define REPORTED_SELECT \
    "SELECT t.domain, t.source, t.cause, max(t.client), t.day, sum(t.messages), sum(t.passed), sum(t.quarantined)," \
    " sum(t.rejected), coalesce(max(s.status), '') FROM day_in AS t" \
    " LEFT JOIN source AS s ON s.domain = t.domain AND s.source = t.source" \
    " WHERE t.client = ?1 AND t.day >= ?2 AND t.day < ?3 AND t.trust <> 'unproven'"
#define REPORTED_GROUP " GROUP BY t.domain, t.source, t.cause, t.day ORDER BY t.domain, t.source, t.cause, t.day"

static enum rc reported_begin(struct db *d, const struct views_wanted *w, struct statement **st, struct err *e)
{
    static const char all[] = REPORTED_SELECT REPORTED_GROUP;
    static const char one[] = REPORTED_SELECT " AND t.domain = ?4" REPORTED_GROUP;
    bool domain = w->domain != NULL && w->domain[0] != '\0';
    const struct db_value values[] = {DB_TEXT(str_of(w->client)), DB_INT(w->first_day), DB_INT(w->before_day),
                                      DB_TEXT(domain ? str_of(w->domain) : STR_NONE)};

    return db_query(d, domain ? one : all, values, domain ? 4 : 3, st, e);
}

static enum rc reported_read(const struct statement *st, struct arena *a, struct views_row *r)
{
    const char **const text[] = {&r->domain, &r->source, &r->cause, &r->client};

    *r = (struct views_row){.dmarc = "", .disposition = "", .day = statement_int(st, 4),
                            .messages = statement_int(st, 5), .passed = statement_int(st, 6),
                            .held = statement_int(st, 7), .refused = statement_int(st, 8)};
    for (int i = 0; i < 4; i++)
        if ((*text[i] = str_dup(a, statement_text(st, i))) == NULL)
            return RC_NOMEM;
    if ((r->status = str_dup(a, statement_text(st, 9))) == NULL)
        return RC_NOMEM;
    r->parts.n[parts_of("pass", "", r->status)] += r->passed;
    r->parts.n[parts_of("fail", r->cause, r->status)] += r->messages - r->passed;
    return RC_OK;
}

enum rc views_reported(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                       struct views_row **out, size_t *n, struct err *e)
{
    enum { FIRST = 256 };
    struct statement *st = NULL;
    size_t room = FIRST;
    bool row = false;
    enum rc rc = RC_OK;

    *n = 0;
    *out = arena_array(a, room, sizeof **out);
    if (*out == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    if (!scope_has(s, w->client) || w->client[0] == '\0')
        return RC_OK;
    rc = reported_begin(d, w, &st, e);
    while (rc == RC_OK && (rc = statement_next(st, &row, e)) == RC_OK && row) {
        if (*n == room && room < VIEWS_ROWS_MAX * 4) {
            struct views_row *more = arena_array(a, room * 2, sizeof *more);

            if (more != NULL)
                memcpy(more, *out, *n * sizeof *more);
            *out = more;
            room *= 2;
        }
        if (*out == NULL || reported_read(st, a, &(*out)[*n]) != RC_OK)
            rc = err_set(e, RC_NOMEM, "out of memory");
        else if (++*n == VIEWS_ROWS_MAX * 4)
            rc = err_set(e, RC_LIMIT, "more than %d rows: choose fewer days", VIEWS_ROWS_MAX * 4);
    }
    if (st != NULL)
        statement_reset(st);
    return rc;
}

/* ---- reports and decisions of a span of days ---- */

enum rc views_reports(struct db *d, const char *client, int64_t first_day, int64_t before_day, int64_t *reports,
                      int64_t *reporters, struct err *e)
{
    static const char sql[] =
        "SELECT count(*), count(DISTINCT reporter) FROM report_in WHERE client = ?1 AND superseded_by IS NULL"
        " AND trust <> 'unproven' AND begin_s < ?3 * 86400 AND end_s > ?2 * 86400";
    struct statement *st;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(client)), DB_INT(first_day), DB_INT(before_day)), &st, e);

    *reports = *reporters = 0;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(st, &row, e);
    if (rc == RC_OK && row) {
        *reports = statement_int(st, 0);
        *reporters = statement_int(st, 1);
    }
    statement_reset(st);
    return rc;
}

enum rc views_decisions(struct db *d, struct arena *a, const char *client, int64_t first_day, int64_t before_day,
                        size_t max, struct views_decision **out, size_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT c.time_ms, c.domain, c.source, c.new, s.ticket FROM source_change AS c"
        " JOIN source AS s ON s.domain = c.domain AND s.source = c.source"
        " WHERE s.client = ?1 AND c.field = 'status' AND c.new IN ('approved', 'retired') AND c.old <> c.new"
        " AND c.time_ms >= ?2 AND c.time_ms < ?3 ORDER BY c.id";
    struct statement *st;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(client)), DB_INT(first_day * CLOCK_DAY_MS),
                          DB_INT(before_day * CLOCK_DAY_MS)), &st, e);

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (rc != RC_OK)
        return rc;
    while (*out != NULL && *n < max && (rc = statement_next(st, &row, e)) == RC_OK && row) {
        struct views_decision *v = &(*out)[(*n)++];

        *v = (struct views_decision){str_dup(a, statement_text(st, 1)), str_dup(a, statement_text(st, 2)),
                                     str_dup(a, statement_text(st, 3)), str_dup(a, statement_text(st, 4)),
                                     statement_int(st, 0) / CLOCK_DAY_MS};
    }
    statement_reset(st);
    return rc == RC_OK && (*out == NULL || arena_ran_out(a)) ? err_set(e, RC_NOMEM, "out of memory") : rc;
}
