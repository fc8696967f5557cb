#include "case.h"

#include <string.h>

#include "verdict/stamp.h"

static void whole_field(void **state)
{
    struct verdict_case k;

    (void)state;
    case_begin(&k);
    assert_string_equal(stamp_make(k.m.arena, &k.m, &k.e, &k.v, &k.c),
                        "mx.receiver.example;\n"
                        "\tdmarc=fail header.from=example.com policy.dmarc=reject\n"
                        "\t(p=reject dis=none);\n"
                        "\tspf=pass smtp.mailfrom=bounces.esp.example;\n"
                        "\tiprev=pass policy.iprev=198.51.100.7;\n"
                        "\tdkim=pass header.d=esp.example header.i=@esp.example header.s=k1\n"
                        "\theader.a=rsa-sha256 header.b=abcdEFGHijk (2048-bit key);\n"
                        "\tdkim=fail reason=\"body hash did not verify\" header.d=example.com\n"
                        "\theader.i=x@example.com header.s=s1 header.a=ed25519-sha256\n"
                        "\theader.b=abcdEFGHijX (256-bit key, testing)");
    case_end(&k);
}

static void nothing_known(void **state)
{
    struct verdict_case k;

    (void)state;
    case_begin(&k);
    k.e = (struct evidence){.arc.reason = "", .dmarc.problem = FROM_MISSING};
    k.v.dmarc = (struct dmarc_verdict){.result = DMARC_PERMERROR, .author_domain = "", .why = ""};
    k.conn.ip.family = IP_NONE;
    assert_string_equal(stamp_make(k.m.arena, &k.m, &k.e, &k.v, &k.c),
                        "mx.receiver.example;\n\tdmarc=permerror reason=\"no From field\";\n\tdkim=none");
    case_end(&k);
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
    text = stamp_make(k.m.arena, &k.m, &k.e, &k.v, &k.c);
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
        cmocka_unit_test(whole_field), cmocka_unit_test(nothing_known), cmocka_unit_test(shortest_unique_b),
        cmocka_unit_test(hostile_words_stay_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
