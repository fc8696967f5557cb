/* Whose mail passed here: what is learnt of it, and what strangers can fill. */
#include "desk.h"

#include <stdio.h>
#include <string.h>

#include "inventory/correspondents.h"

enum { DAY = 24 * 3600 * 1000 };

static const int64_t start = INT64_C(1795564800000); /* 2026-11-25 00:00 UTC, day 20782 */
enum { TODAY = 20782 };

static void pass(struct desk *d, const char *domain, const char *address, int days_ago, bool spf)
{
    struct record r = blank_record(start - (int64_t)days_ago * DAY, "q");

    r.author_domain = r.org_domain = domain;
    r.mail_from_domain = spf ? domain : "esp.example";
    r.client_ip = address;
    r.dmarc = "pass";
    r.spf_aligned = spf;
    r.dkim_aligned = 1;
    desk_put(d, &r);
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
    const struct store_keep for_ever = {0};
    struct err e = ERR_NONE;
    struct desk d;
    int64_t passed;

    (void)state;
    desk_open(&d);
    for (int day = 3; day >= 1; day--)
        for (int i = 0; i < 10; i++) {
            pass(&d, "a.example", "192.0.2.1", day, true);
            pass(&d, "a.example", "203.0.113.66", day, false); /* replayed */
        }
    pass(&d, "a.example", "192.0.2.9", 0, true);
    pass(&d, "once.example", "192.0.2.1", 1, true);
    (void)desk_care(&d, &for_ever);
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
    desk_close(&d);
}

/* One network, or one domain with all below it, learns its share and no more; those who are known stay. */
static void strangers_share_a_room(void **state)
{
    const struct store_keep for_ever = {0};
    struct desk d;
    char domain[40], address[40];

    (void)state;
    desk_open(&d);
    pass(&d, "a.example", "192.0.2.1", 2, true);
    pass(&d, "a.example", "192.0.2.1", 1, true);
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(domain, sizeof domain, "d%d.example", i);
        (void)snprintf(address, sizeof address, "198.51.100.%d", i % 250);
        pass(&d, domain, address, 0, true);
        (void)snprintf(address, sizeof address, "10.%d.%d.1", i / 250, i % 250);
        pass(&d, "one.example", address, 0, true);
    }
    (void)desk_care(&d, &for_ever);
    assert_in_range(desk_ask(&d, "SELECT count(*) FROM correspondent WHERE domain GLOB 'd*'"), 150,
                    CORRESPONDENTS_SHARE_MAX);
    assert_in_range(desk_ask(&d, "SELECT count(*) FROM correspondent WHERE domain = 'one.example'"), 150,
                    CORRESPONDENTS_SHARE_MAX);
    pass(&d, "new.example", "203.0.113.1", 0, true);
    (void)desk_care(&d, &for_ever);
    assert_int_equal(desk_ask(&d, "SELECT count(*) FROM correspondent WHERE domain = 'new.example'"), 2);
    assert_true(is_known(&d, "a.example"));
    desk_close(&d);
}

/* What is old goes; what a clock that was ahead left is set right, or goes. */
static void old_and_ahead(void **state)
{
    struct err e = ERR_NONE;
    struct desk d;
    int64_t gone = 0;

    (void)state;
    desk_open(&d);
    desk_run(&d, "INSERT INTO correspondent VALUES ('old.example', '', 20000, 20750, 9, 9),"
                 " ('once.example', '', 20770, 20770, 1, 1), ('kept.example', '', 20770, 20770, 2, 2),"
                 " ('ahead.example', '', 24000, 24000, 1, 1), ('stretched.example', '', 20000, 24000, 9, 9)");
    assert_int_equal(correspondents_prune(d.db, TODAY, 100, &gone, &e), RC_OK);
    assert_int_equal(gone, 3);
    assert_int_equal(desk_ask(&d, "SELECT last_day FROM correspondent WHERE domain = 'stretched.example'"), TODAY);
    assert_int_equal(desk_ask(&d, "SELECT count(*) FROM correspondent"), 2);
    desk_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_learnt), cmocka_unit_test(strangers_share_a_room), cmocka_unit_test(old_and_ahead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
