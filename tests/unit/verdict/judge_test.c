/* What is done about a message: Enforce, the rules, the safety catch, and the actions that follow of them. */
#include "case.h"

#include <string.h>

#include "auth/dmarc_opendmarc.h"
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
        assert_int_equal(background_add_caught(b, row->caught ? "example.com" : "example.net"), RC_OK);
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

/* Mail that looks forged is refused though the catch is on. */
static void the_catch_spares_no_forgery(void **state)
{
    struct background *b = background_new();
    struct verdict_case k;

    (void)state;
    case_begin(&k);
    case_publish(&k, "p=reject");
    k.e.dkim.n = 0;
    k.e.spf.result = SPF_FAIL;
    k.e.spf.domain = "example.com";
    k.c.enforce = ENFORCEMENT_YES;
    k.c.honour_reject = true;
    k.g.background = b;
    assert_int_equal(background_add_caught(b, "*"), RC_OK);
    (void)case_judge(&k);
    assert_int_equal(k.v.finding.cause, CAUSE_UNAUTHORIZED);
    assert_int_equal(k.v.disposition, DISPOSITION_REJECT);
    case_end(&k);
    background_release(b);
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

/* Memory that ran out may have cost a fact that a rule looks at. */
static void nothing_is_done_without_memory(void **state)
{
    struct verdict_case k;
    struct judgement *j;

    (void)state;
    case_begin(&k);
    case_publish(&k, "p=reject");
    k.c.enforce = ENFORCEMENT_YES;
    assert_null(arena_alloc(k.m.arena, 2 << 20));
    j = case_judge(&k);
    assert_string_equal(j->record.disposition, "none");
    assert_string_equal(j->record.enforcement, "no");
    assert_string_equal(j->record.overrides, "local_policy:no memory left to decide");
    case_end(&k);
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
    struct judgement *j;

    (void)state;
    case_begin(&k);
    case_publish(&k, "p=reject");
    k.c.enforce = ENFORCEMENT_YES;
    k.c.honour_reject = true;
    k.c.help_text = "https://help.receiver.example/mail";
    j = case_judge(&k);
    assert_string_equal(j->actions.item[0].text,
                        "Message refused: it fails DMARC of example.com. The message is signed by the service that "
                        "sent it, not by the domain in the From line; reference 22222222; "
                        "https://help.receiver.example/mail");
    memset(longest, 'x', CONFIG_HELP_TEXT_MAX);
    longest[CONFIG_HELP_TEXT_MAX] = '\0';
    k.c.help_text = longest;
    memset(domain, 'd', sizeof domain);
    domain[sizeof domain - 1] = '\0';
    k.v.dmarc.author_domain = domain;
    for (int i = 0; i < CAUSE_COUNT * 5; i++) {
        struct actions todo;

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
        cmocka_unit_test(the_catch_spares_no_forgery), cmocka_unit_test(not_carried_out),
        cmocka_unit_test(forged_marks_go), cmocka_unit_test(nothing_is_done_without_memory),
        cmocka_unit_test(codes), cmocka_unit_test(sentence),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
