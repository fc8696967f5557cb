#include "../both.h"
#include "unit.h"

#include "inventory/domain_run.h"
#include "records/schema.h"
#include "samples.h"
#include "watch/records.h"

enum { DAY_MS = 86400000 };

static struct scratch at;
static struct db *db;
static struct arena *arena;

static int setup(void **state)
{
    struct err e = ERR_NONE;

    (void)state;
    at = scratch_make();
    arena = arena_new(8 << 20);
    return both_open(at.db, &db, &e) == RC_OK && arena != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    db_close(db);
    arena_free(arena);
    scratch_remove(&at);
    return 0;
}

static void ran(int64_t day, const char *word, const char *findings)
{
    struct domain_run run = {.domain = "acme.example", .time_ms = day * DAY_MS, .word = word, .findings = findings,
                             .records = ""};
    struct err e = ERR_NONE;

    assert_int_equal(domain_run_put(db, &run, &e), RC_OK);
}

static void errors_open_and_close(void **state)
{
    struct watch_episode found[RECORDS_MAX + 1];
    size_t n = 1; /* one is there already */
    struct err e = ERR_NONE;

    (void)state;
    ran(100, "healthy", "");
    ran(101, "watch", "dmarc-pct _dmarc.acme.example warning\n");
    ran(102, "ticket", "dmarc-pct _dmarc.acme.example warning\nspf-lookups acme.example error\n");
    ran(103, "escalate", "dkim-missing a._domainkey.acme.example error\ndkim-missing b._domainkey.acme.example error\n"
                         "spf-lookups acme.example error\n");
    ran(104, "not-judged", "");
    ran(105, "ticket", "spf-lookups acme.example error\n");
    ran(106, "healthy", "");
    ran(107, "ticket", "mx-literal acme.example\n"); /* as it was written once: the severity is not known */
    ran(120, "ticket", "mx-literal acme.example error\n");
    assert_int_equal(records_episodes(db, arena, "acme.example", found, &n, &e), RC_OK);
    assert_int_equal(n, 3);
    assert_int_equal(found[1].workflow, WATCH_DRIFT);
    assert_string_equal(found[1].source, RECORDS_SOURCE);
    assert_int_equal(found[1].opened, 102);
    assert_int_equal(found[1].closed, 106);
    assert_int_equal(found[1].band, WATCH_ESCALATE);
    assert_string_equal(found[1].detail, "spf-lookups");
    assert_int_equal(found[2].opened, 120);
    assert_int_equal(found[2].closed, 0);
    assert_int_equal(found[2].band, WATCH_TICKET);

    n = 0;
    assert_int_equal(records_episodes(db, arena, "other.example", found, &n, &e), RC_OK);
    assert_int_equal(n, 0);
}

static void many_errors_and_many_runs(void **state)
{
    struct watch_episode found[RECORDS_MAX];
    char findings[9000] = "";
    struct strbuf b = STRBUF_ON(findings);
    size_t n = 0;
    struct err e = ERR_NONE;

    (void)state;
    for (int i = 0; i < 300; i++)
        strbuf_putf(&b, "made-up-%d acme.example error\n", i);
    for (int64_t day = 1; day <= 2 * DOMAIN_RUNS_MAX; day++)
        ran(day, "ticket", day % 2 == 0 ? findings : "");
    assert_int_equal(records_episodes(db, arena, "acme.example", found, &n, &e), RC_OK);
    assert_int_equal(n, RECORDS_MAX);
    assert_true(strlen(found[0].detail) > 100);
    assert_int_equal(found[0].opened, DOMAIN_RUNS_MAX + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(errors_open_and_close, setup, teardown),
        cmocka_unit_test_setup_teardown(many_errors_and_many_runs, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
