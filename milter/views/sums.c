#include "views/sums.h"

#include <stdlib.h>
#include <string.h>

#include "db/run.h"
#include "records/mailsums.h"

/* A question under way. */
struct sums {
    const struct scope *scope;
    struct db *db;
    struct arena *a;
    const struct views_wanted *w;
    unsigned by;
    int64_t first_day; /* of the days that are kept */
    int sign;          /* -1: what the sums say is to be taken away */
    const struct views_stale *but;
    struct sums_rows *to;
    size_t begun;      /* rows that were there before this question */
};

static bool sums_names(const char *text)
{
    return text != NULL && text[0] != '\0';
}

bool sums_have(const struct scope *s, const struct views_wanted *w, unsigned by)
{
    bool client = sums_names(w->client);

    if (sums_names(w->source) || w->failed_only || (by & (VIEWS_BY_SOURCE | VIEWS_BY_CAUSE)) != 0 ||
        (sums_names(w->domain) && !client)) /* a domain's mail may have been nobody's before */
        return false;
    return client || ((!s->all || w->clients_only) && (by & VIEWS_BY_CLIENT) != 0);
}

static int sums_name_order(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

bool sums_are_stale(const struct views_stale *but, const char *domain)
{
    return but->n > 0 && bsearch(&domain, but->domain, but->n, sizeof *but->domain, sums_name_order) != NULL;
}

enum rc sums_push(struct sums_rows *to, struct arena *a, const struct views_row *r, struct err *e)
{
    if (to->n == VIEWS_ROWS_MAX)
        return err_set(e, RC_LIMIT, "more than %d rows: choose fewer days, or one client or domain", VIEWS_ROWS_MAX);
    to->row = arena_grow(a, to->row, to->n, &to->room, VIEWS_ROWS_MAX, sizeof *to->row);
    if (to->row == NULL || r->client == NULL || r->domain == NULL || r->source == NULL || r->cause == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    to->row[to->n++] = *r;
    return RC_OK;
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

/* The last row of this question; NULL none. */
static struct views_row *sums_last(const struct sums *q)
{
    return q->to->n > q->begun ? &q->to->row[q->to->n - 1] : NULL;
}

/* The row to which the sum at hand belongs: the last, or one more; *out NULL: what it says is of before. */
static enum rc sums_row(struct sums *q, const struct statement *st, struct views_row **out, struct err *e)
{
    const struct views_row *last = sums_last(q);
    struct views_row r = {.domain = "", .source = "", .cause = "", .client = "", .dmarc = "", .disposition = "",
                          .status = "", .day = q->by & VIEWS_BY_DAY ? statement_int(st, 2) : 0};
    enum rc rc;

    *out = NULL;
    if (q->by & VIEWS_BY_CLIENT)
        r.client = sums_name(q, statement_text(st, 0), last == NULL ? NULL : last->client);
    if (q->by & VIEWS_BY_DOMAIN)
        r.domain = sums_name(q, statement_text(st, 1), last == NULL ? NULL : last->domain);
    if (last == NULL || r.client != last->client || r.domain != last->domain || r.day != last->day) {
        if (q->sign > 0 && r.domain != NULL && sums_are_stale(q->but, r.domain))
            return RC_OK;
        rc = sums_push(q->to, q->a, &r, e);
        if (rc != RC_OK)
            return rc;
    }
    *out = sums_last(q);
    return RC_OK;
}

static void sums_put(const struct sums *q, const struct statement *st, struct views_row *r)
{
    for (int i = 0; i < PART_COUNT; i++) {
        r->parts.n[i] += q->sign * statement_int(st, 3 + i);
        r->messages += q->sign * statement_int(st, 3 + i);
    }
    r->passed += q->sign * statement_int(st, 3 + PART_COUNT);
    r->refused += q->sign * statement_int(st, 4 + PART_COUNT);
    r->held += q->sign * statement_int(st, 5 + PART_COUNT);
}

static enum rc sums_read_client(struct sums *q, const char *client, struct err *e)
{
    struct statement *st = NULL;
    bool row = false;
    enum rc rc = sums_begin(q, client, &st, e);

    q->begun = q->to->n;
    while (rc == RC_OK && (rc = statement_next(st, &row, e)) == RC_OK && row) {
        struct views_row *r;

        rc = sums_row(q, st, &r, e);
        if (r != NULL)
            sums_put(q, st, r);
    }
    statement_reset(st);
    return rc;
}

/* By what is kept: the first day of the tallies is that of the sums. */
static enum rc sums_ask(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                        unsigned by, const struct views_stale *but, struct sums_rows *out, struct sums *q,
                        struct err *e)
{
    *q = (struct sums){.scope = s, .db = d, .a = a, .w = w, .by = by, .sign = 1, .but = but, .to = out};
    return db_ask(d, "SELECT coalesce(min(day), 0) FROM tally", &q->first_day, e);
}

enum rc sums_count(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w, unsigned by,
                   const struct views_stale *but, struct sums_rows *out, struct err *e)
{
    struct views_wanted one = *w;
    struct sums q;
    enum rc rc = sums_ask(s, d, a, w, by, but, out, &q, e);

    if (rc == RC_OK && sums_names(w->client))
        return scope_has(s, w->client) ? sums_read_client(&q, w->client, e) : RC_OK;
    if (rc == RC_OK && s->all)
        return sums_read_client(&q, "", e);
    q.w = &one;
    for (size_t i = 0; rc == RC_OK && i < s->n; i++) { /* each client of the scope, whose names are in no order */
        one.client = s->client[i];
        rc = sums_read_client(&q, s->client[i], e);
    }
    return rc;
}

enum rc sums_take_away(struct db *d, struct arena *a, const struct views_wanted *w, unsigned by, const char *client,
                       const char *domain, struct sums_rows *out, struct err *e)
{
    static const struct views_stale none = {.n = 0};
    struct views_wanted one = *w;
    struct sums q;
    enum rc rc = sums_ask(NULL, d, a, &one, by, &none, out, &q, e);

    one.client = client;
    one.domain = domain;
    q.sign = -1;
    return rc == RC_OK ? sums_read_client(&q, client, e) : rc;
}

/* ---- what failed ---- */

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

    q->begun = q->to->n;
    while (rc == RC_OK && (rc = statement_next(st, &row, e)) == RC_OK && row) {
        const struct views_row *last = sums_last(q);
        struct views_row r = {.dmarc = "", .disposition = "", .status = "", .day = statement_int(st, 2)};

        r.client = sums_name(q, statement_text(st, 0), last == NULL ? NULL : last->client);
        r.domain = sums_name(q, statement_text(st, 1), last == NULL ? NULL : last->domain);
        if (r.domain != NULL && sums_are_stale(q->but, r.domain))
            continue;
        r.source = sums_name(q, statement_text(st, 3), last == NULL ? NULL : last->source);
        r.cause = sums_name(q, statement_text(st, 4), last == NULL ? NULL : last->cause);
        r.parts.n[PART_NOT_CONFIRMED] = r.messages = statement_int(st, 5);
        rc = sums_push(q->to, q->a, &r, e);
    }
    statement_reset(st);
    return rc;
}

enum rc sums_failing(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                     const struct views_stale *but, struct sums_rows *out, struct err *e)
{
    struct sums q = {.scope = s, .db = d, .a = a, .w = w, .sign = 1, .but = but, .to = out};
    enum rc rc = RC_OK;

    if (sums_names(w->client))
        return scope_has(s, w->client) ? sums_failing_client(&q, w->client, e) : RC_OK;
    if (s->all)
        return sums_failing_client(&q, "", e);
    for (size_t i = 0; rc == RC_OK && i < s->n; i++)
        rc = sums_failing_client(&q, s->client[i], e);
    return rc;
}

/* ---- what is forged ---- */

/* By the index mail_sum_forged, whose condition is this very text (records/mailsums.h). */
enum rc sums_forged(struct db *d, struct arena *a, const struct views_wanted *w, const struct views_stale *but,
                    struct sums_rows *out, struct err *e)
{
    static const char sql[] = "SELECT client, domain, first_day, forged FROM mail_sum"
                              " WHERE " MAILSUMS_FORGED " AND first_day >= ?1 AND first_day < ?2";
    struct sums q = {.db = d, .a = a, .but = but, .to = out};
    struct statement *st = NULL;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(w->first_day), DB_INT(w->before_day)), &st, e);

    while (rc == RC_OK && (rc = statement_next(st, &row, e)) == RC_OK && row) {
        const struct views_row *last = sums_last(&q);
        struct views_row r = {.source = "", .cause = "", .dmarc = "", .disposition = "", .status = "",
                              .day = statement_int(st, 2), .messages = statement_int(st, 3)};

        r.client = sums_name(&q, statement_text(st, 0), last == NULL ? NULL : last->client);
        r.domain = str_dup(a, statement_text(st, 1));
        if (r.domain != NULL && sums_are_stale(but, r.domain))
            continue;
        r.parts.n[PART_FORGED] = r.messages;
        rc = sums_push(out, a, &r, e);
    }
    statement_reset(st);
    return rc;
}
