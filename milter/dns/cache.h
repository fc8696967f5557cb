/*
 * cache.h - the answers in memory, and the questions on their way.
 *
 * A question is in the cache as an answer with a time to live, or as a
 * flight: somebody is asking it, and everybody else who wants it waits for
 * the same flight.  RFC 2308 and RFC 8767 say how long answers may stay; our
 * own bounds are below.
 *
 * Threads: any.  The lock is held for a look-up, never while somebody waits
 * (who waits for room gives it away).
 */
#ifndef ASSAY_DNS_CACHE_H
#define ASSAY_DNS_CACHE_H

#include "dns/answer.h"
#include "dns/budget.h"
#include "dns/question.h"

enum {
    CACHE_POSITIVE_MAX = 86400, /* seconds; none stays less than 1 */
    CACHE_NEGATIVE_MAX = 900,   /* RFC 2308 section 5 allows hours; who has just published wants less */
    CACHE_FAILURE = 5           /* RFC 2308 section 7 allows up to 5 minutes */
};

struct cache;
struct flight;

struct cache_limits {
    size_t entries;
    size_t bytes;
    size_t flights; /* questions in flight; budget.h says who may have them */
};

/* NULL without memory. */
struct cache *cache_new(struct cache_limits limits);

/* No flight may be up.  NULL is allowed. */
void cache_free(struct cache *c);

/*
 * What the cache knows of `q`, asked by `who`, at clock_mono_ms().  Either
 * `answer` or `flight`, with a reference for the caller; neither when memory
 * is exhausted, or with `full`, when the asker, the zone or the resolver has
 * too much in flight and that did not end before clock_mono_ms() reached
 * `until_ms`, which is waited for (0: not at all).  `lead`: the flight is new
 * and the caller must hand it to a source, which holds a reference of its own.
 */
struct found {
    struct answer *answer;
    struct flight *flight;
    bool lead, full;
};
struct found cache_find(struct cache *c, const struct question *q, const struct asker *who, int64_t until_ms);

/* The same at `now_ms`, without waiting. */
struct found cache_find_at(struct cache *c, const struct question *q, const struct asker *who, int64_t now_ms);

/* Forgets every answer; flights go on. */
void cache_forget(struct cache *c);

/* hits, joined, entries, bytes; the rest is 0. */
struct dns_counts cache_counts(struct cache *c);

/* What is asked; valid while a reference is held. */
const struct question *flight_question(const struct flight *f);

/* Whether its zone was silent already when it was begun (budget.h). */
bool flight_is_silent(const struct flight *f);

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
