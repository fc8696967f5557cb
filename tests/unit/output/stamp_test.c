#include "verdict/case.h"

#include <string.h>

#include "output/stamp.h"

static void whole_field(void **state)
{
    struct verdict_case k;

    (void)state;
    case_begin(&k);
    assert_string_equal(stamp_make(k.m.arena, &k.g, &k.v),
                        "mx.receiver.example;\n"
                        "\tdmarc=fail header.from=example.com policy.dmarc=reject\n"
                        "\t(p=reject dis=none);\n"
                        "\tspf=pass smtp.mailfrom=bounces.esp.example;\n"
                        "\tiprev=pass policy.iprev=198.51.100.7;\n"
                        "\tarc=none smtp.remote-ip=198.51.100.7;\n"
                        "\tdkim=pass header.d=esp.example header.i=@esp.example header.s=k1\n"
                        "\theader.a=rsa-sha256 header.b=abcdEFGHijk (2048-bit key);\n"
                        "\tdkim=fail reason=\"body hash did not verify\" header.d=example.com\n"
                        "\theader.i=x@example.com header.s=s1 header.a=ed25519-sha256\n"
                        "\theader.b=abcdEFGHijX (256-bit key, testing)");
    case_end(&k);
}

/* StampCause; words of closed lists and a code of ours, nothing of the sender's. */
static void cause_and_reference(void **state)
{
    static const struct { enum cause cause; const char *ref, *want; } rows[] = {
        {CAUSE_DKIM_ABSENT, "K7Q2M4ZD", "\t(p=reject dis=none) (cause=dkim-absent ref=K7Q2M4ZD);\n"},
        {CAUSE_NONE, "K7Q2M4ZD", "\t(p=reject dis=none) (ref=K7Q2M4ZD);\n"},
        {CAUSE_NONE, "", "\t(p=reject dis=none);\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct verdict_case k;

        case_begin(&k);
        k.c.stamp_cause = true;
        k.v.finding.cause = rows[i].cause;
        k.v.ref = rows[i].ref;
        assert_non_null(strstr(stamp_make(k.m.arena, &k.g, &k.v), rows[i].want));
        k.c.stamp_cause = false;
        assert_null(strstr(stamp_make(k.m.arena, &k.g, &k.v), "ref="));
        case_end(&k);
    }
}

static void nothing_known(void **state)
{
    struct verdict_case k;

    (void)state;
    case_begin(&k);
    k.e = (struct evidence){.arc.reason = "", .dmarc.problem = FROM_MISSING};
    k.v.dmarc = (struct dmarc_verdict){.result = DMARC_PERMERROR, .author_domain = "", .why = ""};
    k.conn.ip.family = IP_NONE;
    assert_string_equal(stamp_make(k.m.arena, &k.g, &k.v),
                        "mx.receiver.example;\n\tdmarc=permerror reason=\"no From field\";\n\tarc=none;\n\tdkim=none");
    case_end(&k);
}

static void null_sender(struct verdict_case *k)
{
    k->m.mail_from = STR_NONE;
    k->e.spf.from_helo = true;
    k->e.spf.domain = "mail.esp.example";
}

static void u_label(struct verdict_case *k) { k->e.spf.domain = "b\xc3\xbc" "cher.example"; }
static void spf_literal(struct verdict_case *k) { k->e.spf.domain = "[192.0.2.1]"; }
static void login(struct verdict_case *k) { k->conn.auth_user = "desk"; }
static void dmarc_pass(struct verdict_case *k) { k->v.dmarc.result = DMARC_PASS; }
static void dmarc_none(struct verdict_case *k) { k->v.dmarc.result = DMARC_NONE; }
static void dmarc_temperror(struct verdict_case *k) { k->v.dmarc.result = DMARC_TEMPERROR; }
static void dmarc_permerror(struct verdict_case *k) { k->v.dmarc.result = DMARC_PERMERROR; }
static void iprev_off(struct verdict_case *k) { k->e.iprev.result = IPREV_NONE; }
static void as_it_is(struct verdict_case *k) { (void)k; }

static void login_named(struct verdict_case *k)
{
    login(k);
    k->c.auth_login = true;
}

static void chain_passes(struct verdict_case *k)
{
    static struct arc_set set = {.seal_domain = "seal.example", .seal_selector = "s", .sign_domain = "seal.example"};

    k->e.arc = (struct arc_evidence){.result = ARC_PASS, .reason = "", .oldest_pass = 0, .n = 1, .set = &set};
}

/* What RFC 8601, 8617 and 9989 leave open: see docs/CHOICES.md. */
static void choices(void **state)
{
    static const struct { const char *name; void (*change)(struct verdict_case *); const char *has, *lacks; } rows[] = {
        {"the local part of MAIL FROM is not stamped", as_it_is, "smtp.mailfrom=bounces.esp.example", "b@bounces"},
        {"null sender: the HELO name as smtp.mailfrom", null_sender, "spf=pass smtp.mailfrom=mail.esp.example",
         "smtp.helo"},
        {"domains are A-labels", u_label, "smtp.mailfrom=xn--bcher-kva.example", "\xc3"},
        {"only a domain is smtp.mailfrom", spf_literal, "spf=pass;", "192.0.2.1"},
        {"no login", login, "auth=pass;", "desk"},
        {"StampLogin", login_named, "auth=pass smtp.auth=desk;", "dkim=none"},
        {"policy.dmarc for fail", as_it_is, "dmarc=fail header.from=example.com policy.dmarc=reject", "dkim=none"},
        {"policy.dmarc for pass", dmarc_pass, "dmarc=pass header.from=example.com policy.dmarc=reject", "dkim=none"},
        {"no policy.dmarc for none", dmarc_none, "dmarc=none header.from=example.com;", "policy.dmarc"},
        {"no policy.dmarc for temperror", dmarc_temperror, "dmarc=temperror header.from=example.com;", "policy.dmarc"},
        {"no policy.dmarc for permerror", dmarc_permerror, "dmarc=permerror header.from=example.com;", "policy.dmarc"},
        {"a chain's domains are not stamped", chain_passes,
         "arc=pass header.oldest-pass=0 smtp.remote-ip=198.51.100.7;", "seal.example"},
        {"no chain: arc=none", as_it_is, "arc=none smtp.remote-ip=198.51.100.7;", "oldest-pass"},
        {"IPRev", iprev_off, "spf=pass", "iprev"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct verdict_case k;
        const char *text;

        case_begin(&k);
        row->change(&k);
        text = stamp_make(k.m.arena, &k.g, &k.v);
        if (strstr(text, row->has) == NULL || strstr(text, row->lacks) != NULL)
            print_error("%s\n", text);
        ASSERT_ROW(strstr(text, row->has) != NULL && strstr(text, row->lacks) == NULL, row);
        case_end(&k);
    }
}

/* RFC 6008 section 4 */
static void shortest_unique_b(void **state)
{
    static const struct { const char *name, *a, *b; size_t want; } rows[] = {
        {"apart at once", "AAAAAAAAAAAA", "BBBBBBBBBBBB", 8}, {"nine in common", "AAAAAAAAA1xx", "AAAAAAAAA2xx", 10},
        {"the same", "AAAAAAAAAAAA", "AAAAAAAAAAAA", 12}, {"short", "AAAA", "BBBB", 4}, {"absent", "", "BBBB", 0},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct dkim_signature sig[2] = {{.b = row->a}, {.b = row->b}};
        struct dkim_evidence e = {.n = 2, .sig = sig};

        ASSERT_ROW(stamp_b_length(&e, 0) == row->want, row);
    }
}

/* Text of the sender never becomes a result of its own. */
static void hostile_words_stay_values(void **state)
{
    struct verdict_case k;
    const char *text;

    (void)state;
    case_begin(&k);
    k.sig[0].identity = "x;dmarc=pass\"@esp.example";
    k.sig[0].selector = "a (b";
    k.sig[1].domain = "x\r\nBcc: y";
    k.e.spf.domain = "x;dmarc=pass";
    text = stamp_make(k.m.arena, &k.g, &k.v);
    assert_null(strstr(text, "\nBcc"));
    assert_null(strstr(text, "\r"));
    assert_non_null(strstr(text, "spf=pass;"));
    assert_non_null(strstr(text, "header.i=\"x;dmarc=pass\\\"@esp.example\""));
    assert_non_null(strstr(text, "header.s=\"a (b\""));
    case_end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_field), cmocka_unit_test(cause_and_reference),
        cmocka_unit_test(nothing_known), cmocka_unit_test(shortest_unique_b),
        cmocka_unit_test(hostile_words_stay_values), cmocka_unit_test(choices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
