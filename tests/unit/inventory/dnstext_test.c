#include "desk_both.h"

#include "inventory/dnstext.h"

static const char key[] = "s1._domainkey.acme.example";
enum { HOUR = 3600 * 1000, DAY = 24 * HOUR };

static struct desk desk;

/* Notes "text ttl at" … one after the other, each with a message of its own. */
static void see(const char *text, uint32_t ttl, int64_t at_ms)
{
    struct dns_seen seen = {DNS_KIND_DKIM, key, text, ttl};

    desk_see(&desk, &seen, at_ms);
}

static const int64_t start = 20000LL * DAY;

/* The rule of dnstext.h: which sequences of texts are a change, and since when. */
static void changes(void **state)
{
    static const struct {
        const char *name;
        struct { const char *text; int hours; } seen[8];
        int now_hours;
        int want; /* hours of the change; -1 none */
    } rows[] = {
        {"never another", {{"a", 0}, {"a", 30}, {"a", 60}}, 60, -1},
        {"changed", {{"a", 0}, {"a", 30}, {"b", 50}}, 51, 50},
        {"changed long ago", {{"a", 0}, {"b", 50}, {"b", 100}}, 99, -1},
        {"the old one comes out of caches for a while", {{"a", 0}, {"b", 50}, {"a", 51}, {"b", 51}}, 52, 50},
        {"both stay", {{"a", 0}, {"b", 50}, {"a", 53}, {"b", 53}}, 54, -1},
        {"two keys from the start, in turn", {{"a", 0}, {"b", 0}, {"a", 10}, {"b", 10}, {"a", 20}}, 20, -1},
        {"goes back to a text known", {{"a", 0}, {"b", 50}, {"a", 60}}, 61, -1},
        {"changes twice", {{"a", 0}, {"b", 50}, {"c", 60}}, 61, 60},
        {"gone", {{"a", 0}, {"", 50}}, 51, 50},
        {"was never there", {{"", 0}, {"", 30}}, 31, -1},
        {"was not there when it was first asked", {{"", 0}, {"a", 30}}, 31, -1},
        {"never the same twice", {{"a", 0}, {"b", 1}, {"c", 2}, {"d", 3}, {"e", 4}, {"f", 5}, {"g", 6}}, 6, -1},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct background *b = background_new();
        const struct known_change *got;
        struct err e = ERR_NONE;

        desk_open_both(&desk);
        for (int i = 0; i < 8 && row->seen[i].text != NULL; i++)
            see(row->seen[i].text, 3600, start + (int64_t)row->seen[i].hours * HOUR);
        ASSERT_ROW(dnstext_changes(desk.db, start + (int64_t)(row->now_hours - 48) * HOUR, b, &e) == RC_OK, row);
        got = background_change(b, key, DNS_KIND_DKIM);
        ASSERT_ROW((got == NULL) == (row->want < 0), row);
        ASSERT_ROW(got == NULL || got->changed_ms == start + (int64_t)row->want * HOUR, row);
        ASSERT_ROW(got == NULL || got->old_ttl == 3600, row);
        background_release(b);
        desk_close_both(&desk);
    }
}

/* A text already known is written once a day; its history tells all. */
static void writes(void **state)
{
    struct dnstext_version *text;
    struct err e = ERR_NONE;
    size_t n;

    (void)state;
    desk_open_both(&desk);
    for (int i = 0; i < 100; i++)
        see("v=DKIM1; p=old", 300, start + (int64_t)i * 60000);
    assert_int_equal(desk_ask(&desk, "SELECT last_seen_ms - first_seen_ms FROM dns_text"), 0);
    see("v=DKIM1; p=old", 7200, start + DAY);
    assert_int_equal(desk_ask(&desk, "SELECT last_seen_ms - first_seen_ms FROM dns_text"), DAY);
    see("v=DKIM1; p=new", 60, start + DAY + HOUR);
    assert_int_equal(dnstext_history(desk.db, desk.arena, DNS_KIND_DKIM, key, 10, &text, &n, &e), RC_OK);
    assert_int_equal(n, 2);
    assert_string_equal(text[0].text, "v=DKIM1; p=new");
    assert_string_equal(text[1].text, "v=DKIM1; p=old");
    assert_int_equal(text[1].ttl, 7200);
    assert_int_equal(text[1].last_seen_ms, start + DAY);
    assert_int_equal(dnstext_history(desk.db, desk.arena, DNS_KIND_SPF, key, 10, &text, &n, &e), RC_OK);
    assert_int_equal(n, 0);
    desk_close_both(&desk);
}

/* A name that answers with ever new texts keeps the latest of them; another process knows what this one wrote. */
static void bounded(void **state)
{
    (void)state;
    desk_open_both(&desk);
    for (int i = 0; i < 3 * DNSTEXT_TEXTS_MAX; i++) {
        char text[20];

        (void)snprintf(text, sizeof text, "nonce %d", i);
        see(text, 60, start + (int64_t)i * 1000);
    }
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM dns_text"), DNSTEXT_TEXTS_MAX);
    desk_begin_anew(&desk);
    see("nonce 59", 60, start + HOUR);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM dns_text"), DNSTEXT_TEXTS_MAX);
    desk_close_both(&desk);
}

/* Names that one owner invents, and names that many do, take no room from a correspondent's. */
static void strangers(void **state)
{
    struct err e = ERR_NONE;
    unsigned char secret[SIPHASH_KEY_BYTES] = {1};
    struct dnstext *t;
    char name[60];

    (void)state;
    BOTH_FILE_ALONE(); /* which alone is written to by what strangers send */
    t = dnstext_new();
    desk_open_both(&desk);
    desk_run(&desk, "INSERT INTO correspondent VALUES ('partner.example', '', 1, 20000, 9, 9)");
    desk_run(&desk, "BEGIN");
    for (int i = 0; i < DNSTEXT_NEW_MAX + 1000; i++) {
        struct dns_seen seen = {DNS_KIND_SPF, name, "v=spf1 -all", 60};

        (void)snprintf(name, sizeof name, "x%d.evil.example", i);
        assert_int_equal(dnstext_note(t, desk.db, secret, &seen, start, &e), RC_OK);
        (void)snprintf(name, sizeof name, "x%d.example", i);
        assert_int_equal(dnstext_note(t, desk.db, secret, &seen, start, &e), RC_OK);
    }
    for (int i = 0; i < 2; i++) {
        struct dns_seen seen = {DNS_KIND_DKIM, i == 0 ? "s1._domainkey.partner.example" : "s1._domainkey.other.example", "p=x", 60};

        assert_int_equal(dnstext_note(t, desk.db, secret, &seen, start, &e), RC_OK);
    }
    desk_run(&desk, "COMMIT");
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM dns_text WHERE name LIKE '%.evil.example'"), DNSTEXT_SHARE_MAX);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM dns_text"), DNSTEXT_NEW_MAX + 1);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM dns_text WHERE name LIKE '%.partner.example'"), 1);
    dnstext_free(t);
    desk_close_both(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(changes), cmocka_unit_test(writes), cmocka_unit_test(bounded),
        cmocka_unit_test(strangers)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
