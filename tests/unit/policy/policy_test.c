/* policy.conf: every mistake is named with its place. */
#include "unit.h"

#include <string.h>

#include "policy/policy.h"

static enum rc read(struct arena *a, const char *text, struct policy *p, struct err *e)
{
    struct sections *f = arena_alloc(a, sizeof *f);
    enum rc rc = sections_parse(a, str_of(text), "policy.conf", &policy_sections, f, e);

    return rc == RC_OK ? policy_make(a, f, p, e) : rc;
}

static void mistakes(void **state)
{
    static const struct { const char *name, *text, *want; } rows[] = {
        {"no action", "\nrule a {\n Source = {x}\n}", "policy.conf:2:6: the rule has no Action; write Action = none, stamp, "
         "quarantine, reject or tempfail"},
        {"action", "rule a {\n Action = refuse\n}",
         "policy.conf:2:11: Action: \"refuse\" is not one of its words; write none, stamp, "
         "quarantine, reject or tempfail"},
        {"result", "rule a {\n Action = none\n Result = {fail, failed}\n}",
         "policy.conf:3:18: Result: \"failed\" is not one of its words; write none, pass, fail, temperror or permerror"},
        {"policy", "rule a {Action = none Policy = {refuse}}",
         "policy.conf:1:33: Policy: \"refuse\" is not one of its words; write none, quarantine or reject"},
        {"status", "rule a {Action = none Status = {bad}}", "policy.conf:1:33: Status: \"bad\" is not one of its words; write "},
        {"cause", "rule a {Action = none Cause = {\"\"}}",
         "policy.conf:1:32: Cause: \"\" is not one of its words; write lookalike, "},
        {"list", "rule a {Action = none List = maybe}",
         "policy.conf:1:30: List: \"maybe\" is not one of its words; write no or yes"},
        {"override", "rule a {Action = none Override = forwarded}",
         "policy.conf:1:34: Override: \"forwarded\" is not one of its words; "},
        {"domain", "rule a {Action = none AuthorDomain = {a..b}}", "policy.conf:1:39: "},
        {"network", "rule a {Action = none Network = {10.0.0.0/33}}", "policy.conf:1:34: "},
        {"date", "rule a {Action = none Until = 2026-02-30}",
         "policy.conf:1:31: Until is no date; write the last day it counts as YYYY-MM-DD"},
        {"date in words", "rule a {Action = none Until = tomorrow}", "policy.conf:1:31: Until is no date; "},
        {"semicolon", "rule a {Action = none Reason = \"a; b\"}", "policy.conf:1:32: Reason holds a byte that is not printable "
         "ASCII, or a semicolon; write it without"},
        {"name", "rule \"a b\" {Action = none}", "policy.conf:1:6: a rule's name has 1 to 40 letters"},
        {"a name of ours", "rule default {Action = none}", "policy.conf:1:6: a rule's name has 1 to 40 letters"},
        {"unknown field", "rule a {\n Action = none\n Actoin = none\n}", "policy.conf:3:"},
        {"twice", "rule a {Action = none}\nrule a {Action = none}", "policy.conf:2:"},
        {"unclosed", "rule a {Action = none", "policy.conf:1:"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        struct policy p;
        struct err e = ERR_NONE;

        ASSERT_ROW(read(a, row->text, &p, &e) == RC_BAD, row);
        if (strncmp(e.text, row->want, strlen(row->want)) != 0)
            print_error("got \"%s\", want \"%s\"\n", e.text, row->want);
        ASSERT_ROW(strncmp(e.text, row->want, strlen(row->want)) == 0, row);
        arena_free(a);
    }
}

static void whole_rule(void **state)
{
    static const char text[] =
        "rule partner-1 {\n"
        "  AuthorDomain = {Partner.Example}  Client = {acme}  Result = {fail, temperror}  Policy = {none}\n"
        "  Cause = {dkim-absent}  Source = {mailchimp}  Status = {approved}  Network = {192.0.2.0/24}\n"
        "  SignedBy = {f.example}  Sealer = {s.example}  VouchedBy = {v.example}  List = no\n"
        "  Recipient = {r.example}  Action = tempfail  Override = other  Reason = \"why\"  Owner = \"Ann\"\n"
        "  Ticket = HD-1  Until = 2026-12-31\n"
        "}\n";
    struct arena *a = arena_new(1 << 20);
    struct policy p;
    struct err e = ERR_NONE;
    const struct policy_rule *r;

    (void)state;
    assert_int_equal(read(a, text, &p, &e), RC_OK);
    assert_int_equal(p.n, 1);
    r = p.rule;
    assert_string_equal(r->name, "partner-1");
    assert_int_equal(r->line, 1);
    assert_string_equal(r->match.author_domains.item[0], "partner.example");
    assert_string_equal(r->match.clients.item[0], "acme");
    assert_int_equal(r->match.results, 1u << DMARC_FAIL | 1u << DMARC_TEMPERROR);
    assert_int_equal(r->match.policies, 1u << DMARC_P_NONE);
    assert_int_equal(r->match.causes, 1u << CAUSE_DKIM_ABSENT);
    assert_string_equal(r->match.sources.item[0], "mailchimp");
    assert_int_equal(r->match.statuses, 1u << STATUS_APPROVED);
    assert_int_equal(r->match.networks.item[0].bits, 24);
    assert_string_equal(r->match.signed_by.item[0], "f.example");
    assert_string_equal(r->match.sealers.item[0], "s.example");
    assert_string_equal(r->match.vouched_by.item[0], "v.example");
    assert_int_equal(r->match.list, POLICY_NO);
    assert_string_equal(r->match.recipients.item[0], "r.example");
    assert_int_equal(r->action, POLICY_TEMPFAIL);
    assert_int_equal(r->override, OVERRIDE_OTHER);
    assert_string_equal(r->reason, "why");
    assert_string_equal(r->owner, "Ann");
    assert_string_equal(r->ticket, "HD-1");
    assert_true(r->until_ms == INT64_C(1798761600000)); /* 2027-01-01 00:00 UTC */
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(mistakes), cmocka_unit_test(whole_rule)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
