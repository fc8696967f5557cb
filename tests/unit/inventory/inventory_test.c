#include "desk_both.h"

#include "inventory/inventory.h"
#include "inventory/snapshot.h"

static struct desk desk;

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

static struct inventory_counts apply(const struct inventory_edit *x, size_t n, const char *who, bool rehearse)
{
    struct inventory_author by = {who, 1000};
    struct inventory_counts counts;
    struct err e = ERR_NONE;

    if (inventory_apply(desk.db, x, n, &by, rehearse, &counts, &e) != RC_OK)
        fail_msg("%s", e.text);
    return counts;
}

static struct inventory_row *list(const char *client, const char *domain, const char *status, const char *source,
                                  size_t *n)
{
    struct inventory_filter f = {.client = client, .domain = domain, .status = status, .source = source};
    struct inventory_row *row;
    struct err e = ERR_NONE;

    if (inventory_list(desk.db, desk.arena, &f, &row, n, &e) != RC_OK)
        fail_msg("%s", e.text);
    return row;
}

/* An edit sets what it names, leaves the rest, and each change is noted with its author. */
static void edits(void **state)
{
    struct inventory_edit x = {.domain = "acme.example", .source = "mailchimp"};
    struct inventory_counts c;
    struct inventory_change *change;
    struct inventory_row *row;
    struct err e = ERR_NONE;
    size_t n;

    (void)state;
    x.field[INVENTORY_status] = "pending";
    x.field[INVENTORY_ticket] = "HD-1042";
    c = apply(&x, 1, "ann", true);
    assert_int_equal(c.created, 1);
    (void)list("", "", "", "", &n);
    assert_int_equal(n, 0); /* rehearsed only */
    c = apply(&x, 1, "ann", false);
    assert_int_equal(c.created, 1);
    c = apply(&x, 1, "bob", false);
    assert_int_equal(c.unchanged, 1);
    x.field[INVENTORY_ticket] = NULL;
    x.field[INVENTORY_status] = "approved";
    x.field[INVENTORY_owner] = "M\xc3\xa4rketing";
    c = apply(&x, 1, "bob", false);
    assert_int_equal(c.changed, 1);
    row = list("", "", "", "", &n);
    assert_int_equal(n, 1);
    assert_string_equal(row->field[INVENTORY_status], "approved");
    assert_string_equal(row->field[INVENTORY_ticket], "HD-1042");
    assert_string_equal(row->field[INVENTORY_owner], "M\xc3\xa4rketing");
    assert_int_equal(inventory_changes(desk.db, desk.arena, "acme.example", "mailchimp", 10, &change, &n, &e), RC_OK);
    assert_int_equal(n, 5); /* entered, status, ticket; status, owner */
    assert_string_equal(change[0].field, "owner");
    assert_string_equal(change[0].who, "bob");
    assert_string_equal(change[1].old, "pending");
    assert_string_equal(change[1].new, "approved");
    assert_string_equal(change[4].field, "");
    assert_string_equal(change[4].who, "ann");
}

static void filters(void **state)
{
    static const struct { const char *name, *client, *domain, *status, *source; size_t want; } rows[] = {
        {"all", "", "", "", "", 4}, {"client", "acme", "", "", "", 2}, {"domain", "", "acme.example", "", "", 3},
        {"below", "", "news.acme.example", "", "", 1}, {"not a suffix", "", "cme.example", "", "", 0},
        {"status", "", "", "malicious", "", 1}, {"source", "", "", "", "sendgrid", 2},
        {"both", "acme", "", "", "sendgrid", 1}, {"hostile", "' OR 1=1 --", "", "", "", 0}, {"wild", "", "%", "", "", 0},
    };

    (void)state;
    desk_run(&desk, "INSERT INTO source (domain, source, client, status) VALUES"
                    " ('acme.example', 'mailchimp', 'acme', 'approved'), ('acme.example', 'sendgrid', 'acme', 'unknown'),"
                    " ('news.acme.example', 'mailchimp', '', 'malicious'), ('other.example', 'sendgrid', 'other', 'unknown')");
    FOR_ROWS(row, rows) {
        size_t n;

        (void)list(row->client, row->domain, row->status, row->source, &n);
        ASSERT_ROW(n == row->want, row);
    }
}

static void count(const char *domain, const char *source, const char *client)
{
    struct inventory_seen seen = {domain, source, client, 500, 900, 10, 4, NULL, NULL};
    struct err e = ERR_NONE;

    if (inventory_count(desk.db, &seen, &e) != RC_OK)
        fail_msg("%s", e.text);
}

/* A client's sources join; others are counted where somebody entered them. */
static void joining(void **state)
{
    struct inventory_edit x = {.domain = "partner.example", .source = "sendgrid"};
    struct inventory_row *row;
    size_t n;

    (void)state;
    count("acme.example", "mailchimp", "acme");
    count("acme.example", "mailchimp", "acme");
    count("partner.example", "sendgrid", "");
    row = list("", "", "", "", &n);
    assert_int_equal(n, 1);
    assert_string_equal(row->field[INVENTORY_status], "unknown");
    assert_string_equal(row->client, "acme");
    assert_int_equal(row->volume, 20);
    assert_int_equal(row->passed, 8);
    assert_int_equal(row->first_seen_ms, 500);
    assert_int_equal(row->last_seen_ms, 900);
    (void)apply(&x, 1, "ann", false);
    count("partner.example", "sendgrid", "");
    row = list("", "partner.example", "", "", &n);
    assert_int_equal(row->volume, 10);
    count("partner.example", "sendgrid", "partner"); /* its domain became a client's */
    row = list("partner", "", "", "", &n);
    assert_int_equal(n, 1);
    assert_int_equal(row->volume, 20);
}

static void bounded(void **state)
{
    (void)state;
    desk_run(&desk, "BEGIN");
    for (int i = 0; i < INVENTORY_JOIN_MAX + 50; i++) {
        char source[20];

        (void)snprintf(source, sizeof source, "s%d", i);
        count("acme.example", source, "acme");
    }
    count("other.example", "mailchimp", "other");
    desk_run(&desk, "COMMIT");
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM source WHERE client = 'acme'"), INVENTORY_JOIN_MAX);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM source WHERE client = 'other'"), 1);
}

/* One spoof a service of the catalogue: what nothing ever passed from leaves room for what does. */
static void spoofs_fill_nothing(void **state)
{
    struct err e = ERR_NONE;

    (void)state;
    desk_run(&desk, "BEGIN");
    for (int i = 0; i < INVENTORY_JOIN_MAX; i++) {
        char source[20];
        struct inventory_seen seen = {.domain = "acme.example", .source = source, .client = "acme", .first_ms = 1,
                                      .last_ms = 1, .volume = 1};

        (void)snprintf(source, sizeof source, "s%d", i);
        assert_int_equal(inventory_count(desk.db, &seen, &e), RC_OK);
    }
    count("acme.example", "mailchimp", "acme");
    desk_run(&desk, "COMMIT");
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM source WHERE client = 'acme'"), INVENTORY_FAILED_MAX + 1);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM source WHERE source = 'mailchimp'"), 1);
}

static int64_t generation(void)
{
    struct err e = ERR_NONE;
    int64_t n = -1;

    assert_int_equal(snapshot_generation(desk.db, &n, &e), RC_OK);
    return n;
}

/* The snapshot has what people decided, and its generation grows with that alone. */
static void snapshots(void **state)
{
    struct inventory_edit x = {.domain = "acme.example", .source = "mailchimp"};
    const struct known_source *known;
    struct background *b;
    struct err e = ERR_NONE;
    int64_t before;

    (void)state;
    BOTH_FILE_ALONE();
    count("acme.example", "sendgrid", "acme");
    x.field[INVENTORY_status] = "pending";
    x.field[INVENTORY_ticket] = "HD-1042";
    before = generation();
    (void)apply(&x, 1, "ann", false);
    assert_true(generation() > before);
    before = generation();
    count("acme.example", "sendgrid", "acme"); /* only its volume grows */
    assert_true(generation() == before);
    assert_int_equal(snapshot_make(desk.db, 1000, &b, &e), RC_OK);
    assert_int_equal(background_sources(b), 1);
    known = background_source(b, "news.acme.example", "mailchimp");
    assert_non_null(known);
    assert_int_equal(known->status, STATUS_PENDING);
    assert_string_equal(known->ticket, "HD-1042");
    assert_string_equal(known->domain, "acme.example");
    assert_null(background_source(b, "acme.example", "sendgrid"));
    background_release(b);
}

/* Addresses of an entry name it, the nearest domain and the longest prefix first; what cannot be an entry names nothing. */
static void networks(void **state)
{
    static const struct { const char *name, *domain, *ip, *want; } rows[] = {
        {"in", "acme.example", "203.0.113.5", "crm"}, {"below", "news.acme.example", "203.0.113.5", "crm"},
        {"beside", "acme.example", "203.0.113.16", "hosting"}, {"longest", "acme.example", "203.0.113.7", "printer"},
        {"six", "acme.example", "2001:db8::9", "crm"}, {"nearest", "shop.acme.example", "203.0.113.5", "shop"},
        {"no other domain", "other.example", "203.0.113.5", NULL}, {"nobody's", "acme.example", "198.51.100.1", NULL},
        {"unreadable", "acme.example", "192.0.2.1", NULL},
    };
    struct background *b;
    struct err e = ERR_NONE;

    (void)state;
    desk_run(&desk, "INSERT INTO source (domain, source, status, network) VALUES"
                    " ('acme.example', 'crm', 'approved', '203.0.113.0/28, 2001:db8::/48'),"
                    " ('acme.example', 'hosting', 'unknown', '203.0.0.0/16'),"
                    " ('acme.example', 'printer', 'unknown', '203.0.113.7'),"
                    " ('acme.example', 'bad', 'unknown', '192.0.2.1/99'), ('shop.acme.example', 'shop', '', '203.0.113.0/24')");
    if (both_server() == NULL) {
        assert_int_equal(snapshot_make(desk.db, 1000, &b, &e), RC_OK);
    } else { /* of which a centre is asked this alone */
        b = background_new();
        assert_non_null(b);
        assert_int_equal(snapshot_networks(desk.db, b, &e), RC_OK);
    }
    FOR_ROWS(row, rows) {
        struct ip ip;
        struct ip_net net;
        const char *got = ip_parse(str_of(row->ip), &ip) ? background_network(b, row->domain, &ip, &net) : "";

        ASSERT_ROW(row->want == NULL ? got == NULL : got != NULL && strcmp(got, row->want) == 0, row);
    }
    background_release(b);
}

/* The key that mail passed by is noted once a day; a record that is gone is told, one that is back is not. */
static void vanished(void **state)
{
    enum { DAY = 24 * 3600 * 1000 };
    struct inventory_seen seen = {.domain = "acme.example", .source = "sendgrid", .client = "acme", .volume = 1, .passed = 1,
                                  .key_name = "s1._domainkey.acme.example", .key_host = "s1.sendgrid.net"};
    const struct known_key *key;
    const struct known_gone *gone;
    struct background *b;
    struct err e = ERR_NONE;

    (void)state;
    for (int hour = 1; hour < 30; hour++) {
        seen.last_ms = seen.first_ms = (int64_t)DAY + hour * 3600 * 1000;
        assert_int_equal(inventory_count(desk.db, &seen, &e), RC_OK);
        seen.key_name = "s2._domainkey.acme.example"; /* the other of two selectors that take turns */
    }
    assert_int_equal(desk_ask(&desk, "SELECT key_ms FROM source WHERE key_name = 's2._domainkey.acme.example'"),
                     (int64_t)DAY + 25 * 3600 * 1000);
    BOTH_FILE_ALONE();
    desk_run(&desk, "INSERT INTO dns_text (kind, name, hash, text, ttl, first_seen_ms, last_seen_ms, replaces) VALUES"
                    " ('spf', 'em.acme.example', 1, 'v=spf1 -all', 300, 1000, 5000, 0),"
                    " ('spf', 'em.acme.example', 2, '', 300, 6000, 9000, 1),"
                    " ('spf', 'back.acme.example', 1, 'v=spf1 -all', 300, 1000, 9900, 0),"
                    " ('spf', 'back.acme.example', 2, '', 300, 6000, 9000, 1)");
    assert_int_equal(snapshot_make(desk.db, (int64_t)90 * DAY, &b, &e), RC_OK);
    key = background_key(b, "news.acme.example", "sendgrid");
    assert_non_null(key);
    assert_string_equal(key->name, "s2._domainkey.acme.example");
    assert_string_equal(key->host, "s1.sendgrid.net");
    assert_int_equal(key->last_ms, (int64_t)DAY + 25 * 3600 * 1000);
    assert_null(background_key(b, "acme.example", "mailchimp"));
    gone = background_gone(b, "em.acme.example", DNS_KIND_SPF);
    assert_non_null(gone);
    assert_int_equal(gone->last_ms, 5000);
    assert_int_equal(gone->gone_ms, 6000);
    assert_null(background_gone(b, "back.acme.example", DNS_KIND_SPF));
    assert_null(background_gone(b, "em.acme.example", DNS_KIND_DKIM));
    background_release(b);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(edits), TEST(filters), TEST(joining), TEST(bounded), TEST(spoofs_fill_nothing), TEST(snapshots),
        TEST(networks), TEST(vanished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
