#include "desk.h"

#include "records/find.h"
#include "records/tallies.h"

static struct desk desk;
static const struct store_keep for_ever;

static int setup(void **state)
{
    (void)state;
    desk_open(&desk);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static struct record failed(int64_t time_ms, const char *queue_id)
{
    struct record r = blank_record(time_ms, queue_id);

    r.author_domain = r.org_domain = "news.acme.example";
    r.source_domain = "acme.example";
    r.source = "mailchimp";
    r.client = "acme";
    r.cause = "dkim-absent";
    return r;
}

static size_t found(const char *key)
{
    struct store_query q = {.key = key, .limit = 100};
    struct err e = ERR_NONE;
    struct record *out;
    size_t n;

    if (find_messages(desk.db, desk.arena, &q, &out, &n, &e) != RC_OK)
        fail_msg("%s", e.text);
    return n;
}

static int64_t tallied(void)
{
    struct store_tally t;
    struct err e = ERR_NONE;

    assert_int_equal(tallies_sum(desk.db, "news.acme.example", "mailchimp", "dkim-absent", &t, &e), RC_OK);
    return t.messages;
}

/* What is committed is found at once; tallies and volumes follow. */
static void follows(void **state)
{
    struct record r = failed(5 * 86400000LL, "Q1");

    (void)state;
    desk_put(&desk, &r);
    assert_int_equal(found("Q1"), 1);
    assert_int_equal(found("acme.example"), 0); /* nobody's domain in the message */
    assert_int_equal(found("mailchimp"), 1);
    r.dmarc = "pass";
    r.cause = "";
    r.dkim = "pass mcsv.net k1 rsa-sha256; fail acme.example k9 rsa-sha256; pass acme.example k2 rsa-sha256";
    r.source_detail = "d=acme.example, key at dkim2.mcsv.net";
    desk_put(&desk, &r);
    (void)desk_care(&desk, &for_ever);
    assert_int_equal(found("Q1"), 2);
    assert_int_equal(tallied(), 1);
    assert_int_equal(desk_ask(&desk, "SELECT sum(messages) FROM tally"), 2);
    assert_int_equal(desk_ask(&desk, "SELECT volume FROM source WHERE domain = 'acme.example'"), 2);
    assert_int_equal(desk_ask(&desk, "SELECT passed FROM source WHERE domain = 'acme.example'"), 1);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM source WHERE key_name = 'k2._domainkey.acme.example'"
                                     " AND key_host = 'dkim2.mcsv.net' AND key_ms / 86400000 = 5"), 1);
    assert_int_equal(desk_ask(&desk, "SELECT day FROM tally LIMIT 1"), 5);
}

/* Killed between commits, wherever: each message counts once. */
static void crashes(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        char id[20];
        struct record r = failed(1000 + i, id);

        (void)snprintf(id, sizeof id, "Q%d", i);
        desk_put(&desk, &r);
        if (i % 7 == 3)
            (void)desk_care(&desk, &for_ever);
        if (i % 5 == 4) {
            desk_crash(&desk);
            desk_reopen(&desk);
        }
    }
    assert_int_equal(found("Q59"), 1);
    (void)desk_care(&desk, &for_ever);
    assert_int_equal(tallied(), 60);
    assert_int_equal(desk_ask(&desk, "SELECT volume FROM source"), 60);
    for (int i = 0; i < 60; i++) {
        char id[20];

        (void)snprintf(id, sizeof id, "Q%d", i);
        assert_int_equal(found(id), 1);
    }
}

/* A commit that fails leaves nothing in the counters, and what waited before it is not lost. */
static void failed_commit(void **state)
{
    struct record r = failed(1000, "Q1"), bad = failed(1001, "Q2");
    struct item *item = item_new(&(struct store_item){&bad, NULL, 0});
    const struct item *items[] = {item};
    struct err e = ERR_NONE;

    (void)state;
    desk_put(&desk, &r);
    item->record.helo = NULL; /* NOT NULL stops it */
    assert_int_not_equal(writer_commit(desk.writer, desk.db, items, 1, &e), RC_OK);
    free(item);
    desk_put(&desk, &r);
    (void)desk_care(&desk, &for_ever);
    assert_int_equal(tallied(), 2);
    assert_int_equal(found("Q1"), 2);
    assert_int_equal(found("Q2"), 0);
}

/* Messages that another program wrote in between are found and counted as well. */
static void others_write(void **state)
{
    struct record r = failed(1000, "Q1");

    (void)state;
    desk_put(&desk, &r);
    (void)desk_care(&desk, &for_ever);
    desk_run(&desk, "INSERT INTO message (time_ms, queue_id, author_domain, source, cause)"
                    " VALUES (1001, 'THEIRS', 'news.acme.example', 'mailchimp', 'dkim-absent')");
    r.queue_id = "Q3";
    desk_put(&desk, &r);
    assert_int_equal(found("THEIRS"), 1);
    (void)desk_care(&desk, &for_ever);
    assert_int_equal(tallied(), 3);
    assert_int_equal(found("THEIRS"), 1);
    assert_int_equal(found("Q3"), 1);
}

/* A thousand invented domains in a day are a thousand rows, ten thousand are not. */
static void invented_domains(void **state)
{
    enum { SENT = TALLIES_NEW_MAX + 300 };

    (void)state;
    for (int i = 0; i < SENT; i += 100) {
        struct item *item[100];
        struct err e = ERR_NONE;

        for (int k = 0; k < 100; k++) {
            char domain[40];
            struct record r = blank_record(1000, "Q");

            (void)snprintf(domain, sizeof domain, "x%d.invented.example", i + k);
            r.author_domain = domain;
            item[k] = item_new(&(struct store_item){&r, NULL, 0});
        }
        assert_int_equal(writer_commit(desk.writer, desk.db, (const struct item *const *)item, 100, &e), RC_OK);
        for (int k = 0; k < 100; k++)
            free(item[k]);
    }
    (void)desk_care(&desk, &for_ever);
    assert_int_equal(desk_ask(&desk, "SELECT sum(messages) FROM tally"), SENT);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM tally"), TALLIES_NEW_MAX + 1);
    assert_int_equal(desk_ask(&desk, "SELECT messages FROM tally WHERE author_domain = ''"), 300);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM source"), 0);
}

/* A client's domains, and those whose mail passed on two days before, keep their figures however many are invented. */
static void known_domains_have_their_own_room(void **state)
{
    (void)state;
    desk_run(&desk, "INSERT INTO correspondent VALUES ('partner.example', '', 0, 1, 2, 40)");
    desk_run(&desk, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5100)"
                    " INSERT INTO tally SELECT 'x' || i || '.invented.example', 'unknown', '', 2, '', 'fail', 'none', 1 FROM n");
    for (int i = 0; i < 4; i++) {
        static const char *const domains[] = {"partner.example", "client.example", "stranger.example", "x.client.example"};
        struct record r = blank_record(2 * 86400000 + 1000, "Q");

        r.author_domain = domains[i];
        r.client = i % 2 == 1 ? "acme" : "";
        r.source_domain = i % 2 == 1 ? "client.example" : "";
        desk_put(&desk, &r);
    }
    (void)desk_care(&desk, &for_ever);
    assert_int_equal(desk_ask(&desk, "SELECT messages FROM tally WHERE author_domain = 'partner.example'"), 1);
    assert_int_equal(desk_ask(&desk, "SELECT messages FROM tally WHERE author_domain = 'client.example'"), 2);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM tally WHERE author_domain = 'stranger.example'"), 0);
    assert_int_equal(desk_ask(&desk, "SELECT messages FROM tally WHERE author_domain = ''"), 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(follows), TEST(crashes), TEST(failed_commit), TEST(others_write), TEST(invented_domains),
        TEST(known_domains_have_their_own_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
