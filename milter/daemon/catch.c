#include "daemon/catch.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uthash.h>

#include "base/log.h"
#include "store/store.h"
#include "verdict/disposition.h"

enum { BUCKETS = 6, BUCKET_MS = 10 * 60 * 1000, HOUR_MS = BUCKETS * BUCKET_MS, DOMAIN_BYTES = 256, LOOK_AT_MAX = 32 };

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

/* The last hour of a domain, or of all, in ring order. */
struct hour {
    UT_hash_handle hh;
    int64_t bucket; /* the number of the newest */
    uint32_t all[BUCKETS], refused[BUCKETS];
    int64_t until_ms, rest_ms; /* on until then; not looked at before then */
    char domain[DOMAIN_BYTES];
};

struct catch {
    char *database;
    struct store *store; /* catch_look's; NULL: not open */
    bool bad;            /* which was said */
    pthread_mutex_t lock; /* of what follows */
    struct hour everything;
    struct hour *domains;
    unsigned on;
};

struct catch *catch_new(const char *database)
{
    struct catch *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->database = strdup(database);
    if (c->database == NULL) {
        free(c);
        return NULL;
    }
    c->everything.domain[0] = '*';
    MUST(pthread_mutex_init(&c->lock, NULL) == 0);
    return c;
}

void catch_free(struct catch *c)
{
    struct hour *h, *next;

    if (c == NULL)
        return;
    HASH_ITER(hh, c->domains, h, next) {
        HASH_DEL(c->domains, h);
        free(h);
    }
    store_close(c->store);
    (void)pthread_mutex_destroy(&c->lock);
    free(c->database);
    free(c);
}

/* ---- counting ---- */

/* Forgets what is older than an hour. */
static void turn(struct hour *h, int64_t now_ms)
{
    int64_t bucket = now_ms / BUCKET_MS;

    for (int i = 0; i < BUCKETS && h->bucket < bucket; i++) {
        h->bucket = bucket - h->bucket > BUCKETS ? bucket - BUCKETS : h->bucket;
        h->bucket++;
        h->all[h->bucket % BUCKETS] = h->refused[h->bucket % BUCKETS] = 0;
    }
}

static uint32_t sum(const uint32_t n[BUCKETS])
{
    uint32_t s = 0;

    for (int i = 0; i < BUCKETS; i++)
        s += n[i];
    return s;
}

static void add(struct hour *h, bool refused, int64_t now_ms)
{
    turn(h, now_ms);
    h->all[h->bucket % BUCKETS]++;
    h->refused[h->bucket % BUCKETS] += refused;
}

/* The hour of that domain; NULL when there is no room for another. */
static struct hour *hour_of(struct catch *c, const char *domain)
{
    struct hour *h = NULL;

    HASH_FIND_STR(c->domains, domain, h);
    if (h != NULL || domain[0] == '\0' || strlen(domain) >= DOMAIN_BYTES || HASH_COUNT(c->domains) >= CATCH_DOMAINS_MAX)
        return h;
    h = calloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    memcpy(h->domain, domain, strlen(domain) + 1);
    HASH_ADD_STR(c->domains, domain, h);
    return h;
}

static bool is_action(const struct record *r, enum policy_action action)
{
    return strcmp(r->action, enum_name(&policy_action_names, (int)action)) == 0;
}

void catch_count(struct catch *c, const struct record *r, int64_t now_ms)
{
    bool refused = (is_action(r, POLICY_REJECT) || is_action(r, POLICY_QUARANTINE)) && disposition_is_mishap(r);
    bool passed = strcmp(r->dmarc, enum_name(&dmarc_result_names, DMARC_PASS)) == 0;
    struct hour *h;

    if (r->action[0] == '\0' || strcmp(r->rule, DISPOSITION_MALFORMED_FROM) == 0)
        return; /* no rule was asked */
    pthread_mutex_lock(&c->lock);
    add(&c->everything, refused, now_ms);
    h = refused || passed ? hour_of(c, r->author_domain) : NULL;
    if (h != NULL)
        add(h, refused, now_ms);
    pthread_mutex_unlock(&c->lock);
}

/* ---- on and off ---- */

/* A domain to be looked at, and its counts at that time. */
struct look {
    struct hour *h;
    uint32_t all, refused;
};

static enum rc open_store(struct catch *c, struct err *e)
{
    return c->store != NULL ? RC_OK : store_open(c->database, STORE_EDIT, false, &c->store, e);
}

static bool is_too_much(uint64_t refused, uint64_t all, unsigned share)
{
    return refused * 100 > all * share;
}

/* Whether what came in the past weeks makes this hour's refusals strange. */
static enum rc is_strange(struct catch *c, const struct look *l, int64_t now_ms, int64_t *passed, bool *strange,
                          struct err *e)
{
    struct store_past past;
    int64_t today = now_ms / day_ms;
    enum rc rc = store_past(c->store, l->h->domain, today - CATCH_PAST_DAYS, today, &past, e);

    *passed = past.passed;
    *strange = past.passed >= CATCH_KNOWN;
    if (strcmp(l->h->domain, "*") == 0) /* twice what is usual */
        *strange = *strange && (uint64_t)l->refused * (uint64_t)past.messages > 2 * (uint64_t)past.refused * l->all;
    return rc;
}

static void clock_text(int64_t ms, char buf[static 24])
{
    time_t t = (time_t)(ms / 1000);
    struct tm tm;

    buf[0] = '\0';
    if (gmtime_r(&t, &tm) != NULL)
        (void)strftime(buf, 24, "%Y-%m-%d %H:%M UTC", &tm);
}

static const char *shown(const struct hour *h)
{
    return strcmp(h->domain, "*") == 0 ? "all mail" : h->domain;
}

static enum rc put_on(struct catch *c, const struct look *l, unsigned hours, int64_t passed, int64_t now_ms,
                      struct err *e)
{
    struct hour *h = l->h;
    const char *quote = strcmp(h->domain, "*") == 0 ? "'" : "";
    int64_t until = now_ms + (int64_t)hours * 3600 * 1000;
    char when[24];
    enum rc rc = store_caught_put(c->store, h->domain, now_ms, until, e);

    if (rc != RC_OK)
        return rc;
    clock_text(until, when);
    log_write(LOG_LEVEL_ERROR, NULL, "safety catch on for %s: the rules are against %u of its %u messages of the last "
              "hour, and %" PRId64 " passed in the past weeks; nothing is done to it until %s or \"assay policy "
              "release %s%s%s\"", shown(h), l->refused, l->all, passed, when, quote, h->domain, quote);
    h->until_ms = until;
    c->on++;
    return RC_OK;
}

static void put_off(struct catch *c, struct hour *h, const char *why, int64_t rest_ms)
{
    log_write(LOG_LEVEL_WARNING, NULL, "safety catch off for %s: %s", shown(h), why);
    h->until_ms = 0;
    h->rest_ms = rest_ms;
    c->on--;
    pthread_mutex_lock(&c->lock);
    memset(h->all, 0, sizeof h->all);
    memset(h->refused, 0, sizeof h->refused);
    pthread_mutex_unlock(&c->lock);
}

/* One that is on: has its time come, or did somebody release it? */
static enum rc look_at_caught(struct catch *c, struct hour *h, unsigned hours, int64_t now_ms, struct err *e)
{
    int64_t until;
    bool was;
    enum rc rc = store_caught_until(c->store, h->domain, &until, e);

    if (rc != RC_OK)
        return rc;
    if (until == 0 && now_ms < h->until_ms) {
        put_off(c, h, "released by hand", now_ms + (int64_t)hours * 3600 * 1000);
        return RC_OK;
    }
    if (now_ms < until)
        return RC_OK;
    rc = store_caught_remove(c->store, h->domain, &was, e);
    if (rc == RC_OK)
        put_off(c, h, "its time is over", 0);
    return rc;
}

static enum rc look_at(struct catch *c, const struct look *l, const struct config *config, int64_t now_ms,
                       struct err *e)
{
    struct hour *h = l->h;
    bool strange = false;
    int64_t passed;
    enum rc rc = open_store(c, e);

    if (rc == RC_OK && h->until_ms != 0)
        return look_at_caught(c, h, config->catch_hours, now_ms, e);
    if (rc == RC_OK)
        rc = is_strange(c, l, now_ms, &passed, &strange, e);
    if (rc == RC_OK && strange)
        return put_on(c, l, config->catch_hours, passed, now_ms, e);
    h->rest_ms = now_ms + BUCKET_MS / 10; /* asked again in a minute */
    return rc;
}

/* Worth a look: on already, or this hour's refusals are too many. */
static bool wants_look(struct hour *h, const struct config *config, uint32_t least, int64_t now_ms)
{
    if (h->until_ms != 0)
        return true;
    turn(h, now_ms);
    return now_ms >= h->rest_ms && sum(h->refused) >= least &&
           is_too_much(sum(h->refused), sum(h->all), config->catch_share);
}

/* Takes out what had no mail for an hour, so that others find room. */
static void make_room(struct catch *c, int64_t now_ms)
{
    struct hour *h, *next;

    if (HASH_COUNT(c->domains) < CATCH_DOMAINS_MAX)
        return;
    HASH_ITER(hh, c->domains, h, next) {
        turn(h, now_ms);
        if (sum(h->all) > 0 || h->until_ms != 0 || h->rest_ms > now_ms)
            continue;
        HASH_DEL(c->domains, h);
        free(h);
    }
}

static struct look look_of(struct hour *h)
{
    return (struct look){.h = h, .all = sum(h->all), .refused = sum(h->refused)};
}

/* Domains are looked at in steps, the lock given up between: the database may keep us waiting. */
static size_t collect(struct catch *c, const struct config *config, int64_t now_ms, struct look found[LOOK_AT_MAX])
{
    struct hour *h, *next;
    size_t n = 0;

    pthread_mutex_lock(&c->lock);
    make_room(c, now_ms);
    if (wants_look(&c->everything, config, CATCH_LEAST_ALL, now_ms))
        found[n++] = look_of(&c->everything);
    HASH_ITER(hh, c->domains, h, next)
        if (n < LOOK_AT_MAX && wants_look(h, config, CATCH_LEAST, now_ms))
            found[n++] = look_of(h);
    pthread_mutex_unlock(&c->lock);
    return n;
}

void catch_look(struct catch *c, const struct config *config, int64_t now_ms)
{
    struct look found[LOOK_AT_MAX];
    struct err e = ERR_NONE;
    enum rc rc = RC_OK;
    size_t n;

    if (config->catch_share == 0 || c->database[0] == '\0')
        return;
    n = collect(c, config, now_ms, found);
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        rc = look_at(c, &found[i], config, now_ms, &e); /* only this thread takes entries out */
    if (rc != RC_OK && !c->bad)
        log_write(LOG_LEVEL_ERROR, NULL, "the safety catch cannot be put on or off: %s", e.text);
    c->bad = rc != RC_OK;
}

unsigned catch_domains(struct catch *c)
{
    return c->on;
}
