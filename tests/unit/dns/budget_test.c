#include "unit.h"

#include <stdio.h>

#include "dns/budget.h"

enum { ROOM = 320 };

static const struct asker nobody = {.client = 0}, author = {.essential = true};

/* Enters for `format` with a number in it until there is no room; how often. */
static size_t fill(struct budget *b, const char *format, const struct asker *who, int64_t now, struct ticket *t)
{
    char name[64];
    size_t n = 0;

    do {
        (void)snprintf(name, sizeof name, format, (unsigned)n);
    } while (budget_enter(b, name, who, now, &t[n]) && ++n < ROOM + 1);
    return n;
}

static void leave(struct budget *b, const struct ticket *t, size_t n, bool answered, int64_t now)
{
    for (size_t i = 0; i < n; i++)
        budget_leave(b, &t[i], answered, now);
}

static void zones(void **state)
{
    static const struct {
        const char *name, *zone;
    } rows[] = {
        {"example.com", "example.com"},
        {"s1._domainkey.mail.example.com", "example.com"},
        {"_dmarc.example.co.uk", "example.co.uk"},
        {"a.b.example.de", "example.de"},
        {"deep.web.de", "deep.web.de"},
        {"com", "com"},
        {"", ""},
        {"4.3.2.192.in-addr.arpa", "2.192.in-addr.arpa"},
        {"f.e.8.b.d.0.1.0.0.2.ip6.arpa", "8.b.d.0.1.0.0.2.ip6.arpa"},
    };

    (void)state;
    FOR_ROWS(row, rows)
        assert_string_equal(budget_zone(row->name), row->zone);
}

/* A zone has its share, and what is essential half as much again. */
static void of_a_zone(void **state)
{
    struct budget *b = budget_new(ROOM);
    static struct ticket t[ROOM + 1], more[ROOM + 1], other;
    size_t n = fill(b, "n%u.evil.example", &nobody, 0, t), essential;

    (void)state;
    assert_int_equal(n, BUDGET_ZONE);
    essential = fill(b, "m%u.evil.example", &author, 0, more);
    assert_int_equal(essential, BUDGET_ZONE / 2);
    assert_true(budget_enter(b, "good.example", &nobody, 0, &other));
    leave(b, t, n, false, 0);
    leave(b, more, essential, false, 0);
    budget_leave(b, &other, true, 0);
    budget_free(b);
}

/* A zone that does not answer gets next to nothing; one that did lately keeps half of its share. */
static void of_a_silent_zone(void **state)
{
    struct budget *b = budget_new(ROOM);
    static struct ticket t[ROOM + 1], one, two;
    size_t n;

    (void)state;
    assert_true(budget_enter(b, "a.dead.example", &nobody, 0, &one));
    n = fill(b, "n%u.dead.example", &author, BUDGET_SILENT_MS + 1, t);
    assert_int_equal(n, BUDGET_SILENT - 1);
    leave(b, t, n, false, 5000);

    assert_true(budget_enter(b, "a.good.example", &nobody, 0, &two));
    budget_leave(b, &two, true, 10);
    assert_true(budget_enter(b, "broken.good.example", &nobody, 20, &two));
    n = fill(b, "n%u.good.example", &nobody, BUDGET_SILENT_MS + 100, t);
    assert_int_equal(n, BUDGET_ZONE / 2 - 1);
    leave(b, t, n, false, 5000);
    budget_leave(b, &one, false, 5000);
    budget_leave(b, &two, false, 5000);
    budget_free(b);
}

/* What is dead within a zone leaves the zone's other names their room; and that it was so is known for a minute. */
static void of_a_branch(void **state)
{
    struct budget *b = budget_new(ROOM);
    static struct ticket t[ROOM + 1], more[ROOM + 1], one;
    size_t n, others;

    (void)state;
    assert_true(budget_enter(b, "good.example", &author, 0, &one));
    budget_leave(b, &one, true, 0);
    n = fill(b, "n%u.dead.good.example", &author, 10, t);
    assert_int_equal(n, BUDGET_ZONE / 2);
    others = fill(b, "n%u.mail.good.example", &author, 10, more);
    assert_int_equal(others, BUDGET_ZONE / 2);
    leave(b, more, others, true, 20);
    leave(b, t, n, false, 20 + BUDGET_SILENT_MS);

    /* nothing is in flight any more; the one is known to be dead, the other to be alive */
    n = fill(b, "n%u.dead.good.example", &author, 3000, t);
    assert_int_equal(n, BUDGET_SILENT);
    others = fill(b, "n%u.mail.good.example", &author, 3000, more);
    assert_int_equal(others, BUDGET_ZONE + BUDGET_ZONE / 2 - BUDGET_SILENT);
    leave(b, more, others, true, 3000);
    leave(b, t, n, true, 3000);
    n = fill(b, "n%u.dead.good.example", &author, 3000, t);
    assert_int_equal(n, BUDGET_ZONE + BUDGET_ZONE / 2);
    leave(b, t, n, false, 3000);
    budget_free(b);
}

/* The names a stranger makes up below a zone of his own take no other zone its place. */
static void of_invented_names(void **state)
{
    struct budget *b = budget_new(ROOM);
    static struct ticket t[ROOM + 1], good;
    char name[64];
    size_t n;

    (void)state;
    assert_true(budget_enter(b, "good.example", &nobody, 0, &good));
    budget_leave(b, &good, true, 0);
    for (unsigned i = 0; i < 100000; i++) {
        (void)snprintf(name, sizeof name, "n%u.evil.example", i);
        assert_true(budget_enter(b, name, &nobody, 0, &good));
        budget_leave(b, &good, true, 0);
    }
    n = fill(b, "zone%u", &author, 0, t);
    assert_int_equal(n, ROOM / 4 * 3);
    assert_true(budget_enter(b, "mail.good.example", &nobody, 0, &good)); /* of the part for those that answer */
    budget_leave(b, &good, true, 0);
    leave(b, t, n, false, 0);
    budget_free(b);
}

/* However many zones are dead, together they hold an eighth of the room, once that is known. */
static void of_all_that_is_dead(void **state)
{
    struct budget *b = budget_new(ROOM);
    static struct ticket t[ROOM + 1], good;
    size_t n = fill(b, "dead%u.example", &author, 0, t);

    (void)state;
    assert_int_equal(n, ROOM / 4 * 3);
    leave(b, t, n, false, 8000);
    n = fill(b, "dead%u.example", &author, 8001, t);
    assert_in_range(n, ROOM / 8, ROOM / 4); /* some took another's place in what is remembered */
    assert_true(budget_enter(b, "new.example", &author, 8001, &good));
    budget_leave(b, &good, true, 8001);
    leave(b, t, n, false, 16000);
    n = fill(b, "dead%u.example", &author, 16000 + 60 * 1000, t);
    assert_int_equal(n, ROOM / 4 * 3);
    leave(b, t, n, false, 16000 + 60 * 1000);
    budget_free(b);
}

/* An address, however many zones it names. */
static void of_a_client(void **state)
{
    struct budget *b = budget_new(ROOM);
    static struct ticket t[ROOM + 1], more[ROOM + 1], other;
    struct asker who = {.client = 17};
    size_t n = fill(b, "n%u.zone.example", &who, 0, t), essential;

    (void)state;
    assert_int_equal(n, BUDGET_ZONE); /* all in one zone */
    leave(b, t, n, false, 0);
    n = fill(b, "zone%u", &who, 0, t);
    assert_int_equal(n, ROOM / 8);
    who.essential = true;
    essential = fill(b, "author%u", &who, 0, more);
    assert_int_equal(essential, ROOM / 2 - ROOM / 8);
    who.client = 18;
    assert_true(budget_enter(b, "good", &who, 0, &other));
    leave(b, t, n, false, 0);
    leave(b, more, essential, false, 0);
    budget_leave(b, &other, true, 0);
    budget_free(b);
}

/* Half for all, a quarter more for the essential, the last for those that have answered in the last ten minutes. */
static void of_the_room(void **state)
{
    struct budget *b = budget_new(ROOM);
    static struct ticket t[ROOM + 1], more[ROOM + 1], good;
    size_t n, essential;

    (void)state;
    assert_true(budget_enter(b, "mail.good", &nobody, 0, &good));
    budget_leave(b, &good, true, 0);
    n = fill(b, "zone%u", &nobody, 0, t);
    assert_int_equal(n, ROOM / 2);
    essential = fill(b, "author%u", &author, 0, more);
    assert_int_equal(essential, ROOM / 4);
    assert_true(budget_enter(b, "other.mail.good", &nobody, 0, &good));
    budget_leave(b, &good, false, 1);
    assert_true(budget_enter(b, "other.mail.good", &nobody, 599 * 1000, &good));
    budget_leave(b, &good, false, 599 * 1000);
    assert_false(budget_enter(b, "other.mail.good", &nobody, 601 * 1000, &good));
    leave(b, t, n, false, 0);
    leave(b, more, essential, false, 0);
    budget_free(b);
}

/* `n` zones have answered, at `now`. */
static void prove(struct budget *b, unsigned n, int64_t now)
{
    char name[64];
    struct ticket t;

    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(name, sizeof name, "zone%u.example", i);
        assert_true(budget_enter(b, name, &author, now, &t));
        budget_leave(b, &t, true, now);
    }
}

/* Enters for names of `zones` zones in turn until there is no room; how often. */
static size_t fill_zones(struct budget *b, unsigned zones, int64_t now, struct ticket *t)
{
    char name[64];
    size_t n = 0;

    do {
        (void)snprintf(name, sizeof name, "n%ut%u.zone%u.example", (unsigned)n, (unsigned)now, (unsigned)n % zones);
    } while (budget_enter(b, name, &author, now, &t[n]) && ++n < ROOM + 1);
    return n;
}

/* Zones that answer, however many a stranger has, leave room to those never heard of, and few to others that answer. */
static void of_zones_that_answer(void **state)
{
    struct budget *b = budget_new(ROOM);
    static struct ticket t[ROOM + 1], more[ROOM + 1], other;
    size_t n, others;

    (void)state;
    prove(b, 200, 0);
    n = fill_zones(b, 190, 1, t);
    assert_in_range(n, ROOM / 2, ROOM / 4 * 3 + 20); /* some took another's place in what is remembered */
    others = fill(b, "new%u.example", &author, 1, more);
    assert_true(others >= ROOM / 4 - 20);
    leave(b, more, others, true, 1);
    leave(b, t, n, true, 1);

    prove(b, 200, 2);
    n = fill_zones(b, 12, 3, t);
    assert_in_range(n, ROOM / 2 - 20, ROOM / 4 * 3);
    assert_true(budget_enter(b, "zone150.example", &nobody, 3, &other));
    budget_leave(b, &other, true, 3);
    leave(b, t, n, true, 3);
    budget_free(b);
}

/* To have answered once is no licence: all that are silent hold a quarter, and others go on. */
static void of_zones_that_stopped(void **state)
{
    struct budget *b = budget_new(ROOM);
    static struct ticket t[ROOM + 1], more[ROOM + 1];
    size_t n, others;

    (void)state;
    prove(b, 200, 0);
    n = fill_zones(b, 190, 1, t);
    leave(b, t, n, false, 1 + BUDGET_SILENT_MS + 1);
    n = fill_zones(b, 150, 5000, t);
    assert_in_range(n, ROOM / 4, ROOM / 4 + 20);
    others = fill(b, "new%u.example", &author, 5000, more);
    assert_true(others >= ROOM / 2 - 20);
    leave(b, more, others, true, 5000);
    leave(b, t, n, false, 5000);
    budget_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones),
        cmocka_unit_test(of_a_zone),
        cmocka_unit_test(of_a_silent_zone),
        cmocka_unit_test(of_a_branch),
        cmocka_unit_test(of_invented_names),
        cmocka_unit_test(of_all_that_is_dead),
        cmocka_unit_test(of_a_client),
        cmocka_unit_test(of_the_room),
        cmocka_unit_test(of_zones_that_answer),
        cmocka_unit_test(of_zones_that_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
