/* What a host follows of its fleet's centre: as it is copied into the tables, and as the snapshot has it. */
#include "desk.h"

#include <string.h>

#include "inventory/caught.h"
#include "inventory/followed.h"
#include "inventory/snapshot.h"

enum { HOUR = 3600 * 1000 };

static const int64_t noon = INT64_C(1795608000000); /* 2026-11-25 12:00 UTC */
static struct desk desk;

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

static void well(enum rc rc, const struct err *e)
{
    if (rc != RC_OK)
        fail_msg("%s", e->text);
}

static int64_t ask(const char *sql)
{
    struct err e = ERR_NONE;
    int64_t n = 0;

    well(db_ask(desk.db, sql, &n, &e), &e);
    return n;
}

static struct background *snapshot(int64_t now_ms)
{
    struct background *b;
    struct err e = ERR_NONE;

    well(snapshot_make(desk.db, now_ms, &b, &e), &e);
    return b;
}

static void put(const char *domain, const char *status)
{
    struct inventory_edit x = {.domain = domain, .source = "shop"};
    struct err e = ERR_NONE;

    for (int i = 0; i < INVENTORY_FIELD_COUNT; i++)
        x.field[i] = "";
    x.field[INVENTORY_status] = status;
    well(followed_put_source(desk.db, &x, &e), &e);
}

static void a_copied_entry_is_judged_by(void **state)
{
    const struct known_source *known;
    struct background *b;
    int64_t gone, before = ask("SELECT generation FROM digest");
    struct err e = ERR_NONE;

    (void)state;
    desk_run(&desk, "INSERT INTO source (domain, source, client, volume) VALUES ('a.example', 'shop', 'acme', 7)");
    put("a.example", "malicious");
    put("b.example", "approved");
    well(followed_sources_end(desk.db, noon, &gone, &e), &e);
    assert_int_equal(gone, 0);
    assert_true(ask("SELECT generation FROM digest") > before);
    assert_int_equal(ask("SELECT volume FROM source WHERE domain = 'a.example'"), 7); /* its own count stays */
    b = snapshot(noon);
    known = background_source(b, "a.example", "shop");
    assert_non_null(known);
    assert_int_equal(known->status, STATUS_MALICIOUS);
    background_release(b);
    well(followed_remove_source(desk.db, "a.example", "shop", &e), &e);
    assert_int_equal(ask("SELECT count(*) FROM source"), 1);
}

static void own_entries_go_once_there_are_others(void **state)
{
    int64_t gone;
    struct err e = ERR_NONE;

    (void)state;
    desk_run(&desk, "INSERT INTO source (domain, source, client, status, ticket) VALUES"
             " ('own.example', 'crm', 'acme', 'approved', 'T-1'), ('joined.example', 'crm', 'acme', 'unknown', '')");
    well(followed_sources_end(desk.db, noon, &gone, &e), &e);
    assert_int_equal(gone, 0); /* the centre has none: what is here stays */
    put("b.example", "approved");
    well(followed_sources_end(desk.db, noon, &gone, &e), &e);
    assert_int_equal(gone, 1);
    assert_int_equal(ask("SELECT count(*) FROM source WHERE domain = 'joined.example'"), 1); /* nobody wrote it */
    assert_int_equal(ask("SELECT count(*) FROM source_change WHERE who = 'centre' AND ((field = 'ticket' AND old = 'T-1')"
                         " OR (field = 'status' AND old = 'approved') OR field = 'removed')"), 3);
}

static void caught_everywhere(const char *domain, int64_t until_ms, bool with_address)
{
    const struct followed_caught c = {domain, noon, until_ms};
    struct err e = ERR_NONE;

    well(followed_caught_begin(desk.db, &e), &e);
    if (until_ms > 0)
        well(followed_put_caught(desk.db, &c, &e), &e);
    if (with_address)
        well(followed_put_address(desk.db, domain, "192.0.2.7", &e), &e);
    well(followed_caught_end(desk.db, &e), &e);
}

static void the_centres_catch_lets_go(void **state)
{
    struct background *b;
    bool was;
    struct err e = ERR_NONE;

    (void)state;
    caught_everywhere("partner.example", noon + 100 * HOUR, true);
    b = snapshot(noon + 1000);
    assert_true(background_is_caught(b, "partner.example", "192.0.2.7")); /* this host never saw it before */
    assert_false(background_is_caught(b, "partner.example", "203.0.113.9"));
    background_release(b);
    well(caught_expire(desk.db, noon, 4 * HOUR, &e), &e); /* the host's CatchHours is shorter: not its to say */
    assert_int_equal(ask("SELECT count(*) FROM caught"), 1);
    b = snapshot(noon + 101 * INT64_C(3600000));
    assert_false(background_is_caught(b, "partner.example", "192.0.2.7")); /* over, whoever is away */
    background_release(b);
    well(caught_remove(desk.db, STR("partner.example"), &was, &e), &e); /* released here alone … */
    caught_everywhere("partner.example", noon + 100 * HOUR, true);
    assert_int_equal(ask("SELECT count(*) FROM caught"), 0); /* … it stays off … */
    caught_everywhere("partner.example", noon + 200 * INT64_C(3600000), true);
    assert_int_equal(ask("SELECT count(*) FROM caught"), 1); /* … until it comes on anew */
    caught_everywhere("", 0, false);
    assert_int_equal(ask("SELECT count(*) FROM caught"), 0); /* released there */
}

static void what_this_host_caught_goes_up(void **state)
{
    struct followed_caught *c;
    struct err e = ERR_NONE;
    size_t n;

    (void)state;
    well(caught_put(desk.db, STR("mine.example"), noon, noon + HOUR, &e), &e);
    well(followed_own_caught(desk.db, desk.arena, noon, 10, &c, &n, &e), &e);
    assert_int_equal(n, 1);
    assert_string_equal(c[0].domain, "mine.example");
    well(followed_told_caught(desk.db, "mine.example", noon + 2 * HOUR, &e), &e); /* the centre's lasts longer */
    assert_true(ask("SELECT until_ms FROM caught") == noon + 2 * HOUR);
    well(followed_own_caught(desk.db, desk.arena, noon, 10, &c, &n, &e), &e);
    assert_int_equal(n, 0);
    well(followed_told_caught(desk.db, "mine.example", 0, &e), &e); /* released there meanwhile */
    assert_int_equal(ask("SELECT count(*) FROM caught"), 0);
}

static void changes_in_dns_are_known(void **state)
{
    const struct known_change *change;
    struct background *b;
    struct err e = ERR_NONE;

    (void)state;
    well(followed_put_change(desk.db, STR("dmarc"), STR("_dmarc.a.example"), noon, 300, &e), &e);
    b = snapshot(noon + HOUR);
    change = background_change(b, "_dmarc.a.example", DNS_KIND_DMARC);
    assert_non_null(change);
    assert_true(change->changed_ms == noon && change->old_ttl == 300);
    background_release(b);
    b = snapshot(noon + 49 * HOUR);
    assert_null(background_change(b, "_dmarc.a.example", DNS_KIND_DMARC)); /* news no longer, whoever is away */
    background_release(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_copied_entry_is_judged_by, setup, teardown),
        cmocka_unit_test_setup_teardown(own_entries_go_once_there_are_others, setup, teardown),
        cmocka_unit_test_setup_teardown(the_centres_catch_lets_go, setup, teardown),
        cmocka_unit_test_setup_teardown(what_this_host_caught_goes_up, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_in_dns_are_known, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
