#include "views/sums.h"

#include <stdlib.h>
#include <string.h>

#include "db/run.h"
#include "records/mailsums.h"

enum { SUMS_FIRST = 256 };

/* Rows that grow in the arena. */
struct sums {
    const struct scope *scope;
    struct db *db;
    struct arena *a;
    const struct views_wanted *w;
    unsigned by;
    int64_t first_day; /* of the days that are kept */
    struct views_row *row;
    size_t n, room;
};

static bool sums_names(const char *text)
{
    return text != NULL && text[0] != '\0';
}

enum rc sums_can_tell(const struct scope *s, struct db *d, const struct views_wanted *w, unsigned by, bool *out,
                      struct err *e)
{
    bool client = sums_names(w->client), has = !sums_names(w->source) && !w->failed_only &&
                (by & (VIEWS_BY_SOURCE | VIEWS_BY_CAUSE)) == 0;

    *out = false;
    if (!has || (sums_names(w->domain) && !client)) /* a domain's mail may have been nobody's before */
        return RC_OK;
    if (!client && ((s->all && !w->clients_only) || (by & VIEWS_BY_CLIENT) == 0))
        return RC_OK;
    return mailsums_are_whole(d, out, e);
}

/* ---- whose sums ---- */

/* The client ?7, the domain ?8; x and y are those of a sum, y "" before a client's first, NULL after its last. */
#define SUMS_OF_ALL \
    "WITH RECURSIVE c (x, y) AS (SELECT (SELECT min(client) FROM mail_sum), '" MAILSUMS_ALL "' UNION ALL" \
    " SELECT (SELECT min(client) FROM mail_sum WHERE client > c.x), c.y FROM c WHERE c.x IS NOT NULL) "
#define SUMS_OF_ALL_DOMAINS \
    "WITH RECURSIVE c (x, y) AS (SELECT (SELECT min(client) FROM mail_sum), '' UNION ALL SELECT" \
    " CASE WHEN c.y IS NULL THEN (SELECT min(client) FROM mail_sum WHERE client > c.x) ELSE c.x END," \
    " CASE WHEN c.y IS NULL THEN '' ELSE (SELECT min(domain) FROM mail_sum WHERE client = c.x AND domain > c.y) END" \
    " FROM c WHERE c.x IS NOT NULL) "
#define SUMS_OF_DOMAINS \
    "WITH RECURSIVE c (x, y) AS (SELECT ?7, (SELECT min(domain) FROM mail_sum WHERE client = ?7) UNION ALL" \
    " SELECT ?7, (SELECT min(domain) FROM mail_sum WHERE client = ?7 AND domain > c.y) FROM c WHERE c.y IS NOT NULL) "
#define SUMS_OF_ONE "WITH c (x, y) AS (SELECT ?7, ?8) "

/* Days from ?1 to before ?2, blocks of days from ?3 to before ?4, days from ?5 to before ?6. */
#define SUMS_READ \
    "SELECT m.client, m.domain, m.first_day, " MAILSUMS_COLUMNS " FROM c CROSS JOIN (SELECT 1 AS days, ?1 AS first," \
    " ?2 AS before UNION ALL SELECT 32, ?3, ?4 UNION ALL SELECT 1, ?5, ?6) AS p CROSS JOIN mail_sum AS m" \
    " WHERE m.client = c.x AND m.domain = c.y AND m.days = p.days AND m.first_day >= p.first" \
    " AND m.first_day < p.before AND ?7 IS NOT NULL AND ?8 IS NOT NULL"

_Static_assert(MAILSUMS_BLOCK == 32, "SUMS_READ has the number");

static const char *sums_statement(const struct views_wanted *w, unsigned by)
{
    static const char of_all[] = SUMS_OF_ALL SUMS_READ;
    static const char of_all_domains[] = SUMS_OF_ALL_DOMAINS SUMS_READ " AND c.y <> '" MAILSUMS_ALL "'";
    static const char of_domains[] = SUMS_OF_DOMAINS SUMS_READ " AND c.y <> '" MAILSUMS_ALL "'";
    static const char of_one[] = SUMS_OF_ONE SUMS_READ;

    if (sums_names(w->domain) || (sums_names(w->client) && (by & VIEWS_BY_DOMAIN) == 0))
        return of_one;
    if (sums_names(w->client))
        return of_domains;
    return by & VIEWS_BY_DOMAIN ? of_all_domains : of_all;
}

/* Blocks where days need not be told apart, as far as whole ones are kept; days before and after them. */
static enum rc sums_begin(const struct sums *q, const char *client, struct statement **st, struct err *e)
{
    int64_t first = q->w->first_day > q->first_day ? q->w->first_day : q->first_day, before = q->w->before_day;
    int64_t from = (first + MAILSUMS_BLOCK - 1) / MAILSUMS_BLOCK * MAILSUMS_BLOCK;
    int64_t to = before - before % MAILSUMS_BLOCK;

    if ((q->by & VIEWS_BY_DAY) != 0 || from >= to)
        from = to = before;
    return db_query(q->db, sums_statement(q->w, q->by), DB_VALUES(
        DB_INT(first), DB_INT(from), DB_INT(from), DB_INT(to), DB_INT(to), DB_INT(before), DB_TEXT(str_of(client)),
        DB_TEXT(str_of(sums_names(q->w->domain) ? q->w->domain : MAILSUMS_ALL))), st, e);
}

/* ---- reading ---- */

/* A name that the row before has, too, or a copy. */
static const char *sums_name(const struct sums *q, struct str name, const char *last)
{
    return last != NULL && str_eq(str_of(last), name) ? last : str_dup(q->a, name);
}

/* The row to which the sum at hand belongs: the last, or one more. */
static struct views_row *sums_row(struct sums *q, const struct statement *st, struct err *e)
{
    struct views_row *last = q->n > 0 ? &q->row[q->n - 1] : NULL;
    struct views_row r = {.domain = "", .source = "", .cause = "", .client = "", .dmarc = "", .disposition = "",
                          .status = "", .day = q->by & VIEWS_BY_DAY ? statement_int(st, 2) : 0};

    if (q->by & VIEWS_BY_CLIENT)
        r.client = sums_name(q, statement_text(st, 0), last == NULL ? NULL : last->client);
    if (q->by & VIEWS_BY_DOMAIN)
        r.domain = sums_name(q, statement_text(st, 1), last == NULL ? NULL : last->domain);
    if (last != NULL && (q->by & VIEWS_BY_SOURCE) == 0 && r.client == last->client && r.domain == last->domain &&
        r.day == last->day)
        return last;
    if (q->n == VIEWS_ROWS_MAX) {
        (void)err_set(e, RC_LIMIT, "more than %d rows: choose fewer days, or one client or domain", VIEWS_ROWS_MAX);
        return NULL;
    }
    if (q->n == q->room) {
        struct views_row *more = arena_array(q->a, q->room * 2, sizeof *more);

        if (more != NULL)
            memcpy(more, q->row, q->n * sizeof *more);
        q->row = more;
        q->room *= 2;
    }
    if (q->row == NULL || r.client == NULL || r.domain == NULL) {
        (void)err_set(e, RC_NOMEM, "out of memory");
        return NULL;
    }
    q->row[q->n] = r;
    return &q->row[q->n++];
}

static enum rc sums_read_client(struct sums *q, const char *client, struct err *e)
{
    struct statement *st = NULL;
    bool row = false;
    enum rc rc = sums_begin(q, client, &st, e);

    while (rc == RC_OK && (rc = statement_next(st, &row, e)) == RC_OK && row) {
        struct views_row *r = sums_row(q, st, e);

        if (r == NULL) {
            rc = q->n == VIEWS_ROWS_MAX ? RC_LIMIT : RC_NOMEM;
            break;
        }
        for (int i = 0; i < PART_COUNT; i++) {
            r->parts.n[i] += statement_int(st, 3 + i);
            r->messages += statement_int(st, 3 + i);
        }
        r->passed += statement_int(st, 3 + PART_COUNT);
        r->refused += statement_int(st, 4 + PART_COUNT);
        r->held += statement_int(st, 5 + PART_COUNT);
    }
    if (st != NULL)
        statement_reset(st);
    return rc;
}

static int sums_order(const void *x, const void *y)
{
    const struct views_row *a = x, *b = y;
    int order = strcmp(a->client, b->client);

    if (order == 0)
        order = strcmp(a->domain, b->domain);
    if (order == 0)
        order = strcmp(a->source, b->source);
    if (order == 0)
        order = strcmp(a->cause, b->cause);
    return order != 0 ? order : (a->day > b->day) - (a->day < b->day);
}

enum rc sums_count(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w, unsigned by,
                   struct views_row **out, size_t *n, struct err *e)
{
    struct sums q = {.scope = s, .db = d, .a = a, .w = w, .by = by, .room = SUMS_FIRST,
                     .row = arena_array(a, SUMS_FIRST, sizeof *q.row)};
    struct views_wanted one = *w;
    enum rc rc = q.row == NULL ? err_set(e, RC_NOMEM, "out of memory")
                               : db_ask(d, "SELECT coalesce(min(day), 0) FROM tally", &q.first_day, e);

    if (rc == RC_OK && sums_names(w->client))
        rc = scope_has(s, w->client) ? sums_read_client(&q, w->client, e) : RC_OK;
    else if (rc == RC_OK && s->all)
        rc = sums_read_client(&q, "", e);
    else if (rc == RC_OK) { /* each client of the scope, whose names are in no order */
        q.w = &one;
        for (size_t i = 0; rc == RC_OK && i < s->n; i++) {
            one.client = s->client[i];
            rc = sums_read_client(&q, s->client[i], e);
        }
        if (rc == RC_OK)
            qsort(q.row, q.n, sizeof *q.row, sums_order);
    }
    *out = q.row;
    *n = q.n;
    return rc;
}

/* ---- what failed ---- */

/* The rows of the tallies, where the sums are not whole. */
static enum rc sums_failing_counted(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                                    struct views_row **out, size_t *n, struct err *e)
{
    struct views_wanted failed = *w;
    size_t all = 0;
    enum rc rc;

    failed.clients_only = failed.failed_only = true;
    rc = views_count(s, d, a, &failed, VIEWS_BY_CLIENT | VIEWS_BY_DOMAIN | VIEWS_BY_SOURCE | VIEWS_BY_CAUSE |
                     VIEWS_BY_DAY, out, &all, e);
    *n = 0;
    for (size_t i = 0; rc == RC_OK && i < all; i++)
        if ((*out)[i].client[0] != '\0' && (*out)[i].parts.n[PART_NOT_CONFIRMED] > 0)
            (*out)[(*n)++] = (*out)[i];
    return rc;
}

static enum rc sums_failing_client(struct sums *q, const char *client, struct err *e)
{
#define SUMS_FAILED \
    "SELECT m.client, m.domain, m.day, m.source, m.cause, m.messages FROM c CROSS JOIN mail_fail AS m" \
    " WHERE m.client = c.x AND m.day >= ?1 AND m.day < ?2"
    static const char of_all[] =
        "WITH RECURSIVE c (x) AS (SELECT (SELECT min(client) FROM mail_fail) UNION ALL SELECT (SELECT min(client)"
        " FROM mail_fail WHERE client > c.x) FROM c WHERE c.x IS NOT NULL) " SUMS_FAILED;
    static const char of_one[] = "WITH c (x) AS (SELECT ?3) " SUMS_FAILED;
    struct statement *st = NULL;
    bool row = false;
    const struct db_value values[] = {DB_INT(q->w->first_day), DB_INT(q->w->before_day), DB_TEXT(str_of(client))};
    bool all = client[0] == '\0';
    enum rc rc = db_query(q->db, all ? of_all : of_one, values, all ? 2 : 3, &st, e);

    while (rc == RC_OK && (rc = statement_next(st, &row, e)) == RC_OK && row) {
        struct views_row *r = sums_row(q, st, e);

        if (r == NULL) {
            rc = q->n == VIEWS_ROWS_MAX ? RC_LIMIT : RC_NOMEM;
            break;
        }
        r->source = sums_name(q, statement_text(st, 3), r == q->row ? NULL : r[-1].source);
        r->cause = sums_name(q, statement_text(st, 4), r == q->row ? NULL : r[-1].cause);
        r->parts.n[PART_NOT_CONFIRMED] = r->messages = statement_int(st, 5);
        if (r->source == NULL || r->cause == NULL)
            rc = err_set(e, RC_NOMEM, "out of memory");
    }
    if (st != NULL)
        statement_reset(st);
    return rc;
}

enum rc views_failing(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                      struct views_row **out, size_t *n, struct err *e)
{
    struct sums q = {.scope = s, .db = d, .a = a, .w = w, .room = SUMS_FIRST,
                     .by = VIEWS_BY_CLIENT | VIEWS_BY_DOMAIN | VIEWS_BY_SOURCE | VIEWS_BY_CAUSE | VIEWS_BY_DAY,
                     .row = arena_array(a, SUMS_FIRST, sizeof *q.row)};
    bool whole = false;
    enum rc rc = q.row == NULL ? err_set(e, RC_NOMEM, "out of memory") : mailsums_are_whole(d, &whole, e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    if (!whole)
        return sums_failing_counted(s, d, a, w, out, n, e);
    if (sums_names(w->client))
        rc = scope_has(s, w->client) ? sums_failing_client(&q, w->client, e) : RC_OK;
    else if (s->all)
        rc = sums_failing_client(&q, "", e);
    for (size_t i = 0; rc == RC_OK && !s->all && !sums_names(w->client) && i < s->n; i++)
        rc = sums_failing_client(&q, s->client[i], e);
    if (rc == RC_OK)
        qsort(q.row, q.n, sizeof *q.row, sums_order);
    *out = q.row;
    *n = q.n;
    return rc;
}
