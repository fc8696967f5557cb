/* The questions of one message: its deadline, and every answer it got. */
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "base/clock.h"
#include "dns/dns.h"
#include "dns/internal.h"

/* A question of this scope: waiting for room, on its way, or answered. */
struct kept {
    struct kept *next;
    struct flight *flight;
    struct answer *owned;           /* a reference, unless `answer` is one of the constants below */
    const struct dns_answer *answer;
    size_t key_size;
    uint8_t key[]; /* the first bytes of a struct question */
};

struct dns_scope {
    struct dns *dns;
    struct kept *kept; /* newest first; a message asks a few dozen questions, so a list does */
    int timeout_ms;
    bool started;
    bool nonblocking;
    struct asker who;
    unsigned ahead;    /* at least how many that nobody has waited for yet are on their way */
    struct kept *pending; /* the first that was not answered while non-blocking */
    int64_t deadline_ms;
    unsigned questions;
    int64_t waited_ms;
};

/* Answers that need no memory. */
static const struct dns_answer impossible_name = {.status = DNS_NXDOMAIN, .canonical = "", .why = ""};
static const struct dns_answer too_late = {.status = DNS_TEMPFAIL, .canonical = "", .why = "deadline"};
static const struct dns_answer too_many = {.status = DNS_TEMPFAIL, .canonical = "", .why = "too many questions"};
static const struct dns_answer not_yet = {.status = DNS_TEMPFAIL, .canonical = "", .why = "not yet"};
static const struct dns_answer no_memory = {.status = DNS_TEMPFAIL, .canonical = "", .why = "no memory"};

struct dns_scope *dns_scope_new(struct dns *d, int timeout_ms)
{
    struct dns_scope *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->dns = d;
    s->timeout_ms = timeout_ms;
    return s;
}

void dns_scope_free(struct dns_scope *s)
{
    if (s == NULL)
        return;
    while (s->kept != NULL) {
        struct kept *k = s->kept;

        s->kept = k->next;
        flight_unref(k->flight);
        answer_unref(k->owned);
        free(k);
    }
    free(s);
}

void dns_scope_set_client(struct dns_scope *s, const struct ip *ip)
{
    s->who.client = ip_client(ip);
}

void dns_scope_set_essential(struct dns_scope *s, bool essential)
{
    s->who.essential = essential;
}

static struct kept *kept_find(const struct dns_scope *s, const struct question *q)
{
    size_t n = question_key_size(q);

    for (struct kept *k = s->kept; k != NULL; k = k->next)
        if (k->key_size == n && memcmp(k->key, q, n) == 0)
            return k;
    return NULL;
}

static void count_failure(struct dns *d, const char *why)
{
    (void)atomic_fetch_add_explicit(&d->failures, 1, memory_order_relaxed);
    if (strcmp(why, "deadline") == 0 || strcmp(why, "timeout") == 0)
        (void)atomic_fetch_add_explicit(&d->timeouts, 1, memory_order_relaxed);
}

/* The last word on `q`, which is `k`: `a` (a reference, or NULL) or one of the constants. */
static void scope_settle(struct dns_scope *s, struct kept *k, const struct question *q, struct answer *a,
                         const struct dns_answer *otherwise)
{
    flight_unref(k->flight);
    k->flight = NULL;
    k->owned = a;
    k->answer = a != NULL ? &a->pub : otherwise;
    if (k->answer->status == DNS_TEMPFAIL)
        count_failure(s->dns, k->answer->why);
    if (s->dns->recorder != NULL)
        recorder_put(s->dns->recorder, q, k->answer);
}

/* Room for `q`, of which nothing is known yet. */
static struct kept *kept_new(struct dns_scope *s, const struct question *q)
{
    size_t n = question_key_size(q);
    struct kept *k = calloc(1, sizeof *k + n);

    if (k == NULL)
        return NULL;
    k->key_size = n;
    memcpy(k->key, q, n);
    LL_PREPEND(s->kept, k);
    s->questions++;
    (void)atomic_fetch_add_explicit(&s->dns->questions, 1, memory_order_relaxed);
    return k;
}

static void kept_question(const struct kept *k, struct question *q)
{
    memcpy(q, k->key, k->key_size);
    q->name[q->n] = '\0';
}

/* Sets `k` going, or takes what the cache knows; false while there is no room for it, which is waited for. */
static bool kept_begin(struct dns_scope *s, struct kept *k, const struct question *q, int64_t until_ms)
{
    struct dns *d = s->dns;
    struct found found = cache_find(d->cache, q, &s->who, until_ms);

    if (found.full)
        return false;
    k->flight = found.flight;
    if (found.lead)
        d->source->ask(d->source, found.flight);
    if (found.flight == NULL)
        scope_settle(s, k, q, found.answer, &no_memory);
    return true;
}

/* The first wait of a scope sets its deadline. */
static int64_t deadline_of(struct dns_scope *s, int64_t now_ms)
{
    if (!s->started) {
        s->started = true;
        s->deadline_ms = now_ms + s->timeout_ms;
    }
    return s->deadline_ms;
}

/* Waits until it is on its way and has landed, or the deadline is there. */
static bool scope_wait(struct dns_scope *s, struct kept *k, const struct question *q, struct answer **a)
{
    int64_t before = clock_mono_ms(), deadline = deadline_of(s, before);
    bool landed = (k->flight != NULL || kept_begin(s, k, q, deadline)) && k->flight != NULL &&
                  flight_wait(k->flight, deadline, a);

    s->waited_ms += clock_mono_ms() - before;
    return landed;
}

/* Non-blocking, it may stay unanswered. */
static void kept_await(struct dns_scope *s, struct kept *k, const struct question *q)
{
    struct answer *a = NULL;
    bool landed = k->flight != NULL && flight_wait(k->flight, 0, &a);

    if (!landed && s->nonblocking && (!s->started || clock_mono_ms() < s->deadline_ms)) {
        s->pending = s->pending != NULL ? s->pending : k;
        return;
    }
    if (!landed)
        landed = scope_wait(s, k, q, &a);
    if (k->answer == NULL)
        scope_settle(s, k, q, a, landed ? &no_memory : k->flight == NULL ? &too_many : &too_late);
}

/* How many questions of this scope are on their way; what has landed meanwhile is settled. */
static unsigned on_their_way(struct dns_scope *s)
{
    unsigned n = 0;

    for (struct kept *k = s->kept; k != NULL; k = k->next) {
        struct answer *a = NULL;
        struct question q;

        if (k->flight == NULL)
            continue;
        if (!flight_wait(k->flight, 0, &a)) {
            n++;
            continue;
        }
        kept_question(k, &q);
        scope_settle(s, k, &q, a, &no_memory);
    }
    return n;
}

/* Late, nobody would wait for it: it is asked for the next attempt's sake, as long as not much is. */
static bool is_worth_asking(struct dns_scope *s)
{
    return !s->started || clock_mono_ms() < s->deadline_ms || on_their_way(s) < DNS_SCOPE_AHEAD_MAX;
}

const struct dns_answer *dns_ask(struct dns_scope *s, const char *name, enum dns_type type)
{
    struct question q;
    struct kept *k;

    if (!question_make(&q, s->dns->salt, name, type))
        return &impossible_name;
    k = kept_find(s, &q);
    if (k == NULL) {
        if (s->questions == DNS_SCOPE_QUESTIONS_MAX)
            return &too_many;
        k = kept_new(s, &q);
    }
    if (k == NULL)
        return &no_memory;
    if (k->answer == NULL && k->flight == NULL && !is_worth_asking(s))
        scope_settle(s, k, &q, NULL, &too_late);
    if (k->answer == NULL && k->flight == NULL)
        (void)kept_begin(s, k, &q, 0);
    if (k->answer == NULL)
        kept_await(s, k, &q);
    return k->answer != NULL ? k->answer : &not_yet;
}

void dns_scope_set_nonblocking(struct dns_scope *s)
{
    s->nonblocking = true;
    s->pending = NULL;
}

bool dns_scope_end_nonblocking(struct dns_scope *s)
{
    s->nonblocking = false;
    return s->pending != NULL;
}

void dns_scope_wait(struct dns_scope *s)
{
    struct answer *a = NULL;
    struct question q;

    if (s->pending != NULL && s->pending->answer == NULL) {
        kept_question(s->pending, &q);
        (void)scope_wait(s, s->pending, &q, &a);
    }
    answer_unref(a);
}

void dns_prefetch(struct dns_scope *s, const char *name, enum dns_type type)
{
    struct question q;
    struct kept *k;

    if (!question_make(&q, s->dns->salt, name, type) || s->questions == DNS_SCOPE_QUESTIONS_MAX ||
        kept_find(s, &q) != NULL)
        return;
    if (s->ahead >= DNS_SCOPE_AHEAD_MAX)
        s->ahead = on_their_way(s);
    k = s->ahead >= DNS_SCOPE_AHEAD_MAX ? NULL : kept_new(s, &q);
    if (k == NULL)
        return;
    if (kept_begin(s, k, &q, 0)) {
        s->ahead += k->flight != NULL;
        return;
    }
    s->kept = k->next;
    s->questions--;
    free(k);
}

unsigned dns_scope_questions(const struct dns_scope *s)
{
    return s->questions;
}

unsigned dns_scope_wait_ms(const struct dns_scope *s)
{
    return (unsigned)s->waited_ms;
}
