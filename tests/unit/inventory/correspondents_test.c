/* Whose mail passed here: what is learnt of it, and what strangers can fill. */
#include "desk_both.h"

#include <stdio.h>
#include <string.h>

#include "inventory/correspondents.h"

enum { DAY = 24 * 3600 * 1000 };

static const int64_t start = INT64_C(1795564800000); /* 2026-11-25 00:00 UTC, day 20782 */
enum { TODAY = 20782 };

static struct correspondents *learnt; /* of a server; NULL: the writer learns */

static void pass(struct desk *d, const char *domain, const char *address, int days_ago, bool spf)
{
    struct record r = blank_record(start - (int64_t)days_ago * DAY, "q");

    r.author_domain = r.org_domain = domain;
    r.mail_from_domain = spf ? domain : "esp.example";
    r.client_ip = address;
    r.dmarc = "pass";
    r.spf_aligned = spf;
    r.dkim_aligned = 1;
    if (learnt == NULL)
        desk_put(d, &r);
    else
        assert_int_equal(correspondents_add(learnt, &r), RC_OK);
}

/* What the writer counts of the file it is counted here of a server's records. */
static void learn(struct desk *d)
{
    const struct store_keep for_ever = {0};
    struct err e = ERR_NONE;

    if (learnt == NULL) {
        (void)desk_care(d, &for_ever);
        return;
    }
    if (db_begin(d->db, &e) != RC_OK || correspondents_write(learnt, d->db, &e) != RC_OK ||
        db_commit(d->db, &e) != RC_OK)
        fail_msg("%s", e.text);
    correspondents_clear(learnt);
}

static int setup(void **state)
{
    (void)state;
    learnt = both_server() == NULL ? NULL : correspondents_new();
    return both_server() != NULL && learnt == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    correspondents_free(learnt);
    return 0;
}

static bool has(struct desk *d, const char *domain, const char *address, int64_t day)
{
    struct err e = ERR_NONE;
    bool yes = false;

    assert_int_equal(correspondents_has_address(d->db, domain, address, day, &yes, &e), RC_OK);
    return yes;
}

static bool is_known(struct desk *d, const char *domain)
{
    struct err e = ERR_NONE;
    bool yes = false;

    assert_int_equal(correspondents_is_known(d->db, domain, TODAY, &yes, &e), RC_OK);
    return yes;
}

/* An address is learnt from SPF alone: what a domain once signed can be sent again from anywhere. */
static void what_is_learnt(void **state)
{
    struct err e = ERR_NONE;
    struct desk d;
    int64_t passed;

    (void)state;
    desk_open_both(&d);
    for (int day = 3; day >= 1; day--)
        for (int i = 0; i < 10; i++) {
            pass(&d, "a.example", "192.0.2.1", day, true);
            pass(&d, "a.example", "203.0.113.66", day, false); /* replayed */
        }
    pass(&d, "a.example", "192.0.2.9", 0, true);
    pass(&d, "once.example", "192.0.2.1", 1, true);
    learn(&d);
    assert_true(has(&d, "a.example", "192.0.2.1", TODAY));
    assert_false(has(&d, "a.example", "203.0.113.66", TODAY));
    assert_false(has(&d, "a.example", "192.0.2.9", TODAY));
    assert_true(has(&d, "a.example", "192.0.2.9", TODAY + 1));
    assert_false(has(&d, "a.example", "192.0.2.1", TODAY + 60));
    assert_false(has(&d, "a.example", "", TODAY));
    assert_int_equal(correspondents_passed(d.db, "a.example", TODAY, &passed, &e), RC_OK);
    assert_int_equal(passed, 30);
    assert_true(is_known(&d, "a.example"));
    assert_false(is_known(&d, "once.example"));
    assert_false(is_known(&d, "b.example"));
    desk_close_both(&d);
}

/* One network, or one domain with all below it, learns its share and no more; those who are known stay. */
static void strangers_share_a_room(void **state)
{
    struct desk d;
    char domain[40], address[40];

    (void)state;
    desk_open_both(&d);
    pass(&d, "a.example", "192.0.2.1", 2, true);
    pass(&d, "a.example", "192.0.2.1", 1, true);
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(domain, sizeof domain, "d%d.example", i);
        (void)snprintf(address, sizeof address, "198.51.100.%d", i % 250);
        pass(&d, domain, address, 0, true);
        (void)snprintf(address, sizeof address, "10.%d.%d.1", i / 250, i % 250);
        pass(&d, "one.example", address, 0, true);
    }
    learn(&d);
    assert_in_range(desk_ask(&d, "SELECT count(*) FROM correspondent WHERE domain LIKE 'd%'"), 150,
                    CORRESPONDENTS_SHARE_MAX);
    assert_in_range(desk_ask(&d, "SELECT count(*) FROM correspondent WHERE domain = 'one.example'"), 150,
                    CORRESPONDENTS_SHARE_MAX);
    pass(&d, "new.example", "203.0.113.1", 0, true);
    learn(&d);
    assert_int_equal(desk_ask(&d, "SELECT count(*) FROM correspondent WHERE domain = 'new.example'"), 2);
    assert_true(is_known(&d, "a.example"));
    desk_close_both(&d);
}

/* What is old goes; what a clock that was ahead left is set right, or goes. */
static void old_and_ahead(void **state)
{
    struct err e = ERR_NONE;
    struct desk d;
    int64_t gone = 0;

    (void)state;
    desk_open_both(&d);
    desk_run(&d, "INSERT INTO correspondent VALUES ('old.example', '', 20000, 20750, 9, 9),"
                 " ('once.example', '', 20770, 20770, 1, 1), ('kept.example', '', 20770, 20770, 2, 2),"
                 " ('ahead.example', '', 24000, 24000, 1, 1), ('stretched.example', '', 20000, 24000, 9, 9)");
    assert_int_equal(correspondents_prune(d.db, TODAY, 100, &gone, &e), RC_OK);
    assert_int_equal(gone, 3);
    assert_int_equal(desk_ask(&d, "SELECT last_day FROM correspondent WHERE domain = 'stretched.example'"), TODAY);
    assert_int_equal(desk_ask(&d, "SELECT count(*) FROM correspondent"), 2);
    desk_close_both(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_learnt, setup, teardown),
        cmocka_unit_test_setup_teardown(strangers_share_a_room, setup, teardown),
        cmocka_unit_test_setup_teardown(old_and_ahead, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
