#include "records/mailsums.h"

#include <stdlib.h>
#include <string.h>

#include "base/hashtable.h"
#include "db/run.h"
#include "inventory/inventory.h"
#include "inventory/parts.h"

enum { KEY_MAX = 2048, PASSED = PART_COUNT, REFUSED, HELD };

_Static_assert(HELD + 1 == MAILSUMS_NUMBERS, "a column a number");

/* A row of mail_sum or mail_fail that is to change, or a status that was asked for. */
struct change {
    UT_hash_handle hh;
    int64_t n[MAILSUMS_NUMBERS];
    int64_t days, day;
    char status[INVENTORY_STATUS_MAX];
    size_t key_size;
    const char *text[4]; /* client, domain, source, cause; in `key` */
    char key[];          /* each with its NUL, then days and day */
};

struct mailsums {
    struct change *sum, *fail, *status;
};

struct mailsums *mailsums_new(void)
{
    return calloc(1, sizeof(struct mailsums));
}

static void mailsums_forget(struct change **table)
{
    struct change *c, *next;

    HASH_ITER(hh, *table, c, next) {
        HASH_DEL(*table, c);
        free(c);
    }
}

void mailsums_free(struct mailsums *m)
{
    if (m == NULL)
        return;
    mailsums_forget(&m->sum);
    mailsums_forget(&m->fail);
    mailsums_forget(&m->status);
    free(m);
}

/* The change of that key, a new one if there is none; NULL without memory. */
static struct change *mailsums_change(struct change **table, const char *const text[4], int64_t days, int64_t day)
{
    char key[KEY_MAX];
    struct strbuf b = STRBUF_ON(key);
    struct change *c = NULL;
    const char *p;

    for (int i = 0; i < 4; i++) {
        strbuf_puts(&b, text[i]);
        strbuf_putc(&b, '\0');
    }
    strbuf_put(&b, (struct str){(const char *)&days, sizeof days});
    strbuf_put(&b, (struct str){(const char *)&day, sizeof day});
    if (b.over)
        return NULL;
    HASH_FIND(hh, *table, b.p, b.n, c);
    if (c != NULL || (c = calloc(1, sizeof *c + b.n)) == NULL)
        return c;
    memcpy(c->key, b.p, b.n);
    c->key_size = b.n;
    c->days = days;
    c->day = day;
    p = c->key;
    for (int i = 0; i < 4; i++, p += strlen(p) + 1)
        c->text[i] = p;
    HASH_ADD_KEYPTR(hh, *table, c->key, c->key_size, c);
    if (c->hh.tbl != NULL)
        return c;
    free(c);
    return NULL;
}

/* ---- adding ---- */

/* One day of a domain, to all four sums that hold it. */
static enum rc mailsums_add_day(struct mailsums *m, const char *client, const char *domain, int64_t day,
                                const int64_t n[MAILSUMS_NUMBERS], int sign)
{
    const char *const own[4] = {client, domain, "", ""}, *const all[4] = {client, MAILSUMS_ALL, "", ""};
    int64_t block = day - day % MAILSUMS_BLOCK;
    struct change *const to[] = {
        mailsums_change(&m->sum, own, 1, day), mailsums_change(&m->sum, own, MAILSUMS_BLOCK, block),
        mailsums_change(&m->sum, all, 1, day), mailsums_change(&m->sum, all, MAILSUMS_BLOCK, block),
    };

    for (size_t i = 0; i < sizeof to / sizeof to[0]; i++) {
        if (to[i] == NULL)
            return RC_NOMEM;
        for (int k = 0; k < MAILSUMS_NUMBERS; k++)
            to[i]->n[k] += sign * n[k];
    }
    return RC_OK;
}

static enum rc mailsums_status(struct mailsums *m, struct db *d, const struct mailsum *c, const char **out,
                               struct err *e)
{
    const char *const key[4] = {c->domain, c->source, "", ""};
    unsigned known = HASH_COUNT(m->status);
    struct change *s = mailsums_change(&m->status, key, 0, 0);

    *out = s == NULL ? "" : s->status;
    if (s == NULL)
        return RC_NOMEM;
    return HASH_COUNT(m->status) == known ? RC_OK : inventory_status(d, c->domain, c->source, s->status, e);
}

enum rc mailsums_add(struct mailsums *m, struct db *d, const struct mailsum *c, struct err *e)
{
    const char *const failed[4] = {c->client, c->domain, c->source, c->cause};
    int64_t n[MAILSUMS_NUMBERS] = {0};
    const char *status;
    struct change *to;
    enum part part;
    enum rc rc;

    if (c->client[0] == '\0')
        return RC_OK;
    rc = mailsums_status(m, d, c, &status, e);
    if (rc == RC_OK) {
        part = parts_of(c->dmarc, c->cause, status);
        n[part] = c->messages;
        n[PASSED] = strcmp(c->dmarc, "pass") == 0 ? c->messages : 0;
        n[REFUSED] = strcmp(c->disposition, "reject") == 0 ? c->messages : 0;
        n[HELD] = strcmp(c->disposition, "quarantine") == 0 ? c->messages : 0;
        rc = mailsums_add_day(m, c->client, c->domain, c->day, n, 1);
        if (rc == RC_OK && part == PART_NOT_CONFIRMED) {
            to = mailsums_change(&m->fail, failed, 1, c->day);
            rc = to == NULL ? RC_NOMEM : RC_OK;
            if (to != NULL)
                to->n[0] += c->messages;
        }
    }
    return rc == RC_NOMEM ? err_set(e, rc, "%s: no memory for the sums of a day", db_path(d)) : rc;
}

/* ---- writing ---- */

static bool mailsums_is_nothing(const struct change *c)
{
    for (int i = 0; i < MAILSUMS_NUMBERS; i++)
        if (c->n[i] != 0)
            return false;
    return true;
}

static enum rc mailsums_write_sum(struct db *d, const struct change *c, struct err *e)
{
    static const char sql[] =
        "INSERT INTO mail_sum (client, domain, days, first_day, " MAILSUMS_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
        " ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (client, domain, days, first_day) DO UPDATE SET"
        " confirmed = mail_sum.confirmed + ?5, not_confirmed = mail_sum.not_confirmed + ?6,"
        " not_decided = mail_sum.not_decided + ?7, forged = mail_sum.forged + ?8, lost = mail_sum.lost + ?9,"
        " passed = mail_sum.passed + ?10, refused = mail_sum.refused + ?11, held = mail_sum.held + ?12";
    static const char empty[] =
        "DELETE FROM mail_sum WHERE client = ?1 AND domain = ?2 AND days = ?3 AND first_day = ?4"
        " AND confirmed + not_confirmed + not_decided + forged + lost = 0";
    int64_t messages = 0;
    enum rc rc = db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(c->text[0])), DB_TEXT(str_of(c->text[1])),
                             DB_INT(c->days), DB_INT(c->day), DB_INT(c->n[0]), DB_INT(c->n[1]), DB_INT(c->n[2]),
                             DB_INT(c->n[3]), DB_INT(c->n[4]), DB_INT(c->n[5]), DB_INT(c->n[6]), DB_INT(c->n[7])), e);

    for (int i = 0; i < PART_COUNT; i++)
        messages += c->n[i];
    if (rc != RC_OK || messages >= 0)
        return rc;
    return db_run_with(d, empty, DB_VALUES(DB_TEXT(str_of(c->text[0])), DB_TEXT(str_of(c->text[1])), DB_INT(c->days),
                       DB_INT(c->day)), e);
}

static enum rc mailsums_write_fail(struct db *d, const struct change *c, struct err *e)
{
    static const char sql[] =
        "INSERT INTO mail_fail (client, day, domain, source, cause, messages) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (client, day, domain, source, cause) DO UPDATE SET messages = mail_fail.messages + ?6";
    static const char empty[] =
        "DELETE FROM mail_fail WHERE client = ?1 AND day = ?2 AND domain = ?3 AND source = ?4 AND cause = ?5"
        " AND messages = 0";
    const struct db_value key[] = {DB_TEXT(str_of(c->text[0])), DB_INT(c->day), DB_TEXT(str_of(c->text[1])),
                                   DB_TEXT(str_of(c->text[2])), DB_TEXT(str_of(c->text[3])), DB_INT(c->n[0])};
    enum rc rc = db_run_with(d, sql, key, 6, e);

    return rc != RC_OK || c->n[0] >= 0 ? rc : db_run_with(d, empty, key, 5, e);
}

enum rc mailsums_write(struct mailsums *m, struct db *d, struct err *e)
{
    enum rc rc = RC_OK;

    for (const struct change *c = m->sum; rc == RC_OK && c != NULL; c = c->hh.next)
        if (!mailsums_is_nothing(c))
            rc = mailsums_write_sum(d, c, e);
    for (const struct change *c = m->fail; rc == RC_OK && c != NULL; c = c->hh.next)
        if (!mailsums_is_nothing(c))
            rc = mailsums_write_fail(d, c, e);
    mailsums_forget(&m->sum);
    mailsums_forget(&m->fail);
    mailsums_forget(&m->status);
    return rc;
}

/* Each client and each of its domains, by seeks: "" comes before its first domain, NULL after its last. */
#define MAILSUMS_PAIRS \
    "WITH RECURSIVE c (x, y) AS (SELECT (SELECT min(client) FROM mail_sum), '' UNION ALL SELECT" \
    " CASE WHEN c.y IS NULL THEN (SELECT min(client) FROM mail_sum WHERE client > c.x) ELSE c.x END," \
    " CASE WHEN c.y IS NULL THEN '' ELSE (SELECT min(domain) FROM mail_sum WHERE client = c.x AND domain > c.y) END" \
    " FROM c WHERE c.x IS NOT NULL) "

/* ---- what is stale ---- */

struct stale {
    struct arena *a;
    const char **name, **above; /* in order; above: those of which all below them are, too */
    size_t n, room, aboves;
};

static int stale_order(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static bool stale_add(struct stale *s, const char *name)
{
    s->name = arena_grow(s->a, s->name, s->n, &s->room, SIZE_MAX / sizeof *s->name, sizeof *s->name);
    if (s->name == NULL || name == NULL)
        return false;
    s->name[s->n++] = name;
    return true;
}

/* Whether a domain above it is among those. */
static bool stale_is_below(const struct stale *s, const char *domain)
{
    for (const char *p = strchr(domain, '.'); p != NULL && p[1] != '\0'; p = strchr(p, '.'))
        if (++p, bsearch(&p, s->above, s->aboves, sizeof *s->above, stale_order) != NULL)
            return true;
    return false;
}

/* Those that are noted, at most one more than `most`. */
static enum rc stale_noted(struct stale *s, struct db *d, size_t most, struct err *e)
{
    static const char sql[] = "SELECT domain, max(below) FROM mail_sum_stale GROUP BY domain ORDER BY domain LIMIT ?1";
    struct statement *st;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(most + 1)), &st, e);

    s->above = arena_array(s->a, most + 1, sizeof *s->above);
    while (rc == RC_OK && (rc = statement_next(st, &row, e)) == RC_OK && row) {
        if (s->above == NULL || !stale_add(s, str_dup(s->a, statement_text(st, 0))))
            rc = RC_NOMEM;
        else if (statement_int(st, 1) != 0)
            s->above[s->aboves++] = s->name[s->n - 1];
    }
    statement_reset(st);
    return rc;
}

/* The domains that have sums and are below one of them. */
static enum rc stale_below(struct stale *s, struct db *d, size_t most, struct err *e)
{
    static const char sql[] = MAILSUMS_PAIRS "SELECT DISTINCT y FROM c WHERE y <> '' AND y <> '" MAILSUMS_ALL "'";
    char domain[KEY_MAX];
    struct statement *st;
    bool row = false;
    enum rc rc = db_statement(d, sql, &st, e);

    while (rc == RC_OK && s->n <= most && (rc = statement_next(st, &row, e)) == RC_OK && row) {
        struct strbuf b = STRBUF_ON(domain);

        strbuf_put(&b, statement_text(st, 0));
        strbuf_putc(&b, '\0');
        if (!b.over && stale_is_below(s, domain) && !stale_add(s, str_dup(s->a, str_of(domain))))
            rc = RC_NOMEM;
    }
    statement_reset(st);
    return rc;
}

enum rc mailsums_stale(struct db *d, struct arena *a, size_t most, const char *const **out, size_t *n, struct err *e)
{
    struct stale s = {.a = a};
    size_t kept = 0;
    enum rc rc;

    *out = NULL;
    *n = most + 1;
    if (db_engine(d) == DB_POSTGRESQL)
        return RC_OK; /* the centre of a fleet has no sums */
    rc = stale_noted(&s, d, most, e);
    if (rc == RC_OK && s.aboves > 0 && s.n <= most)
        rc = stale_below(&s, d, most, e);
    if (rc == RC_OK && s.n > 0)
        qsort(s.name, s.n, sizeof *s.name, stale_order);
    for (size_t i = 0; i < s.n; i++)
        if (kept == 0 || strcmp(s.name[kept - 1], s.name[i]) != 0)
            s.name[kept++] = s.name[i];
    *out = s.name;
    *n = kept;
    return rc == RC_NOMEM ? err_set(e, rc, "%s: no memory for what is counted anew", db_path(d)) : rc;
}

/* ---- counting anew ---- */

/* A column's text as it stands there: it ends in a NUL, and lives until the next row. */
static const char *mailsums_text(const struct statement *s, int column)
{
    struct str text = statement_text(s, column);

    return text.p == NULL ? "" : text.p;
}

/* What the sums say of a client's domain is to be taken away. */
static enum rc mailsums_take_away(struct mailsums *m, struct db *d, const char *client, const char *domain,
                                  struct err *e)
{
    static const char sums[] = "SELECT first_day, " MAILSUMS_COLUMNS " FROM mail_sum WHERE client = ?1 AND domain = ?2"
                               " AND days = 1";
    static const char fails[] =
        "SELECT day, source, cause, messages FROM mail_fail WHERE client = ?1 AND domain = ?2 AND day IN"
        " (SELECT first_day FROM mail_sum WHERE client = ?1 AND domain = ?2 AND days = 1)";
    const struct db_value key[] = {DB_TEXT(str_of(client)), DB_TEXT(str_of(domain))};
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sums, key, 2, &s, e);

    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        int64_t n[MAILSUMS_NUMBERS];

        for (int i = 0; i < MAILSUMS_NUMBERS; i++)
            n[i] = statement_int(s, i + 1);
        rc = mailsums_add_day(m, client, domain, statement_int(s, 0), n, -1);
    }
    statement_reset(s);
    if (rc == RC_OK)
        rc = db_query(d, fails, key, 2, &s, e);
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        const char *const text[4] = {client, domain, mailsums_text(s, 1), mailsums_text(s, 2)};
        struct change *c = mailsums_change(&m->fail, text, 1, statement_int(s, 0));

        rc = c == NULL ? RC_NOMEM : RC_OK;
        if (c != NULL)
            c->n[0] -= statement_int(s, 3);
    }
    statement_reset(s);
    return rc;
}

/* Its tallies are to be added. */
static enum rc mailsums_count(struct mailsums *m, struct db *d, const char *domain, struct err *e)
{
    static const char sql[] = "SELECT client, source, cause, dmarc, disposition, day, messages FROM tally"
                              " WHERE author_domain = ?1 AND client <> ''";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(domain))), &s, e);

    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        const struct mailsum c = {
            .client = mailsums_text(s, 0), .domain = domain, .source = mailsums_text(s, 1),
            .cause = mailsums_text(s, 2), .dmarc = mailsums_text(s, 3), .disposition = mailsums_text(s, 4),
            .day = statement_int(s, 5), .messages = statement_int(s, 6),
        };

        rc = mailsums_add(m, d, &c, e);
    }
    statement_reset(s);
    return rc;
}

static enum rc mailsums_domain(struct mailsums *m, struct db *d, const char *domain, struct err *e)
{
    static const char sql[] = MAILSUMS_PAIRS "SELECT x FROM c WHERE y = ?1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(domain))), &s, e);

    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row)
        rc = mailsums_take_away(m, d, mailsums_text(s, 0), domain, e);
    statement_reset(s);
    if (rc == RC_OK)
        rc = mailsums_count(m, d, domain, e);
    if (rc == RC_OK)
        rc = mailsums_write(m, d, e);
    return rc;
}

/* One domain, or the note that leads to those below it, which each have a turn of their own. */
static enum rc mailsums_turn(struct db *d, const char *domain, bool below, struct err *e)
{
    static const char spread[] =
        MAILSUMS_PAIRS "INSERT INTO mail_sum_stale SELECT y, 0 FROM c"
        " WHERE substr(y, length(y) - length(?1)) = '.' || ?1 UNION SELECT ?1, 0 WHERE true ON CONFLICT DO NOTHING";
    const struct db_value key[] = {DB_TEXT(str_of(domain)), DB_INT(below)};
    struct mailsums *m = mailsums_new();
    enum rc rc = m == NULL ? RC_NOMEM : db_begin(d, e);

    if (rc == RC_OK)
        rc = below ? db_run_with(d, spread, key, 1, e) : mailsums_domain(m, d, domain, e);
    if (rc == RC_OK)
        rc = db_run_with(d, "DELETE FROM mail_sum_stale WHERE domain = ?1 AND below = ?2", key, 2, e);
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc != RC_OK)
        db_roll_back(d);
    mailsums_free(m);
    return rc == RC_NOMEM ? err_set(e, rc, "%s: no memory to count a domain anew", db_path(d)) : rc;
}

enum rc mailsums_step(struct db *d, bool *worked, struct err *e)
{
    static const char sql[] = "SELECT domain, below FROM mail_sum_stale ORDER BY below DESC, domain LIMIT 1";
    char domain[KEY_MAX];
    struct strbuf b = STRBUF_ON(domain);
    struct statement *s;
    bool below = false;
    enum rc rc = db_statement(d, sql, &s, e);

    *worked = false;
    if (rc == RC_OK)
        rc = statement_next(s, worked, e);
    if (rc == RC_OK && *worked) {
        strbuf_put(&b, statement_text(s, 0));
        below = statement_int(s, 1) != 0;
        strbuf_putc(&b, '\0');
    }
    statement_reset(s);
    return rc == RC_OK && *worked ? mailsums_turn(d, domain, below, e) : rc;
}

/* ---- old days ---- */

enum rc mailsums_prune(struct db *d, int64_t day, int64_t most, int64_t *gone, struct err *e)
{
    static const char sums[] =
        MAILSUMS_PAIRS "DELETE FROM mail_sum WHERE (client, domain, days, first_day) IN"
        " (SELECT m.client, m.domain, m.days, m.first_day FROM c CROSS JOIN mail_sum AS m WHERE m.client = c.x"
        " AND m.domain = c.y AND m.days = ?1 AND m.first_day < ?2 LIMIT ?3)";
    static const char fails[] =
        "WITH RECURSIVE c (x) AS (SELECT min(client) FROM mail_fail UNION ALL SELECT (SELECT min(client) FROM mail_fail"
        " WHERE client > c.x) FROM c WHERE c.x IS NOT NULL) DELETE FROM mail_fail WHERE (client, day, domain, source,"
        " cause) IN (SELECT m.client, m.day, m.domain, m.source, m.cause FROM c CROSS JOIN mail_fail AS m"
        " WHERE m.client = c.x AND m.day < ?1 LIMIT ?2)";
    const int64_t blocks_before = day - day % MAILSUMS_BLOCK; /* one that is cut is not read any more, but kept */
    enum rc rc = db_run_with(d, sums, DB_VALUES(DB_INT(1), DB_INT(day), DB_INT(most)), e);

    *gone += rc == RC_OK ? db_changes(d) : 0;
    if (rc == RC_OK)
        rc = db_run_with(d, sums, DB_VALUES(DB_INT(MAILSUMS_BLOCK), DB_INT(blocks_before), DB_INT(most)), e);
    *gone += rc == RC_OK ? db_changes(d) : 0;
    if (rc == RC_OK)
        rc = db_run_with(d, fails, DB_VALUES(DB_INT(day), DB_INT(most)), e);
    *gone += rc == RC_OK ? db_changes(d) : 0;
    return rc;
}
