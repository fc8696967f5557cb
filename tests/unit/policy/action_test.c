#include "verdict/case.h"

#include <string.h>

#include "policy/disposition.h"
#include "policy/judge.h"

/* Each field, and whether it must go. */
static const struct { const char *name, *value; bool forged; } fields[] = {
    {"Authentication-Results", " mx.receiver.example; dmarc=pass", true},
    {"authentication-results \t", " (x) MX.Receiver.Example ; spf=pass", true},
    {"Authentication-Results", " mx.elsewhere.example; dkim=pass", false},
    {"Received", " from x", false},
    {"Authentication-Results", " relay.receiver.example; spf=pass", false},
    {"AUTHENTICATION-RESULTS", "\r\n \"mx.receiver.example\"; spf=pass", true},
    {"ARC-Authentication-Results", " i=1; mx.receiver.example; spf=pass", false},
};

static void forged_go_from_the_last_up(void **state)
{
    static const unsigned want[] = {5, 2, 1};
    const char *trusted[] = {"relay.receiver.example"};
    struct verdict_case k;
    struct actions actions;

    (void)state;
    case_begin(&k);
    k.c.trusted_authserv_ids = (struct string_list){trusted, 1};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        case_header(&k, fields[i].name, fields[i].value);
    assert_int_equal(actions_make(k.m.arena, &k.g, &k.v, &actions), RC_OK);
    assert_int_equal(actions.n, 4);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(actions.item[i].kind, ACTION_DELETE_HEADER);
        assert_int_equal(actions.item[i].index, want[i]);
    }
    assert_int_equal(actions.item[3].kind, ACTION_INSERT_HEADER);
    assert_int_equal(actions.item[3].index, 0);
    case_end(&k);
}

static void a_clean_message_only_gets_the_stamp(void **state)
{
    struct verdict_case k;
    struct actions actions;

    (void)state;
    case_begin(&k);
    assert_int_equal(actions_make(k.m.arena, &k.g, &k.v, &actions), RC_OK);
    assert_int_equal(actions.n, 1);
    assert_string_equal(actions.item[0].name, "Authentication-Results");
    case_end(&k);
}

static void fields_beyond_the_bounds_go_unread(void **state)
{
    struct verdict_case k;
    struct actions actions;

    (void)state;
    case_begin(&k);
    case_header(&k, "Authentication-Results", " mx.elsewhere.example; dkim=pass");
    k.m.authres_dropped = 7;
    assert_int_equal(actions_make(k.m.arena, &k.g, &k.v, &actions), RC_OK);
    assert_int_equal(actions.n, 2);
    assert_int_equal(actions.item[0].kind, ACTION_DELETE_HEADER);
    assert_int_equal(actions.item[0].index, 2);
    assert_int_equal(actions.item[0].count, 7);
    case_end(&k);
}

static void unverified_is_stamped_none_and_forged_go(void **state)
{
    struct verdict_case k;
    struct actions actions;

    (void)state;
    case_begin(&k);
    case_header(&k, fields[0].name, fields[0].value);
    case_header(&k, fields[2].name, fields[2].value);
    assert_int_equal(actions_make_unverified(k.m.arena, &k.m, &k.c, &actions), RC_OK);
    assert_int_equal(actions.n, 2);
    assert_int_equal(actions.item[0].kind, ACTION_DELETE_HEADER);
    assert_int_equal(actions.item[0].index, 1);
    assert_int_equal(actions.item[1].kind, ACTION_INSERT_HEADER);
    assert_string_equal(actions.item[1].text, "mx.receiver.example; none");
    case_end(&k);
}

/* More deletions than an MTA carries out without harm: refused, also where nothing is enforced. */
static void many_forged_are_refused(void **state)
{
    (void)state;
    for (unsigned n = ACTION_DELETIONS_MAX; n <= ACTION_DELETIONS_MAX + 1; n++) {
        bool refused = n > ACTION_DELETIONS_MAX;
        struct verdict_case k;
        struct judgement *j;
        struct actions actions;

        case_begin(&k);
        case_header(&k, fields[0].name, fields[0].value);
        k.m.authres_dropped = n - 1;
        j = case_judge(&k);
        assert_int_equal(j->actions.item[0].kind, refused ? ACTION_REPLY : ACTION_DELETE_HEADER);
        assert_int_equal(j->verdict.disposition, refused ? DISPOSITION_REJECT : DISPOSITION_NONE);
        assert_string_equal(j->record.rule, refused ? DISPOSITION_FORGED_FIELDS : "");
        if (refused)
            assert_string_equal(j->actions.item[0].xcode, "5.6.0");
        assert_int_equal(actions_make_unverified(k.m.arena, &k.m, &k.c, &actions), RC_OK);
        assert_int_equal(actions.item[0].kind, refused ? ACTION_REPLY : ACTION_DELETE_HEADER);
        case_end(&k);
    }
}

/* Without memory: every such field, trusted and foreign ones too, and marks where they mean something. */
static void blind_removes_all(void **state)
{
    struct verdict_case k;
    struct action store[ACTIONS_BLIND_MAX];
    struct actions actions;

    (void)state;
    case_begin(&k);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        case_header(&k, fields[i].name, fields[i].value);
    case_header(&k, "X-Assay-Quarantine", " no");
    k.m.authres_dropped = 3;
    k.c.quarantine_by = 1;
    actions_make_blind(&k.m, &k.c, store, &actions);
    assert_int_equal(actions.n, 2);
    assert_int_equal(actions.item[0].count, 8);
    assert_int_equal(actions.item[0].index, 1);
    assert_int_equal(actions.item[1].count, 1);
    k.m.authres_dropped = ACTION_DELETIONS_MAX;
    actions_make_blind(&k.m, &k.c, store, &actions);
    assert_int_equal(actions.n, 1);
    assert_string_equal(actions.item[0].code, "550");
    case_end(&k);
}

/* Memory ran out on the way: nothing of it may be believed, and what enforces puts it off. */
static void exhausted(void **state)
{
    (void)state;
    for (int enforce = 0; enforce <= 2; enforce++) {
        struct verdict_case k;
        struct judgement *j;

        case_begin(&k);
        case_header(&k, fields[2].name, fields[2].value);
        assert_null(arena_alloc(k.m.arena, 1 << 21));
        k.c.enforce = enforce;
        j = case_judge(&k);
        assert_int_equal(j->verdict.disposition, enforce == 2 ? DISPOSITION_TEMPFAIL : DISPOSITION_NONE);
        assert_int_equal(j->actions.item[0].kind, enforce == 2 ? ACTION_REPLY : ACTION_DELETE_HEADER);
        if (enforce == 2)
            assert_string_equal(j->actions.item[0].xcode, "4.7.1");
        case_end(&k);
    }
}

/* RejectMalformedFrom */
static void refusing_is_one_reply(void **state)
{
    struct verdict_case k;
    struct actions actions;

    (void)state;
    case_begin(&k);
    k.e.dmarc.problem = FROM_SEVERAL_FIELDS;
    (void)case_judge(&k);
    assert_int_equal(k.v.disposition, DISPOSITION_NONE);
    k.c.reject_malformed_from = true;
    (void)case_judge(&k);
    assert_int_equal(k.v.disposition, DISPOSITION_REJECT);
    assert_int_equal(actions_make(k.m.arena, &k.g, &k.v, &actions), RC_OK);
    assert_int_equal(actions.n, 1);
    assert_int_equal(actions.item[0].kind, ACTION_REPLY);
    assert_string_equal(actions.item[0].text, "Message refused: more than one From field (RFC 5322 section 3.6.2); "
                        "reference 22222222");
    case_end(&k);
}

/* HelpText; the longest one still leaves an SMTP reply of 512 bytes. */
static void refusing_tells_where_help_is(void **state)
{
    struct verdict_case k;
    struct actions actions;
    char longest[CONFIG_HELP_TEXT_MAX + 1];

    (void)state;
    case_begin(&k);
    k.e.dmarc.problem = FROM_MISSING;
    k.c.reject_malformed_from = true;
    k.c.help_text = "see https://help.receiver.example/mail";
    k.m.random = 12345;
    (void)case_judge(&k);
    assert_int_equal(actions_make(k.m.arena, &k.g, &k.v, &actions), RC_OK);
    assert_non_null(strstr(actions.item[0].text, k.v.ref));
    assert_non_null(strstr(actions.item[0].text, "; see https://help.receiver.example/mail"));
    memset(longest, 'x', CONFIG_HELP_TEXT_MAX);
    longest[CONFIG_HELP_TEXT_MAX] = '\0';
    k.c.help_text = longest;
    assert_int_equal(actions_make(k.m.arena, &k.g, &k.v, &actions), RC_OK);
    assert_true(strlen("550 5.7.1 ") + strlen(actions.item[0].text) + strlen("\r\n") <= 512);
    case_end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_forged_are_refused), cmocka_unit_test(blind_removes_all), cmocka_unit_test(exhausted),
        cmocka_unit_test(forged_go_from_the_last_up), cmocka_unit_test(refusing_is_one_reply),
        cmocka_unit_test(refusing_tells_where_help_is),
        cmocka_unit_test(unverified_is_stamped_none_and_forged_go),
        cmocka_unit_test(fields_beyond_the_bounds_go_unread),
        cmocka_unit_test(a_clean_message_only_gets_the_stamp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
