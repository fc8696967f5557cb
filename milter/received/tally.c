#include "received/tally.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1 /* without memory the report is not stored now */
#include "base/hashtable.h"
#include "db/run.h"

enum { DAY_S = 86400, KEY_MAX = 700 };

/* One line of day_in.  The key is its day and the four texts, each with its NUL. */
struct sum {
    UT_hash_handle hh;
    struct received_counts counts;
    const char *domain, *source, *cause, *disposition; /* in key */
    int64_t day;
    bool spread;
    char key[];
};

struct received_tally {
    struct sum *sums;
};

void received_days(int64_t begin_s, int64_t end_s, int64_t *first_day, int64_t *days)
{
    int64_t length = end_s - begin_s;
    int64_t first = begin_s / DAY_S, last = (end_s > begin_s ? end_s - 1 : end_s) / DAY_S;

    *days = 1;
    if (length <= RECEIVED_SPREAD_HOURS * 3600) {
        *first_day = (begin_s + length / 2) / DAY_S;
    } else if (length > RECEIVED_SPREAD_DAYS * DAY_S) {
        *first_day = RECEIVED_NO_DAY;
    } else {
        *first_day = first;
        *days = last - first + 1;
    }
}

struct received_tally *received_tally_new(void)
{
    return calloc(1, sizeof(struct received_tally));
}

static void tally_empty(struct received_tally *t)
{
    struct sum *s, *next;

    HASH_ITER(hh, t->sums, s, next) {
        HASH_DEL(t->sums, s);
        free(s);
    }
}

void received_tally_free(struct received_tally *t)
{
    if (t == NULL)
        return;
    tally_empty(t);
    free(t);
}

/* ---- adding ---- */

static struct sum *sum_new(const char *key, size_t n, int64_t day, bool spread)
{
    struct sum *s = calloc(1, sizeof *s + n);

    if (s == NULL)
        return NULL;
    memcpy(s->key, key, n);
    s->day = day;
    s->spread = spread;
    s->domain = s->key + sizeof day;
    s->source = s->domain + strlen(s->domain) + 1;
    s->cause = s->source + strlen(s->source) + 1;
    s->disposition = s->cause + strlen(s->cause) + 1;
    return s;
}

/* The line for that row and day; NULL without memory. */
static struct sum *sum_of(struct received_tally *t, const struct received_row *row, int64_t day, bool spread)
{
    char mem[KEY_MAX];
    struct strbuf key = STRBUF_ON(mem);
    const char *const text[] = {row->domain, row->source, row->cause, row->disposition};
    struct sum *s;

    strbuf_put(&key, (struct str){(const char *)&day, sizeof day});
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        strbuf_puts(&key, text[i]);
        strbuf_putc(&key, '\0');
    }
    MUST(!key.over); /* a domain, a source and two words of ours */
    HASH_FIND(hh, t->sums, key.p, key.n, s);
    if (s != NULL)
        return s;
    s = sum_new(key.p, key.n, day, spread);
    if (s == NULL)
        return NULL;
    HASH_ADD_KEYPTR(hh, t->sums, s->key, key.n, s);
    if (s->hh.tbl != NULL)
        return s;
    free(s);
    return NULL;
}

static void sum_add(struct received_counts *c, const struct received_row *row, int64_t n)
{
    c->messages += n;
    if (row->passes != 0)
        c->passed += n;
    if (row->passes == RECEIVED_PASS_SPF)
        c->spf_only += n;
    if (row->passes == RECEIVED_PASS_DKIM)
        c->dkim_only += n;
    if (strcmp(row->disposition, "quarantine") == 0)
        c->quarantined += n;
    if (strcmp(row->disposition, "reject") == 0)
        c->rejected += n;
    if ((row->marks & RECEIVED_FORWARDED) != 0)
        c->forwarded += n;
}

/* The same share for each day; what is left over is given to the last days, one each. */
enum rc received_tally_add(struct received_tally *t, const struct received_row *row, int64_t first_day, int64_t days,
                           int times, struct err *e)
{
    int64_t share = row->messages / days, left = row->messages % days;

    for (int64_t i = 0; i < days; i++) {
        int64_t n = share + (i >= days - left ? 1 : 0);
        struct sum *s;

        if (n == 0)
            continue;
        s = sum_of(t, row, first_day + i, days > 1);
        if (s == NULL)
            return err_set(e, RC_NOMEM, "no memory for the sums of a report");
        sum_add(&s->counts, row, n * times);
    }
    return RC_OK;
}

/* ---- writing ---- */

#define SUM_NAMES "messages, passed, spf_only, dkim_only, quarantined, rejected, forwarded"
#define SUM_RAISED(table, column) #column " = " #table "." #column " + excluded." #column
#define SUM_UPDATE(table) \
    " DO UPDATE SET " SUM_RAISED(table, messages) ", " SUM_RAISED(table, passed) ", " SUM_RAISED(table, spf_only) ", " \
    SUM_RAISED(table, dkim_only) ", " SUM_RAISED(table, quarantined) ", " SUM_RAISED(table, rejected) ", " \
    SUM_RAISED(table, forwarded)

static void bind_counts(struct statement *s, int at, const struct received_counts *c)
{
    statement_bind_int(s, at, c->messages);
    statement_bind_int(s, at + 1, c->passed);
    statement_bind_int(s, at + 2, c->spf_only);
    statement_bind_int(s, at + 3, c->dkim_only);
    statement_bind_int(s, at + 4, c->quarantined);
    statement_bind_int(s, at + 5, c->rejected);
    statement_bind_int(s, at + 6, c->forwarded);
}

static enum rc run_with_key(struct db *d, const char *sql, const struct sum *sum, const struct received_report *r,
                            bool counts, struct err *e)
{
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(r->client)), DB_TEXT(str_of(sum->domain)), DB_INT(sum->day),
                          DB_TEXT(str_of(sum->source)), DB_TEXT(str_of(sum->cause)), DB_TEXT(str_of(r->reporter)),
                          DB_TEXT(str_of(sum->disposition)),
                          DB_TEXT(str_of(enum_name(&received_trust_names, (int)r->trust))), DB_INT(sum->spread)),
                          &s, e);

    if (rc != RC_OK)
        return rc;
    if (counts)
        bind_counts(s, 10, &sum->counts);
    return statement_run_later(s, e);
}

static enum rc write_sum(struct db *d, const struct sum *sum, const struct received_report *r, struct err *e)
{
    static const char add[] =
        "INSERT INTO day_in (client, domain, day, source, cause, reporter, disposition, trust, spread, " SUM_NAMES ")"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
        " ON CONFLICT (client, domain, day, source, cause, reporter, disposition, trust, spread)" SUM_UPDATE(day_in);
    static const char clear[] =
        "DELETE FROM day_in WHERE client = ?1 AND domain = ?2 AND day = ?3 AND source = ?4 AND cause = ?5"
        " AND reporter = ?6 AND disposition = ?7 AND trust = ?8 AND spread = ?9 AND messages = 0";
    static const char add_day[] =
        "INSERT INTO domain_day_in (client, domain, day, trust, spread, " SUM_NAMES ")"
        " VALUES (?1, ?2, ?3, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
        " ON CONFLICT (client, domain, day, trust, spread)" SUM_UPDATE(domain_day_in);
    static const char clear_day[] =
        "DELETE FROM domain_day_in WHERE client = ?1 AND domain = ?2 AND day = ?3 AND trust = ?8 AND spread = ?9"
        " AND messages = 0";
    enum rc rc = run_with_key(d, add, sum, r, true, e);

    if (rc == RC_OK)
        rc = run_with_key(d, add_day, sum, r, true, e);
    if (rc == RC_OK && sum->counts.messages <= 0)
        rc = run_with_key(d, clear, sum, r, false, e);
    if (rc == RC_OK && sum->counts.messages <= 0)
        rc = run_with_key(d, clear_day, sum, r, false, e);
    return rc;
}

static bool is_nothing(const struct received_counts *c)
{
    const struct received_counts none = {0};

    return memcmp(c, &none, sizeof none) == 0;
}

enum rc received_tally_write(struct received_tally *t, struct db *d, const struct received_report *r, struct err *e)
{
    enum rc rc = RC_OK;

    for (const struct sum *s = t->sums; rc == RC_OK && s != NULL; s = s->hh.next)
        if (!is_nothing(&s->counts))
            rc = write_sum(d, s, r, e);
    tally_empty(t);
    return rc;
}
