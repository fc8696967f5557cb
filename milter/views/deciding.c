/* Sources of clients that people have not decided on yet, and those that are new. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/run.h"
#include "views/views.h"

/* What stands in the index source_undecided (records/schema.c), by this very text. */
#define DECIDING_WHERE \
    " FROM source WHERE status IN ('unknown', 'pending') AND client <> '' AND source <> 'unknown'"
#define DECIDING_FIELD(field, help) ", " #field

/* Columns: domain, source, client, the inventory's fields, first and last time seen, volume, passed. */
static enum rc deciding_read(const struct statement *st, struct arena *a, struct inventory_row *r)
{
    const char **text[] = {&r->domain, &r->source, &r->client};
    int at = 0;

    for (int i = 0; i < 3; i++)
        if ((*text[i] = str_dup(a, statement_text(st, at++))) == NULL)
            return RC_NOMEM;
    for (int i = 0; i < INVENTORY_FIELD_COUNT; i++)
        if ((r->field[i] = str_dup(a, statement_text(st, at++))) == NULL)
            return RC_NOMEM;
    r->first_seen_ms = statement_int(st, at++);
    r->last_seen_ms = statement_int(st, at++);
    r->volume = statement_int(st, at++);
    r->passed = statement_int(st, at);
    return RC_OK;
}

static enum rc deciding_number(struct db *d, const char *sql, const char *client, int64_t ms, int64_t *out,
                               struct err *e)
{
    struct statement *st;
    bool row = false;
    const struct db_value values[] = {DB_INT(ms), DB_TEXT(str_of(client))};
    enum rc rc = db_query(d, sql, values, client[0] == '\0' ? 1 : 2, &st, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(st, &row, e);
    if (rc == RC_OK && row)
        *out += statement_int(st, 0);
    statement_reset(st);
    return rc;
}

/* Of one client, or of all where it is "": adds to what is there. */
static enum rc deciding_add(struct db *d, struct arena *a, const char *client, int64_t since_ms, size_t max,
                            struct inventory_row *out, size_t *n, int64_t *all, struct err *e)
{
#define DECIDING_ROWS \
    "SELECT domain, source, client" INVENTORY_FIELDS(DECIDING_FIELD) ", first_seen_ms, last_seen_ms, volume, passed" \
    DECIDING_WHERE " AND last_seen_ms >= ?1"
#define DECIDING_LATEST " ORDER BY last_seen_ms / 86400000 DESC, domain, source LIMIT ?3"
    static const char rows_all[] = DECIDING_ROWS " AND ?2 = ''" DECIDING_LATEST;
    static const char rows_one[] = DECIDING_ROWS " AND client = ?2" DECIDING_LATEST;
    static const char count_all[] = "SELECT count(*)" DECIDING_WHERE " AND last_seen_ms >= ?1";
    static const char count_one[] = "SELECT count(*)" DECIDING_WHERE " AND last_seen_ms >= ?1 AND client = ?2";
    bool one = client[0] != '\0', row = false;
    size_t end = *n + max;
    struct statement *st;
    enum rc rc = deciding_number(d, one ? count_one : count_all, client, since_ms, all, e);

    if (rc == RC_OK)
        rc = db_query(d, one ? rows_one : rows_all, DB_VALUES(DB_INT(since_ms), DB_TEXT(str_of(client)), DB_INT(max)),
                      &st, e);
    if (rc != RC_OK)
        return rc;
    while (*n < end && (rc = statement_next(st, &row, e)) == RC_OK && row)
        if (deciding_read(st, a, &out[(*n)++]) != RC_OK) {
            rc = err_set(e, RC_NOMEM, "out of memory");
            break;
        }
    statement_reset(st);
    return rc;
}

static int deciding_order(const void *x, const void *y)
{
    const struct inventory_row *a = x, *b = y;
    int64_t day = a->last_seen_ms / CLOCK_DAY_MS, other = b->last_seen_ms / CLOCK_DAY_MS;
    int order = (day < other) - (day > other);

    if (order == 0)
        order = strcmp(a->domain, b->domain);
    return order != 0 ? order : strcmp(a->source, b->source);
}

enum rc views_undecided(const struct scope *s, struct db *d, struct arena *a, const char *client, int64_t since_ms,
                        size_t max, struct inventory_row **out, size_t *n, int64_t *all, struct err *e)
{
    bool each = !s->all && client[0] == '\0';
    struct inventory_row *row = arena_array(a, 2 * max + 1, sizeof *row);
    enum rc rc = row == NULL ? err_set(e, RC_NOMEM, "out of memory") : RC_OK;

    *out = row;
    *n = 0;
    *all = 0;
    if (rc == RC_OK && !each && (s->all || scope_has(s, client)))
        rc = deciding_add(d, a, client, since_ms, max, row, n, all, e);
    for (size_t i = 0; rc == RC_OK && each && i < s->n; i++) { /* the first of those so far, and of one more client */
        rc = deciding_add(d, a, s->client[i], since_ms, max, row, n, all, e);
        if (rc == RC_OK)
            qsort(row, *n, sizeof *row, deciding_order);
        *n = *n > max ? max : *n;
    }
    return rc;
}

enum rc views_undecided_of_each(const struct scope *s, struct db *d, struct arena *a, struct views_number **out,
                                size_t *n, struct err *e)
{
    static const char sql[] = "SELECT client, count(*)" DECIDING_WHERE " GROUP BY client ORDER BY client";
    size_t room = 64;
    struct statement *st = NULL;
    bool row = false;
    enum rc rc = db_statement(d, sql, &st, e);

    *n = 0;
    *out = arena_array(a, room, sizeof **out);
    while (rc == RC_OK && *out != NULL && (rc = statement_next(st, &row, e)) == RC_OK && row) {
        const char *client = str_dup(a, statement_text(st, 0));

        if (client == NULL || !scope_has(s, client))
            continue;
        if (*n == room) {
            struct views_number *more = arena_array(a, room * 2, sizeof *more);

            if (more != NULL)
                memcpy(more, *out, *n * sizeof *more);
            *out = more;
            room *= 2;
        }
        if (*out != NULL)
            (*out)[(*n)++] = (struct views_number){client, statement_int(st, 1)};
    }
    if (st != NULL)
        statement_reset(st);
    return rc == RC_OK && (*out == NULL || arena_ran_out(a)) ? err_set(e, RC_NOMEM, "out of memory") : rc;
}

enum rc views_new_sources(const struct scope *s, struct db *d, int64_t after_ms, int64_t *out, struct err *e)
{
    static const char of_all[] = "SELECT count(*) FROM source WHERE first_seen_ms > ?1 AND client <> ''";
    static const char of_one[] = "SELECT count(*) FROM source WHERE first_seen_ms > ?1 AND client = ?2";
    enum rc rc = RC_OK;

    *out = 0;
    if (s->all)
        return deciding_number(d, of_all, "", after_ms, out, e);
    for (size_t i = 0; rc == RC_OK && i < s->n; i++)
        rc = deciding_number(d, of_one, s->client[i], after_ms, out, e);
    return rc;
}
