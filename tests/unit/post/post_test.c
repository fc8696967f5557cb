#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "post/post.h"
#include "post/verp.h"

static void pauses(void **state)
{
    static const struct { const char *name; int64_t attempts; unsigned thousandths; int64_t minutes_x10; } rows[] = {
        {"first", 1, 500, 100}, {"second", 2, 500, 200}, {"fifth", 5, 500, 1600}, {"seventh", 7, 500, 6400},
        {"at most half a day", 8, 500, 7200}, {"however often", 1000000, 500, 7200},
        {"a fifth less", 1, 0, 80}, {"nearly a fifth more", 1, 999, 119}, {"none yet", 0, 500, 100},
    };

    (void)state;
    FOR_ROWS(row, rows)
        ASSERT_ROW(post_pause_ms(row->attempts, row->thousandths) / 6000 == row->minutes_x10, row);
}

static void summaries(void **state)
{
    struct post_counts c = {.domains = 412, .reports = 437};
    char mem[1000];
    struct strbuf b = STRBUF_ON(mem);

    (void)state;
    c.state[DELIVERY_SENT] = 430;
    c.state[DELIVERY_WAITING] = 5;
    c.state[DELIVERY_REFUSED] = 2;
    c.reasons = 2;
    (void)snprintf(c.reason[0].text, POST_REASON_SIZE, "no answer from DNS");
    c.reason[0].n = 5;
    (void)snprintf(c.reason[1].text, POST_REASON_SIZE, "no leave");
    c.reason[1].n = 1;
    post_summary(&c, false, &b);
    assert_string_equal(mem, "domains 412, reports 437, sent 430, waiting 5, refused 2: no answer from DNS (5); no leave");
}

static void return_paths(void **state)
{
    static const struct { const char *name; bool ours; } rows[] = {
        {"bounces+abcdefghijklmnopqrstuvwxyz@r.example", true},
        {"BOUNCES+abcdefghijklmnopqrstuvwxyz@R.EXAMPLE", true},
        {"bounces+abcdefghijklmnopqrstuvwxy1@r.example", false},
        {"bounces+abcdefghijklmnopqrstuvwxy@r.example", false},
        {"bounces+abcdefghijklmnopqrstuvwxyz2@r.example", false},
        {"bounces-abcdefghijklmnopqrstuvwxyz@r.example", false},
        {"bounces+abcdefghijklmnopqrstuvwxyz@x.example", false},
        {"xounces+abcdefghijklmnopqrstuvwxyz@r.example", false},
        {"bounces@r.example", false}, {"", false}, {"@r.example", false},
    };
    struct arena *a = arena_new(1 << 16);
    char key[VERP_KEY_SIZE + 1], other[VERP_KEY_SIZE + 1];
    const char *address;
    struct err e = ERR_NONE;

    (void)state;
    FOR_ROWS(row, rows)
        ASSERT_ROW((verp_key_of(str_of(row->name), "bounces@r.example").n > 0) == row->ours, row);
    assert_int_equal(verp_key(key, &e), RC_OK);
    assert_int_equal(verp_key(other, &e), RC_OK);
    assert_int_equal(strlen(key), VERP_KEY_SIZE);
    assert_string_not_equal(key, other);
    address = verp_address(a, "bounces@r.example", key);
    assert_true(str_eq(verp_key_of(str_of(address), "bounces@r.example"), str_of(key)));
    assert_string_equal(verp_address(a, "", key), "");
    assert_int_equal(verp_key_of(STR("a+abcdefghijklmnopqrstuvwxyz@b"), "").n, 0);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses), cmocka_unit_test(summaries), cmocka_unit_test(return_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
