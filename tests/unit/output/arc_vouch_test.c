/* What the sealers of an ARC chain say of the author, and what comes of it when it is read back. */
#include "verdict/case.h"

#include <string.h>

#include "output/arc_vouch.h"

static void texts(void **state)
{
    static const struct { const char *name; bool strict; const char *authres, *want; } rows[] = {
        {"dmarc passed", false, "l.example; dmarc=pass header.from=example.com", "yes"},
        {"dmarc passed for another", false, "l.example; dmarc=pass header.from=example.net", "no"},
        {"beside what cannot be read", false, "l.example; (null)=pass; dmarc=pass header.from=example.com", "yes"},
        {"dmarc failed", false, "l.example; dmarc=fail header.from=example.com", "no"},
        {"signed by the author", false, "l.example; dkim=pass header.d=example.com", "yes"},
        {"signed below it", false, "l.example; dkim=pass header.d=mail.example.com", "yes"},
        {"signed below it, strict", true, "l.example; dkim=pass header.d=mail.example.com", "no"},
        {"by i= alone", false, "l.example; dkim=pass header.i=@example.com", "yes"},
        {"signed by another", false, "l.example; dkim=pass header.d=esp.example", "no"},
        {"not verified", false, "l.example; dkim=fail header.d=example.com", "no"},
        {"return path", false, "l.example; spf=pass smtp.mailfrom=bounce@example.com", "yes"},
        {"return path, a domain", false, "l.example; spf=pass smtp.mailfrom=example.com", "yes"},
        {"return path of another", false, "l.example; spf=pass smtp.mailfrom=bounce@esp.example", "no"},
        {"a name that only ends so", false, "l.example; dkim=pass header.d=notexample.com", "no"},
        {"one of several", false, "l.example; spf=fail smtp.mailfrom=a@b.example; dkim=pass header.d=example.com", "yes"},
        {"failed, whatever passed", false,
         "l.example; dmarc=fail header.from=example.com; dkim=pass header.d=mail.example.com", "no"},
        {"failed, after what passed", false,
         "l.example; spf=pass smtp.mailfrom=a@mail.example.com; dmarc=fail header.from=example.com", "no"},
        {"another failed", false, "l.example; dmarc=fail header.from=b.example; dkim=pass header.d=example.com", "yes"},
        {"nothing said", false, "l.example; none", "no"},
        {"what is no such field", false, "(((", "no"},
        {"another method of that name", false, "l.example; x-dkim=pass header.d=example.com", "no"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arc_set set = {.seal_domain = "l.example", .sign_domain = "s.example", .authres = str_of(row->authres)};
        struct verdict_case k;
        struct str text;
        struct arc_voucher v;

        case_begin(&k);
        k.record.adkim_strict = row->strict;
        k.e.arc = (struct arc_evidence){.result = ARC_PASS, .reason = "", .n = 1, .set = &set};
        text = str_of(arc_vouch_text(k.m.arena, &k.e, &k.v.dmarc));
        ASSERT_ROW(arc_vouch_next(&text, &v), row);
        ASSERT_ROW(str_eq(v.seal_domain, STR("l.example")) && str_eq(v.sign_domain, STR("s.example")), row);
        ASSERT_ROW(v.vouches == (strcmp(row->want, "yes") == 0), row);
        ASSERT_ROW(!arc_vouch_next(&text, &v), row);
        k.e.arc.result = ARC_FAIL;
        ASSERT_ROW(arc_vouch_text(k.m.arena, &k.e, &k.v.dmarc)[0] == '\0', row);
        case_end(&k);
    }
}

/* Newest first; what does not fit is left out whole. */
static void many_sets(void **state)
{
    char name[60];
    struct arc_set set[50];
    struct verdict_case k;
    struct arc_voucher v;
    struct str text;
    size_t n = 0;

    (void)state;
    memset(name, 'a', sizeof name);
    memcpy(name + sizeof name - sizeof ".example", ".example", sizeof ".example");
    case_begin(&k);
    for (size_t i = 0; i < 50; i++)
        set[i] = (struct arc_set){.seal_domain = i == 49 ? "newest.example" : name, .sign_domain = name,
                                  .authres = STR("a; none")};
    k.e.arc = (struct arc_evidence){.result = ARC_PASS, .reason = "", .n = 50, .set = set};
    text = str_of(arc_vouch_text(k.m.arena, &k.e, &k.v.dmarc));
    assert_true(text.n > 0 && text.n <= RECORD_TEXT_MAX);
    for (; arc_vouch_next(&text, &v); n++)
        assert_true(str_eq(v.seal_domain, n == 0 ? STR("newest.example") : str_of(name)));
    assert_int_equal(text.n, 0);
    assert_true(n > 5 && n < 50);
    case_end(&k);
}

static void entries(void **state)
{
    static const struct { const char *text; int whole; } rows[] = {
        {"", 0}, {"a b yes", 1}, {"a b no; c d yes", 2}, {"a b", 0}, {"a b maybe", 0}, {"a b yes x", 0}, {"a b yes;", 1},
        {"a  b yes", 0}, {"a b yes; c", 1}, {";;", 0}, {" a b yes", 0},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct str text = str_of(row->text);
        struct arc_voucher v;
        int n = 0;

        while (arc_vouch_next(&text, &v))
            n++;
        if (n != row->whole)
            fail_msg("\"%s\": %d entries", row->text, n);
    }
}

/* It stands in reports to others: an address, or nothing. */
static void origin(void **state)
{
    static const struct { const char *name, *authres, *want; } rows[] = {
        {"arc", "l.example; arc=none smtp.remote-ip=192.0.2.1", "192.0.2.1"},
        {"iprev", "l.example; iprev=pass smtp.remote-ip=192.0.2.2", "192.0.2.2"},
        {"as RFC 8601 has it", "l.example; iprev=pass policy.iprev=192.0.2.3", "192.0.2.3"},
        {"IPv6, written anew", "l.example; arc=none smtp.remote-ip=\"2001:DB8:0::1\"", "2001:db8::1"},
        {"no address", "l.example; arc=none smtp.remote-ip=x", ""},
        {"another method", "l.example; spf=none smtp.remote-ip=192.0.2.1", ""},
        {"no such field", "(((", ""},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arc_set set[2] = {{.authres = str_of(row->authres)}, {.authres = STR("x; arc=none smtp.remote-ip=203.0.113.1")}};
        struct verdict_case k;

        case_begin(&k);
        assert_string_equal(arc_vouch_origin(k.m.arena, &k.e), "");
        k.e.arc = (struct arc_evidence){.result = ARC_PASS, .reason = "", .n = 2, .set = set};
        ASSERT_ROW(strcmp(arc_vouch_origin(k.m.arena, &k.e), row->want) == 0, row);
        case_end(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts), cmocka_unit_test(many_sets), cmocka_unit_test(entries), cmocka_unit_test(origin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
