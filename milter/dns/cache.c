#include "dns/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HASH_NONFATAL_OOM 1
#include <utlist.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/hashtable.h"
#include "base/sync.h"

/* Either in flight, or answered and in the list of recent use. */
struct entry {
    UT_hash_handle hh;
    struct entry *prev, *next;
    struct flight *flight;
    struct answer *answer;
    int64_t until_ms;
    size_t bytes;
    uint8_t key[];
};

struct cache {
    pthread_mutex_t lock;
    struct cache_limits limits;
    struct entry *table;
    struct entry *recent; /* newest first */
    struct budget *budget; /* of the questions in flight */
    size_t flights;
    size_t waiting;        /* who wait for room */
    pthread_cond_t room;
    struct dns_counts counts;
};

struct flight {
    pthread_mutex_t lock;
    pthread_cond_t landed;
    bool done;
    struct answer *answer;
    unsigned refs; /* under the cache's lock */
    struct cache *cache;
    struct entry *entry;
    struct ticket ticket;
    struct question q;
};

struct cache *cache_new(struct cache_limits limits)
{
    struct cache *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->limits = limits;
    c->budget = budget_new(limits.flights);
    if (c->budget == NULL) {
        free(c);
        return NULL;
    }
    sync_cond_init(&c->room);
    (void)pthread_mutex_init(&c->lock, NULL);
    return c;
}

static size_t entry_size(const struct question *q)
{
    return sizeof(struct entry) + question_key_size(q);
}

/* Takes it out of the list and the sums, and forgets its answer. */
static void entry_clear(struct cache *c, struct entry *e)
{
    DL_DELETE(c->recent, e);
    c->counts.entries--;
    c->counts.bytes -= e->bytes;
    answer_unref(e->answer);
    e->answer = NULL;
}

static void entry_drop(struct cache *c, struct entry *e)
{
    HASH_DEL(c->table, e);
    free(e);
}

void cache_forget(struct cache *c)
{
    (void)pthread_mutex_lock(&c->lock);
    while (c->recent != NULL) {
        struct entry *e = c->recent;

        entry_clear(c, e);
        entry_drop(c, e);
    }
    (void)pthread_mutex_unlock(&c->lock);
}

void cache_free(struct cache *c)
{
    if (c == NULL)
        return;
    MUST(c->flights == 0);
    cache_forget(c);
    budget_free(c->budget);
    (void)pthread_cond_destroy(&c->room);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

static struct flight *flight_new(struct cache *c, struct entry *e, const struct question *q)
{
    struct flight *f = calloc(1, sizeof *f);

    if (f == NULL)
        return NULL;
    (void)pthread_mutex_init(&f->lock, NULL);
    sync_cond_init(&f->landed);
    f->refs = 2; /* the caller's and the source's */
    f->cache = c;
    f->entry = e;
    memcpy(&f->q, q, question_key_size(q) + 1);
    return f;
}

static void flight_free(struct flight *f)
{
    answer_unref(f->answer);
    (void)pthread_cond_destroy(&f->landed);
    (void)pthread_mutex_destroy(&f->lock);
    free(f);
}

static struct entry *entry_find(struct cache *c, const struct question *q, unsigned hash)
{
    struct entry *e;

    HASH_FIND_BYHASHVALUE(hh, c->table, q, (unsigned)question_key_size(q), hash, e);
    return e;
}

static struct entry *entry_add(struct cache *c, const struct question *q, unsigned hash)
{
    struct entry *e = calloc(1, entry_size(q));

    if (e == NULL)
        return NULL;
    memcpy(e->key, q, question_key_size(q));
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, c->table, e->key, (unsigned)question_key_size(q), hash, e);
    if (e->hh.tbl == NULL) { /* uthash found no memory */
        free(e);
        return NULL;
    }
    return e;
}

/* A new flight for `q`, whose entry may be there already, without an answer. */
static struct flight *cache_flight_begin(struct cache *c, const struct question *q, struct entry *e, unsigned hash)
{
    if (e == NULL)
        e = entry_add(c, q, hash);
    if (e == NULL)
        return NULL;
    e->flight = flight_new(c, e, q);
    if (e->flight == NULL) {
        entry_drop(c, e);
        return NULL;
    }
    c->flights++;
    return e->flight;
}

/* The same within the budget. */
static struct found flight_ask(struct cache *c, const struct question *q, struct entry *e, unsigned hash,
                               const struct asker *who, int64_t now_ms)
{
    struct found found = {.lead = false};
    struct ticket ticket;

    if (!budget_enter(c->budget, q->name, who, now_ms, &ticket)) {
        found.full = true;
        if (e != NULL)
            entry_drop(c, e); /* its answer is too old */
        return found;
    }
    found.flight = cache_flight_begin(c, q, e, hash);
    found.lead = found.flight != NULL;
    if (found.lead)
        found.flight->ticket = ticket;
    else
        budget_leave(c->budget, &ticket, false, now_ms);
    return found;
}

static struct answer *hit(struct cache *c, struct entry *e)
{
    c->counts.hits++;
    if (c->recent != e) {
        DL_DELETE(c->recent, e);
        DL_PREPEND(c->recent, e);
    }
    return answer_ref(e->answer);
}

/* With the lock held. */
static struct found cache_find_locked(struct cache *c, const struct question *q, unsigned hash, const struct asker *who,
                                      int64_t now_ms)
{
    struct entry *e = entry_find(c, q, hash);

    if (e != NULL && e->answer != NULL && e->until_ms <= now_ms)
        entry_clear(c, e);
    if (e != NULL && e->answer != NULL)
        return (struct found){.answer = hit(c, e)};
    if (e == NULL || e->flight == NULL)
        return flight_ask(c, q, e, hash, who, now_ms);
    c->counts.joined++;
    e->flight->refs++;
    return (struct found){.flight = e->flight};
}

/* Room is also made by time, which nobody tells of: a zone may be found silent, or not to be so any more. */
static bool wait_for_room(struct cache *c, int64_t now_ms, int64_t until_ms)
{
    enum { LOOK_MS = 250 };

    if (now_ms >= until_ms)
        return false;
    c->waiting++;
    (void)sync_wait_until(&c->room, &c->lock, until_ms - now_ms > LOOK_MS ? now_ms + LOOK_MS : until_ms);
    c->waiting--;
    return true;
}

static struct found cache_find_until(struct cache *c, const struct question *q, const struct asker *who, int64_t now_ms,
                                     int64_t until_ms)
{
    struct found found;
    unsigned hash;

    HASH_VALUE(q, (unsigned)question_key_size(q), hash);
    (void)pthread_mutex_lock(&c->lock);
    found = cache_find_locked(c, q, hash, who, now_ms);
    while (found.full && wait_for_room(c, now_ms, until_ms)) {
        now_ms = clock_mono_ms();
        found = cache_find_locked(c, q, hash, who, now_ms);
    }
    (void)pthread_mutex_unlock(&c->lock);
    return found;
}

struct found cache_find(struct cache *c, const struct question *q, const struct asker *who, int64_t until_ms)
{
    return cache_find_until(c, q, who, clock_mono_ms(), until_ms);
}

struct found cache_find_at(struct cache *c, const struct question *q, const struct asker *who, int64_t now_ms)
{
    return cache_find_until(c, q, who, now_ms, 0);
}

struct dns_counts cache_counts(struct cache *c)
{
    struct dns_counts counts;

    (void)pthread_mutex_lock(&c->lock);
    counts = c->counts;
    (void)pthread_mutex_unlock(&c->lock);
    return counts;
}

bool flight_is_silent(const struct flight *f)
{
    return f->ticket.silent;
}

const struct question *flight_question(const struct flight *f)
{
    return &f->q;
}

static int64_t ttl_bounded(const struct dns_answer *a)
{
    uint32_t most = a->status == DNS_NOERROR ? CACHE_POSITIVE_MAX : CACHE_NEGATIVE_MAX;

    if (a->status == DNS_TEMPFAIL)
        return CACHE_FAILURE;
    return a->ttl < 1 ? 1 : a->ttl > most ? most : a->ttl;
}

static bool over_limits(const struct cache *c)
{
    return c->counts.entries > c->limits.entries || c->counts.bytes > c->limits.bytes;
}

/* The entry of a flight gets its answer, or goes. */
static void entry_land(struct cache *c, struct entry *e, const struct question *q, struct answer *a,
                       int64_t now_ms)
{
    e->flight = NULL;
    c->flights--;
    if (a == NULL) {
        entry_drop(c, e);
        return;
    }
    e->answer = answer_ref(a);
    e->until_ms = now_ms + 1000 * ttl_bounded(&a->pub);
    e->bytes = entry_size(q) + a->bytes;
    c->counts.entries++;
    c->counts.bytes += e->bytes;
    DL_PREPEND(c->recent, e);
    while (c->recent != NULL && over_limits(c)) {
        struct entry *oldest = c->recent->prev; /* utlist: the head's prev is the tail */

        entry_clear(c, oldest);
        entry_drop(c, oldest);
    }
}

void flight_land(struct flight *f, struct answer *a, int64_t now_ms)
{
    struct cache *c = f->cache;

    (void)pthread_mutex_lock(&c->lock);
    entry_land(c, f->entry, &f->q, a, now_ms);
    f->entry = NULL;
    budget_leave(c->budget, &f->ticket, a != NULL && a->pub.status != DNS_TEMPFAIL, now_ms);
    if (c->waiting > 0)
        (void)pthread_cond_broadcast(&c->room);
    (void)pthread_mutex_unlock(&c->lock);

    (void)pthread_mutex_lock(&f->lock);
    f->answer = a;
    f->done = true;
    (void)pthread_cond_broadcast(&f->landed);
    (void)pthread_mutex_unlock(&f->lock);
    flight_unref(f);
}

bool flight_wait(struct flight *f, int64_t until_ms, struct answer **a)
{
    bool done;

    (void)pthread_mutex_lock(&f->lock);
    while (!f->done && until_ms > 0 && sync_wait_until(&f->landed, &f->lock, until_ms))
        ;
    done = f->done;
    *a = done && f->answer != NULL ? answer_ref(f->answer) : NULL;
    (void)pthread_mutex_unlock(&f->lock);
    return done;
}

void flight_unref(struct flight *f)
{
    struct cache *c;
    bool last;

    if (f == NULL)
        return;
    c = f->cache;
    (void)pthread_mutex_lock(&c->lock);
    last = --f->refs == 0;
    (void)pthread_mutex_unlock(&c->lock);
    if (last)
        flight_free(f);
}
