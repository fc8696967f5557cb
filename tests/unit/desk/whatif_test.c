/* Records put to other rules: what would have become of them, counted. */
#include "desk.h"

#include <stdlib.h>
#include <string.h>

#include "desk/whatif.h"
#include "rules.h"
#include "records/replay.h"

static void keep(struct desk *d, int64_t time_ms, const char *id, const char *domain, const char *action,
                 const char *disposition)
{
    struct record r = blank_record(time_ms, id);

    r.author_domain = domain;
    r.policy = "reject";
    r.cause = "unauthorized";
    r.action = action;
    r.rule = action[0] == '\0' ? "" : "default";
    r.enforcement = action[0] == '\0' ? "no" : "yes";
    r.disposition = disposition;
    desk_put(d, &r);
}

/* "was>would name n; …" of all kinds of counts */
static const char *counts(struct arena *a, struct whatif *w, enum whatif_by by)
{
    struct strbuf b = strbuf_new(a, 1000);
    size_t n;
    const struct whatif_count **list = whatif_counts(w, by, &n);

    assert_non_null(list);
    for (size_t i = 0; i < n; i++)
        strbuf_putf(&b, "%s%s>%s %s %d", i > 0 ? "; " : "", enum_name(&disposition_names, (int)list[i]->was),
                    enum_name(&disposition_names, (int)list[i]->would), list[i]->name, (int)list[i]->n);
    free((void *)list);
    return b.p;
}

static void changes(void **state)
{
    static const struct { const char *name, *rules; bool honour; const char *all, *domains, *by_rule; } rows[] = {
        {"the default", "", false, "none>quarantine  3; reject>quarantine  1",
         "none>quarantine a.example 2; reject>quarantine a.example 1; none>quarantine b.example 1",
         "none>quarantine default 3; reject>quarantine default 1"},
        {"honoured", "", true, "none>reject  3", "none>reject a.example 2; none>reject b.example 1", "none>reject default 3"},
        {"as it was but for one", "rule a {AuthorDomain = {a.example} Action = none}", true,
         "none>reject  1; reject>none  1", "reject>none a.example 1; none>reject b.example 1",
         "reject>none a 1; none>reject default 1"},
    };
    struct desk d;

    (void)state;
    desk_open(&d);
    keep(&d, 1000, "old", "a.example", "", "none");
    keep(&d, 5000, "1", "a.example", "", "none");
    keep(&d, 6000, "2", "a.example", "", "none");
    keep(&d, 7000, "3", "b.example", "stamp", "none");
    keep(&d, 8000, "4", "a.example", "reject", "reject");
    FOR_ROWS(row, rows) {
        struct policy p = policy_of(d.arena, row->rules);
        struct disposition_settings s = {.honour_reject = row->honour};
        struct whatif *w = whatif_new(&p, &s);
        struct err e = ERR_NONE;

        assert_int_equal(replay_each(d.db, 5000, whatif_take, w, &e), RC_OK);
        ASSERT_ROW(whatif_messages(w) == 4, row);
        assert_string_equal(counts(d.arena, w, WHATIF_ALL), row->all);
        assert_string_equal(counts(d.arena, w, WHATIF_DOMAIN), row->domains);
        assert_string_equal(counts(d.arena, w, WHATIF_RULE), row->by_rule);
        whatif_free(w);
    }
    desk_close(&d);
}

/* Whatever rules decide on a record, what was decided by the same ones does not change. */
static void same_rules_same_fate(void **state)
{
    static const char *const rules[] = {"", "rule a {Action = reject}", "rule a {Action = tempfail}",
                                        "rule a {Policy = {none, quarantine, reject} Result = {temperror} Action = tempfail}"};
    static const char *const results[] = {"none", "pass", "fail", "temperror", "permerror"};
    static const char *const policies[] = {"", "none", "quarantine", "reject"};
    struct arena *a = arena_new(16 << 20);

    (void)state;
    for (size_t k = 0; k < 4 * 5 * 4; k++) {
        struct policy p = policy_of(a, rules[k / 20]);
        struct disposition_settings s = {.defer_temperror = k % 2 == 0};
        struct whatif *w = whatif_new(&p, &s);
        struct record r = blank_record(1, "q");
        struct decision d;
        struct err e = ERR_NONE;

        r.dmarc = results[k % 5];
        r.policy = policies[k / 5 % 4];
        assert_int_equal(disposition_decide(a, &p, &s, (const struct facts[]){facts_recorded(&r)}, &d), RC_OK);
        r.disposition = enum_name(&disposition_names, (int)disposition_of(d.action));
        assert_int_equal(whatif_take(w, &r, &e), RC_OK);
        assert_string_equal(counts(a, w, WHATIF_ALL), "");
        whatif_free(w);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(changes), cmocka_unit_test(same_rules_same_fate)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
