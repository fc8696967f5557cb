#include "inventory/correspondents.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hashtable.h"
#include "base/ip.h"
#include "base/shares.h"
#include "db/run.h"
#include "mail/domain.h"
#include "policy/tie.h"

enum { KEY_MAX = 700 };

/* What passed lately of one domain, or of it from one address. */
struct passing {
    UT_hash_handle hh;
    int64_t passed, day;
    char network[IP_TEXT_MAX]; /* that it came from; "" none */
    size_t key_size;
    const char *domain, *address; /* in `key` */
    char key[];
};

struct correspondents {
    struct passing *table;
    struct shares *shares;
    int64_t day;  /* whose newcomers were counted; 0 none */
    int64_t rows; /* of that day */
    bool full;    /* CORRESPONDENTS_MAX, as it was then */
};

struct correspondents *correspondents_new(void)
{
    return calloc(1, sizeof(struct correspondents));
}

void correspondents_clear(struct correspondents *c)
{
    struct passing *p, *next;

    HASH_ITER(hh, c->table, p, next) {
        HASH_DEL(c->table, p);
        free(p);
    }
}

void correspondents_free(struct correspondents *c)
{
    if (c == NULL)
        return;
    correspondents_clear(c);
    shares_clear(&c->shares);
    free(c);
}

/* ---- counting ---- */

/* The part of its address that one owner is taken to have: /24, /48. */
static void correspondents_network(const char *address, char buf[static IP_TEXT_MAX])
{
    struct ip ip;

    buf[0] = '\0';
    if (!ip_parse(str_of(address), &ip))
        return;
    if (ip.family == IP_V4)
        ip.b[3] = 0;
    else
        memset(ip.b + 6, 0, sizeof ip.b - 6);
    (void)ip_text(&ip, buf);
}

/* Key: domain and address, each with its NUL, then the day. */
static enum rc correspondents_count(struct correspondents *c, const struct record *r, const char *address)
{
    const char *part[2] = {r->author_domain, address};
    int64_t day = r->time_ms / CLOCK_DAY_MS;
    char key[KEY_MAX];
    struct passing *p = NULL;
    size_t n = 0, at[2];

    for (int i = 0; i < 2; i++) {
        size_t size = strlen(part[i]) + 1;

        if (n + size + sizeof day > sizeof key)
            return RC_OK; /* no domain is as long as that */
        memcpy(key + n, part[i], size);
        at[i] = n;
        n += size;
    }
    memcpy(key + n, &day, sizeof day);
    n += sizeof day;
    HASH_FIND(hh, c->table, key, n, p);
    if (p == NULL) {
        p = calloc(1, sizeof *p + n);
        if (p == NULL)
            return RC_NOMEM;
        memcpy(p->key, key, n);
        p->key_size = n;
        p->day = day;
        correspondents_network(r->client_ip, p->network);
        p->domain = p->key + at[0];
        p->address = p->key + at[1];
        HASH_ADD_KEYPTR(hh, c->table, p->key, p->key_size, p);
        if (p->hh.tbl == NULL) {
            free(p);
            return RC_NOMEM;
        }
    }
    p->passed++;
    return RC_OK;
}

enum rc correspondents_add(struct correspondents *c, const struct record *r)
{
    enum rc rc;

    if (r->author_domain[0] == '\0' || strcmp(r->dmarc, enum_name(&dmarc_result_names, DMARC_PASS)) != 0)
        return RC_OK;
    rc = correspondents_count(c, r, "");
    return rc == RC_OK && tie_is_proved(r) ? correspondents_count(c, r, r->client_ip) : rc;
}

size_t correspondents_held(const struct correspondents *c)
{
    return HASH_COUNT(c->table);
}

static struct correspondents_row correspondents_row_of(const struct passing *p)
{
    return (struct correspondents_row){p->domain, p->address, p->network, p->day, p->passed};
}

enum rc correspondents_each(const struct correspondents *c, correspondents_taker *each, void *arg)
{
    enum rc rc = RC_OK;

    for (const struct passing *p = c->table; rc == RC_OK && p != NULL; p = p->hh.next) {
        const struct correspondents_row row = correspondents_row_of(p);

        rc = each(arg, &row);
    }
    return rc;
}

/* ---- rooms ---- */

bool correspondents_wants_day(const struct correspondents *c, int64_t day)
{
    return c->day != day;
}

void correspondents_begin_day(struct correspondents *c, int64_t day, int64_t rows, int64_t all)
{
    shares_clear(&c->shares);
    c->rows = rows;
    c->full = all >= CORRESPONDENTS_MAX;
    c->day = day;
}

bool correspondents_take_room(struct correspondents *c, const struct correspondents_row *row)
{
    bool room = !c->full && c->rows < CORRESPONDENTS_NEW_MAX && row->network[0] != '\0' &&
                shares_take(&c->shares, domain_registered(row->domain), CORRESPONDENTS_SHARE_MAX) &&
                shares_take(&c->shares, row->network, CORRESPONDENTS_SHARE_MAX);

    c->rows += room;
    return room;
}

/* Begins a day: what is there of it already, and in all. */
static enum rc correspondents_turn(struct correspondents *c, struct db *d, int64_t day, struct err *e)
{
    static const char sql[] = "SELECT count(*) FILTER (WHERE first_day = ?1), count(*) FROM correspondent";
    struct statement *s;
    bool row = false;
    enum rc rc = RC_OK;

    if (!correspondents_wants_day(c, day))
        return RC_OK;
    rc = db_query(d, sql, DB_VALUES(DB_INT(day)), &s, e);
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    correspondents_begin_day(c, day, row ? statement_int(s, 0) : 0, row ? statement_int(s, 1) : 0);
    statement_reset(s);
    return rc;
}

/* ---- writing ---- */

static enum rc correspondents_run(struct db *d, const char *sql, const struct passing *p, struct err *e)
{
    return db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(p->domain)), DB_TEXT(str_of(p->address)), DB_INT(p->day),
                       DB_INT(p->passed)), e);
}

static enum rc correspondents_write_one(struct correspondents *c, struct db *d, const struct passing *p, struct err *e)
{
    static const char update[] =
        "UPDATE correspondent SET passed = passed + ?4, days = days + CASE WHEN ?3 > last_day THEN 1 ELSE 0 END,"
        " first_day = CASE WHEN first_day < ?3 THEN first_day ELSE ?3 END,"
        " last_day = CASE WHEN last_day > ?3 THEN last_day ELSE ?3 END WHERE domain = ?1 AND address = ?2";
    static const char insert[] =
        "INSERT INTO correspondent (domain, address, first_day, last_day, days, passed) VALUES (?1, ?2, ?3, ?3, 1, ?4)";
    const struct correspondents_row row = correspondents_row_of(p);
    enum rc rc = correspondents_run(d, update, p, e);

    if (rc != RC_OK || db_changes(d) > 0)
        return rc;
    rc = correspondents_turn(c, d, p->day, e);
    return rc == RC_OK && correspondents_take_room(c, &row) ? correspondents_run(d, insert, p, e) : rc;
}

enum rc correspondents_write(struct correspondents *c, struct db *d, struct err *e)
{
    enum rc rc = RC_OK;

    for (struct passing *p = c->table; rc == RC_OK && p != NULL; p = p->hh.next)
        rc = correspondents_write_one(c, d, p, e);
    if (rc != RC_OK)
        c->day = 0; /* what was written is taken back: count again */
    return rc;
}

/* ---- asking ---- */

/* One number, by ?1 domain, ?2 address, ?3 day, ?4 the oldest day that counts. */
static enum rc correspondents_ask(struct db *d, const char *sql, const char *domain, const char *address, int64_t day,
                                  int64_t *out, struct err *e)
{
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(domain)), DB_TEXT(str_of(address)), DB_INT(day),
                          DB_INT(day - CORRESPONDENTS_PAST_DAYS)), &s, e);

    *out = 0;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *out = statement_int(s, 0);
    statement_reset(s);
    return rc;
}

enum rc correspondents_is_known(struct db *d, const char *domain, int64_t day, bool *known, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM correspondent WHERE domain = ?1 AND address = ?2 AND days > 1"
                              " AND first_day < ?3 AND last_day >= ?4";
    int64_t n;
    enum rc rc = correspondents_ask(d, sql, domain, "", day, &n, e);

    *known = n > 0;
    return rc;
}

enum rc correspondents_has_address(struct db *d, const char *domain, const char *address, int64_t day, bool *has,
                                   struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM correspondent WHERE domain = ?1 AND address = ?2 AND address <> ''"
                              " AND first_day < ?3 AND last_day >= ?4";
    int64_t n;
    enum rc rc = correspondents_ask(d, sql, domain, address, day, &n, e);

    *has = n > 0;
    return rc;
}

enum rc correspondents_passed(struct db *d, const char *domain, int64_t day, int64_t *passed, struct err *e)
{
    static const char sql[] = "SELECT coalesce(sum(passed), 0) FROM correspondent WHERE domain = ?1 AND address > ?2"
                              " AND first_day < ?3 AND last_day >= ?4";

    return correspondents_ask(d, sql, domain, "", day, passed, e);
}

/* Days that lie ahead are of a clock that was wrong, unless the newest record lies ahead, too. */
static enum rc correspondents_mend(struct db *d, int64_t day, struct err *e)
{
    static const char sql[] =
        "UPDATE correspondent SET last_day = ?1 WHERE last_day > ?1 + 1 AND first_day <= ?1 + 1"
        " AND coalesce((SELECT time_ms FROM message ORDER BY id DESC LIMIT 1), 0) < (?1 + 2) * ?2";

    return db_run_with(d, sql, DB_VALUES(DB_INT(day), DB_INT(CLOCK_DAY_MS)), e);
}

enum rc correspondents_prune(struct db *d, int64_t day, int64_t most, int64_t *gone, struct err *e)
{
    static const char sql[] =
        "DELETE FROM correspondent WHERE (domain, address) IN (SELECT domain, address FROM correspondent"
        " WHERE last_day < ?1 OR (days = 1 AND last_day < ?2) OR (first_day > ?3 AND"
        " coalesce((SELECT time_ms FROM message ORDER BY id DESC LIMIT 1), 0) < (?3 + 1) * ?5) LIMIT ?4)";
    enum rc rc = correspondents_mend(d, day, e);

    if (rc == RC_OK)
        rc = db_run_with(d, sql, DB_VALUES(DB_INT(day - CORRESPONDENTS_PAST_DAYS),
                         DB_INT(day - CORRESPONDENTS_ONCE_DAYS), DB_INT(day + 1), DB_INT(most),
                         DB_INT(CLOCK_DAY_MS)), e);
    if (rc == RC_OK)
        *gone += db_changes(d);
    return rc;
}
