#include "../both.h"
#include "unit.h"

#include "db/run.h"
#include "samples.h"
#include "received/reports.h"
#include "received/sums.h"
#include "received/tally.h"
#include "records/schema.h"

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

static void must(enum rc rc, const struct err *e)
{
    if (rc != RC_OK)
        fail_msg("%s", e->text);
}

#define DAY 20000

static struct received_report report(const char *client, const char *domain, const char *reporter, const char *id)
{
    struct received_report r = {
        .client = client, .domain = domain, .reporter = reporter, .report_id = id, .begin_s = DAY * 86400,
        .end_s = DAY * 86400 + 86399, .sender = reporter, .trust = RECEIVED_VERIFIED, .content = STR("0123456789abcdef"),
        .org_name = "Org", .email = "", .contact = "", .format = "rfc9990", .generator = "", .errors = "", .repairs = "",
        .notes = "", .p = "none", .sp = "", .np = "", .adkim = "r", .aspf = "r", .fo = "", .testing = "", .pct = "",
        .discovery_method = "", .rows = 1, .rows_kept = true,
    };

    return r;
}

static struct received_row row(const char *domain, const char *source, int64_t messages, unsigned passes)
{
    struct received_row w = {
        .messages = messages, .domain = domain, .header_from = domain, .disposition = passes != 0 ? "none" : "reject",
        .passes = passes, .envelope_from = "", .envelope_to = "", .reasons = "", .spf = "pass mfrom a.example",
        .dkim = "", .source = source, .detail = "", .cause = passes != 0 ? "" : "unauthorized",
        .address = {IP_V4, {192, 0, 2, 1}},
    };

    return w;
}

/* Stores a report of those rows and makes it count. */
static int64_t put(struct received_report *r, const struct received_row *rows, size_t n)
{
    struct received_tally *t = received_tally_new();
    struct err e = ERR_NONE;

    received_days(r->begin_s, r->end_s, &r->first_day, &r->days);
    must(db_begin(db, &e), &e);
    must(received_stage(db, r, &e), &e);
    for (size_t i = 0; i < n; i++) {
        struct received_row w = rows[i];

        w.n = (int64_t)i;
        must(received_add_row(db, r, &w, &e), &e);
        must(received_tally_add(t, &w, r->first_day, r->days, 1, &e), &e);
    }
    must(received_accept(db, r, &e), &e);
    must(received_tally_write(t, db, r, &e), &e);
    must(db_commit(db, &e), &e);
    received_tally_free(t);
    return r->id;
}

static int64_t number(const char *sql)
{
    struct err e = ERR_NONE;
    int64_t n;

    must(db_ask(db, sql, &n, &e), &e);
    return n;
}

static void sums_are_of_what_was_asked(void **state)
{
    const struct received_row a[] = {row("acme.example", "mailchimp", 10, 3), row("acme.example", "unknown", 5, 0)};
    const struct received_row b[] = {row("acme.example", "mailchimp", 7, RECEIVED_PASS_SPF)};
    const struct received_row c[] = {row("other.example", "mailchimp", 100, 3)};
    struct received_report google = report("acme", "acme.example", "google.com", "1");
    struct received_report forged = report("acme", "acme.example", "forger.example", "1");
    struct received_report other = report("other", "other.example", "google.com", "2");
    struct received_wanted w = RECEIVED_ANYTHING;
    struct received_sum *sum;
    struct err e = ERR_NONE;
    size_t n;

    (void)state;
    forged.trust = RECEIVED_UNPROVEN;
    (void)put(&google, a, 2);
    (void)put(&forged, b, 1);
    (void)put(&other, c, 1);

    w.client = "acme";
    must(received_sums(db, arena, &w, 10, &sum, &n, &e), &e);
    assert_int_equal(n, 1);
    assert_true(sum->counts.messages == 15 && sum->counts.passed == 10 && sum->counts.rejected == 5);
    assert_true(sum->first_day == DAY && sum->last_day == DAY);

    w.by = RECEIVED_BY_SOURCE | RECEIVED_BY_TRUST;
    w.trust = RECEIVED_ANY_TRUST;
    must(received_sums(db, arena, &w, 10, &sum, &n, &e), &e);
    assert_int_equal(n, 3); /* what is not proven stands apart */
    assert_string_equal(sum[0].source, "mailchimp");
    assert_string_equal(sum[0].trust, "unproven");
    assert_true(sum[0].counts.spf_only == 7 && sum[1].counts.messages == 10 && sum[1].reporters == 1);
    assert_string_equal(sum[2].source, "unknown");

    w = (struct received_wanted)RECEIVED_ANYTHING;
    w.by = RECEIVED_BY_CLIENT | RECEIVED_BY_DOMAIN;
    must(received_sums(db, arena, &w, 10, &sum, &n, &e), &e);
    assert_int_equal(n, 2);
    assert_string_equal(sum[0].client, "acme");
    assert_string_equal(sum[1].domain, "other.example");
    assert_true(sum[1].counts.messages == 100);
    w.by |= RECEIVED_BY_DAY;
    w.first_day = DAY + 1;
    must(received_sums(db, arena, &w, 10, &sum, &n, &e), &e);
    assert_int_equal(n, 0);
}

static void one_key_counts_once(void **state)
{
    const struct received_row a[] = {row("acme.example", "mailchimp", 10, 3), row("acme.example", "unknown", 5, 0)};
    const struct received_row b[] = {row("acme.example", "mailchimp", 12, 3)};
    struct received_report first = report("acme", "acme.example", "google.com", "1"), second = first, found;
    struct err e = ERR_NONE;

    (void)state;
    (void)put(&first, a, 2);
    must(db_begin(db, &e), &e);
    must(received_stage(db, &second, &e), &e);
    assert_int_not_equal(received_accept(db, &second, &e), RC_OK); /* the index lets no two count */
    db_roll_back(db);

    must(received_same(db, arena, &second, &found, &e), &e);
    assert_true(found.id == first.id && found.rows_kept && found.superseded_by == 0);
    must(db_begin(db, &e), &e);
    must(received_supersede(db, &found, 99, &e), &e);
    must(db_commit(db, &e), &e);
    assert_int_equal(number("SELECT count(*) FROM day_in"), 0);
    assert_int_equal(number("SELECT count(*) FROM domain_day_in"), 0);
    (void)put(&second, b, 1);
    assert_int_equal(number("SELECT sum(messages) FROM day_in"), 12);
    assert_int_equal(number("SELECT sum(messages) FROM domain_day_in"), 12);
    assert_int_equal(received_supersede(db, &(struct received_report){.rows_kept = false}, 1, &e), RC_NOTFOUND);
}

static void long_periods_are_spread(void **state)
{
    static const struct {
        const char *name;
        int64_t begin_s, length_s, first_day, days;
    } rows[] = {
        {"a day, 86,399 s", DAY * 86400, 86399, DAY, 1}, {"a day, 86,400 s", DAY * 86400, 86400, DAY, 1},
        {"of a zone east of us", DAY * 86400 - 7200, 86400, DAY, 1}, {"an hour", DAY * 86400 + 3600, 3600, DAY, 1},
        {"nothing", DAY * 86400, 0, DAY, 1}, {"two days", DAY * 86400, 2 * 86400, DAY, 2},
        {"a week", DAY * 86400, 7 * 86400 - 1, DAY, 7}, {"31 days", DAY * 86400, 31 * 86400, DAY, 31},
        {"three years", DAY * 86400, 1000 * 86400LL, RECEIVED_NO_DAY, 1},
    };
    const struct received_row a[] = {row("acme.example", "mailchimp", 16, 3)};
    struct received_report week = report("acme", "acme.example", "trustwave.example", "1");
    struct received_report years = report("acme", "acme.example", "slow.example", "2");

    (void)state;
    FOR_ROWS(r, rows) {
        int64_t first_day, days;

        received_days(r->begin_s, r->begin_s + r->length_s, &first_day, &days);
        ASSERT_ROW(first_day == r->first_day && days == r->days, r);
    }
    week.end_s = week.begin_s + 7 * 86400;
    years.end_s = years.begin_s + 1000 * 86400LL;
    (void)put(&week, a, 1);
    (void)put(&years, a, 1);
    assert_int_equal(number("SELECT sum(messages) FROM day_in"), 32);
    assert_int_equal(number("SELECT messages FROM day_in WHERE day = 20000"), 2);
    assert_int_equal(number("SELECT messages FROM day_in WHERE day = 20006"), 3); /* what is left over goes to the last */
    assert_int_equal(number("SELECT messages FROM day_in WHERE day = 0"), 16);
    assert_int_equal(number("SELECT count(*) FROM day_in WHERE spread = 1"), 7);
}

static enum rc count_row(void *arg, const struct received_row *w)
{
    *(int64_t *)arg += w->messages;
    return RC_OK;
}

static void rows_come_back_as_written(void **state)
{
    struct received_row one = row("acme.example", "mailchimp", 10, 3), *found;
    struct received_report r = report("acme", "acme.example", "google.com", "1"), *reports;
    struct received_reports_wanted w = RECEIVED_ANY_REPORT;
    struct err e = ERR_NONE;
    int64_t messages = 0;
    size_t n;
    bool more = true;

    (void)state;
    one.dkim = "pass acme.example s1";
    one.marks = RECEIVED_FORWARDED;
    (void)put(&r, &one, 1);
    must(received_rows(db, &r, count_row, &messages, &e), &e);
    assert_int_equal(messages, 10);
    must(received_rows_of(db, arena, "acme", &one.address, 10, &found, &n, &e), &e);
    assert_int_equal(n, 1);
    assert_true(ip_eq(&found->address, &one.address) && found->marks == RECEIVED_FORWARDED && found->passes == 3);
    assert_string_equal(found->dkim, one.dkim);
    assert_string_equal(found->disposition, "none");
    must(received_rows_of(db, arena, "other", &one.address, 10, &found, &n, &e), &e);
    assert_int_equal(n, 0);
    w.domain = "acme.example";
    must(received_reports(db, arena, &w, 10, &reports, &n, &e), &e);
    assert_int_equal(n, 1);
    assert_string_equal(reports->org_name, "Org");
    assert_true(str_eq(reports->content, r.content) && reports->trust == RECEIVED_VERIFIED && reports->first_day == DAY);

    r.report_id = "2"; /* staged, and given up */
    must(received_stage(db, &r, &e), &e);
    must(received_add_row(db, &r, &one, &e), &e);
    assert_int_equal(received_get(db, arena, r.id, reports, &e), RC_NOTFOUND);
    must(received_unstage(db, &r, 1, &more, &e), &e);
    assert_true(more);
    must(received_unstage(db, &r, 1, &more, &e), &e);
    assert_false(more);
    assert_int_equal(number("SELECT count(*) FROM report_in"), 1);
    assert_int_equal(number("SELECT count(*) FROM row_in"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sums_are_of_what_was_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(one_key_counts_once, setup, teardown),
        cmocka_unit_test_setup_teardown(long_periods_are_spread, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_come_back_as_written, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
