/* When the safety catch comes on: what a message counts as, and when counts are too many. */
#include "unit.h"

#include <string.h>

#include "policy/catch_rule.h"

static struct record record_of(const char *dmarc, const char *action)
{
    struct record r;

    record_blank(&r);
    r.author_domain = r.org_domain = r.mail_from_domain = "partner.example";
    r.client_ip = "192.0.2.1";
    r.dmarc = dmarc;
    r.action = action;
    r.rule = "default";
    r.cause = strcmp(dmarc, "pass") == 0 ? "" : "no-dkim";
    r.spf_aligned = strcmp(dmarc, "pass") == 0;
    return r;
}

static void counts_what_rules_decided(void **state)
{
    struct record r = record_of("fail", "reject");
    struct catch_weight w = catch_weigh(&r);

    (void)state;
    assert_true(w.asked && w.refused && w.claim && !w.proof);
    r = record_of("fail", "none");
    w = catch_weigh(&r);
    assert_true(w.asked && !w.refused && !w.claim && !w.proof);
    r = record_of("pass", "none");
    w = catch_weigh(&r);
    assert_true(w.asked && !w.refused && !w.claim && w.proof);
    r = record_of("fail", "");
    assert_false(catch_weigh(&r).asked);
    r = record_of("fail", "reject");
    r.rule = "malformed-from";
    assert_false(catch_weigh(&r).asked);
    r = record_of("fail", "quarantine");
    r.mail_from_domain = "bulk.example"; /* nothing ties it to its author */
    w = catch_weigh(&r);
    assert_true(w.refused && !w.claim);
    r = record_of("fail", "reject");
    r.cause = "lookalike";
    assert_false(catch_weigh(&r).claim);
}

static void too_many_are_more_than_the_share(void **state)
{
    (void)state;
    assert_false(catch_is_suspect(4, 4, 50, CATCH_LEAST));
    assert_true(catch_is_suspect(5, 9, 50, CATCH_LEAST));
    assert_false(catch_is_suspect(5, 10, 50, CATCH_LEAST)); /* no more than half */
    assert_false(catch_is_suspect(5, 5, 0, CATCH_LEAST));   /* CatchShare 0: there is none */
    assert_false(catch_is_suspect(49, 49, 50, CATCH_LEAST_ALL));
    assert_false(catch_comes_on(CATCH_KNOWN - 1));
    assert_true(catch_comes_on(CATCH_KNOWN));
}

static void all_mail_is_held_to_the_past(void **state)
{
    (void)state;
    assert_true(catch_is_unusual(60, 100, 70, 29, 100));
    assert_false(catch_is_unusual(60, 100, 70, 30, 100)); /* twice as much, and no more */
    assert_false(catch_is_unusual(60, 100, CATCH_KNOWN - 1, 0, 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_rules_decided),
        cmocka_unit_test(too_many_are_more_than_the_share),
        cmocka_unit_test(all_mail_is_held_to_the_past),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
