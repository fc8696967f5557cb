/* The sums that the writer keeps say what the tallies say, after mail, decisions and pruning; and cost a part of that. */
#include "../records/desk_both.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "db/run.h"
#include "inventory/inventory.h"
#include "records/mailsums.h"
#include "records/tallies.h"
#include "views/count.h"

static struct desk desk;
static const struct store_keep for_ever = {.messages = 0};

enum { DAYS = 100, TODAY = 1000, ROWS = 100000 };

static const char *const domains[] = {"a.example", "news.a.example", "b.example", "c.example"};
static const char *const clients[] = {"acme", "acme", "acme", "cord"};
static const char *const sources[] = {"mailchimp", "hubspot", "unknown"};

static int setup(void **state)
{
    (void)state;
    desk_open_both(&desk);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close_both(&desk);
    return 0;
}

static void run(const char *sql)
{
    struct err e = ERR_NONE;

    if (db_run(desk.file, sql, &e) != RC_OK)
        fail_msg("%s", e.text);
}

static int64_t of_file(const char *sql)
{
    struct err e = ERR_NONE;
    int64_t n = -1;

    if (db_ask(desk.file, sql, &n, &e) != RC_OK)
        fail_msg("%s", e.text);
    return n;
}

/* Mail of each domain and source on every third day: of several results. */
static void mail(int from, int to)
{
    static const char *const causes[] = {"", "dkim-unaligned", "unauthorized", "mailing-list"};

    for (int day = from; day < to; day++)
        for (int d = 0; d < 4; d++)
            for (int s = 0; s < 3; s++) {
                struct record r = blank_record((TODAY - DAYS + day) * CLOCK_DAY_MS, "Q");

                if ((day + d + s) % 3 != 0)
                    continue;
                r.author_domain = domains[d];
                r.source_domain = d == 1 ? "a.example" : domains[d];
                r.client = clients[d];
                r.source = sources[s];
                r.cause = causes[(day + s) % 4];
                r.dmarc = r.cause[0] == '\0' ? "pass" : "fail";
                r.disposition = day % 5 == 0 ? "reject" : day % 7 == 0 ? "quarantine" : "none";
                desk_put(&desk, &r);
            }
}

static void decide(const char *domain, const char *source, const char *status)
{
    const struct inventory_author by = {.who = "test", .now_ms = 1};
    struct inventory_edit edit = {.domain = domain, .source = source, .remove = status == NULL};
    struct inventory_counts counts;
    struct err e = ERR_NONE;

    edit.field[INVENTORY_status] = status;
    assert_int_equal(inventory_apply(desk.file, &edit, 1, &by, false, &counts, &e), RC_OK);
    if (desk.db != desk.file)
        assert_int_equal(inventory_apply(desk.db, &edit, 1, &by, false, &counts, &e), RC_OK);
}

static size_t count(const struct scope *s, const struct views_wanted *w, unsigned by, struct views_row **out)
{
    struct err e = ERR_NONE;
    size_t n;

    if (views_count(s, desk.db, desk.arena, w, by, out, &n, &e) != RC_OK)
        fail_msg("%s", e.text);
    return n;
}

static void same_row(const struct views_row *a, const struct views_row *b)
{
    assert_string_equal(a->client, b->client);
    assert_string_equal(a->domain, b->domain);
    assert_int_equal(a->day, b->day);
    assert_int_equal(a->messages, b->messages);
    assert_int_equal(a->passed, b->passed);
    assert_int_equal(a->refused, b->refused);
    assert_int_equal(a->held, b->held);
    assert_memory_equal(&a->parts, &b->parts, sizeof a->parts);
}

/* As it is asked, and as the tallies of the file have it. */
static void same(const struct scope *s, const struct views_wanted *w, unsigned by)
{
    struct views_row *sum, *tally, *again;
    struct scope begun = *s;
    struct err e = ERR_NONE;
    size_t n = count(s, w, by, &sum), m;

    assert_int_equal(count_tallies(s, desk.file, desk.arena, w, by, &tally, &m, &e), RC_OK);
    assert_int_equal(n, m);
    assert_int_equal(views_begin(&begun, desk.db, desk.arena, &e), RC_OK);
    assert_int_equal(count(&begun, w, by, &again), n);
    for (size_t i = 0; i < n; i++) {
        same_row(&sum[i], &tally[i]);
        same_row(&again[i], &tally[i]);
    }
}

static void same_part(const struct scope *s, const struct views_wanted *w, enum part part)
{
    const unsigned by = VIEWS_BY_CLIENT | VIEWS_BY_DOMAIN | VIEWS_BY_DAY |
                        (part == PART_FORGED ? 0 : VIEWS_BY_SOURCE | VIEWS_BY_CAUSE);
    struct views_row *sum, *tally;
    struct err e = ERR_NONE;
    size_t n, m, at = 0;

    assert_int_equal((part == PART_FORGED ? views_forged : views_failing)(s, desk.db, desk.arena, w, &sum, &n, &e), RC_OK);
    qsort(sum, n, sizeof *sum, count_order);
    assert_int_equal(count_tallies(s, desk.file, desk.arena, w, by, &tally, &m, &e), RC_OK);
    for (size_t i = 0; i < m; i++) {
        if (tally[i].client[0] == '\0' || tally[i].parts.n[part] == 0)
            continue;
        assert_true(at < n);
        assert_string_equal(sum[at].client, tally[i].client);
        assert_string_equal(sum[at].domain, tally[i].domain);
        assert_string_equal(sum[at].source, tally[i].source);
        assert_string_equal(sum[at].cause, tally[i].cause);
        assert_int_equal(sum[at].day, tally[i].day);
        assert_int_equal(sum[at].parts.n[part], tally[i].parts.n[part]);
        at++;
    }
    assert_int_equal(at, n);
}

/* A server has the tallies that the file has. */
static void mirror(void)
{
    static const char tallies[] =
        "SELECT quote(author_domain) || ',' || quote(source) || ',' || quote(cause) || ',' || day || ',' || quote(client)"
        " || ',' || quote(dmarc) || ',' || quote(disposition) || ',' || messages FROM tally";

    desk_mirror(&desk, "tally", "author_domain, source, cause, day, client, dmarc, disposition, messages", tallies);
}

/* Every question that sums can answer, over spans within a block, over several, and beyond all that is there. */
static void all_questions(void)
{
    static const int64_t spans[][2] = {{0, 100}, {1, 99}, {3, 10}, {20, 90}, {-300, 400}, {50, 50}};
    static const char *const names[] = {"cord", "acme"};
    const struct scope all = {.all = true}, two = {.n = 2, .client = names}, one = {.n = 1, .client = names};
    const struct scope *const scopes[] = {&all, &two, &one};
    const unsigned c = VIEWS_BY_CLIENT, d = VIEWS_BY_DOMAIN, day = VIEWS_BY_DAY;

    mirror();
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        for (size_t k = 0; k < 3; k++) {
            struct views_wanted w = {.first_day = TODAY - DAYS + spans[i][0], .before_day = TODAY - DAYS + spans[i][1],
                                     .clients_only = true};

            same(scopes[k], &w, c);
            same(scopes[k], &w, c | day);
            same(scopes[k], &w, c | d);
            same(scopes[k], &w, c | d | day);
            same_part(scopes[k], &w, PART_NOT_CONFIRMED);
            same_part(scopes[k], &w, PART_FORGED);
            w.client = "acme";
            same(scopes[k], &w, day);
            same(scopes[k], &w, d);
            same(scopes[k], &w, d | day);
            same_part(scopes[k], &w, PART_NOT_CONFIRMED);
            same_part(scopes[k], &w, PART_FORGED);
            w.domain = "a.example";
            same(scopes[k], &w, day);
            arena_reset(desk.arena);
        }
}

/* While the daemon has not counted anew what was decided, which may be long: it may be stopped; and when it has. */
static void all_the_same(void)
{
    all_questions();
    (void)desk_care(&desk, &for_ever);
    assert_int_equal(of_file("SELECT count(*) FROM mail_sum_stale"), 0);
    all_questions();
}

static void mail_and_decisions(void **state)
{
    (void)state;
    mail(0, 60);
    all_the_same();
    decide("a.example", "mailchimp", "approved");
    all_the_same();
    assert_true(of_file("SELECT sum(confirmed) FROM mail_sum WHERE domain = 'news.a.example'") > 0); /* by its parent */
    mail(60, DAYS);
    decide("news.a.example", "mailchimp", "retired");
    decide("b.example", "hubspot", "malicious");
    all_the_same();
    decide("a.example", "mailchimp", NULL);
    decide("c.example", "mailchimp", "approved");
    all_the_same();
    assert_true(of_file("SELECT count(*) FROM mail_fail") > 0);
    decide("c.example", "mailchimp", "retired");
    all_the_same();
    assert_int_equal(of_file("SELECT count(*) FROM mail_fail"), 0);
    assert_int_equal(of_file("SELECT count(*) FROM mail_sum WHERE confirmed + not_confirmed + not_decided"
                                     " + forged + lost <= 0"), 0);
}

/* A decision that nobody counted anew yet is in the figures at once; also where there are more than are told apart. */
static void at_once(void **state)
{
    const struct scope all = {.all = true};
    const struct views_wanted w = {.first_day = 0, .before_day = 2 * TODAY, .clients_only = true};
    struct views_row *row;

    (void)state;
    mail(0, 20);
    (void)desk_care(&desk, &for_ever);
    decide("c.example", "mailchimp", "approved");
    mirror();
    assert_int_equal(count(&all, &w, VIEWS_BY_CLIENT, &row), 2);
    assert_true(row[1].parts.n[PART_CONFIRMED] > 0);
    run("WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 400) INSERT INTO mail_sum_stale"
        " SELECT 'n' || i || '.example', 1 FROM n");
    all_questions();
}

/* A subdomain without a decision of its own goes by the domain above it: it is stale with that, and alone. */
static void below(void **state)
{
    const char *const *name;
    struct err e = ERR_NONE;
    size_t n;

    (void)state;
    mail(0, 20);
    (void)desk_care(&desk, &for_ever);
    decide("a.example", "mailchimp", "approved");
    assert_int_equal(mailsums_stale(desk.file, desk.arena, 9, &name, &n, &e), RC_OK);
    assert_int_equal(n, 2);
    assert_string_equal(name[0], "a.example");
    assert_string_equal(name[1], "news.a.example");
    assert_int_equal(mailsums_stale(desk.file, desk.arena, 1, &name, &n, &e), RC_OK);
    assert_int_equal(n, 2); /* more than were asked for */
    decide("news.a.example", "mailchimp", "pending");
    decide("example", "mailchimp", "pending");
    assert_int_equal(mailsums_stale(desk.file, desk.arena, 9, &name, &n, &e), RC_OK);
    assert_int_equal(n, 5);
    all_questions();
}

/* Days go with their tallies; a block that is cut is not read any more. */
static void old_days(void **state)
{
    int64_t gone = 0;
    struct err e = ERR_NONE;

    (void)state;
    mail(0, DAYS);
    all_the_same();
    for (int64_t before = -1; gone != before;) {
        before = gone;
        assert_int_equal(tallies_prune(desk.file, TODAY - 45, 50, &gone, &e), RC_OK);
    }
    assert_int_equal(of_file("SELECT count(*) FROM mail_sum WHERE days = 1 AND first_day < 955"), 0);
    assert_int_equal(of_file("SELECT count(*) FROM mail_sum WHERE days = 32 AND first_day + 32 <= 955"), 0);
    all_the_same();
}

static double cpu_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double cost(const struct scope *s, const struct views_wanted *w)
{
    struct views_row *row;
    double began = cpu_ms();

    for (int i = 0; i < 5; i++) {
        assert_int_equal(count(s, w, VIEWS_BY_CLIENT, &row), 10);
        arena_reset(desk.arena);
    }
    return cpu_ms() - began;
}

/* A hundred domains over a hundred days, ten rows each a day.  In processor time, and as a ratio: a busy machine may run it. */
static void costs_a_part(void **state)
{
    const struct scope all = {.all = true};
    const struct views_wanted w = {.first_day = TODAY - DAYS, .before_day = TODAY, .clients_only = true};
    double sums, tallies, one;

    (void)state;
    BOTH_FILE_ALONE(); /* a centre has no sums */
    run("BEGIN; WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < 100000) INSERT INTO tally"
        " SELECT 'd' || (i % 100) || '.example', 's' || (i / 100 % 5), CASE i / 500 % 2 WHEN 0 THEN '' ELSE 'unauthorized' END,"
        " 900 + i / 1000, 'c' || (i % 10), 'fail', 'none', 1 FROM n;"
        " INSERT INTO mail_sum_stale SELECT DISTINCT author_domain, 0 FROM tally; COMMIT");
    assert_int_equal(of_file("SELECT count(*) FROM tally"), ROWS);
    tallies = cost(&all, &w);
    (void)desk_care(&desk, &for_ever);
    assert_int_equal(of_file("SELECT count(*) FROM mail_sum_stale"), 0);
    sums = cost(&all, &w);
    decide("d7.example", "s1", "approved");
    assert_true(of_file("SELECT count(*) FROM mail_sum_stale") > 0);
    one = cost(&all, &w);
    printf("five times over %d rows of tallies: %.1f ms of processor, over the sums %.1f ms; with one domain of a hundred to "
           "be counted anew %.1f ms\n", ROWS, tallies, sums, one);
    assert_true(sums * 20 < tallies);
    assert_true(one * 8 < tallies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(mail_and_decisions, setup, teardown),
        cmocka_unit_test_setup_teardown(at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(below, setup, teardown),
        cmocka_unit_test_setup_teardown(old_days, setup, teardown),
        cmocka_unit_test_setup_teardown(costs_a_part, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
