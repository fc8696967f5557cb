/* Counting tallies: each row finds its source's status, falls into its part, and is added where it belongs. */
#include <stdlib.h>
#include <string.h>
#include "base/hashtable.h"

#include "db/run.h"
#include "views/count.h"

enum { KEY_MAX = 2048 };

struct bucket {
    UT_hash_handle hh;
    struct views_row row;
    size_t key_size;
    char key[];
};

/* What the inventory says of a source at a domain that has no entry itself: that of the nearest domain above. */
struct known {
    UT_hash_handle hh;
    char status[INVENTORY_STATUS_MAX];
    size_t key_size;
    char key[];
};

struct counting {
    struct db *db;
    struct arena *a;
    unsigned by;
    bool clients_only;
    struct bucket *bucket, *last; /* last: that of the row before */
    struct known *known;
};

static enum rc count_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "out of memory");
}

/* ---- statuses ---- */

static enum rc count_status(struct counting *c, const char *domain, const char *source, const char **out, struct err *e)
{
    char key[KEY_MAX];
    struct strbuf b = STRBUF_ON(key);
    struct known *k = NULL;
    enum rc rc = RC_OK;

    strbuf_putf(&b, "%s %s", domain, source);
    HASH_FIND(hh, c->known, b.p, b.n, k);
    if (k == NULL) {
        k = calloc(1, sizeof *k + b.n);
        if (k == NULL)
            return count_no_memory(e);
        memcpy(k->key, b.p, b.n);
        k->key_size = b.n;
        HASH_ADD_KEYPTR(hh, c->known, k->key, k->key_size, k);
        rc = inventory_status(c->db, domain, source, k->status, e);
    }
    *out = k->status;
    return rc;
}

/* ---- adding up ---- */

static struct bucket *count_bucket(struct counting *c, const struct views_row *r)
{
    const char *const part[] = {r->domain, r->source, r->cause, r->client};
    char key[KEY_MAX];
    struct strbuf b = STRBUF_ON(key);
    struct bucket *found = NULL;

    for (size_t i = 0; i < 4; i++) {
        strbuf_puts(&b, part[i]);
        strbuf_putc(&b, ' ');
    }
    strbuf_put(&b, (struct str){(const char *)&r->day, sizeof r->day});
    HASH_FIND(hh, c->bucket, b.p, b.n, found);
    if (found != NULL)
        return found;
    if (HASH_COUNT(c->bucket) == VIEWS_ROWS_MAX || (found = calloc(1, sizeof *found + b.n)) == NULL)
        return NULL;
    memcpy(found->key, b.p, b.n);
    found->key_size = b.n;
    found->row = (struct views_row){
        .domain = str_dup(c->a, str_of(r->domain)), .source = str_dup(c->a, str_of(r->source)),
        .cause = str_dup(c->a, str_of(r->cause)), .client = str_dup(c->a, str_of(r->client)),
        .status = str_dup(c->a, str_of(c->by & VIEWS_BY_SOURCE ? r->status : "")), .day = r->day,
        .dmarc = "", .disposition = "",
    };
    HASH_ADD_KEYPTR(hh, c->bucket, found->key, found->key_size, found);
    return found;
}

/* The bucket of a row; rows that belong together often follow each other. */
static struct bucket *count_bucket_of(struct counting *c, const struct views_row *r)
{
    const struct views_row *l = c->last == NULL ? NULL : &c->last->row;

    if (l == NULL || l->day != r->day || strcmp(l->cause, r->cause) != 0 || strcmp(l->source, r->source) != 0 ||
        strcmp(l->domain, r->domain) != 0 || strcmp(l->client, r->client) != 0)
        c->last = count_bucket(c, r);
    return c->last;
}

static enum rc count_add(struct counting *c, const struct views_row *full, struct err *e)
{
    struct views_row r = *full;
    enum part part = parts_of(r.dmarc, r.cause, r.status);
    struct bucket *b;

    r.domain = c->by & VIEWS_BY_DOMAIN ? r.domain : "";
    r.source = c->by & VIEWS_BY_SOURCE ? r.source : "";
    r.cause = c->by & VIEWS_BY_CAUSE ? r.cause : "";
    r.client = c->by & VIEWS_BY_CLIENT ? r.client : "";
    r.day = c->by & VIEWS_BY_DAY ? r.day : 0;
    b = count_bucket_of(c, &r);
    if (b == NULL)
        return err_set(e, RC_LIMIT, "more than %d rows: choose fewer days, or one client or domain", VIEWS_ROWS_MAX);
    b->row.messages += r.messages;
    b->row.passed += strcmp(full->dmarc, "pass") == 0 ? r.messages : 0;
    b->row.refused += strcmp(full->disposition, "reject") == 0 ? r.messages : 0;
    b->row.held += strcmp(full->disposition, "quarantine") == 0 ? r.messages : 0;
    b->row.parts.n[part] += r.messages;
    return RC_OK;
}

/* ---- reading ---- */

#define COUNT_COLUMNS \
    "SELECT t.author_domain, t.source, t.cause, t.client, t.dmarc, t.disposition, coalesce(s.status, '')," \
    " t.day, t.messages, s.status IS NULL FROM "
#define COUNT_SOURCE " LEFT JOIN source AS s ON s.domain = t.author_domain AND s.source = t.source"
#define COUNT_REST \
    " WHERE t.day >= ?1 AND t.day < ?2 AND (?3 = '' OR t.client = ?3) AND (?4 = '' OR t.author_domain = ?4)" \
    " AND (?5 = '' OR t.source = ?5)" \
    " AND (?6 = 0 OR t.dmarc <> 'pass' OR t.cause <> '' OR s.status = 'malicious')"

/*
 * One domain's rows stand together, by source, cause and day: each pair's days are sought, for the rows of a year are
 * many, and its source is looked up once.  One client's, and those of each client after the other, in the index
 * tally_client, which has all that is counted, so that the rows themselves are not looked up.  What is left goes by
 * the day.
 */
static const char count_by_day[] = COUNT_COLUMNS "tally AS t" COUNT_SOURCE COUNT_REST;
static const char count_by_domain[] =
    "WITH RECURSIVE k (x, y) AS (SELECT (SELECT min(source) FROM tally WHERE author_domain = ?4 AND source >= ?5), ''"
    " UNION ALL SELECT CASE WHEN k.y IS NULL THEN (SELECT min(source) FROM tally WHERE author_domain = ?4 AND"
    " source > k.x) ELSE k.x END, CASE WHEN k.y IS NULL THEN '' ELSE (SELECT min(cause) FROM tally WHERE"
    " author_domain = ?4 AND source = k.x AND cause > k.y) END FROM k WHERE k.x IS NOT NULL AND (?5 = '' OR k.x = ?5)) "
    COUNT_COLUMNS "k LEFT JOIN source AS s ON s.domain = ?4 AND s.source = k.x CROSS JOIN tally AS t" COUNT_REST
    " AND t.author_domain = ?4 AND t.source = k.x AND t.cause = k.y";
static const char count_by_client[] =
    COUNT_COLUMNS "tally AS t" COUNT_SOURCE COUNT_REST " AND t.client = ?3 AND t.client <> ''";
static const char count_by_clients[] =
    "WITH RECURSIVE c (x) AS (SELECT (SELECT min(client) FROM tally WHERE client > '' AND client <> '') UNION ALL"
    " SELECT (SELECT min(client) FROM tally WHERE client > c.x AND client <> '') FROM c WHERE c.x IS NOT NULL) "
    COUNT_COLUMNS "c CROSS JOIN tally AS t" COUNT_SOURCE COUNT_REST
    " AND t.client = c.x AND t.client <> ''";

static enum rc count_begin(struct db *d, const struct views_wanted *w, struct statement **st, struct err *e)
{
    const char *domain = w->domain == NULL ? "" : w->domain, *client = w->client == NULL ? "" : w->client;
    const char *sql = db_engine(d) == DB_POSTGRESQL ? count_by_day /* it finds the way by itself */
                      : domain[0] != '\0' ? count_by_domain
                      : client[0] != '\0' ? count_by_client
                      : w->clients_only   ? count_by_clients : count_by_day;

    return db_query(d, sql, DB_VALUES(DB_INT(w->first_day), DB_INT(w->before_day), DB_TEXT(str_of(client)),
                    DB_TEXT(str_of(domain)), DB_TEXT(str_of(w->source == NULL ? "" : w->source)),
                    DB_INT(w->failed_only)), st, e);
}

/* A column's text as it stands there: it ends in a NUL, and lives until the next row. */
static const char *count_text(const struct statement *st, int column)
{
    struct str text = statement_text(st, column);

    return text.p == NULL ? "" : text.p;
}

static enum rc count_take_row(const struct scope *s, struct counting *c, const struct statement *st, struct err *e)
{
    struct views_row r = {.day = statement_int(st, 7), .messages = statement_int(st, 8)};
    const char **const text[] = {&r.domain, &r.source, &r.cause, &r.client, &r.dmarc, &r.disposition, &r.status};
    enum rc rc = RC_OK;

    for (int i = 0; i < 7; i++)
        *text[i] = count_text(st, i);
    if (!scope_has(s, r.client) || (c->clients_only && r.client[0] == '\0'))
        return RC_OK;
    if (statement_int(st, 9) != 0)
        rc = count_status(c, r.domain, r.source, &r.status, e);
    return rc == RC_OK ? count_add(c, &r, e) : rc;
}

int count_order(const void *x, const void *y)
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

/* Hands the rows over, and frees what they were counted in. */
static enum rc count_end(struct counting *c, struct views_row **out, size_t *n, struct err *e)
{
    struct views_row *row = arena_array(c->a, HASH_COUNT(c->bucket) + 1, sizeof *row);
    struct bucket *b, *next;
    struct known *k, *after;

    *n = 0;
    HASH_ITER(hh, c->bucket, b, next) {
        if (row != NULL)
            row[(*n)++] = b->row;
        HASH_DEL(c->bucket, b);
        free(b);
    }
    HASH_ITER(hh, c->known, k, after) {
        HASH_DEL(c->known, k);
        free(k);
    }
    *out = row;
    if (row == NULL || arena_ran_out(c->a))
        return count_no_memory(e);
    qsort(row, *n, sizeof *row, count_order);
    return RC_OK;
}

static enum rc count_read(const struct scope *s, struct counting *c, const struct views_wanted *w, struct err *e)
{
    struct statement *st = NULL;
    bool row = false;
    enum rc rc = count_begin(c->db, w, &st, e);

    while (rc == RC_OK && (rc = statement_next(st, &row, e)) == RC_OK && row)
        rc = count_take_row(s, c, st, e);
    if (st != NULL)
        statement_reset(st);
    return rc;
}

static bool count_names(const char *text)
{
    return text != NULL && text[0] != '\0';
}

enum rc count_tallies(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w, unsigned by,
                      struct views_row **out, size_t *n, struct err *e)
{
    struct counting c = {.db = d, .a = a, .by = by, .clients_only = w->clients_only};
    bool each = !s->all && !count_names(w->client) && !count_names(w->domain);
    enum rc rc = RC_OK, ended;

    if (!each)
        rc = count_read(s, &c, w, e);
    for (size_t i = 0; rc == RC_OK && each && i < s->n; i++) {
        struct views_wanted one = *w;

        one.client = s->client[i];
        rc = count_read(s, &c, &one, e);
    }
    ended = count_end(&c, out, n, rc == RC_OK ? e : NULL);
    return rc == RC_OK ? ended : rc;
}
