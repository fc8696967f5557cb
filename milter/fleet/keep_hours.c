/* What the safety catch counts of a step's records: mail of correspondents in parts of ten minutes. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hashtable.h"
#include "fleet/keep_internal.h"
#include "policy/catch_rule.h"

enum { KEY_MAX = 400 };

/* One domain and address in one part of an hour; domain "" is all mail. */
struct hour_count {
    UT_hash_handle hh;
    int64_t bucket, passed, refused;
    size_t key_size;
    const char *domain, *address; /* in `key`; address "" where it passed */
    char key[];
};

struct hours {
    struct hour_count *table;
};

struct hours *hours_new(void)
{
    return calloc(1, sizeof(struct hours));
}

void hours_clear(struct hours *h)
{
    struct hour_count *c, *next;

    HASH_ITER(hh, h->table, c, next) {
        HASH_DEL(h->table, c);
        free(c);
    }
}

void hours_free(struct hours *h)
{
    if (h != NULL)
        hours_clear(h);
    free(h);
}

static struct hour_count *hours_count(struct hours *h, const char *domain, const char *address, int64_t bucket)
{
    char key[KEY_MAX];
    struct strbuf b = STRBUF_ON(key);
    struct hour_count *c = NULL;

    strbuf_puts(&b, domain);
    strbuf_putc(&b, '\0');
    strbuf_puts(&b, address);
    strbuf_putc(&b, '\0');
    strbuf_put(&b, (struct str){(const char *)&bucket, sizeof bucket});
    if (b.over)
        return NULL;
    HASH_FIND(hh, h->table, b.p, b.n, c);
    if (c != NULL || (c = calloc(1, sizeof *c + b.n)) == NULL)
        return c;
    memcpy(c->key, b.p, b.n);
    c->key_size = b.n;
    c->bucket = bucket;
    c->domain = c->key;
    c->address = c->key + strlen(domain) + 1;
    HASH_ADD_KEYPTR(hh, h->table, c->key, c->key_size, c);
    if (c->hh.tbl != NULL)
        return c;
    free(c);
    return NULL;
}

enum rc hours_add(struct hours *h, const struct record *r, int64_t now_ms)
{
    int64_t at_ms = r->time_ms < now_ms ? r->time_ms : now_ms, bucket = at_ms / CATCH_BUCKET_MS;
    struct hour_count *all, *of;
    struct catch_weight w;

    if (bucket <= now_ms / CATCH_BUCKET_MS - CATCH_BUCKETS)
        return RC_OK;
    w = catch_weigh(r);
    if (!w.asked)
        return RC_OK;
    all = hours_count(h, "", "", bucket);
    if (all == NULL)
        return RC_NOMEM;
    all->refused += w.refused;
    all->passed += !w.refused;
    if ((!w.claim && !w.proof) || strlen(r->author_domain) + strlen(r->client_ip) + 24 > KEY_MAX)
        return RC_OK; /* no domain is as long as that */
    of = hours_count(h, r->author_domain, w.claim ? r->client_ip : "", bucket);
    if (of == NULL)
        return RC_NOMEM;
    of->refused += w.claim;
    of->passed += w.proof;
    return RC_OK;
}

static enum rc hours_copy(struct keep *k, struct err *e)
{
    static const char copy[] = "COPY new_hour (domain, address, bucket, passed, refused) FROM STDIN (FORMAT binary)";
    enum rc rc = pg_copy_begin(k->pg, copy, e);

    if (rc != RC_OK)
        return rc;
    for (const struct hour_count *c = k->hours->table; c != NULL; c = c->hh.next) {
        pg_copy_row(k->pg, 5);
        pg_copy_text(k->pg, str_of(c->domain));
        pg_copy_text(k->pg, str_of(c->address));
        pg_copy_int8(k->pg, c->bucket);
        pg_copy_int8(k->pg, c->passed);
        pg_copy_int8(k->pg, c->refused);
    }
    return pg_copy_end(k->pg, e);
}

/*
 * Refusals count where the address was the domain's before today, all others for nothing; what passed counts of
 * domains that were here before: of others the catch never comes on.
 */
enum rc keep_write_hours(struct keep *k, struct err *e)
{
    static const char sql[] =
        "INSERT INTO catch_hour AS h (domain, bucket, passed, refused)"
        " SELECT n.domain, n.bucket, sum(n.passed)::bigint, sum(n.refused)::bigint FROM new_hour n"
        " WHERE n.domain = '' OR EXISTS (SELECT FROM correspondent c WHERE c.domain = n.domain"
        "  AND (n.address = '' OR c.address = n.address) AND c.first_day < n.bucket * $1 / $2"
        "  AND c.last_day >= n.bucket * $1 / $2 - $3) GROUP BY n.domain, n.bucket"
        " ON CONFLICT (domain, bucket) DO UPDATE SET passed = h.passed + excluded.passed,"
        " refused = h.refused + excluded.refused";
    enum rc rc;

    if (k->hours->table == NULL)
        return RC_OK;
    rc = hours_copy(k, e);
    return rc == RC_OK ? pg_run_with(k->pg, sql, DB_VALUES(DB_INT(CATCH_BUCKET_MS), DB_INT(CLOCK_DAY_MS),
                                     DB_INT(CORRESPONDENTS_PAST_DAYS)), e) : rc;
}
