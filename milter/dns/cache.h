/*
 * cache.h - the answers in memory, and the questions on their way.
 *
 * A question is in the cache as an answer with a time to live, or as a
 * flight: somebody is asking it, and everybody else who wants it waits for
 * the same flight.  RFC 2308 and RFC 8767 say how long answers may stay; our
 * own bounds are below.
 *
 * Threads: any.  The lock is held for a look-up, never while somebody waits.
 */
#ifndef ASSAY_DNS_CACHE_H
#define ASSAY_DNS_CACHE_H

#include "dns/answer.h"
#include "dns/question.h"

enum {
    CACHE_POSITIVE_MAX = 86400, /* seconds; none stays less than 1 */
    CACHE_NEGATIVE_MAX = 900,   /* RFC 2308 section 5 allows hours; who has just published wants less */
    CACHE_FAILURE = 5,          /* RFC 2308 section 7 allows up to 5 minutes */
    CACHE_FLIGHTS_MAX = 8192    /* questions in flight; more are refused */
};

struct cache;
struct flight;

struct cache_limits {
    size_t entries;
    size_t bytes;
};

/* NULL without memory. */
struct cache *cache_new(struct cache_limits limits);

/* No flight may be up.  NULL is allowed. */
void cache_free(struct cache *c);

/*
 * What the cache knows of `q` at `now_ms` (clock_mono_ms).  Either `answer`
 * or `flight`, with a reference for the caller; neither when memory or
 * CACHE_FLIGHTS_MAX is exhausted.  `lead`: the flight is new and the caller
 * must hand it to a source, which holds a reference of its own.
 */
struct found {
    struct answer *answer;
    struct flight *flight;
    bool lead;
};
struct found cache_find(struct cache *c, const struct question *q, int64_t now_ms);

/* hits, joined, entries, bytes; the rest is 0. */
struct dns_counts cache_counts(struct cache *c);

/* What is asked; valid while a reference is held. */
const struct question *flight_question(const struct flight *f);

/*
 * The source's last word: keeps `a` in the cache from `now_ms` on, wakes who
 * waits, and gives up the source's references to both.  `a` may be NULL:
 * there was no memory to say more.
 */
void flight_land(struct flight *f, struct answer *a, int64_t now_ms);

/*
 * Waits until the flight has landed or clock_mono_ms() reaches `until_ms`,
 * not at all when that is 0; false when it is late.  The answer comes with a reference, NULL as above.
 */
bool flight_wait(struct flight *f, int64_t until_ms, struct answer **a);

/* NULL is allowed. */
void flight_unref(struct flight *f);

#endif
