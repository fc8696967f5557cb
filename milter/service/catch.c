#include "service/catch.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hashtable.h"
#include "base/ip.h"
#include "base/log.h"
#include "policy/catch_rule.h"
#include "records/store.h"

enum { REST_MS = 60 * 1000, EXPIRE_EVERY_MS = 10 * 1000, DOMAIN_BYTES = 256,
       LOOK_AT_MAX = 32, PLACES = 16384 };

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

/* The last hour of a domain, or of all, in ring order. */
struct hour {
    UT_hash_handle hh;
    int64_t bucket; /* the number of the newest */
    uint32_t all[CATCH_BUCKETS], refused[CATCH_BUCKETS];
    int64_t until_ms, rest_ms; /* on until then; not looked at before then */
    uint64_t replaced;         /* which file it was put into: store_counts */
    char domain[DOMAIN_BYTES];
};

/*
 * What passed within an hour.  Domains share a place by their hash, which nobody outside can choose: strangers push
 * nobody out, and sharing one only makes the catch slower to come on.
 */
struct passes {
    int64_t bucket;
    uint32_t n[CATCH_BUCKETS];
};

/* A refusal that claims a tie; whether the address was the domain's before is asked when it is looked at. */
struct claim {
    struct claim *next;
    int64_t at_ms;
    char address[IP_TEXT_MAX];
    char domain[];
};

struct catch {
    char *database;
    struct store *store; /* catch_look's; NULL: not open */
    bool bad;            /* which was said */
    uint64_t reopened;   /* times that it was closed after trouble */
    int64_t expired_ms;  /* when the table was last gone through; 0 never */
    pthread_mutex_t lock; /* of what follows */
    struct hour everything;
    struct hour *domains; /* of correspondents only: strangers do not come in */
    struct passes passes[PLACES];
    struct claim *claims; /* the newest first */
    unsigned claimed;
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
    MUST(pthread_mutex_init(&c->lock, NULL) == 0);
    return c;
}

static void free_claims(struct claim *claim)
{
    while (claim != NULL) {
        struct claim *next = claim->next;

        free(claim);
        claim = next;
    }
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
    free_claims(c->claims);
    store_close(c->store);
    (void)pthread_mutex_destroy(&c->lock);
    free(c->database);
    free(c);
}

/* ---- counting ---- */

/* Forgets what is older than an hour, and what lies ahead of a clock that was set back; `other` may be NULL. */
static void turn_to(int64_t *at, uint32_t n[CATCH_BUCKETS], uint32_t *other, int64_t now_ms)
{
    int64_t bucket = now_ms / CATCH_BUCKET_MS;

    if (*at > bucket + 1 || *at < bucket - CATCH_BUCKETS)
        *at = bucket - CATCH_BUCKETS;
    for (; *at < bucket; ++*at) {
        n[(*at + 1) % CATCH_BUCKETS] = 0;
        if (other != NULL)
            other[(*at + 1) % CATCH_BUCKETS] = 0;
    }
}

static void turn(struct hour *h, int64_t now_ms)
{
    turn_to(&h->bucket, h->all, h->refused, now_ms);
}

static struct passes *passes_of(struct catch *c, const char *domain, int64_t now_ms)
{
    struct passes *p = &c->passes[keyed_hash(domain, strlen(domain)) % PLACES];

    turn_to(&p->bucket, p->n, NULL, now_ms);
    return p;
}

static uint32_t sum(const uint32_t n[CATCH_BUCKETS])
{
    uint32_t s = 0;

    for (int i = 0; i < CATCH_BUCKETS; i++)
        s += n[i];
    return s;
}

static void catch_add(struct hour *h, bool refused, int64_t now_ms)
{
    turn(h, now_ms);
    h->all[h->bucket % CATCH_BUCKETS]++;
    h->refused[h->bucket % CATCH_BUCKETS] += refused;
}

/* The hour of that domain; NULL when there is no room for another. */
static struct hour *hour_of(struct catch *c, const char *domain)
{
    struct hour *h = NULL;

    HASH_FIND_STR(c->domains, domain, h);
    if (h != NULL || domain[0] == '\0' || strlen(domain) >= DOMAIN_BYTES || HASH_COUNT(c->domains) >= CATCH_DOMAINS_MAX)
        return h; /* a correspondent that is not counted is refused as any other */
    h = calloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    memcpy(h->domain, domain, strlen(domain) + 1);
    HASH_ADD_STR(c->domains, domain, h);
    if (h->hh.tbl == NULL) {
        free(h);
        return NULL;
    }
    return h;
}

/* Without memory, or when more come than can be looked up, it does not count. */
static void put_claim(struct catch *c, const struct record *r, int64_t now_ms)
{
    size_t n = strlen(r->author_domain) + 1, m = strlen(r->client_ip) + 1;
    struct claim *claim;

    if (c->claimed >= CATCH_CLAIMS_MAX || n > DOMAIN_BYTES || m > IP_TEXT_MAX || c->database[0] == '\0')
        return;
    claim = calloc(1, sizeof *claim + n);
    if (claim == NULL)
        return;
    claim->at_ms = now_ms;
    memcpy(claim->domain, r->author_domain, n);
    memcpy(claim->address, r->client_ip, m);
    claim->next = c->claims;
    c->claims = claim;
    c->claimed++;
}

void catch_count(struct catch *c, const struct record *r, int64_t now_ms)
{
    const struct catch_weight w = catch_weigh(r);
    struct passes *p;

    if (!w.asked)
        return;
    pthread_mutex_lock(&c->lock);
    catch_add(&c->everything, w.refused, now_ms);
    if (w.claim)
        put_claim(c, r, now_ms);
    if (w.proof) {
        p = passes_of(c, r->author_domain, now_ms);
        p->n[p->bucket % CATCH_BUCKETS]++;
    }
    pthread_mutex_unlock(&c->lock);
}

/* ---- on and off ---- */

/* A domain to be looked at, and its counts at that time. */
struct look {
    struct hour *h;
    uint32_t all, refused;
};

static enum rc catch_open_store(struct catch *c, struct err *e)
{
    return c->store != NULL ? RC_OK : store_open(c->database, STORE_EDIT, false, &c->store, e);
}

static int64_t longest_ms(const struct config *config)
{
    return (int64_t)config->catch_hours * 3600 * 1000;
}

static void clock_text(int64_t ms, char buf[static 24])
{
    time_t t = (time_t)(ms / 1000);
    struct tm tm;

    buf[0] = '\0';
    if (gmtime_r(&t, &tm) != NULL)
        (void)strftime(buf, 24, "%Y-%m-%d %H:%M UTC", &tm);
}

static enum rc put_on(struct catch *c, const struct look *l, unsigned hours, int64_t passed, int64_t now_ms,
                      struct err *e)
{
    struct hour *h = l->h;
    int64_t until = now_ms + (int64_t)hours * 3600 * 1000;
    char when[24];
    enum rc rc = store_caught_put(c->store, h->domain, now_ms, until, e);

    if (rc != RC_OK)
        return rc;
    clock_text(until, when);
    log_write(LOG_LEVEL_ERROR, NULL, "safety catch on for %s: the rules are against %u of its %u messages of the last "
              "hour from addresses of its own, and %" PRId64 " passed from there in the past weeks; nothing is done to "
              "mail from there until %s or \"assay policy release %s\"", h->domain, l->refused, l->all, passed, when,
              h->domain);
    h->until_ms = until;
    h->replaced = store_counts(c->store).replaced + c->reopened;
    c->on++;
    return RC_OK;
}

static void catch_put_back(struct catch *c, struct hour *h, const char *why, int64_t rest_ms)
{
    log_write(LOG_LEVEL_WARNING, NULL, "safety catch off for %s: %s", h->domain, why);
    h->until_ms = 0;
    h->rest_ms = rest_ms;
    c->on--;
    pthread_mutex_lock(&c->lock);
    memset(h->all, 0, sizeof h->all);
    memset(h->refused, 0, sizeof h->refused);
    pthread_mutex_unlock(&c->lock);
}

/* The file it was put into is another one by now, a backup perhaps: nobody released it. */
static enum rc put_again(struct catch *c, struct hour *h, int64_t now_ms, struct err *e)
{
    enum rc rc = store_caught_put(c->store, h->domain, now_ms, h->until_ms, e);

    if (rc != RC_OK)
        return rc;
    h->replaced = store_counts(c->store).replaced + c->reopened;
    log_write(LOG_LEVEL_WARNING, NULL, "safety catch for %s stays on: the database was replaced", h->domain);
    return RC_OK;
}

/* One that is on: did somebody release it, or has its time come? */
static enum rc look_at_caught(struct catch *c, struct hour *h, int64_t longest, int64_t now_ms, struct err *e)
{
    int64_t until;
    enum rc rc = store_caught_until(c->store, h->domain, &until, e);

    if (rc != RC_OK || until != 0)
        return rc;
    if (now_ms >= h->until_ms || h->until_ms - now_ms > longest)
        catch_put_back(c, h, now_ms >= h->until_ms ? "its time is over" : "the clock was set back", 0);
    else if (h->replaced != store_counts(c->store).replaced + c->reopened)
        return put_again(c, h, now_ms, e);
    else
        catch_put_back(c, h, "released by hand", now_ms + longest);
    return RC_OK;
}

static enum rc catch_look_at(struct catch *c, const struct look *l, const struct config *config, int64_t now_ms,
                             struct err *e)
{
    struct hour *h = l->h;
    int64_t passed = 0;
    enum rc rc = catch_open_store(c, e);

    if (rc == RC_OK && h->until_ms != 0)
        return look_at_caught(c, h, longest_ms(config), now_ms, e);
    if (rc == RC_OK)
        rc = store_correspondent_passed(c->store, h->domain, now_ms / day_ms, &passed, e);
    if (rc == RC_OK && catch_comes_on(passed))
        return put_on(c, l, config->catch_hours, passed, now_ms, e);
    h->rest_ms = now_ms + REST_MS;
    return rc;
}

/* Twice what is usual is against all mail: that is somebody's to look at, and nothing is let go for it. */
static enum rc look_at_everything(struct catch *c, const struct look *l, const struct config *config, int64_t now_ms,
                                  struct err *e)
{
    int64_t today = now_ms / day_ms;
    struct past_mail past;
    enum rc rc = catch_open_store(c, e);

    if (rc == RC_OK)
        rc = store_past(c->store, today - CATCH_PAST_DAYS, today, &past, e);
    l->h->rest_ms = now_ms + REST_MS;
    if (rc != RC_OK || !catch_is_unusual(l->refused, l->all, past.passed, past.refused, past.messages))
        return rc;
    log_write(LOG_LEVEL_ERROR, NULL, "the rules are against %u of all %u messages of the last hour, where they were "
              "against %" PRId64 " of %" PRId64 " in the past weeks; nothing is let go for that: please look at "
              "\"assay what-if --by cause\"", l->refused, l->all, past.refused, past.messages);
    l->h->rest_ms = now_ms + (int64_t)config->catch_hours * 3600 * 1000;
    return RC_OK;
}

/* Whatever is in the table, who put it there and when; but not with every look: it writes. */
static enum rc expire(struct catch *c, const struct config *config, int64_t now_ms, struct err *e)
{
    enum rc rc = catch_open_store(c, e);

    if (rc == RC_OK)
        rc = store_caught_expire(c->store, now_ms, longest_ms(config), e);
    c->expired_ms = now_ms;
    return rc;
}

/* Refusals of mail from addresses that were the domain's before; all others count for nothing. */
static enum rc count_claims(struct catch *c, int64_t now_ms, struct err *e)
{
    struct claim *claims;
    enum rc rc = RC_OK;

    pthread_mutex_lock(&c->lock);
    claims = c->claims;
    c->claims = NULL;
    c->claimed = 0;
    pthread_mutex_unlock(&c->lock);
    if (claims != NULL)
        rc = catch_open_store(c, e);
    for (struct claim *it = claims; rc == RC_OK && it != NULL; it = it->next) {
        struct hour *h;
        bool has = false;

        rc = store_correspondent_has(c->store, it->domain, it->address, now_ms / day_ms, &has, e);
        if (rc != RC_OK || !has)
            continue;
        pthread_mutex_lock(&c->lock);
        h = hour_of(c, it->domain);
        if (h != NULL)
            catch_add(h, true, it->at_ms);
        pthread_mutex_unlock(&c->lock);
    }
    free_claims(claims);
    return rc;
}

/* Worth a look: on already, or this hour's refusals are too many. */
static bool wants_look(struct hour *h, const struct look *l, unsigned share, uint32_t least, int64_t now_ms)
{
    return h->until_ms != 0 || (now_ms >= h->rest_ms && catch_is_suspect(l->refused, l->all, share, least));
}

/* Takes out what had no mail for an hour, so that others find room. */
static void catch_make_room(struct catch *c, int64_t now_ms)
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

static struct look look_of(struct catch *c, struct hour *h, int64_t now_ms)
{
    struct look l = {.h = h};

    turn(h, now_ms);
    l.refused = sum(h->refused);
    l.all = h == &c->everything ? sum(h->all) : l.refused + sum(passes_of(c, h->domain, now_ms)->n);
    return l;
}

/* Domains are looked at in steps, the lock given up between: the database may keep us waiting. */
static size_t catch_collect(struct catch *c, const struct config *config, int64_t now_ms,
                            struct look found[LOOK_AT_MAX])
{
    struct hour *h, *next;
    size_t n = 0;

    pthread_mutex_lock(&c->lock);
    catch_make_room(c, now_ms);
    found[n] = look_of(c, &c->everything, now_ms);
    n += wants_look(&c->everything, &found[n], config->catch_share, CATCH_LEAST_ALL, now_ms);
    HASH_ITER(hh, c->domains, h, next) {
        if (n == LOOK_AT_MAX)
            break;
        found[n] = look_of(c, h, now_ms);
        n += wants_look(h, &found[n], config->catch_share, CATCH_LEAST, now_ms);
    }
    pthread_mutex_unlock(&c->lock);
    return n;
}

void catch_look(struct catch *c, const struct config *config, int64_t now_ms)
{
    struct look found[LOOK_AT_MAX];
    struct err e = ERR_NONE;
    enum rc rc;
    size_t n;

    if (config->catch_share == 0 || c->database[0] == '\0')
        return;
    rc = count_claims(c, now_ms, &e);
    n = catch_collect(c, config, now_ms, found);
    if (c->expired_ms == 0 || now_ms < c->expired_ms || (n > 0 && now_ms - c->expired_ms >= EXPIRE_EVERY_MS))
        rc = rc == RC_OK ? expire(c, config, now_ms, &e) : rc;
    for (size_t i = 0; rc == RC_OK && i < n; i++) /* only this thread takes entries out */
        rc = found[i].h == &c->everything ? look_at_everything(c, &found[i], config, now_ms, &e)
                                          : catch_look_at(c, &found[i], config, now_ms, &e);
    if (rc != RC_OK && !c->bad)
        log_write(LOG_LEVEL_ERROR, NULL, "the safety catch cannot be put on or off: %s", e.text);
    c->bad = rc != RC_OK;
    if (rc != RC_OK && c->store != NULL) { /* handles outlive what broke them badly */
        c->reopened += store_counts(c->store).replaced + 1;
        store_close(c->store);
        c->store = NULL;
    }
}

unsigned catch_domains(struct catch *c)
{
    return c->on;
}
