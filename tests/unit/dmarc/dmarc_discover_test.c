#include "unit.h"

#include "walks.h"

static const char *or_none(const char *text)
{
    return text == NULL ? "-" : text;
}

/* Sections 4.10.1 and 4.10.2 */
static void organizational_domain_and_record(void **state)
{
    static const struct { const char *name, *org, *policy; enum dmarc_source source; } rows[] = {
        {"a.example.com|example.com|com", "a.example.com", "-", DMARC_SOURCE_NONE},
        {"example.com=p=none|com", "example.com", "example.com", DMARC_SOURCE_AUTHOR},
        {"a.example.com|example.com=p=none|com", "example.com", "example.com", DMARC_SOURCE_ORG},
        {"a.example.com=p=none|example.com=p=none|com", "example.com", "a.example.com", DMARC_SOURCE_AUTHOR},
        /* fewest labels; a record that is neither author, org nor PSD is never the policy */
        {"b.a.example.com|a.example.com=p=none|example.com=p=reject|com", "example.com", "example.com",
         DMARC_SOURCE_ORG},
        {"a.example|example=p=none", "example", "example", DMARC_SOURCE_ORG},
        {"example=p=none", "example", "example", DMARC_SOURCE_AUTHOR},
        /* psd=n */
        {"b.a.example.com|a.example.com=psd=n", "a.example.com", "a.example.com", DMARC_SOURCE_ORG},
        {"a.example.com=psd=n", "a.example.com", "a.example.com", DMARC_SOURCE_AUTHOR},
        {"b.a.example.com=p=none|a.example.com=psd=n", "a.example.com", "b.a.example.com", DMARC_SOURCE_AUTHOR},
        /* psd=y: one label below, unless it is the start */
        {"b.a.bank.example|a.bank.example|bank.example=psd=y", "a.bank.example", "bank.example", DMARC_SOURCE_PSD},
        {"b.a.bank.example|a.bank.example=p=none|bank.example=psd=y", "a.bank.example", "a.bank.example",
         DMARC_SOURCE_ORG},
        {"c.b.a.bank.example|b.a.bank.example=p=none|a.bank.example|bank.example=psd=y", "a.bank.example",
         "bank.example", DMARC_SOURCE_PSD},
        {"bank.example=psd=y", "bank.example", "bank.example", DMARC_SOURCE_AUTHOR},
        {"a.bank.example=p=none|bank.example=psd=y", "a.bank.example", "a.bank.example", DMARC_SOURCE_AUTHOR},
        {"a.com|com=psd=y", "a.com", "com", DMARC_SOURCE_PSD},
        /* the name below psd=y was skipped by the jump to seven labels: it is taken from the start */
        {"1.2.3.4.5.6.7.8.9|3.4.5.6.7.8.9=psd=y", "2.3.4.5.6.7.8.9", "3.4.5.6.7.8.9", DMARC_SOURCE_PSD},
        /* failed or open */
        {"a.example.com|example.com=!", "-", "-", DMARC_SOURCE_NONE},
        {"a.example.com=p=none|example.com=!", "-", "a.example.com", DMARC_SOURCE_AUTHOR},
        {"a.example.com=p=none|", "-", "a.example.com", DMARC_SOURCE_AUTHOR},
        {"b.a.example.com|a.example.com=p=none|example.com=!", "-", "-", DMARC_SOURCE_NONE},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1024 * 1024);
        struct dmarc_walk w = walk_of(a, row->name);
        enum dmarc_source source;
        const struct dmarc_step *step = dmarc_policy_step(&w, &source);

        ASSERT_ROW(strcmp(or_none(dmarc_org_domain(&w)), row->org) == 0, row);
        ASSERT_ROW(strcmp(step == NULL ? "-" : step->domain, row->policy) == 0, row);
        ASSERT_ROW(source == row->source, row);
        ASSERT_ROW((dmarc_failed_step(&w) != NULL) == (strchr(row->name, '!') != NULL), row);
        arena_free(a);
    }
}

/* Section 4.7 and 4.10.1; `name` is what follows v=DMARC1 */
static void choosing(void **state)
{
    enum { AUTHOR = DMARC_SOURCE_AUTHOR, ORG = DMARC_SOURCE_ORG, PSD = DMARC_SOURCE_PSD };
    enum { UNASKED = DMARC_EXISTS_UNASKED, YES = DMARC_EXISTS_YES, NO = DMARC_EXISTS_NO, TEMP = DMARC_EXISTS_TEMP };
    static const struct { const char *name; int source, existence, tag, requested; bool depends; } rows[] = {
        {"p=reject; sp=none; np=quarantine", AUTHOR, UNASKED, DMARC_TAG_P, DMARC_P_REJECT, false},
        {"p=reject; sp=none; np=quarantine", AUTHOR, NO, DMARC_TAG_P, DMARC_P_REJECT, false},
        {"p=reject", ORG, UNASKED, DMARC_TAG_P, DMARC_P_REJECT, false},
        {"p=reject", PSD, NO, DMARC_TAG_P, DMARC_P_REJECT, false},
        {"p=reject; sp=none", ORG, UNASKED, DMARC_TAG_SP, DMARC_P_NONE, false},
        {"p=reject; sp=none", ORG, NO, DMARC_TAG_SP, DMARC_P_NONE, false},
        {"p=reject; sp=none; np=quarantine", ORG, UNASKED, DMARC_TAG_SP, DMARC_P_NONE, true},
        {"p=reject; sp=none; np=quarantine", PSD, TEMP, DMARC_TAG_SP, DMARC_P_NONE, true},
        {"p=reject; sp=none; np=quarantine", ORG, NO, DMARC_TAG_NP, DMARC_P_QUARANTINE, false},
        {"p=reject; sp=none; np=quarantine", ORG, YES, DMARC_TAG_SP, DMARC_P_NONE, false},
        {"p=none; np=reject", ORG, UNASKED, DMARC_TAG_P, DMARC_P_NONE, true},
        {"p=none; np=none", ORG, UNASKED, DMARC_TAG_P, DMARC_P_NONE, false}, /* nothing to ask */
        {"p=none; np=none", ORG, NO, DMARC_TAG_NP, DMARC_P_NONE, false},
        /* unusable with rua: as if p=none, whatever else it says */
        {"sp=reject; rua=mailto:a@b", ORG, NO, DMARC_TAG_P, DMARC_P_NONE, false},
        {"p=reject; sp=bad; rua=mailto:a@b", AUTHOR, YES, DMARC_TAG_P, DMARC_P_NONE, false},
        {"p=reject; np=bad; rua=mailto:a@b", PSD, UNASKED, DMARC_TAG_P, DMARC_P_NONE, false},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1024 * 1024);
        struct strbuf b = strbuf_new(a, 200);
        struct dmarc_record r;
        struct dmarc_choice c;

        strbuf_putf(&b, "v=DMARC1; %s", row->name);
        assert_int_equal(dmarc_record_parse(a, strbuf_str(&b), &r), RC_OK);
        ASSERT_ROW(dmarc_record_applies(&r), row);
        c = dmarc_choose(&r, (enum dmarc_source)row->source, (enum dmarc_existence)row->existence);
        ASSERT_ROW((int)c.tag == row->tag, row);
        ASSERT_ROW((int)c.requested == row->requested, row);
        ASSERT_ROW(c.depends == row->depends, row);
        arena_free(a);
    }
}

static void applying(void **state)
{
    static const struct { const char *name; bool applies; } rows[] = {
        {"v=DMARC1; p=none", true}, {"v=DMARC1", false}, {"v=DMARC1; p=x", false}, {"v=DMARC1; p=none; np=x", false},
        {"v=DMARC1; rua=mailto:a@b", true}, {"v=DMARC1; rua=a@b", false}, {"v=DMARC1; rua=https://x", true},
        {"v=DMARC1; ruf=mailto:a@b", false},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1024 * 1024);
        struct dmarc_record r;

        assert_int_equal(dmarc_record_parse(a, str_of(row->name), &r), RC_OK);
        ASSERT_ROW(dmarc_record_applies(&r) == row->applies, row);
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(organizational_domain_and_record), cmocka_unit_test(choosing), cmocka_unit_test(applying),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
