/* The questions of one message: its deadline, and every answer it got. */
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "base/clock.h"
#include "dns/dns.h"
#include "dns/internal.h"

/* A question of this scope: on its way, or answered. */
struct kept {
    struct kept *next;
    struct flight *flight;
    struct answer *owned;           /* a reference, unless `answer` is one of the constants below */
    const struct dns_answer *answer;
    size_t key_size;
    uint8_t key[];
};

struct dns_scope {
    struct dns *dns;
    struct kept *kept; /* newest first; a message asks a few dozen questions, so a list does */
    int timeout_ms;
    bool started;
    bool hasty;
    struct kept *put_off; /* the first in this haste, or the last one's */
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
static void settle(struct dns_scope *s, struct kept *k, const struct question *q, struct answer *a,
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

/* Sets `q` going, or takes what the cache knows. */
static struct kept *kept_add(struct dns_scope *s, const struct question *q)
{
    struct dns *d = s->dns;
    size_t n = question_key_size(q);
    struct kept *k = calloc(1, sizeof *k + n);
    struct found found;

    if (k == NULL)
        return NULL;
    k->key_size = n;
    memcpy(k->key, q, n);
    LL_PREPEND(s->kept, k);
    s->questions++;
    (void)atomic_fetch_add_explicit(&d->questions, 1, memory_order_relaxed);
    found = cache_find(d->cache, q, clock_mono_ms());
    k->flight = found.flight;
    if (found.lead)
        d->source->ask(d->source, found.flight);
    if (found.flight == NULL)
        settle(s, k, q, found.answer, &too_many);
    return k;
}

/* Waits for its flight until the deadline, which the first wait of a scope sets. */
static bool wait_for(struct dns_scope *s, const struct kept *k, struct answer **a)
{
    int64_t before = clock_mono_ms();
    bool landed;

    if (!s->started) {
        s->started = true;
        s->deadline_ms = before + s->timeout_ms;
    }
    landed = flight_wait(k->flight, s->deadline_ms, a);
    s->waited_ms += clock_mono_ms() - before;
    return landed;
}

/* In haste it may stay unanswered. */
static void kept_await(struct dns_scope *s, struct kept *k, const struct question *q)
{
    struct answer *a = NULL;
    bool landed = flight_wait(k->flight, 0, &a);

    if (!landed && s->hasty && (!s->started || clock_mono_ms() < s->deadline_ms)) {
        s->put_off = s->put_off != NULL ? s->put_off : k;
        return;
    }
    if (!landed)
        landed = wait_for(s, k, &a);
    settle(s, k, q, a, landed ? &no_memory : &too_late);
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
        k = kept_add(s, &q);
    }
    if (k == NULL)
        return &no_memory;
    if (k->answer == NULL)
        kept_await(s, k, &q);
    return k->answer != NULL ? k->answer : &not_yet;
}

void dns_scope_hasten(struct dns_scope *s)
{
    s->hasty = true;
    s->put_off = NULL;
}

bool dns_scope_put_off(struct dns_scope *s)
{
    s->hasty = false;
    return s->put_off != NULL;
}

void dns_scope_wait(struct dns_scope *s)
{
    struct answer *a = NULL;

    if (s->put_off != NULL && s->put_off->answer == NULL)
        (void)wait_for(s, s->put_off, &a);
    answer_unref(a);
}

void dns_prefetch(struct dns_scope *s, const char *name, enum dns_type type)
{
    struct question q;

    if (question_make(&q, s->dns->salt, name, type) && s->questions < DNS_SCOPE_QUESTIONS_MAX &&
        kept_find(s, &q) == NULL)
        (void)kept_add(s, &q);
}

unsigned dns_scope_questions(const struct dns_scope *s)
{
    return s->questions;
}

unsigned dns_scope_wait_ms(const struct dns_scope *s)
{
    return (unsigned)s->waited_ms;
}
