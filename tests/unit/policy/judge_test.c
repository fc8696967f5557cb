/* What is done about a message: Enforce, the rules, the safety catch, and the actions that follow of them. */
#include "verdict/case.h"

#include <string.h>

#include "dmarc/dmarc_opendmarc.h"
#include "policy/disposition.h"
#include "policy/let_in.h"
#include "rules.h"

/* "delete:NAME insert:NAME quarantine reply:CODE XCODE" */
static const char *actions_text(struct arena *a, const struct actions *todo)
{
    struct strbuf b = strbuf_new(a, 400);

    for (size_t i = 0; i < todo->n; i++) {
        const struct action *one = &todo->item[i];
        const char *space = i > 0 ? " " : "";

        switch (one->kind) {
        case ACTION_DELETE_HEADER: strbuf_putf(&b, "%sdelete:%s*%u", space, one->name, one->count); break;
        case ACTION_INSERT_HEADER: strbuf_putf(&b, "%sinsert:%s", space, one->name); break;
        case ACTION_QUARANTINE: strbuf_putf(&b, "%squarantine", space); break;
        case ACTION_REPLY: strbuf_putf(&b, "%s%s %s", space, one->code, one->xcode); break;
        }
    }
    return b.p;
}

#define STAMP "insert:Authentication-Results"
#define NOT_HERE "local_policy:policies are not enforced here"

/* The decision as the record has it, and what is to be done. */
static void what_is_done(void **state)
{
    static const struct {
        const char *name, *tags, *rules;
        enum enforcement enforce;
        bool header, caught;
        const char *action, *rule, *enforcement, *disposition, *overrides, *actions;
    } rows[] = {
        {"not asked", "p=reject", "rule r {Action = reject}", ENFORCEMENT_NO, false, false,
         "", "", "no", "none", NOT_HERE, STAMP},
        {"rehearsed", "p=reject", "rule r {Action = reject}", ENFORCEMENT_REHEARSE, false, false,
         "reject", "r", "rehearse", "none", NOT_HERE, STAMP},
        {"refused", "p=reject", "rule r {Action = reject}", ENFORCEMENT_YES, false, false,
         "reject", "r", "yes", "reject", "", "550 5.7.22"},
        {"refused, test mode", "p=reject; t=y", "rule r {Action = reject Reason = why}", ENFORCEMENT_YES, false, false,
         "reject", "r", "yes", "reject", "policy_test_mode;local_policy:why", "550 5.7.22"},
        {"put off", "p=reject", "rule r {Action = tempfail}", ENFORCEMENT_YES, false, false,
         "tempfail", "r", "yes", "tempfail", "local_policy", "451 4.7.1"},
        {"held", "p=quarantine", "", ENFORCEMENT_YES, false, false,
         "quarantine", "default", "yes", "quarantine", "", "quarantine " STAMP},
        {"marked", "p=quarantine", "", ENFORCEMENT_YES, true, false,
         "quarantine", "default", "yes", "quarantine", "", "insert:X-Assay-Quarantine " STAMP},
        {"stamped", "p=quarantine", "rule r {Action = stamp}", ENFORCEMENT_YES, false, false,
         "stamp", "r", "yes", "none", "local_policy", STAMP},
        {"nothing asked", "p=none", "", ENFORCEMENT_YES, false, false, "none", "default", "yes", "none", "", STAMP},
        {"caught", "p=reject", "rule r {Action = reject}", ENFORCEMENT_YES, false, true,
         "reject", "r", "caught", "none", "local_policy:safety catch", STAMP},
        {"caught, but nothing was to be done", "p=reject", "rule r {Action = stamp}", ENFORCEMENT_YES, false, true,
         "stamp", "r", "yes", "none", "local_policy", STAMP},
        {"rehearsed, caught", "p=reject", "rule r {Action = reject}", ENFORCEMENT_REHEARSE, false, true,
         "reject", "r", "rehearse", "none", NOT_HERE, STAMP},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct background *b = background_new();
        struct verdict_case k;
        struct policy p;
        struct judgement *j;

        case_begin(&k);
        case_publish(&k, row->tags);
        p = policy_of(k.m.arena, row->rules);
        k.g.policy = &p;
        k.g.background = b;
        k.c.enforce = (int)row->enforce;
        k.c.quarantine_by = row->header;
        k.m.mail_from = STR("b@bounces.example.com"); /* tied to its author */
        assert_int_equal(background_add_caught(b, row->caught ? "example.com" : "example.net", "198.51.100.7"), RC_OK);
        j = case_judge(&k);
        judge_done(j, &j->actions, 1);
        ASSERT_ROW(strcmp(j->record.action, row->action) == 0 && strcmp(j->record.rule, row->rule) == 0, row);
        ASSERT_ROW(strcmp(j->record.enforcement, row->enforcement) == 0, row);
        ASSERT_ROW(strcmp(j->record.disposition, row->disposition) == 0, row);
        ASSERT_ROW(strcmp(j->record.overrides, row->overrides) == 0, row);
        ASSERT_ROW(strcmp(actions_text(k.m.arena, &j->actions), row->actions) == 0, row);
        case_end(&k);
        background_release(b);
    }
}

/* Without rules of the site's, and with an empty file of them, the same is done. */
static void no_policy_is_an_empty_one(void **state)
{
    const struct policy empty = {.n = 0};
    struct verdict_case k;
    struct judgement *one, *other;

    (void)state;
    case_begin(&k);
    case_publish(&k, "p=reject");
    k.c.enforce = ENFORCEMENT_YES;
    k.c.honour_reject = true;
    one = case_judge(&k);
    k.g.policy = &empty;
    other = case_judge(&k);
    assert_string_equal(one->record.disposition, "reject");
    assert_string_equal(one->record.disposition, other->record.disposition);
    assert_string_equal(one->record.rule, other->record.rule);
    case_end(&k);
}

/* What a forwarder passed on and we refused: the rule that is named lets it in, once it stands in policy.conf. */
static void refused_and_forwarded(void **state)
{
    static const struct { const char *rules, *vouch, *next, *rule; unsigned signatures; } rows[] = {
        {"", "", "nothing to repair at the sender: it was refused here; a rule in policy.conf with SignedBy = {esp.example} and "
         "Action = none would let it in",
         "rule forwarder-relay.example {\n    SignedBy = {esp.example}\n    Action = none\n}\n", 1},
        {"rule strict {Action = reject}", "", "nothing to repair at the sender: it was refused here; a rule in policy.conf, "
         "before strict with Network = {198.51.100.7} and Action = none would let it in",
         "rule forwarder-relay.example {\n    Network = {198.51.100.7}\n    Action = none\n}\n", 0},
        {"", "relay.example relay.example yes", "nothing to repair at the sender: it was refused here; a rule in policy.conf "
         "with VouchedBy = {relay.example} and Action = none would let it in",
         "rule forwarder-relay.example {\n    VouchedBy = {relay.example}\n    Action = none\n}\n", 1},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        const struct disposition_settings s = {.honour_reject = true};
        struct verdict_case k;
        struct record r;
        struct decision d;
        struct policy p;

        case_begin(&k);
        case_publish(&k, "p=reject");
        k.e.dkim.n = row->signatures;
        k.c.enforce = ENFORCEMENT_YES;
        k.c.honour_reject = true;
        p = policy_of(k.m.arena, row->rules);
        k.g.policy = &p;
        r = case_judge(&k)->record;
        assert_string_equal(r.disposition, "reject");
        r.cause = "forwarded";
        r.cause_detail = "relay.example";
        r.arc_vouch = row->vouch;
        assert_int_equal(let_in_advise(k.m.arena, &k.v, &r), RC_OK);
        assert_string_equal(r.next, row->next);
        assert_string_equal(let_in_rule(k.m.arena, &r), row->rule);
        p = policy_of(k.m.arena, let_in_rule(k.m.arena, &r));
        assert_int_equal(disposition_decide(k.m.arena, &p, &s, (const struct facts[]){facts_recorded(&r)}, &d), RC_OK);
        assert_int_equal(d.action, POLICY_NONE);
        r.disposition = "none";
        assert_string_equal(let_in_rule(k.m.arena, &r), "");
        case_end(&k);
    }
}

/* What the catch lets go for one correspondent, and what is refused all the same. */
static void the_catch_lets_go_of_one_path(void **state)
{
    static const struct {
        const char *name, *mail_from, *client_name, *caught, *address;
        bool junk; /* a signature of the author's, that fails */
        enum iprev_result iprev;
        bool want;
    } rows[] = {
        {"its own address and return path", "b@example.com", "x.esp.example", "example.com", "198.51.100.7", false,
         IPREV_PASS, true},
        {"a return path below it", "b@bounces.example.com", "", "example.com", "198.51.100.7", true, IPREV_FAIL, true},
        {"its own address and name", "b@esp.example", "mail.example.com", "example.com", "198.51.100.7", true, IPREV_PASS,
         true},
        {"a name that nothing confirms", "b@esp.example", "mail.example.com", "example.com", "198.51.100.7", true,
         IPREV_FAIL, false},
        {"its own address, a stranger's return path", "b@evil.example", "", "example.com", "198.51.100.7", true,
         IPREV_PASS, false},
        {"the null sender", "", "", "example.com", "198.51.100.7", true, IPREV_PASS, false},
        {"another address", "b@example.com", "", "example.com", "198.51.100.8", true, IPREV_PASS, false},
        {"another domain", "b@example.com", "", "example.net", "198.51.100.7", true, IPREV_PASS, false},
        {"all mail, of a version that had that", "b@example.com", "", "*", "198.51.100.7", true, IPREV_PASS, false},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct background *b = background_new();
        struct verdict_case k;

        case_begin(&k);
        case_publish(&k, "p=reject");
        k.m.mail_from = str_of(row->mail_from);
        k.conn.name = row->client_name;
        k.e.iprev.result = row->iprev;
        k.e.dkim.sig = &k.sig[1];
        k.e.dkim.n = row->junk;
        k.e.spf.result = SPF_FAIL;
        k.e.spf.domain = "example.com";
        k.c.enforce = ENFORCEMENT_YES;
        k.c.honour_reject = true;
        k.g.background = b;
        assert_int_equal(background_add_caught(b, row->caught, row->address), RC_OK);
        (void)case_judge(&k);
        ASSERT_ROW(k.v.disposition == (row->want ? DISPOSITION_NONE : DISPOSITION_REJECT), row);
        case_end(&k);
        background_release(b);
    }
}

/* What an MTA did not do is not said to be done. */
static void not_carried_out(void **state)
{
    struct actions none = {.n = 0};
    struct verdict_case k;
    struct judgement *j;

    (void)state;
    case_begin(&k);
    case_publish(&k, "p=quarantine");
    k.c.enforce = ENFORCEMENT_YES;
    j = case_judge(&k);
    judge_done(j, &none, 1);
    assert_string_equal(j->record.disposition, "none");
    assert_string_equal(j->record.overrides, "other:the mail server did not take it into quarantine");
    case_end(&k);
}

/* Marks for the delivery side that came with the message are not ours. */
static void forged_marks_go(void **state)
{
    struct verdict_case k;
    struct judgement *j;

    (void)state;
    case_begin(&k);
    case_publish(&k, "p=none");
    case_header(&k, "x-assay-quarantine ", " unauthorized");
    case_header(&k, "X-Assay-Quarantine", " unauthorized");
    j = case_judge(&k);
    assert_string_equal(actions_text(k.m.arena, &j->actions), STAMP);
    k.c.quarantine_by = 1;
    j = case_judge(&k);
    assert_string_equal(actions_text(k.m.arena, &j->actions), "delete:X-Assay-Quarantine*2 " STAMP);
    judge_done(j, &j->actions, 1);
    assert_int_equal(j->record.forged_headers, 0);
    case_end(&k);
}

/* Memory that ran out may have cost a fact that a rule looks at; what enforces does not let it go for that. */
static void nothing_is_done_without_memory(void **state)
{
    static const struct { const char *name; enum enforcement enforce; const char *rule, *overrides; } rows[] = {
        {"rehearsed", ENFORCEMENT_REHEARSE, "", "local_policy:no memory left to decide"},
        {"enforced", ENFORCEMENT_YES, DISPOSITION_EXHAUSTED, ""},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct verdict_case k;
        struct judgement *j;

        case_begin(&k);
        case_publish(&k, "p=reject");
        k.c.enforce = (int)row->enforce;
        assert_null(arena_alloc(k.m.arena, 2 << 20));
        j = case_judge(&k);
        ASSERT_ROW((j->verdict.disposition == DISPOSITION_TEMPFAIL) == (row->enforce == ENFORCEMENT_YES), row);
        ASSERT_ROW(strcmp(j->record.rule, row->rule) == 0, row);
        ASSERT_ROW(strcmp(j->record.overrides, row->overrides) == 0, row);
        case_end(&k);
    }
}

/* ---- the reply ---- */

/* RFC 7372: what failed, where one thing can be named. */
static void codes(void **state)
{
    static const struct { const char *name; enum spf_result spf; enum dkim_result dkim; size_t n; const char *want; }
    rows[] = {
        {"signed by another", SPF_PASS, DKIM_PASS, 1, "5.7.22"},
        {"signed by another, SPF fails", SPF_FAIL, DKIM_PASS, 1, "5.7.22"},
        {"another's return path", SPF_PASS, DKIM_FAIL, 1, "5.7.20"},
        {"another's return path, unsigned", SPF_PASS, DKIM_NONE, 0, "5.7.20"},
        {"both fail", SPF_FAIL, DKIM_FAIL, 1, "5.7.26"},
        {"neither is there", SPF_NONE, DKIM_NONE, 0, "5.7.26"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct verdict_case k;
        struct judgement *j;

        case_begin(&k);
        case_publish(&k, "p=reject");
        k.c.enforce = ENFORCEMENT_YES;
        k.c.honour_reject = true;
        k.e.spf.result = row->spf;
        k.sig[0].result = row->dkim;
        k.e.dkim.n = row->n;
        j = case_judge(&k);
        ASSERT_ROW(j->actions.n == 1 && j->actions.item[0].kind == ACTION_REPLY, row);
        ASSERT_ROW(strcmp(j->actions.item[0].xcode, row->want) == 0, row);
        case_end(&k);
    }
}

/* One sentence, the domain, the reference, the site's line; never more than 512 bytes. */
static void sentence(void **state)
{
    char longest[CONFIG_HELP_TEXT_MAX + 1], domain[250];
    struct verdict_case k;
    const struct sender sendgrid = {.name = "sendgrid", .title = "SendGrid", .kind = SENDER_TRANSACTIONAL};
    struct judgement *j;
    struct actions todo;

    (void)state;
    case_begin(&k);
    case_publish(&k, "p=reject");
    k.c.enforce = ENFORCEMENT_YES;
    k.c.honour_reject = true;
    k.c.help_text = "https://help.receiver.example/mail";
    j = case_judge(&k);
    assert_string_equal(j->actions.item[0].text,
                        "example.com's DMARC policy rejects it: it is signed, but not by example.com; "
                        "reference 22222222; see https://help.receiver.example/mail");
    k.v.source.sender = &sendgrid;
    assert_int_equal(actions_make(k.m.arena, &k.g, &k.v, &todo), RC_OK);
    assert_string_equal(todo.item[0].text,
                        "example.com's DMARC policy rejects it: sent through SendGrid, which does not sign for "
                        "example.com; reference 22222222; see https://help.receiver.example/mail");
    k.v.dmarc.policy = DMARC_P_NONE;
    k.sig[0].domain = "mail.example.com";
    assert_int_equal(actions_make(k.m.arena, &k.g, &k.v, &todo), RC_OK);
    assert_string_equal(todo.item[0].text,
                        "mail from example.com that fails DMARC is not accepted here: its policy demands a signature of "
                        "exactly example.com (adkim=s); reference 22222222; see https://help.receiver.example/mail");
    memset(longest, 'x', CONFIG_HELP_TEXT_MAX);
    longest[CONFIG_HELP_TEXT_MAX] = '\0';
    k.c.help_text = longest;
    memset(domain, 'd', sizeof domain);
    domain[sizeof domain - 1] = '\0';
    k.v.dmarc.author_domain = domain;
    for (int i = 0; i < CAUSE_COUNT * 5; i++) {
        k.v.finding.cause = (enum cause)(i / 5);
        k.v.dmarc.result = (enum dmarc_result)(i % 5);
        k.v.disposition = DISPOSITION_TEMPFAIL;
        assert_int_equal(actions_make(k.m.arena, &k.g, &k.v, &todo), RC_OK);
        assert_non_null(strstr(todo.item[0].text, longest));
        assert_true(strlen("550 5.7.26 ") + strlen(todo.item[0].text) + strlen("\r\n") <= 512);
        k.v.disposition = DISPOSITION_QUARANTINE;
        k.v.rule = "a-rule-with-the-longest-name-there-can-be";
        assert_int_equal(actions_make(k.m.arena, &k.g, &k.v, &todo), RC_OK);
        assert_true(strlen(todo.item[0].text) < 300);
    }
    case_end(&k);
}

static int start(void **state)
{
    (void)state;
    return dmarc_opendmarc_init(NULL) == RC_OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    dmarc_opendmarc_shutdown();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_done), cmocka_unit_test(no_policy_is_an_empty_one),
        cmocka_unit_test(refused_and_forwarded),
        cmocka_unit_test(the_catch_lets_go_of_one_path), cmocka_unit_test(not_carried_out),
        cmocka_unit_test(forged_marks_go), cmocka_unit_test(nothing_is_done_without_memory),
        cmocka_unit_test(codes), cmocka_unit_test(sentence),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
