/* What rules look at is the same while a message is here and when its record is read again. */
#include "verdict/case.h"

#include <string.h>

#include "policy/facts.h"

static const char *const clients[] = {"198.51.100.7", "2001:db8::1", "::ffff:192.0.2.1", "::", "0.0.0.0"};

/* Every kind of value that another file's words stand for: none may be lost on its way through the record. */
static void agree(struct verdict_case *k, unsigned long *seen)
{
    struct record r;
    struct facts live, again;

    assert_int_equal(record_make(k->m.arena, &k->g, &k->v, &r), RC_OK);
    live = facts_judged(&k->g, &k->v, &r);
    again = facts_recorded(&r);
    if (live.result != again.result || live.policy != again.policy || live.has_policy != again.has_policy ||
        live.status != again.status || live.cause != again.cause || live.causes != again.causes ||
        !ip_eq(&live.client, &again.client))
        fail_msg("%s %s %s cause=%s,%s source=%s %s: %d %d %d %d %x, recorded %d %d %d %d %x", r.dmarc, r.policy, r.status,
                 r.cause, r.secondary, r.source, r.client_ip, live.result, live.policy, live.status, live.cause, live.causes,
                 again.result, again.policy, again.status, again.cause, again.causes);
    (*seen)++;
}

/* -2: nobody's domain, -1: a client's without an entry, else the entry's status. */
static void each_cause(enum dmarc_result result, int policy, int status, unsigned long *seen)
{
    const struct known_source known = {.domain = "example.com", .status = (enum source_status)(status < 0 ? 0 : status),
                                       .ticket = "", .owner = ""};
    const struct client client = {.name = "acme"};
    struct verdict_case k;

    case_begin(&k);
    k.v.dmarc.result = result;
    k.v.dmarc.record = policy < 0 ? NULL : &k.record;
    k.v.dmarc.policy = policy < 0 ? DMARC_P_NONE : (enum dmarc_policy)policy;
    k.v.known = status >= 0 ? &known : NULL;
    k.v.client = status > -2 ? &client : NULL;
    for (int cause = 0; cause < CAUSE_COUNT; cause++) {
        assert_true(ip_parse(str_of(clients[*seen % (sizeof clients / sizeof clients[0])]), &k.conn.ip));
        k.v.source.name = cause % 2 == 0 ? SOURCE_UNKNOWN : "mailchimp";
        k.v.finding.cause = (enum cause)cause;
        k.v.finding.secondary = cause == CAUSE_NONE ? 0 : (unsigned)(*seen * 2654435761U) & ((1u << CAUSE_COUNT) - 2);
        agree(&k, seen);
    }
    case_end(&k);
}

static void judged_and_recorded_agree(void **state)
{
    unsigned long seen = 0;

    (void)state;
    for (int result = DMARC_NONE; result <= DMARC_PERMERROR; result++)
        for (int policy = -1; policy <= DMARC_P_REJECT; policy++)
            for (int status = -2; status <= STATUS_MALICIOUS; status++)
                each_cause((enum dmarc_result)result, policy, status, &seen);
    assert_int_equal(seen, 5 * 4 * 7 * CAUSE_COUNT);
}

/* Words that no version of ours wrote match nothing, rather than the first of their kind. */
static void unknown_words(void **state)
{
    struct verdict_case k;
    struct record r;
    struct facts f;

    (void)state;
    case_begin(&k);
    assert_int_equal(record_make(k.m.arena, &k.g, &k.v, &r), RC_OK);
    r.dmarc = r.policy = r.status = r.cause = r.client_ip = "odd";
    r.secondary = "odd,spf-limit";
    f = facts_recorded(&r);
    assert_int_equal(f.result, FACTS_UNKNOWN);
    assert_int_equal(f.policy, FACTS_UNKNOWN);
    assert_int_equal(f.status, FACTS_UNKNOWN);
    assert_int_equal(f.cause, FACTS_UNKNOWN);
    assert_int_equal(f.causes, 1u << CAUSE_SPF_LIMIT);
    assert_int_equal(f.client.family, IP_NONE);
    case_end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judged_and_recorded_agree),
        cmocka_unit_test(unknown_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
