/* Which part a message belongs to, and that counting keeps to its scope. */
#include <string.h>

#include "db/sqlite.h"
#include "unit.h"
#include "views/views.h"

static void every_message_has_one_part(void **state)
{
    static const struct { const char *dmarc, *cause, *status; enum part want; } rows[] = {
        {"pass", "", "approved", PART_CONFIRMED}, {"fail", "dkim-unaligned", "approved", PART_NOT_CONFIRMED},
        {"pass", "", "unknown", PART_OPEN}, {"pass", "", "retired", PART_OPEN}, {"pass", "", "", PART_OPEN},
        {"fail", "unauthorized", "unknown", PART_FORGED}, {"fail", "unauthorized", "", PART_FORGED},
        {"pass", "", "malicious", PART_FORGED}, {"pass", "lookalike", "", PART_FORGED},
        {"fail", "parked", "approved", PART_FORGED}, {"fail", "mailing-list", "approved", PART_LOST},
        {"fail", "forwarded", "", PART_LOST}, {"none", "", "approved", PART_NOT_CONFIRMED},
        {"temperror", "dns-temporary", "approved", PART_NOT_CONFIRMED}, {"fail", "spf-limit", "pending", PART_OPEN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(parts_of(rows[i].dmarc, rows[i].cause, rows[i].status), rows[i].want);
}

static void scopes(void **state)
{
    static const char *const names[] = {"acme", "beta"};
    const struct scope all = {.all = true}, two = {.n = 2, .client = names}, none = {.n = 0};

    (void)state;
    assert_true(scope_has(&all, "acme") && scope_has(&all, ""));
    assert_true(scope_has(&two, "beta"));
    assert_false(scope_has(&two, "bet") || scope_has(&two, "") || scope_has(&two, "gamma"));
    assert_false(scope_has(&none, "acme") || scope_has(&none, ""));
}

static void sums(void **state)
{
    struct parts p = {{1, 2, 3, 4, 5}}, q = {{10, 0, 0, 0, 0}};

    (void)state;
    parts_add(&p, &q);
    assert_int_equal(parts_all(&p), 25);
    assert_int_equal(parts_own(&p), 13);
}

/* A database that lacks the last of the tables that are asked. */
static void health_without_a_table(void **state)
{
    const struct scope all = {.all = true};
    struct arena *a = arena_new(4096);
    struct views_health health;
    struct db *d;
    struct err e;

    (void)state;
    assert_non_null(a);
    assert_int_equal(db_open_scratch(&d, &e), RC_OK);
    assert_int_equal(db_run(d, "CREATE TABLE message (id, time_ms); CREATE TABLE digest (done_id);"
                            "CREATE TABLE dispatch (state); CREATE TABLE report (id, built_ms);"
                            "CREATE TABLE caught (domain)", &e), RC_OK);
    assert_int_not_equal(views_health(&all, d, a, &health, &e), RC_OK);
    assert_non_null(strstr(e.text, "run"));
    db_close(d);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_message_has_one_part), cmocka_unit_test(scopes),
                                       cmocka_unit_test(sums), cmocka_unit_test(health_without_a_table)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
