/* What changed lately in DNS: what is told of a text that comes, goes, comes back or takes turns. */
#include "desk_both.h"

#include "inventory/dnstext.h"
#include "inventory/recent.h"

static const char key[] = "s1._domainkey.acme.example";
enum { HOUR = 3600 * 1000, DAY = 24 * HOUR };
static const int64_t start = 20000LL * DAY;

static struct desk desk;

static void see(const char *name, const char *text, int hours)
{
    struct dns_seen seen = {DNS_KIND_DKIM, name, text, 3600};

    desk_see(&desk, &seen, start + (int64_t)hours * HOUR);
}

static size_t recent(const struct recent_wanted *w, size_t max, struct recent_change **out)
{
    struct err e = ERR_NONE;
    size_t n;

    assert_int_equal(recent_records(desk.db, desk.arena, w, max, out, &n, &e), RC_OK);
    return n;
}

/* The newest change of each history. */
static void fates(void **state)
{
    static const struct {
        const char *name;
        struct { const char *text; int hours; } seen[8];
        size_t want; /* changes */
        const char *old, *new;
        enum recent_fate fate;
    } rows[] = {
        {"the first text is no change", {{"a", 0}, {"a", 30}}, 0, "", "", RECENT_STAYS},
        {"changed", {{"a", 0}, {"a", 30}, {"b", 50}, {"b", 80}}, 1, "a", "b", RECENT_STAYS},
        {"taken out", {{"a", 0}, {"a", 30}, {"", 50}}, 1, "a", "", RECENT_STAYS},
        {"the old one comes out of caches for a while", {{"a", 0}, {"b", 50}, {"a", 51}, {"b", 80}}, 1, "a", "b", RECENT_STAYS},
        {"there and back", {{"a", 0}, {"a", 30}, {"b", 50}, {"a", 80}, {"a", 110}}, 1, "a", "b", RECENT_BACK},
        {"taken out, and put in again", {{"a", 0}, {"", 50}, {"a", 80}}, 1, "a", "", RECENT_BACK},
        {"there, back and there", {{"a", 0}, {"b", 50}, {"a", 80}, {"b", 110}}, 1, "a", "b", RECENT_STAYS},
        {"in turn", {{"a", 0}, {"b", 50}, {"a", 80}, {"b", 81}, {"a", 82}, {"b", 83}}, 1, "a", "b", RECENT_BOTH},
        {"back, and on to another", {{"a", 0}, {"b", 50}, {"a", 80}, {"c", 110}}, 2, "a", "c", RECENT_STAYS},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        const struct recent_wanted w = {.domain = "acme.example", .from_ms = start, .to_ms = INT64_MAX};
        struct recent_change *got;

        desk_open_both(&desk);
        for (int i = 0; i < 8 && row->seen[i].text != NULL; i++)
            see(key, row->seen[i].text, row->seen[i].hours);
        ASSERT_ROW(recent(&w, 10, &got) == row->want, row);
        if (row->want > 0) {
            ASSERT_ROW(strcmp(got[0].old, row->old) == 0 && strcmp(got[0].new, row->new) == 0, row);
            ASSERT_ROW(got[0].fate == row->fate && !got[0].forgotten, row);
        }
        desk_close_both(&desk);
    }
}

/* A text that is not kept any more was there all the same: the record changed, and was not published. */
static void forgotten(void **state)
{
    const struct recent_wanted w = {.domain = "acme.example", .from_ms = start, .to_ms = INT64_MAX};
    struct recent_change *got;

    (void)state;
    desk_open_both(&desk);
    see(key, "a", 0);
    see(key, "b", 50);
    desk_run(&desk, "DELETE FROM dns_text WHERE text = 'a'");
    assert_int_equal(recent(&w, 10, &got), 1);
    assert_true(got[0].forgotten);
    assert_string_equal(got[0].old, "");
    assert_int_equal(got[0].fate, RECENT_STAYS);
    desk_close_both(&desk);
}

static bool is_of_acme(const void *arg, const char *kind, const char *name)
{
    return strcmp(kind, arg) == 0 && strstr(name, "acme.example") != NULL;
}

/* The limit is of what is wanted: the changes of strangers, who sent since, take none of it. */
static void limited(void **state)
{
    const struct recent_wanted w = {.domain = "", .from_ms = start, .to_ms = INT64_MAX, .is_wanted = is_of_acme, .arg = "dkim"};
    const struct recent_wanted below = {.domain = "me.example", .from_ms = start, .to_ms = INT64_MAX};
    struct recent_change *got;
    char name[60];

    (void)state;
    desk_open_both(&desk);
    see(key, "a", 0);
    see(key, "b", 50);
    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof name, "s1._domainkey.x%d.example", i);
        see(name, "a", 60);
        see(name, "b", 90);
    }
    assert_int_equal(recent(&w, 5, &got), 1);
    assert_string_equal(got[0].domain, key);
    assert_int_equal(recent(&below, 5, &got), 0); /* a name that ends alike is not below it */
    desk_close_both(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fates), cmocka_unit_test(forgotten), cmocka_unit_test(limited)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
