#include "desk.h"

#include "store/inventory.h"
#include "store/snapshot.h"

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
    struct inventory_filter f = {client, domain, status, source};
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
    struct inventory_seen seen = {domain, source, client, 500, 900, 10, 4};
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

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(edits), TEST(filters), TEST(joining), TEST(bounded), TEST(snapshots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
