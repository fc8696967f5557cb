#include "unit.h"

#include <string.h>

#include "report/row.h"

/* A message that failed under p=reject of its own domain; each row changes something. */
static struct record failing(void)
{
    struct record r;

    record_blank(&r);
    r.policy_domain = r.author_domain = r.org_domain = "example.com";
    r.policy_p = r.requested_policy = r.policy = "reject";
    r.policy_adkim = r.policy_aspf = "r";
    r.policy_fo = "0";
    r.policy_testing = "n";
    r.client_ip = "192.0.2.1";
    r.dmarc = "fail";
    r.disposition = "reject";
    r.mail_from_domain = r.spf_domain = "b.example";
    r.spf = "pass";
    return r;
}

/* Everything in a row but its addresses, as one text. */
static const char *row_text(const struct feedback_row *row, char *mem, size_t size)
{
    struct strbuf b = strbuf_on(mem, size);

    strbuf_putf(&b, "%s dkim=%s spf=%s", row->disposition, row->dkim, row->spf);
    for (size_t i = 0; i < row->reasons; i++)
        strbuf_putf(&b, " [%s|%s]", row->reason[i].type, row->reason[i].comment);
    for (size_t i = 0; i < row->signatures; i++)
        strbuf_putf(&b, " {%s %s %s}", row->signature[i].result, row->signature[i].domain, row->signature[i].selector);
    strbuf_putf(&b, " spf:%s=%s", row->spf_result.domain, row->spf_result.result);
    return b.p;
}

static void rows_by_the_rules(void **state)
{
    static const struct {
        const char *name, *dmarc, *requested, *disposition, *overrides, *dkim, *spf;
        int dkim_aligned, spf_aligned;
        const char *want;
    } rows[] = {
        {"refused as asked", "fail", "reject", "reject", "", "", "pass", 0, 0,
         "reject dkim=fail spf=fail spf:b.example=pass"},
        {"a pass under an enforcing policy", "pass", "reject", "none", "", "", "pass", 0, 1,
         "pass dkim=fail spf=pass spf:b.example=pass"},
        {"a pass under quarantine", "pass", "quarantine", "none", "", "", "pass", 1, 0,
         "pass dkim=pass spf=fail spf:b.example=pass"},
        {"a pass under none", "pass", "none", "none", "", "", "pass", 0, 1, "none dkim=fail spf=pass spf:b.example=pass"},
        {"what else befell a pass is not told", "pass", "reject", "reject", "", "", "pass", 0, 1,
         "pass dkim=fail spf=pass spf:b.example=pass"},
        {"another fate always has a reason", "fail", "reject", "none", "", "", "pass", 0, 0,
         "none dkim=fail spf=fail [local_policy|] spf:b.example=pass"},
        {"its reason stays", "fail", "reject", "none", "mailing_list:list-id lists.example", "", "pass", 0, 0,
         "none dkim=fail spf=fail [mailing_list|list-id lists.example] spf:b.example=pass"},
        {"two reasons", "fail", "reject", "none", "policy_test_mode;local_policy:arc=pass as[1].d=l.example", "", "pass",
         0, 0, "none dkim=fail spf=fail [policy_test_mode|] [local_policy|arc=pass as[1].d=l.example] spf:b.example=pass"},
        {"a semicolon in a comment", "fail", "reject", "none", "other:a;b;c", "", "pass", 0, 0,
         "none dkim=fail spf=fail [other|a;b;c] spf:b.example=pass"},
        {"an unknown type", "fail", "reject", "reject", "sampled_out", "", "pass", 0, 0,
         "reject dkim=fail spf=fail spf:b.example=pass"},
        {"temperror", "temperror", "reject", "none", "", "temperror example.com s1 rsa-sha256", "temperror", 0, 0,
         "none dkim=fail spf=fail [other|dmarc=temperror] {temperror example.com s1} spf:b.example=temperror"},
        {"SPF was not checked", "fail", "reject", "reject", "", "", "", 0, 0, "reject dkim=fail spf=fail spf:="},
        {"order of signatures", "pass", "reject", "none", "",
         "fail example.com s0 rsa-sha256; pass other.example s1 rsa-sha256; pass mail.example.com s2 -; pass example.com s3 -",
         "pass", 1, 0,
         "pass dkim=pass spf=fail {pass example.com s3} {pass mail.example.com s2} {pass other.example s1}"
         " {fail example.com s0} spf:b.example=pass"},
        {"no selector, no report of it", "fail", "reject", "reject", "",
         "permerror example.com - -; permerror - s1 -; fail a.example s2 -", "pass", 0, 0,
         "reject dkim=fail spf=fail {fail a.example s2} spf:b.example=pass"},
        {"no DKIM column of ours", "fail", "reject", "reject", "", "what is this", "pass", 0, 0,
         "reject dkim=fail spf=fail spf:b.example=pass"},
    };
    static char mem[ROW_KEY_MAX];
    char shown[2000];
    struct arena *a = arena_new(1 << 20);

    (void)state;
    FOR_ROWS(row, rows) {
        struct record r = failing();
        struct strbuf key = STRBUF_ON(mem);
        struct feedback_row got;

        r.dmarc = row->dmarc;
        r.requested_policy = row->requested;
        r.disposition = row->disposition;
        r.overrides = row->overrides;
        r.dkim = row->dkim;
        r.spf = row->spf;
        r.dkim_aligned = row->dkim_aligned;
        r.spf_aligned = row->spf_aligned;
        ASSERT_ROW(row_key(a, &r, false, &key) == RC_OK, row);
        ASSERT_ROW(row_read(strbuf_str(&key), &got) == RC_OK, row);
        if (strcmp(row_text(&got, shown, sizeof shown), row->want) != 0)
            print_error("got \"%s\"\n", shown);
        ASSERT_ROW(strcmp(shown, row->want) == 0, row);
    }
    arena_free(a);
}

static void identifiers_and_policy(void **state)
{
    static char mem[ROW_KEY_MAX], other[ROW_KEY_MAX];
    struct strbuf key = STRBUF_ON(mem), with = STRBUF_ON(other);
    struct record r = failing();
    struct arena *a = arena_new(1 << 20);
    struct row_policy p;
    struct feedback_row row;
    char text[300];
    struct strbuf named = STRBUF_ON(text);

    (void)state;
    r.policy_sp = "quarantine";
    r.mail_from_domain = "";
    r.rcpt_domain = "here.example";
    assert_int_equal(row_key(a, &r, false, &key), RC_OK);
    assert_int_equal(row_key(a, &r, true, &with), RC_OK);
    assert_true(row_read_policy(strbuf_str(&key), &p) > 0);
    assert_string_equal(p.domain, "example.com");
    row_policy_text(&p, &named);
    assert_string_equal(named.p, "p=reject; sp=quarantine; adkim=r; aspf=r; fo=0; t=n");
    assert_int_equal(row_read(strbuf_str(&key), &row), RC_OK);
    assert_string_equal(row.envelope_from, "");
    assert_string_equal(row.envelope_to, "");
    assert_string_equal(row.source_ip, "192.0.2.1");
    assert_int_equal(row_read(strbuf_str(&with), &row), RC_OK);
    assert_string_equal(row.envelope_to, "here.example");
    arena_free(a);
}

/* Before every row of its policy, whatever that row holds, and never taken for one. */
static void errors_come_first(void **state)
{
    static char mem[ROW_KEY_MAX], other[ROW_KEY_MAX];
    static const char *const ip[] = {"", "192.0.2.1", "::1"}, *const done[] = {"", "none"};
    struct arena *a = arena_new(1 << 20);
    struct row_policy p;
    struct feedback_row row;

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct strbuf key = STRBUF_ON(mem), with = STRBUF_ON(other);
        struct record r = failing();
        unsigned errors = 0;

        r.client_ip = ip[i / 2];
        r.disposition = done[i % 2];
        assert_int_equal(row_key(a, &r, false, &key), RC_OK);
        assert_int_equal(row_errors_key(&r, 0x1ffe, &with), RC_OK);
        assert_true(memcmp(with.p, key.p, with.n < key.n ? with.n : key.n) < 0);
        assert_true(row_read_policy(strbuf_str(&with), &p) == row_read_policy(strbuf_str(&key), &p));
        assert_true(row_read_errors(strbuf_str(&with), &errors) && errors == 0x1ffe);
        assert_false(row_read_errors(strbuf_str(&key), &errors));
        assert_int_equal(row_read(strbuf_str(&with), &row), RC_BAD);
    }
    arena_free(a);
}

static void at_most_thirty_signatures(void **state)
{
    static char mem[ROW_KEY_MAX], list[8000];
    struct strbuf key = STRBUF_ON(mem), dkim = STRBUF_ON(list);
    struct record r = failing();
    struct arena *a = arena_new(1 << 20);
    struct feedback_row row;

    (void)state;
    for (int i = 0; i < 50; i++)
        strbuf_putf(&dkim, "%s%s d%d.example s%d -", i > 0 ? "; " : "", i == 49 ? "pass" : "fail", i, i);
    r.dkim = list;
    assert_int_equal(row_key(a, &r, false, &key), RC_OK);
    assert_int_equal(row_read(strbuf_str(&key), &row), RC_OK);
    assert_int_equal(row.signatures, FEEDBACK_DKIM_WRITTEN);
    assert_string_equal(row.signature[0].domain, "d49.example");
    arena_free(a);
}

static void damaged_keys(void **state)
{
    static char mem[ROW_KEY_MAX];
    struct strbuf key = STRBUF_ON(mem);
    struct record r = failing();
    struct arena *a = arena_new(1 << 20);
    struct feedback_row row;

    (void)state;
    r.overrides = "other:x";
    r.dkim = "pass a.example s -";
    assert_int_equal(row_key(a, &r, false, &key), RC_OK);
    for (size_t n = 0; n < key.n; n++) {
        enum rc rc = row_read((struct str){key.p, n}, &row);

        /* without its signature it is whole */
        assert_true(rc == RC_BAD || row.signatures == 0);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_by_the_rules), cmocka_unit_test(identifiers_and_policy),
        cmocka_unit_test(errors_come_first), cmocka_unit_test(at_most_thirty_signatures), cmocka_unit_test(damaged_keys),
    };

    return cmocka_run_group_tests_name("row", tests, NULL, NULL);
}
