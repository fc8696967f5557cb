#include "unit.h"

#include <string.h>

#include "output/ref.h"
#include "verdict/background.h"

/* The inventory's entry counts for the domain and all below it, the nearest first. */
static void sources(void **state)
{
    static const struct { const char *name, *source; const char *ticket; } rows[] = {
        {"acme.example", "mailchimp", "HD-1"},      {"news.acme.example", "mailchimp", "HD-2"},
        {"a.news.acme.example", "mailchimp", "HD-2"}, {"shop.acme.example", "mailchimp", "HD-1"},
        {"acme.example", "sendgrid", NULL},         {"example", "mailchimp", NULL},
        {"otheracme.example", "mailchimp", NULL},   {"", "mailchimp", NULL},
    };
    struct background *b = background_new();
    struct known_source known = {.status = STATUS_PENDING, .ticket = "HD-0", .owner = "Ann"};

    (void)state;
    assert_int_equal(background_add_source(b, "acme.example", "mailchimp", &known), RC_OK);
    known.ticket = "HD-1"; /* takes the place of the other */
    assert_int_equal(background_add_source(b, "acme.example", "mailchimp", &known), RC_OK);
    known.ticket = "HD-2";
    assert_int_equal(background_add_source(b, "news.acme.example", "mailchimp", &known), RC_OK);
    assert_int_equal(background_sources(b), 2);
    FOR_ROWS(row, rows) {
        const struct known_source *got = background_source(b, row->name, row->source);

        ASSERT_ROW((got == NULL) == (row->ticket == NULL), row);
        ASSERT_ROW(got == NULL || (strcmp(got->ticket, row->ticket) == 0 && strcmp(got->owner, "Ann") == 0), row);
    }
    assert_null(background_source(NULL, "acme.example", "mailchimp"));
    background_release(b);
}

/* An approval of "unknown", left in a database from before it was refused, approves nobody. */
static void nobody_is_approved(void **state)
{
    struct background *b = background_new();
    const struct known_source known = {.status = STATUS_APPROVED, .ticket = "HD-0", .owner = "Ann"};

    (void)state;
    assert_int_equal(background_add_source(b, "acme.example", SOURCE_UNKNOWN, &known), RC_OK);
    assert_int_equal(background_add_source(b, "acme.example", "mailchimp", &known), RC_OK);
    assert_int_equal(background_source(b, "acme.example", SOURCE_UNKNOWN)->status, STATUS_UNKNOWN);
    assert_int_equal(background_source(b, "acme.example", "mailchimp")->status, STATUS_APPROVED);
    background_release(b);
}

static void changes(void **state)
{
    struct background *b = background_new();
    struct known_change change = {.changed_ms = 5, .old_ttl = 3600};

    (void)state;
    assert_int_equal(background_add_change(b, "s1._domainkey.acme.example", DNS_KIND_DKIM, &change), RC_OK);
    assert_int_equal(background_change(b, "s1._domainkey.acme.example", DNS_KIND_DKIM)->old_ttl, 3600);
    assert_null(background_change(b, "s1._domainkey.acme.example", DNS_KIND_SPF));
    assert_null(background_change(b, "acme.example", DNS_KIND_DKIM));
    assert_null(background_change(NULL, "acme.example", DNS_KIND_DKIM));
    background_release(background_hold(b));
    assert_int_equal(background_changes(b), 1);
    background_release(b);
}

static void refs(void **state)
{
    static const struct { const char *name; bool want; } rows[] = {
        {"K7Q2M4ZD", true}, {"k7q2m4zd", true}, {"K7Q2M4Z", false}, {"K7Q2M4ZDD", false}, {"K7Q2M4Z0", false},
        {"K7Q2M4ZO", false}, {"K7Q2M4Z1", false}, {"K7Q2M4-D", false}, {"", false},
    };
    struct arena *a = arena_new(1000);

    (void)state;
    FOR_ROWS(row, rows)
        ASSERT_ROW(ref_is(str_of(row->name)) == row->want, row);
    assert_string_equal(ref_make(a, 0), "22222222");
    assert_string_equal(ref_make(a, 31), "33222222");
    assert_true(ref_is(str_of(ref_make(a, UINT64_MAX))));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources), cmocka_unit_test(nobody_is_approved), cmocka_unit_test(changes), cmocka_unit_test(refs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
