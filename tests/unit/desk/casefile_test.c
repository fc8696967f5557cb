/* What is gathered around a message, out of a real database. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "desk/casefile.h"

enum { HOUR_MS = 60 * 60 * 1000 };

static const int64_t noon = 1795608000000; /* 2026-11-25 12:00 UTC */
static char folder[] = "/tmp/assay-casefile-XXXXXX";
static char database[64];

static struct record failing(int64_t time_ms)
{
    struct record r = {.failure = NULL};

#define EMPTY_TEXT(name) r.name = "";
#define EMPTY_INT(name) r.name = 0;
#define EMPTY(kind, name, help) EMPTY_##kind(name)
    RECORD_COLUMNS(EMPTY)
    r.time_ms = time_ms;
    r.ref = "K7Q2M4ZD";
    r.queue_id = "Q1";
    r.dmarc = "fail";
    r.author_domain = r.policy_domain = "acme.example";
    r.spf_domain = "bounces.mcsv.example";
    r.dkim = "fail acme.example s1 rsa-sha256; permerror - - -";
    r.source = "mailchimp";
    r.cause = "dkim-broken";
    r.cause_detail = "body changed";
    return r;
}

static void put(struct store *s, const struct record *r, const char *key_text)
{
    const struct dns_seen seen = {DNS_KIND_DKIM, "s1._domainkey.acme.example", key_text, 3600};
    const struct store_item item = {.record = r, .seen = &seen, .seen_count = 1};
    struct err e = ERR_NONE;

    if (store_put(s, &item, 5000, &e) != RC_OK)
        fail_msg("%s", e.text);
}

static int set_up(void **state)
{
    struct err e = ERR_NONE;
    struct store *s;
    struct record r = {.failure = NULL};

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(database, sizeof database, "%s/assay.db", folder);
    if (store_open(database, STORE_WRITE, false, &s, &e) != RC_OK)
        return -1;
    r = failing(noon - 100 * (int64_t)HOUR_MS);
    put(s, &r, "v=DKIM1; p=OLD");
    r = failing(noon - HOUR_MS);
    put(s, &r, "v=DKIM1; p=NEW");
    r = failing(noon);
    put(s, &r, "v=DKIM1; p=NEW");
    store_close(s);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const suffix[] = {"", "-wal", "-shm"};
    char path[80];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s%s", database, suffix[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

static const struct casefile_dns *find(const struct casefile *c, enum dns_kind kind)
{
    for (size_t i = 0; i < c->dns_count; i++)
        if (c->dns[i].kind == kind)
            return &c->dns[i];
    return NULL;
}

static void around_a_message(void **state)
{
    const struct store_query q = {.key = "K7Q2M4ZD", .limit = 5};
    struct arena *a = arena_new(1 << 20);
    struct config *config = NULL;
    struct err e = ERR_NONE;
    struct store *s;
    struct record *found;
    struct casefile c, old;
    size_t n;

    (void)state;
    assert_int_equal(config_load(NULL, NULL, 0, &config, &e), RC_OK);
    assert_int_equal(store_open(database, STORE_READ, false, &s, &e), RC_OK);
    assert_int_equal(store_find(s, a, &q, &found, &n, &e), RC_OK);
    assert_int_equal(n, 3);
    assert_int_equal(casefile_open(a, s, config, &found[0], &c, &e), RC_OK);
    assert_int_equal(casefile_open(a, s, config, &found[2], &old, &e), RC_OK);
    assert_int_equal(c.same.messages, 3);
    assert_int_equal(c.dns_count, 3); /* SPF, DMARC, one key; what is unreadable has none */
    assert_string_equal(find(&c, DNS_KIND_SPF)->name, "bounces.mcsv.example");
    assert_string_equal(find(&c, DNS_KIND_DMARC)->name, "_dmarc.acme.example");
    assert_int_equal(find(&c, DNS_KIND_DKIM)->n, 2);
    assert_null(casefile_replaced(&c, find(&c, DNS_KIND_SPF)));
    assert_string_equal(casefile_replaced(&c, find(&c, DNS_KIND_DKIM))->text, "v=DKIM1; p=OLD");
    assert_null(casefile_replaced(&old, find(&old, DNS_KIND_DKIM))); /* it came before the change */
    store_close(s);
    config_free(config);
    arena_free(a);
}

static void closure(void **state)
{
    struct record r = failing(noon);
    const struct sender sender = {.title = "Mailchimp"};
    struct casefile c = {.record = &r, .sender = &sender};
    struct arena *a = arena_new(1 << 20);

    (void)state;
    r.ticket = "HD-1042";
    assert_string_equal(casefile_closure(a, &c),
                        "Source:                 Mailchimp\n"
                        "Affected domain:        acme.example\n"
                        "Root cause:             dkim-broken: body changed\n"
                        "DNS or platform change: ____\n"
                        "Validation result:      a new message passes (dmarc=pass): ____\n"
                        "Inventory updated:      yes / no\n"
                        "Reference:              K7Q2M4ZD\n"
                        "Ticket:                 HD-1042\n");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(around_a_message, set_up, tear_down), cmocka_unit_test(closure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
