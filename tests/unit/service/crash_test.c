#include "unit.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "service/crash.h"

/* A message with this sender and these two fields. */
static void letter(struct message *m, struct header header[2], const char *from, const char *subject)
{
    *m = (struct message){.mail_from = str_of(from), .headers = header, .header_count = 2};
    header[0] = (struct header){STR("From"), STR(" a@b.example")};
    header[1] = (struct header){STR("Subject"), str_of(subject)};
}

static unsigned count(const struct crash_table *t, const char *from, const char *subject, uint64_t *fingerprint)
{
    struct header header[2];
    struct message m;

    letter(&m, header, from, subject);
    return crash_count(t, &m, fingerprint);
}

static void only_what_was_in_flight_is_counted(void **state)
{
    struct crash_table *t = crash_new();
    struct crash_note *done;
    uint64_t one, two, other;

    (void)state;
    assert_non_null(t);
    assert_int_equal(count(t, "x@y.example", " one", &one), 0);
    assert_int_equal(count(t, "x@y.example", " two", &two), 0);
    assert_int_not_equal(one, two);
    assert_int_equal(count(t, "z@y.example", " one", &other), 0);
    assert_int_not_equal(one, other);
    assert_non_null(crash_enter(t, one, "Q1"));
    done = crash_enter(t, two, "Q2");
    crash_leave(done);
    assert_int_equal(crash_collect(t, "died of a test", true), 1);
    assert_int_equal(count(t, "x@y.example", " one", &one), 1);
    assert_int_equal(count(t, "x@y.example", " two", &two), 0);
    assert_non_null(crash_enter(t, one, "Q3"));
    assert_int_equal(poll(NULL, 0, 2), 0); /* crashes are told apart by their time */
    assert_int_equal(crash_collect(t, "died of a test", true), 1);
    assert_int_equal(count(t, "x@y.example", " one", &one), CRASH_PATIENCE);
    assert_int_equal(crash_collect(t, "died of a test", true), 0);
}

static void copies_count_once(void **state)
{
    struct crash_table *t = crash_new();
    uint64_t one;

    (void)state;
    assert_int_equal(count(t, "x@y.example", " one", &one), 0);
    for (int i = 0; i < 5; i++)
        assert_non_null(crash_enter(t, one, "Q"));
    assert_int_equal(crash_collect(t, "died of a test", true), 5);
    assert_int_equal(count(t, "x@y.example", " one", &one), 1);
}

static void who_is_not_to_blame_is_not_counted(void **state)
{
    struct crash_table *t = crash_new();
    uint64_t one;

    (void)state;
    assert_int_equal(count(t, "x@y.example", " one", &one), 0);
    assert_non_null(crash_enter(t, one, NULL));
    assert_int_equal(crash_collect(t, "was killed by a test", false), 1);
    assert_int_equal(count(t, "x@y.example", " one", &one), 0);
}

static void texts_do_not_run_together(void **state)
{
    struct crash_table *t = crash_new();
    struct header header[2];
    struct message m;
    uint64_t one, two;

    (void)state;
    letter(&m, header, "", "ab");
    header[0] = (struct header){STR("X"), STR("yz")};
    (void)crash_count(t, &m, &one);
    header[0] = (struct header){STR("Xy"), STR("z")};
    (void)crash_count(t, &m, &two);
    assert_int_not_equal(one, two);
}

/* Words that cancel each other out under a hash that merely multiplies, whatever it began with. */
static void nobody_makes_two_alike(void **state)
{
    struct crash_table *t = crash_new();
    char subject[2][17] = {"", ""};
    uint64_t one, two, words[2] = {UINT64_C(0x2161616161616121), UINT64_C(0x2161616161616121)};

    (void)state;
    for (int i = 0; i < 2; i++) {
        memcpy(subject[i], words, 16);
        words[0] ^= UINT64_C(1) << 63;
        words[1] ^= UINT64_C(1) << 63 | UINT64_C(1) << 34;
    }
    (void)count(t, "x@y.example", subject[0], &one);
    (void)count(t, "x@y.example", subject[1], &two);
    assert_int_not_equal(one, two);
}

/* More than are remembered: those that crashed longest ago give way, the last ones stay. */
static void tables_are_bounded(void **state)
{
    enum { MANY = 5000 };
    struct crash_table *t = crash_new();
    uint64_t fingerprint;
    char subject[32];
    unsigned noted = 0;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(subject, sizeof subject, " %d", i);
        (void)count(t, "x@y.example", subject, &fingerprint);
        noted += crash_enter(t, fingerprint, "Q") != NULL;
    }
    assert_in_range(noted, 4000, MANY - 1);
    assert_int_equal(crash_collect(t, "died of a test", true), noted);
    (void)count(t, "x@y.example", " last", &fingerprint);
    assert_non_null(crash_enter(t, fingerprint, "Q"));
    assert_int_equal(crash_collect(t, "died of a test", true), 1);
    assert_int_equal(count(t, "x@y.example", " last", &fingerprint), 1);
}

static void without_a_table(void **state)
{
    uint64_t fingerprint;

    (void)state;
    assert_int_equal(count(NULL, "x@y.example", " one", &fingerprint), 0);
    assert_null(crash_enter(NULL, fingerprint, "Q"));
    crash_leave(NULL);
    assert_int_equal(crash_collect(NULL, "died of a test", true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_was_in_flight_is_counted),
        cmocka_unit_test(copies_count_once),
        cmocka_unit_test(who_is_not_to_blame_is_not_counted),
        cmocka_unit_test(texts_do_not_run_together),
        cmocka_unit_test(nobody_makes_two_alike),
        cmocka_unit_test(tables_are_bounded),
        cmocka_unit_test(without_a_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
