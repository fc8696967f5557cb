#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "dns/cache.h"

enum { FLIGHTS = 64 };

static const struct cache_limits plenty = {1000, 1 << 20, FLIGHTS};
static const struct asker nobody = {.client = 0};

static struct question question(const char *name)
{
    struct question q;

    assert_true(question_make(&q, 7, name, DNS_TXT));
    return q;
}

static struct answer *answer(enum dns_status status, uint32_t ttl)
{
    static const uint8_t x[] = {1, 'x'};
    struct rdata rd = {x, sizeof x};
    struct answer *a = answer_new(&(struct dns_answer){.status = status, .ttl = ttl}, DNS_TXT, &rd,
                                  status == DNS_NOERROR ? 1 : 0);

    assert_non_null(a);
    return a;
}

/* Asks and answers `name` at `now`. */
static void put(struct cache *c, const char *name, enum dns_status status, uint32_t ttl, int64_t now)
{
    struct question q = question(name);
    struct found f = cache_find_at(c, &q, &nobody, now);

    assert_true(f.lead);
    flight_land(f.flight, answer(status, ttl), now);
    flight_unref(f.flight);
}

/* Whether the answer is there at `now`; a flight that begins is landed without one. */
static bool has(struct cache *c, const char *name, int64_t now)
{
    struct question q = question(name);
    struct found f = cache_find_at(c, &q, &nobody, now);
    bool hit = f.answer != NULL;

    if (f.lead)
        flight_land(f.flight, NULL, now);
    flight_unref(f.flight);
    answer_unref(f.answer);
    return hit;
}

/* Nothing of what an answer was made from is looked at again, be it empty. */
static void an_answer_is_its_own(void **state)
{
    char canonical[] = "";
    struct answer *a = answer_new(&(struct dns_answer){.status = DNS_NODATA, .canonical = canonical}, DNS_TXT, NULL, 0);

    (void)state;
    assert_non_null(a);
    canonical[0] = 'x';
    assert_string_equal(a->pub.canonical, "");
    answer_unref(a);
}

/* RFC 2308: each kind of answer stays as long as it may, to the millisecond. */
static void times_to_live(void **state)
{
    static const struct {
        const char *name;
        enum dns_status status;
        uint32_t ttl;
        int64_t stays_ms;
    } rows[] = {
        {"positive", DNS_NOERROR, 60, 60000},
        {"zero", DNS_NOERROR, 0, 1000},
        {"more than a day", DNS_NOERROR, UINT32_MAX, 86400000},
        {"nxdomain", DNS_NXDOMAIN, 30, 30000},
        {"nxdomain for hours", DNS_NXDOMAIN, 10800, 900000},
        {"nodata without SOA", DNS_NODATA, 0, 1000},
        {"failure", DNS_TEMPFAIL, 3600, 5000},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct cache *c = cache_new(plenty);

        put(c, "a.example", row->status, row->ttl, 500);
        ASSERT_ROW(has(c, "a.example", 500 + row->stays_ms - 1), row);
        ASSERT_ROW(!has(c, "a.example", 500 + row->stays_ms), row);
        ASSERT_ROW(cache_counts(c).entries == 0 && cache_counts(c).bytes == 0, row);
        cache_free(c);
    }
}

static void entries_are_capped_oldest_first(void **state)
{
    struct cache *c = cache_new((struct cache_limits){3, 1 << 20, FLIGHTS});

    (void)state;
    put(c, "a", DNS_NOERROR, 60, 0);
    put(c, "b", DNS_NOERROR, 60, 0);
    put(c, "c", DNS_NOERROR, 60, 0);
    assert_true(has(c, "a", 1)); /* so "b" is the one not used longest */
    put(c, "d", DNS_NOERROR, 60, 1);
    assert_int_equal(cache_counts(c).entries, 3);
    assert_true(has(c, "a", 2));
    assert_false(has(c, "b", 2));
    assert_true(has(c, "c", 2));
    assert_true(has(c, "d", 2));
    cache_free(c);
}

static void bytes_are_capped(void **state)
{
    struct cache *c = cache_new((struct cache_limits){1000, 2000, FLIGHTS});

    (void)state;
    for (int i = 0; i < 100; i++) {
        char name[] = {(char)('a' + i / 10), (char)('0' + i % 10), '\0'};

        put(c, name, DNS_NOERROR, 60, 0);
        assert_true(cache_counts(c).bytes <= 2000);
    }
    assert_true(cache_counts(c).entries > 1);
    assert_true(has(c, "j9", 0));
    cache_free(c);
}

static void types_are_apart(void **state)
{
    struct cache *c = cache_new(plenty);
    struct question q = question("a"), other;
    struct found f;

    (void)state;
    put(c, "a", DNS_NOERROR, 60, 0);
    assert_true(question_make(&other, 7, "A", DNS_MX));
    f = cache_find_at(c, &other, &nobody, 0);
    assert_true(f.lead);
    flight_land(f.flight, NULL, 0);
    flight_unref(f.flight);
    f = cache_find_at(c, &q, &nobody, 0);
    assert_non_null(f.answer);
    answer_unref(f.answer);
    cache_free(c);
}

/* What is asked on nobody's behalf of names that were never heard of has half of the room. */
static void flights_are_limited(void **state)
{
    static struct flight *up[FLIGHTS / 2];
    struct cache *c = cache_new(plenty);
    struct question q;
    struct found f;
    char name[16];

    (void)state;
    for (int i = 0; i < FLIGHTS / 2; i++) {
        (void)snprintf(name, sizeof name, "n%d", i);
        q = question(name);
        f = cache_find_at(c, &q, &nobody, 0);
        assert_true(f.lead);
        up[i] = f.flight;
    }
    q = question("one-more");
    f = cache_find_at(c, &q, &nobody, 0);
    assert_null(f.flight);
    assert_null(f.answer);
    assert_true(f.full);
    for (int i = 0; i < FLIGHTS / 2; i++) {
        flight_land(up[i], NULL, 0);
        flight_unref(up[i]);
    }
    assert_true(!has(c, "one-more", 0));
    cache_free(c);
}

struct waiter {
    struct cache *c;
    struct found found;
};

static void *waits_for_room(void *data)
{
    struct waiter *w = data;
    struct question q = question("late");

    w->found = cache_find(w->c, &q, &nobody, clock_mono_ms() + 10000);
    return NULL;
}

/* Who finds no room waits for it, and has it as soon as somebody is done; or for as long as he says. */
static void room_is_waited_for(void **state)
{
    struct cache *c = cache_new((struct cache_limits){100, 1 << 20, 2});
    struct question q = question("first");
    struct waiter w = {.c = c};
    int64_t before = clock_mono_ms();
    struct found first, none;
    pthread_t thread;

    (void)state;
    first = cache_find(c, &q, &nobody, 0);
    assert_true(first.lead);
    q = question("second");
    none = cache_find(c, &q, &nobody, before + 100);
    assert_true(none.full);
    assert_true(clock_mono_ms() >= before + 100);
    assert_int_equal(pthread_create(&thread, NULL, waits_for_room, &w), 0);
    flight_land(first.flight, NULL, clock_mono_ms());
    flight_unref(first.flight);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(w.found.lead);
    assert_true(clock_mono_ms() < before + 9000);
    flight_land(w.found.flight, NULL, clock_mono_ms());
    flight_unref(w.found.flight);
    cache_free(c);
}

static void waiting_ends_at_the_deadline(void **state)
{
    struct cache *c = cache_new(plenty);
    struct question q = question("slow");
    struct found f = cache_find_at(c, &q, &nobody, 0);
    int64_t before = clock_mono_ms();
    struct answer *a;

    (void)state;
    assert_false(flight_wait(f.flight, before + 50, &a));
    assert_null(a);
    assert_in_range(clock_mono_ms() - before, 50, 2000);
    assert_false(flight_wait(f.flight, before - 1000, &a)); /* long past: at once */
    flight_unref(f.flight); /* nobody waits any more, yet the answer counts */
    flight_land(f.flight, answer(DNS_NOERROR, 60), 0);
    assert_true(has(c, "slow", 1));
    cache_free(c);
}

enum { ASKERS = 8, ROUNDS = 300 };

struct crowd {
    struct cache *c;
    pthread_barrier_t barrier;
    unsigned leads; /* by those who led, one after another */
};

/* Everybody asks the same at the same time; the leader answers after all have asked. */
static void *ask_along(void *arg)
{
    struct crowd *crowd = arg;

    for (int i = 0; i < ROUNDS; i++) {
        struct question q;
        struct found f;
        struct answer *a;
        char name[16];

        (void)snprintf(name, sizeof name, "n%d", i);
        if (!question_make(&q, 7, name, DNS_TXT))
            return arg;
        (void)pthread_barrier_wait(&crowd->barrier);
        f = cache_find_at(crowd->c, &q, &nobody, 0);
        if (f.answer != NULL || f.flight == NULL)
            return arg;
        (void)pthread_barrier_wait(&crowd->barrier);
        if (f.lead) {
            crowd->leads++;
            flight_land(f.flight, answer_failed("x"), 0);
        }
        if (!flight_wait(f.flight, clock_mono_ms() + 10000, &a) || strcmp(a->pub.why, "x") != 0)
            return arg;
        answer_unref(a);
        flight_unref(f.flight);
    }
    return NULL;
}

static void identical_questions_fly_once(void **state)
{
    struct crowd crowd = {.c = cache_new((struct cache_limits){100, 1 << 20, FLIGHTS})};
    pthread_t thread[ASKERS];

    (void)state;
    assert_int_equal(pthread_barrier_init(&crowd.barrier, NULL, ASKERS), 0);
    for (int i = 0; i < ASKERS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, ask_along, &crowd), 0);
    for (int i = 0; i < ASKERS; i++) {
        void *failed;

        assert_int_equal(pthread_join(thread[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(crowd.leads, ROUNDS);
    assert_int_equal(cache_counts(crowd.c).joined, ROUNDS * (ASKERS - 1));
    assert_int_equal(cache_counts(crowd.c).entries, 100);
    (void)pthread_barrier_destroy(&crowd.barrier);
    cache_free(crowd.c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_its_own),
        cmocka_unit_test(times_to_live), cmocka_unit_test(entries_are_capped_oldest_first),
        cmocka_unit_test(bytes_are_capped), cmocka_unit_test(types_are_apart),
        cmocka_unit_test(flights_are_limited),
        cmocka_unit_test(room_is_waited_for), cmocka_unit_test(waiting_ends_at_the_deadline),
        cmocka_unit_test(identical_questions_fly_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
