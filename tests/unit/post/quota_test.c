/* How much report mail goes to one host, about one owner's domains and about strangers, in a day. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "post/quota.h"
#include "records/schema.h"
#include "outbox/reports.h"
#include "samples.h"

static const int64_t now = INT64_C(1795608000000); /* 2026-11-25 12:00 UTC */

static struct scratch at;
static struct db *d;
static struct arena *a;
static struct err e;
static struct config config = {.reports_per_host = 30, .reports_per_domain = 10, .reports_of_strangers = 4};

static int setup(void **state)
{
    (void)state;
    at = scratch_make();
    a = arena_new(16 << 20);
    e = ERR_NONE;
    return db_open_write(at.db, &records_schema, false, &d, &e) != RC_OK;
}

static int teardown(void **state)
{
    (void)state;
    db_close(d);
    arena_free(a);
    scratch_remove(&at);
    return 0;
}

static void run(const char *sql)
{
    if (db_run(d, sql, &e) != RC_OK)
        fail_msg("%s", e.text);
}

/* A report about that domain, in the outbox. */
static struct dispatch report_about(const char *domain)
{
    static unsigned serial;
    struct report r = {.report_id = "", .policy_domain = domain, .policy_key = "", .filename = "f.xml.gz",
                       .begin_s = 20781 * 86400, .end_s = 20782 * 86400 - 1};
    struct dispatch out;
    char id[20];
    int64_t item;
    bool added;

    (void)snprintf(id, sizeof id, "r%u", serial++);
    r.report_id = r.policy_key = id;
    assert_int_equal(reports_add(d, &r, STR("x"), &added, &e), RC_OK);
    assert_int_equal(db_ask(d, "SELECT max(id) FROM report", &item, &e), RC_OK);
    assert_int_equal(outbox_enroll(d, now, 1, &e), RC_OK);
    assert_int_equal(outbox_find(d, a, OUTBOX_AGGREGATE, item, &out, &e), RC_OK);
    return out;
}

static bool send(struct quota *q, const char *domain, const char *address)
{
    struct dispatch item = report_about(domain);
    const char *why;
    char sql[400];
    struct strbuf b = STRBUF_ON(sql);

    assert_int_equal(quota_ask(q, d, &item, address, &why, &e), RC_OK);
    if (why != NULL)
        return false;
    if (quota_count(q, &item, address))
        assert_int_equal(outbox_mark_stranger(d, &item, &e), RC_OK);
    strbuf_putf(&b, "INSERT INTO delivery (kind, item, address, state, sent_ms, error, message_id, verp)"
                " VALUES ('aggregate', %lld, '%s', 'sent', %lld, '', '', '')", (long long)item.item, address,
                (long long)now);
    run(sql);
    return true;
}

/* How many of `n` mails go out; %d in domain and address is their number. */
static int count(struct quota *q, const char *domain, const char *address, int n)
{
    int sent = 0;

    for (int i = 0; i < n; i++) {
        char about[100], to[100];
        struct strbuf b = STRBUF_ON(about), c = STRBUF_ON(to);

        strbuf_putf(&b, "x%d%s", i, domain);
        strbuf_putf(&c, "r%d%s", i, address);
        sent += send(q, about, to);
    }
    return sent;
}

static struct quota *opened(int64_t when)
{
    struct quota *q;

    assert_int_equal(quota_open(d, &config, when, &q, &e), RC_OK);
    return q;
}

static void bounds(void **state)
{
    struct quota *q = opened(now);

    (void)state;
    /* domains that anybody can invent */
    assert_int_equal(count(q, ".evil.example", "@victim.example", 200), 4);
    /* known ones, of one owner: each by its own right until there are too many */
    for (int i = 0; i < 200; i++) {
        char sql[200];
        struct strbuf b = STRBUF_ON(sql);

        strbuf_putf(&b, "INSERT INTO correspondent VALUES ('x%d.known.example', '', 1, 2, 2, 2),"
                    " ('x%d-known.example', '', 1, 2, 2, 2)", i, i);
        run(sql);
    }
    assert_int_equal(count(q, ".known.example", "@elsewhere.example", 200), 10);
    /* of many owners, to one host, in any spelling and on all machines beside it */
    assert_int_equal(count(q, "-known.example", "@victim.example", 200), 26);
    assert_int_equal(count(q, "-known.example", "@mx7.VICTIM.example", 20), 0);
    assert_int_equal(count(q, "-known.example", "@other.example", 20), 20);
    quota_close(q);

    /* another process the same day knows it; a day later all begins anew */
    q = opened(now + 1000);
    assert_int_equal(count(q, "-known.example", "@victim.example", 20), 0);
    assert_int_equal(count(q, ".evil2.example", "@third.example", 20), 0);
    quota_close(q);
    q = opened(now + INT64_C(25) * 3600 * 1000);
    assert_int_equal(count(q, ".evil2.example", "@third.example", 20), 4);
    quota_close(q);
    /* sent by a clock that was ahead: nothing of that day */
    q = opened(now - INT64_C(3600) * 1000);
    assert_int_equal(count(q, ".evil3.example", "@third.example", 20), 4);
    quota_close(q);
}

static void who_is_known(void **state)
{
    struct dispatch item;
    bool known;

    (void)state;
    run("INSERT INTO message (time_ms, policy_domain, dmarc) VALUES (1795521600001, 'passed.example', 'pass'),"
        " (1795521600001, 'failed.example', 'fail'), (1795000000000, 'earlier.example', 'pass')");
    run("INSERT INTO source (domain, source) VALUES ('inventory.example', 'unknown')");
    item = report_about("passed.example");
    assert_int_equal(outbox_domain_is_known(d, &item, &known, &e), RC_OK);
    assert_true(known);
    item = report_about("inventory.example");
    assert_int_equal(outbox_domain_is_known(d, &item, &known, &e), RC_OK);
    assert_true(known);
    item = report_about("failed.example");
    assert_int_equal(outbox_domain_is_known(d, &item, &known, &e), RC_OK);
    assert_false(known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_known, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
