#include "records/tallies.h"

#include <stdlib.h>
#include <string.h>

#include "base/hashtable.h"
#include "db/run.h"
#include "inventory/correspondents.h"
#include "inventory/inventory.h"
#include "mail/domain.h"
#include "output/record.h"
#include "records/mailsums.h"
#include "records/store.h"

enum { DAY_MS = 24 * 3600 * 1000, KEY_MAX = 2048, TEXT_MAX = 1024, SCRATCH_MAX = 64 * 1024 };

/* The texts of a counter, in the order of its key. */
enum part { AUTHOR, SOURCE, CAUSE, CLIENT, DMARC, DISPOSITION, INVENTORY, PARTS };

struct counter {
    UT_hash_handle hh;
    int64_t messages, passed, first_ms, last_ms, day;
    size_t key_size;
    char *passed_by;         /* NULL; else the name of the key it passed by, and where that leads, each with its NUL */
    const char *part[PARTS]; /* in `key` */
    char key[];              /* each part with its NUL, then the day */
};

struct tallies {
    struct counter *table;
    int64_t day;  /* whose rows were counted */
    int64_t rows; /* rows of that day */
    int64_t known; /* of these, added by this process for whoever is known */
};

struct tallies *tallies_new(void)
{
    return calloc(1, sizeof(struct tallies));
}

static void tallies_counter_free(struct counter *c)
{
    free(c->passed_by);
    free(c);
}

void tallies_clear(struct tallies *t)
{
    struct counter *c, *next;

    HASH_ITER(hh, t->table, c, next) {
        HASH_DEL(t->table, c);
        tallies_counter_free(c);
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

/* Where the name of a key leads, as the source's detail tells: "d=acme.example, key at s1.vendor.example". */
static struct str key_host(const struct record *r, struct str domain)
{
    static const struct str key_at = {", key at ", 9};
    struct str rest = str_of(r->source_detail);

    if (!str_starts_nocase(rest, STR("d=")) || !str_starts_nocase(str_slice(rest, 2, rest.n), domain))
        return STR_NONE;
    rest = str_slice(rest, 2 + domain.n, rest.n);
    return str_starts_nocase(rest, key_at) ? str_slice(rest, key_at.n, key_at.n + str_find(str_slice(rest, key_at.n,
                                                                                                 rest.n), ' '))
                                           : STR_NONE;
}

/* The key of the domain's own that a message passed by; NULL when none did, or without memory. */
static char *passed_by(const struct record *r)
{
    struct arena *scratch = arena_new(SCRATCH_MAX);
    char text[TEXT_MAX], *copy = NULL;
    struct record_dkim *sig = NULL;
    struct strbuf b = STRBUF_ON(text);
    size_t n = 0;

    if (scratch == NULL || record_dkim_parse(scratch, r->dkim, &sig, &n) != RC_OK)
        n = 0;
    for (size_t i = 0; copy == NULL && i < n; i++) {
        const char *domain = str_dup(scratch, sig[i].domain);

        if (sig[i].result != DKIM_PASS || domain == NULL || !domain_is_within(domain, r->source_domain))
            continue;
        strbuf_putf(&b, "%.*s._domainkey.%s", STR_FMT(sig[i].selector), domain);
        strbuf_putc(&b, '\0');
        strbuf_put(&b, key_host(r, sig[i].domain));
        strbuf_putc(&b, '\0');
        copy = b.over ? NULL : malloc(b.n);
        if (copy == NULL)
            break;
        memcpy(copy, text, b.n);
    }
    arena_free(scratch);
    return copy;
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
        if (r->source_domain[0] != '\0' && strcmp(r->dmarc, "pass") == 0)
            c->passed_by = passed_by(r);
        HASH_ADD_KEYPTR(hh, t->table, c->key, c->key_size, c);
        if (c->hh.tbl == NULL) {
            tallies_counter_free(c);
            return RC_NOMEM;
        }
    }
    c->messages++;
    c->passed += strcmp(r->dmarc, "pass") == 0;
    if (r->time_ms > c->last_ms)
        c->last_ms = r->time_ms;
    if (r->time_ms < c->first_ms)
        c->first_ms = r->time_ms;
    return RC_OK;
}

enum rc tallies_each(const struct tallies *t, tallies_count_taker *each, void *arg)
{
    enum rc rc = RC_OK;

    for (const struct counter *c = t->table; rc == RC_OK && c != NULL; c = c->hh.next) {
        const struct tallies_count count = {
            .author = c->part[AUTHOR], .source = c->part[SOURCE], .cause = c->part[CAUSE], .client = c->part[CLIENT],
            .dmarc = c->part[DMARC], .disposition = c->part[DISPOSITION], .inventory = c->part[INVENTORY],
            .key_name = c->passed_by, .key_host = c->passed_by == NULL ? NULL : c->passed_by + strlen(c->passed_by) + 1,
            .day = c->day, .messages = c->messages, .passed = c->passed, .first_ms = c->first_ms,
            .last_ms = c->last_ms,
        };

        rc = each(arg, &count);
    }
    return rc;
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

static enum rc tallies_count_rows(struct tallies *t, struct db *d, int64_t day, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM tally WHERE day = ?1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(day)), &s, e);

    if (rc != RC_OK || t->day == day)
        return rc;
    rc = statement_next(s, &row, e);
    t->rows = row ? statement_int(s, 0) : 0;
    t->day = day;
    t->known = 0;
    statement_reset(s);
    return rc;
}

/*
 * Under which domain a new row is counted: clients and whoever was here before have a room of their own, which those
 * whom nobody knows cannot fill.  A start counts what is there among the strangers', so that a day may have a few more.
 */
static enum rc tallies_author_of(struct tallies *t, struct db *d, const struct counter *c, const char **out,
                                 struct err *e)
{
    bool known = c->part[CLIENT][0] != '\0' && strcmp(c->part[AUTHOR], c->part[INVENTORY]) == 0; /* none below it */
    enum rc rc = tallies_count_rows(t, d, c->day, e);

    if (rc == RC_OK && !known)
        rc = correspondents_is_known(d, c->part[AUTHOR], c->day, &known, e);
    t->rows++;
    t->known += known;
    *out = (known ? t->known <= TALLIES_KNOWN_MAX : t->rows - t->known <= TALLIES_NEW_MAX) ? c->part[AUTHOR]
                                                                                            : c->part[INVENTORY];
    return rc;
}

/* *author is the domain under which it was counted. */
static enum rc write_counter(struct tallies *t, struct db *d, const struct counter *c, const char **author,
                             struct err *e)
{
    static const char update[] =
        "UPDATE tally SET messages = messages + ?8 WHERE author_domain = ?1 AND source = ?2 AND cause = ?3"
        " AND day = ?4 AND client = ?5 AND dmarc = ?6 AND disposition = ?7";
    static const char upsert[] =
        "INSERT INTO tally (author_domain, source, cause, day, client, dmarc, disposition, messages)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        " ON CONFLICT (author_domain, source, cause, day, client, dmarc, disposition)"
        " DO UPDATE SET messages = tally.messages + excluded.messages";
    enum rc rc = run_counter(d, update, c, c->part[AUTHOR], e);

    *author = c->part[AUTHOR];
    if (rc != RC_OK || db_changes(d) > 0)
        return rc;
    rc = tallies_author_of(t, d, c, author, e);
    return rc == RC_OK ? run_counter(d, upsert, c, *author, e) : rc;
}

/* What goes to the sums of clients' mail. */
static struct mailsum tallies_sum_of(const struct counter *c, const char *author)
{
    return (struct mailsum){.client = c->part[CLIENT], .domain = author, .source = c->part[SOURCE],
                            .cause = c->part[CAUSE], .dmarc = c->part[DMARC], .disposition = c->part[DISPOSITION],
                            .day = c->day, .messages = c->messages};
}

static enum rc write_source(struct db *d, const struct counter *c, struct err *e)
{
    struct inventory_seen seen = {
        .domain = c->part[INVENTORY], .source = c->part[SOURCE], .client = c->part[CLIENT],
        .first_ms = c->first_ms, .last_ms = c->last_ms, .volume = c->messages, .passed = c->passed,
        .key_name = c->passed_by, .key_host = c->passed_by == NULL ? NULL : c->passed_by + strlen(c->passed_by) + 1,
    };

    return seen.domain[0] == '\0' ? RC_OK : inventory_count(d, &seen, e);
}

enum rc tallies_write(struct tallies *t, struct db *d, struct err *e)
{
    struct mailsums *sums = mailsums_new();
    enum rc rc = sums == NULL ? err_set(e, RC_NOMEM, "%s: no memory for the sums of a day", db_path(d)) : RC_OK;

    for (struct counter *c = t->table; rc == RC_OK && c != NULL; c = c->hh.next) {
        const char *author;

        rc = write_counter(t, d, c, &author, e);
        if (rc == RC_OK) {
            const struct mailsum sum = tallies_sum_of(c, author);

            rc = mailsums_add(sums, d, &sum, e);
        }
        if (rc == RC_OK)
            rc = write_source(d, c, e);
    }
    if (rc == RC_OK)
        rc = mailsums_write(sums, d, e);
    mailsums_free(sums);
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
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(author_domain)), DB_TEXT(str_of(source)),
                          DB_TEXT(str_of(cause))), &s, e);

    *out = (struct store_tally){0};
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *out = (struct store_tally){statement_int(s, 0), statement_int(s, 1), statement_int(s, 2), statement_int(s, 3)};
    statement_reset(s);
    return rc;
}

enum rc tallies_of_domain(struct db *d, const char *client, const char *domain, int64_t first_day, int64_t before_day,
                          tallies_taker *each, void *arg, struct err *e)
{
    /* the domain's own by seeks to the days of each source and cause: those of all days are many; its first cause is a
       part of a column, whose order PostgreSQL goes on with */
    static const char sql[] =
        "WITH RECURSIVE k (x, y) AS (SELECT (SELECT min(source) FROM tally WHERE author_domain = ?2),"
        " substr((SELECT min(source) FROM tally WHERE author_domain = ?2), 1, 0) UNION ALL"
        " SELECT CASE WHEN k.y IS NULL THEN (SELECT min(source) FROM tally WHERE author_domain = ?2 AND source > k.x)"
        " ELSE k.x END, CASE WHEN k.y IS NULL THEN '' ELSE (SELECT min(cause) FROM tally WHERE author_domain = ?2"
        " AND source = k.x AND cause > k.y) END FROM k WHERE k.x IS NOT NULL) "
        "SELECT t.source, t.cause, day, dmarc, disposition, messages FROM k CROSS JOIN tally AS t"
        " WHERE t.author_domain = ?2 AND t.source = k.x AND t.cause = k.y AND day >= ?3 AND day < ?4 UNION ALL "
        "SELECT source, cause, day, dmarc, disposition, messages FROM tally WHERE client = ?1 AND client <> ''"
        " AND day >= ?3 AND day < ?4 AND substr(author_domain, length(author_domain) - length(?2)) = '.' || ?2";
    struct statement *s;
    bool more = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(client)), DB_TEXT(str_of(domain)), DB_INT(first_day),
                          DB_INT(before_day)), &s, e);

    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &more, e)) == RC_OK && more)
        rc = each(arg, &(struct tallies_row){.source = statement_text(s, 0), .cause = statement_text(s, 1),
                                             .day = statement_int(s, 2), .dmarc = statement_text(s, 3),
                                             .disposition = statement_text(s, 4), .messages = statement_int(s, 5)});
    statement_reset(s);
    return rc;
}

enum rc tallies_prune(struct db *d, int64_t day, int64_t most, int64_t *gone, struct err *e)
{
    static const char sql[] =
        "DELETE FROM tally WHERE (author_domain, source, cause, day, client, dmarc, disposition) IN"
        " (SELECT author_domain, source, cause, day, client, dmarc, disposition FROM tally WHERE day < ?1 LIMIT ?2)";
    enum rc rc = db_run_with(d, sql, DB_VALUES(DB_INT(day), DB_INT(most)), e);

    if (rc == RC_OK)
        *gone += db_changes(d);
    return rc == RC_OK ? mailsums_prune(d, day, most, gone, e) : rc;
}
