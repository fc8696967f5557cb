#include "desk.h"

#include "records/keys.h"

static struct record message(void)
{
    struct record r = blank_record(1, "4XyZ1q2Rz7");

    r.ref = "K7Q2M4ZD";
    r.message_id = "A1@Mail.example";
    r.client_ip = "2001:db8::7";
    r.source = "mailchimp";
    r.ticket = "HD-1042";
    r.author_domain = "news.example.com";
    r.org_domain = "example.com";
    r.mail_from = "Bounce+1@bounces.ESP.example";
    r.mail_from_domain = "bounces.esp.example";
    r.rcpt = "ann@receiver.example Bob@receiver.example";
    r.rcpt_domain = "receiver.example";
    r.header_from = "\"Smith, Ann\" <News@news.example.com>, (x) b@example.org";
    return r;
}

/* What a person may type meets what was recorded, and nothing else does. */
static void questions(void **state)
{
    static const struct { const char *name; unsigned kinds; bool want; } rows[] = {
        {"K7Q2M4ZD", 0, true}, {"k7q2m4zd", 0, true}, {" k7q2m4zd\n", 1u << STORE_KEY_REF, true},
        {"k7q2m4ze", 0, false}, {"4XyZ1q2Rz7", 0, true}, {"4xyz1q2rz7", 0, false},
        {"A1@Mail.example", 0, true}, {"<A1@Mail.example>", 0, true}, {"a1@mail.example", 0, false},
        {"example.com", 0, true}, {"News.Example.COM.", 0, true}, {"bounces.esp.example", 0, true},
        {"receiver.example", 0, true}, {"esp.example", 0, false}, {"example.org", 0, false}, {"com", 0, false},
        {"bounce+1@bounces.esp.example", 0, true}, {"<bounce+1@bounces.esp.example>", 0, true},
        {"bob@RECEIVER.example", 0, true}, {"news@news.example.com", 0, true}, {"b@example.org", 0, true},
        {"c@example.org", 0, false}, {"2001:DB8:0:0::7", 0, true}, {"2001:db8::8", 0, false},
        {"MailChimp", 0, true}, {"hd-1042", 0, true}, {"HD-104", 0, false}, {"", 0, false}, {"@", 0, false},
        {"mailchimp", 1u << STORE_KEY_TICKET, false}, {"mailchimp", 1u << STORE_KEY_SOURCE, true},
        {"example.com", 1u << STORE_KEY_QUEUE_ID | 1u << STORE_KEY_DOMAIN, true}, {"unknown", 0, false},
    };
    struct arena *a = arena_new(1 << 20);
    struct record r = message();

    (void)state;
    FOR_ROWS(row, rows) {
        struct keys_wanted wanted;

        ASSERT_ROW(keys_want(a, str_of(row->name), row->kinds, &wanted) == RC_OK, row);
        ASSERT_ROW(keys_match(&r, &wanted) == row->want, row);
    }
    arena_free(a);
}

/* Each key has its hash among those kept, and the same text of another kind has another. */
static void hashes(void **state)
{
    static const unsigned char secret[SIPHASH_KEY_BYTES] = {1, 2, 3}, other[SIPHASH_KEY_BYTES] = {3, 2, 1};
    static const struct { const char *name; enum store_key kind; } rows[] = {
        {"K7Q2M4ZD", STORE_KEY_REF}, {"4XyZ1q2Rz7", STORE_KEY_QUEUE_ID}, {"hd-1042", STORE_KEY_TICKET},
        {"bob@receiver.example", STORE_KEY_ADDRESS}, {"example.com", STORE_KEY_DOMAIN}, {"2001:db8::7", STORE_KEY_IP},
    };
    struct record r = message();
    int64_t hash[KEYS_MAX];
    size_t n = keys_hash(&r, secret, hash);

    (void)state;
    assert_int_equal(n, 15);
    FOR_ROWS(row, rows) {
        int64_t want = keys_hash_text(row->kind, str_of(row->name), secret);
        size_t found = 0;

        for (size_t i = 0; i < n; i++)
            found += hash[i] == want;
        ASSERT_ROW(found == 1, row);
        ASSERT_ROW(keys_hash_text(row->kind, str_of(row->name), other) != want, row);
        ASSERT_ROW(keys_hash_text((row->kind + 1) % STORE_KEY_COUNT, str_of(row->name), secret) != want, row);
    }
}

/* A From field of a hundred mailboxes has no more than the most keys, and the short ones are among them. */
static void bounded(void **state)
{
    static const unsigned char secret[SIPHASH_KEY_BYTES];
    char from[RECORD_TEXT_MAX + 1];
    struct strbuf b = STRBUF_ON(from);
    struct record r = message();
    int64_t hash[KEYS_MAX];

    (void)state;
    for (int i = 0; i < 100; i++)
        strbuf_putf(&b, "u%d@d%d.example,", i, i);
    r.header_from = from;
    assert_int_equal(keys_hash(&r, secret, hash), KEYS_MAX);
    assert_true(hash[0] == keys_hash_text(STORE_KEY_REF, STR("K7Q2M4ZD"), secret));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions), cmocka_unit_test(hashes), cmocka_unit_test(bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
