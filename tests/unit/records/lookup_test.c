#include "desk.h"

#include "records/digest.h"
#include "records/lookup.h"

/* Two segments and some blobs that are not sorted yet. */
enum { MESSAGES = 2 * LOOKUP_SEGMENT + 5000, BLOB = 700, RARE_EVERY = 5000 };

static struct desk desk;

static struct record numbered(int i, char id[20])
{
    struct record r = blank_record(1000 + i, id);

    (void)snprintf(id, 20, "Q%d", i);
    r.rcpt_domain = "receiver.example";
    if (i % RARE_EVERY == 0)
        r.ticket = "rare";
    return r;
}

static int build(void **state)
{
    struct lookup_batch b = {NULL, 0, 0, 0, 0, 0};
    struct digest_state s;
    struct err e = ERR_NONE;
    bool worked = true;

    (void)state;
    desk_open(&desk);
    assert_int_equal(digest_state(desk.db, &s, &e), RC_OK);
    desk_run(&desk, "BEGIN");
    for (int i = 1; i <= MESSAGES; i++) {
        char id[20];
        struct record r = numbered(i, id);

        assert_int_equal(lookup_add(&b, s.hash_key, i, &r), RC_OK);
        if (i % BLOB == 0 || i == MESSAGES) {
            assert_int_equal(lookup_write(desk.db, &b, &e), RC_OK);
            lookup_clear(&b);
        }
    }
    desk_run(&desk, "COMMIT");
    while (worked)
        if (lookup_step(desk.db, &worked, &e) != RC_OK)
            fail_msg("%s", e.text);
    free(b.bytes);
    return 0;
}

static int remove_desk(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

/* The ids of `key`, in the order found. */
static size_t probe(enum store_key kind, const char *key, int64_t since_ms, size_t most, int64_t *id, size_t room)
{
    struct lookup l = {.hashes = 1, .since_ms = since_ms, .most = most};
    struct digest_state s;
    struct err e = ERR_NONE;
    bool more = true;
    size_t n = 0;

    assert_int_equal(digest_state(desk.db, &s, &e), RC_OK);
    l.hash[0] = keys_hash_text(kind, str_of(key), s.hash_key);
    assert_int_equal(lookup_open(&l, desk.db, desk.arena, &e), RC_OK);
    while (lookup_next(&l, &more, &e) == RC_OK && more)
        for (size_t i = 0; i < l.n && n < room; i++)
            id[n++] = l.id[i];
    lookup_close(&l);
    return n;
}

static void sorted_and_not(void **state)
{
    (void)state;
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM lookup_segment WHERE parts = 16"), 2);
    assert_true(desk_ask(&desk, "SELECT count(*) FROM lookup_recent") < 10);
}

/* Every message is found by its own key, wherever it lies; one that never came is not. */
static void each_by_its_own(void **state)
{
    int64_t id[4];

    (void)state;
    for (int i = 1; i <= MESSAGES; i += 97) {
        char key[20];

        (void)snprintf(key, sizeof key, "Q%d", i);
        assert_int_equal(probe(STORE_KEY_QUEUE_ID, key, 0, 4, id, 4), 1);
        assert_int_equal(id[0], i);
    }
    assert_int_equal(probe(STORE_KEY_QUEUE_ID, "Q0", 0, 4, id, 4), 0);
    assert_int_equal(probe(STORE_KEY_TICKET, "Q1", 0, 4, id, 4), 0);
}

/* A key of a few: all of them, newest first. */
static void rare(void **state)
{
    int64_t id[100];
    size_t n = probe(STORE_KEY_TICKET, "rare", 0, 100, id, 100);

    (void)state;
    assert_int_equal(n, MESSAGES / RARE_EVERY);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(id[i], (MESSAGES / RARE_EVERY - (int)i) * RARE_EVERY);
}

/* A key of all messages fills chunk after chunk: of each block the newest come, as many as matter. */
static void common(void **state)
{
    static int64_t id[MESSAGES];
    size_t n = probe(STORE_KEY_DOMAIN, "receiver.example", 0, LOOKUP_SEGMENT, id, MESSAGES);

    (void)state;
    assert_true(n >= MESSAGES - BLOB); /* a segment of a little more than LOOKUP_SEGMENT gives that many */
    for (size_t i = 1; i < n; i++)
        assert_true(id[i] < id[i - 1]);
    n = probe(STORE_KEY_DOMAIN, "receiver.example", 0, 10, id, 10);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(id[i], MESSAGES - (int)i);
}

/* Blocks without anything as new are not looked into. */
static void since(void **state)
{
    int64_t id[100];

    (void)state;
    assert_int_equal(probe(STORE_KEY_QUEUE_ID, "Q5", 1000 + 2 * LOOKUP_SEGMENT, 4, id, 4), 0);
    assert_int_equal(probe(STORE_KEY_TICKET, "rare", 1000 + MESSAGES / RARE_EVERY * RARE_EVERY, 100, id, 100), 1);
}

/* What leads only to messages that are gone goes, in steps, and the rest is as it was. */
static void pruned(void **state)
{
    struct err e = ERR_NONE;
    int64_t gone = 1, id[4];
    int steps = 0;

    (void)state;
    for (; gone > 0; steps++) {
        gone = 0;
        assert_int_equal(lookup_prune(desk.db, LOOKUP_SEGMENT + 10000, 200, &gone, &e), RC_OK);
        assert_true(gone <= 200);
    }
    assert_true(steps > 5);
    assert_int_equal(desk_ask(&desk, "SELECT count(*) FROM lookup_segment"), 1);
    assert_int_equal(probe(STORE_KEY_QUEUE_ID, "Q5", 0, 4, id, 4), 0);
    assert_int_equal(probe(STORE_KEY_QUEUE_ID, "Q50000", 0, 4, id, 4), 1);
    assert_int_equal(probe(STORE_KEY_QUEUE_ID, "Q70000", 0, 4, id, 4), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorted_and_not), cmocka_unit_test(each_by_its_own), cmocka_unit_test(rare),
        cmocka_unit_test(common), cmocka_unit_test(since), cmocka_unit_test(pruned),
    };
    return cmocka_run_group_tests(tests, build, remove_desk);
}
