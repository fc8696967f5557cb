#include "store/tallies.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "store/inventory.h"
#include "store/store.h"

enum { DAY_MS = 24 * 3600 * 1000, KEY_MAX = 2048 };

/* The texts of a counter, in the order of its key. */
enum part { AUTHOR, SOURCE, CAUSE, CLIENT, DMARC, DISPOSITION, INVENTORY, PARTS };

struct counter {
    UT_hash_handle hh;
    int64_t messages, passed, first_ms, last_ms, day;
    size_t key_size;
    const char *part[PARTS]; /* in `key` */
    char key[];              /* each part with its NUL, then the day */
};

struct tallies {
    struct counter *table;
    int64_t day;  /* whose rows were counted */
    int64_t rows; /* rows of that day */
};

struct tallies *tallies_new(void)
{
    return calloc(1, sizeof(struct tallies));
}

void tallies_clear(struct tallies *t)
{
    struct counter *c, *next;

    HASH_ITER(hh, t->table, c, next) {
        HASH_DEL(t->table, c);
        free(c);
    }
}

void tallies_free(struct tallies *t)
{
    if (t != NULL)
        tallies_clear(t);
    free(t);
}

size_t tallies_held(const struct tallies *t)
{
    return HASH_COUNT(t->table);
}

int64_t tallies_day(int64_t time_ms)
{
    return time_ms / DAY_MS;
}

/* ---- counting ---- */

static struct counter *counter_new(const char *key, size_t n, int64_t day)
{
    struct counter *c = calloc(1, sizeof *c + n);
    const char *p;

    if (c == NULL)
        return NULL;
    memcpy(c->key, key, n);
    c->key_size = n;
    c->day = day;
    p = c->key;
    for (int i = 0; i < PARTS; i++, p += strlen(p) + 1)
        c->part[i] = p;
    return c;
}

enum rc tallies_add(struct tallies *t, const struct record *r)
{
    const char *part[PARTS] = {r->author_domain, r->source, r->cause, r->client, r->dmarc, r->disposition,
                               r->source_domain};
    int64_t day = tallies_day(r->time_ms);
    struct counter *c = NULL;
    char key[KEY_MAX];
    size_t n = 0;

    for (int i = 0; i < PARTS; i++) {
        size_t size = strlen(part[i]) + 1;
        bool fits = n + size + (size_t)(PARTS - i) + sizeof day <= KEY_MAX;

        memcpy(key + n, fits ? part[i] : "", fits ? size : 1);
        n += fits ? size : 1;
    }
    memcpy(key + n, &day, sizeof day);
    n += sizeof day;
    HASH_FIND(hh, t->table, key, n, c);
    if (c == NULL) {
        c = counter_new(key, n, day);
        if (c == NULL)
            return RC_NOMEM;
        c->first_ms = r->time_ms;
        HASH_ADD_KEYPTR(hh, t->table, c->key, c->key_size, c);
    }
    c->messages++;
    c->passed += strcmp(r->dmarc, "pass") == 0;
    if (r->time_ms > c->last_ms)
        c->last_ms = r->time_ms;
    return RC_OK;
}

/* ---- writing ---- */

static void bind_counter(struct statement *s, const struct counter *c, const char *author)
{
    statement_bind_text(s, 1, str_of(author));
    statement_bind_text(s, 2, str_of(c->part[SOURCE]));
    statement_bind_text(s, 3, str_of(c->part[CAUSE]));
    statement_bind_int(s, 4, c->day);
    statement_bind_text(s, 5, str_of(c->part[CLIENT]));
    statement_bind_text(s, 6, str_of(c->part[DMARC]));
    statement_bind_text(s, 7, str_of(c->part[DISPOSITION]));
    statement_bind_int(s, 8, c->messages);
}

static enum rc run_counter(struct db *d, const char *sql, const struct counter *c, const char *author, struct err *e)
{
    struct statement *s;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    bind_counter(s, c, author);
    return statement_run(s, e);
}

static enum rc count_rows(struct tallies *t, struct db *d, int64_t day, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM tally WHERE day = ?1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK || t->day == day)
        return rc;
    statement_bind_int(s, 1, day);
    rc = statement_next(s, &row, e);
    t->rows = row ? statement_int(s, 0) : 0;
    t->day = day;
    statement_reset(s);
    return rc;
}

static enum rc write_counter(struct tallies *t, struct db *d, const struct counter *c, struct err *e)
{
    static const char update[] =
        "UPDATE tally SET messages = messages + ?8 WHERE author_domain = ?1 AND source = ?2 AND cause = ?3"
        " AND day = ?4 AND client = ?5 AND dmarc = ?6 AND disposition = ?7";
    static const char upsert[] =
        "INSERT INTO tally (author_domain, source, cause, day, client, dmarc, disposition, messages)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        " ON CONFLICT DO UPDATE SET messages = messages + excluded.messages";
    enum rc rc = run_counter(d, update, c, c->part[AUTHOR], e);

    if (rc != RC_OK || db_changes(d) > 0)
        return rc;
    rc = count_rows(t, d, c->day, e);
    if (rc != RC_OK)
        return rc;
    t->rows++;
    return run_counter(d, upsert, c, t->rows <= TALLIES_NEW_MAX ? c->part[AUTHOR] : c->part[INVENTORY], e);
}

static enum rc write_source(struct db *d, const struct counter *c, struct err *e)
{
    struct inventory_seen seen = {
        .domain = c->part[INVENTORY], .source = c->part[SOURCE], .client = c->part[CLIENT],
        .first_ms = c->first_ms, .last_ms = c->last_ms, .volume = c->messages, .passed = c->passed,
    };

    return seen.domain[0] == '\0' ? RC_OK : inventory_count(d, &seen, e);
}

enum rc tallies_write(struct tallies *t, struct db *d, struct err *e)
{
    enum rc rc = RC_OK;

    for (struct counter *c = t->table; rc == RC_OK && c != NULL; c = c->hh.next) {
        rc = write_counter(t, d, c, e);
        if (rc == RC_OK)
            rc = write_source(d, c, e);
    }
    if (rc != RC_OK)
        t->day = 0; /* what was written is taken back: count again */
    return rc;
}

/* ---- asking ---- */

enum rc tallies_sum(struct db *d, const char *author_domain, const char *source, const char *cause,
                    struct store_tally *out, struct err *e)
{
    static const char sql[] =
        "SELECT coalesce(sum(messages), 0), count(DISTINCT day), coalesce(min(day), 0), coalesce(max(day), 0)"
        " FROM tally WHERE author_domain = ?1 AND source = ?2 AND cause = ?3";
    struct statement *s;
    bool row = false;
    enum rc rc = db_statement(d, sql, &s, e);

    *out = (struct store_tally){0};
    if (rc != RC_OK)
        return rc;
    statement_bind_text(s, 1, str_of(author_domain));
    statement_bind_text(s, 2, str_of(source));
    statement_bind_text(s, 3, str_of(cause));
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *out = (struct store_tally){statement_int(s, 0), statement_int(s, 1), statement_int(s, 2), statement_int(s, 3)};
    statement_reset(s);
    return rc;
}

enum rc tallies_prune(struct db *d, int64_t day, int64_t most, int64_t *gone, struct err *e)
{
    static const char sql[] =
        "DELETE FROM tally WHERE (author_domain, source, cause, day, client, dmarc, disposition) IN"
        " (SELECT author_domain, source, cause, day, client, dmarc, disposition FROM tally WHERE day < ?1 LIMIT ?2)";
    struct statement *s;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_int(s, 1, day);
    statement_bind_int(s, 2, most);
    rc = statement_run(s, e);
    if (rc == RC_OK)
        *gone += db_changes(d);
    return rc;
}
