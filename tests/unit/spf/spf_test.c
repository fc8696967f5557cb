#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "spf_zone.h"

static const char zone[] =
    "vendor.example TXT \"v=spf1 a:none.example include:_spf.vendor.example -all\"\n"
    "_spf.vendor.example TXT \"v=spf1 include:_ips.vendor.example ip4:203.0.113.1 ~all\"\n"
    "_ips.vendor.example TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n"
    "moved.example TXT \"v=spf1 redirect=_spf.moved.example exp=unused.example\"\n"
    "_spf.moved.example TXT \"v=spf1 include:_spf.vendor.example -ip4:192.0.2.9 exp=why.example\"\n"
    "why.example TXT \"%{i} not for %{d}, asked by %{r} at %{t}: %{c}\"\n"
    "zero.example TXT \"v=spf1 a/0 mx/0 -all\"\n"
    "zero.example MX 1 host.example\n"
    "zero4.example TXT \"v=spf1 -mx:mail.example/0 ?all\"\n"
    "mail.example MX 0 host.example\n"
    "nullmx.example TXT \"v=spf1 mx -all\"\n"
    "nullmx.example MX 0 .\n"
    "host.example A 127.9.9.9\n"
    "host.example AAAA 2001:db8::1\n"
    "home.example TXT \"v=spf1 a:host.example/8 -all\"\n"
    "lo6.example TXT \"v=spf1 a:lo.example -all\"\n"
    "lo.example AAAA ::1\n"
    "closed.example TXT \"v=spf1 -all exp=why.example\"\n"
    "two.example TXT \"v=spf1 -all\"\n"
    "two.example TXT \"v=spf1 +all\"\n"
    "broken.example TXT \"v=spf1 ip4:1.2.3 -all\"\n"
    "slow.example TIMEOUT\n"
    "lame.example SERVFAIL\n"
    "onslow.example TXT \"v=spf1 a:slow.example -all\"\n"
    "inslow.example TXT \"v=spf1 include:lame.example -all\"\n"
    "mxslow.example TXT \"v=spf1 mx -all\"\n"
    "mxslow.example MX 1 slow.example\n"
    "innone.example TXT \"v=spf1 include:host.example -all\"\n"
    "intop.example TXT \"v=spf1 include:%{l} -all\"\n"
    "ptrslow.example TXT \"v=spf1 ptr -all\"\n"
    "99.2.0.192.in-addr.arpa SERVFAIL\n"
    "voids.example TXT \"v=spf1 a:n1.example mx:n2.example exists:n3.example -all\"\n"
    "utf8.example TXT \"v=spf1 exists:%{l}.yes.example -all exp=utf8why.example\"\n"
    "*.yes.example A 127.0.0.2\n"
    "xn--bcher-kva.example TXT \"v=spf1 -all exp=idnwhy.example\"\n"
    "idnwhy.example TXT \"%{o} %{s}\"\n"
    "outer.example TXT \"v=spf1 include:moved.example -all exp=why.example\"\n"
    "utf8in.example TXT \"v=spf1 include:%{l}.none.example exists:%{s}.none.example exists:%{L}.n exists:%{lr}.n ?all\"\n"
    "badname.example TXT \"v=spf1 exists:%{l}.a exists:%{l}.b exists:%{l}.c ?all\"\n"
    "told.example TXT \"v=spf1 -all exp=utf8why.example\"\n"
    "utf8why.example TXT \"to %{s}\"\n"
    "case.example TXT \"V=SPF1 IP4:192.0.2.1 -ALL\"\n"
    "helo.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
    "loop.example TXT \"v=spf1 include:loop.example -all\"\n";

static void results(void **state)
{
    static const struct {
        const char *name, *ip, *from;
        enum spf_result result;
        const char *mechanism, *mechanism_domain, *leaf, *leaf_domain, *problem, *explanation;
    } rows[] = {
        {"an include inside an include", "198.51.100.7", "a@vendor.example", SPF_PASS, "include:_spf.vendor.example",
         "vendor.example", "ip4:198.51.100.0/24", "_ips.vendor.example", "", ""},
        {"an include", "203.0.113.1", "a@Vendor.Example.", SPF_PASS, "include:_spf.vendor.example", "vendor.example",
         "ip4:203.0.113.1", "_spf.vendor.example", "", ""},
        {"all after includes", "192.0.2.1", "a@vendor.example", SPF_FAIL, "-all", "vendor.example", "-all",
         "vendor.example", "", ""},
        {"an include behind redirect", "198.51.100.7", "a@moved.example", SPF_PASS, "include:_spf.vendor.example",
         "_spf.moved.example", "ip4:198.51.100.0/24", "_ips.vendor.example", "", ""},
        {"exp of the redirect's target", "192.0.2.9", "a@moved.example", SPF_FAIL, "-ip4:192.0.2.9",
         "_spf.moved.example", "-ip4:192.0.2.9", "_spf.moved.example", "",
         "192.0.2.9 not for _spf.moved.example, asked by mx.receiver.example at 1700000000: 192.0.2.9"},
        {"nothing matched", "192.0.2.8", "a@moved.example", SPF_NEUTRAL, "default", "_spf.moved.example", "default",
         "_spf.moved.example", "", ""},
        {"/0 needs an address", "192.0.2.8", "a@zero.example", SPF_PASS, "mx/0", "zero.example", "mx/0",
         "zero.example", "", ""},
        {"/0 is not for IPv6", "2001:db8::2", "a@zero.example", SPF_FAIL, "-all", "zero.example", "-all",
         "zero.example", "", ""},
        {"the qualifier of mx", "192.0.2.8", "a@zero4.example", SPF_FAIL, "-mx:mail.example/0", "zero4.example",
         "-mx:mail.example/0", "zero4.example", "", ""},
        {"null MX", "192.0.2.8", "a@nullmx.example", SPF_FAIL, "-all", "nullmx.example", "-all", "nullmx.example", "",
         ""},
        {"loopback is evaluated", "127.0.0.1", "a@closed.example", SPF_FAIL, "-all", "closed.example", "-all",
         "closed.example", "",
         "127.0.0.1 not for closed.example, asked by mx.receiver.example at 1700000000: 127.0.0.1"},
        {"loopback within a prefix", "127.0.0.1", "a@home.example", SPF_PASS, "a:host.example/8", "home.example",
         "a:host.example/8", "home.example", "", ""},
        {"what loopback is shown as", "255.0.0.1", "a@home.example", SPF_FAIL, "-all", "home.example", "-all",
         "home.example", "", ""},
        {"IPv6 loopback", "::1", "a@closed.example", SPF_FAIL, "-all", "closed.example", "-all", "closed.example", "",
         "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1 not for closed.example, "
         "asked by mx.receiver.example at 1700000000: ::1"},
        {"IPv6 loopback by name", "::1", "a@lo6.example", SPF_PASS, "a:lo.example", "lo6.example", "a:lo.example",
         "lo6.example", "", ""},
        {"no record", "192.0.2.1", "a@host.example", SPF_NONE, "", "", "", "", "", ""},
        {"no such name", "192.0.2.1", "a@nowhere.example", SPF_NONE, "", "", "", "", "", ""},
        {"one label", "192.0.2.1", "a@localhost", SPF_NONE, "", "", "", "", "", ""},
        {"a literal", "192.0.2.1", "a@[192.0.2.1]", SPF_NONE, "", "", "", "", "", ""},
        {"no domain", "192.0.2.1", "postmaster", SPF_NONE, "", "", "", "", "", ""},
        {"two records", "192.0.2.1", "a@two.example", SPF_PERMERROR, "", "", "", "",
         "two.example has 2 SPF records, one is allowed", ""},
        {"a broken term", "192.0.2.1", "a@broken.example", SPF_PERMERROR, "", "", "", "",
         "SPF record of broken.example: \"ip4:1.2.3\": needs an IPv4 address of four numbers, "
         "with or without /LENGTH", ""},
        {"time-out for the record", "192.0.2.1", "a@slow.example", SPF_TEMPERROR, "", "", "", "",
         "no answer from DNS for slow.example TXT: timeout", ""},
        {"time-out for a", "192.0.2.1", "a@onslow.example", SPF_TEMPERROR, "", "", "", "",
         "no answer from DNS for slow.example A: timeout (at \"a:slow.example\" in the SPF record of onslow.example)",
         ""},
        {"SERVFAIL for an include", "192.0.2.1", "a@inslow.example", SPF_TEMPERROR, "", "", "", "",
         "no answer from DNS for lame.example TXT: SERVFAIL (at \"include:lame.example\" in the SPF record of "
         "inslow.example)", ""},
        {"time-out for an exchange", "192.0.2.1", "a@mxslow.example", SPF_TEMPERROR, "", "", "", "",
         "no answer from DNS for slow.example A: timeout (at \"mx\" in the SPF record of mxslow.example)", ""},
        {"SERVFAIL for PTR is no match", "192.0.2.99", "a@ptrslow.example", SPF_FAIL, "-all", "ptrslow.example",
         "-all", "ptrslow.example", "", ""},
        {"an include of nothing", "192.0.2.1", "a@innone.example", SPF_PERMERROR, "", "", "", "",
         "host.example has no SPF record (at \"include:host.example\" in the SPF record of innone.example)", ""},
        {"an include of one label", "192.0.2.1", "x@intop.example", SPF_PERMERROR, "", "", "", "",
         "x has no SPF record (at \"include:%{l}\" in the SPF record of intop.example)", ""},
        {"three voids", "192.0.2.1", "a@voids.example", SPF_PERMERROR, "", "", "", "",
         "more than 2 terms for which DNS has nothing (at \"exists:n3.example\" in the SPF record of voids.example)",
         ""},
        {"ASCII local-part", "192.0.2.1", "joe@utf8.example", SPF_PASS, "exists:%{l}.yes.example", "utf8.example",
         "exists:%{l}.yes.example", "utf8.example", "", ""},
        {"non-ASCII local-part matches nothing", "192.0.2.1", "jos\xc3\xa9@utf8.example", SPF_FAIL, "-all",
         "utf8.example", "-all", "utf8.example", "", "to jos??@utf8.example"},
        {"terms with a non-ASCII local-part, of any kind", "192.0.2.1", "jos\xc3\xa9@utf8in.example", SPF_NEUTRAL, "?all",
         "utf8in.example", "?all", "utf8in.example", "", ""},
        {"a name that DNS cannot be asked for is no void", "192.0.2.1", "a..b@badname.example", SPF_NEUTRAL, "?all",
         "badname.example", "?all", "badname.example", "", ""},
        {"but one that it does not have is", "192.0.2.1", "a.b@badname.example", SPF_PERMERROR, "", "", "", "",
         "more than 2 terms for which DNS has nothing (at \"exists:%{l}.c\" in the SPF record of badname.example)", ""},
        {"control bytes in an explanation", "192.0.2.1", "a\r\nX: \x1b@told.example", SPF_FAIL, "-all",
         "told.example", "-all", "told.example", "", "to a??X: ?@told.example"},
        {"redirect inside an include", "198.51.100.7", "a@outer.example", SPF_PASS, "include:moved.example",
         "outer.example", "ip4:198.51.100.0/24", "_ips.vendor.example", "", ""},
        {"redirect inside an include, no match", "192.0.2.9", "a@outer.example", SPF_FAIL, "-all", "outer.example",
         "-all", "outer.example", "",
         "192.0.2.9 not for outer.example, asked by mx.receiver.example at 1700000000: 192.0.2.9"},
        {"a domain in U-labels", "192.0.2.1", "a@B\xc3\xbc" "cher.Example.", SPF_FAIL, "-all", "xn--bcher-kva.example",
         "-all", "xn--bcher-kva.example", "", "xn--bcher-kva.example a@xn--bcher-kva.example"},
        {"case", "192.0.2.1", "a@case.example", SPF_PASS, "IP4:192.0.2.1", "case.example", "IP4:192.0.2.1",
         "case.example", "", ""},
        {"null sender", "192.0.2.1", "", SPF_PASS, "ip4:192.0.2.1", "helo.example", "ip4:192.0.2.1", "helo.example",
         "", ""},
        {"an include of itself", "192.0.2.1", "a@loop.example", SPF_PERMERROR, "", "", "", "",
         "more than 10 terms that need DNS (at \"include:loop.example\" in the SPF record of loop.example)", ""},
    };
    struct dns *d = zone_open(zone);

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        struct spf_evidence got;

        (void)evaluated(a, d, row->ip, row->from, &got);
        if (got.result != row->result || strcmp(got.problem, row->problem) != 0)
            print_error("%s, %s\n", enum_name(&spf_result_names, (int)got.result), got.problem);
        if (strcmp(got.explanation, row->explanation) != 0)
            print_error("explanation \"%s\"\n", got.explanation);
        ASSERT_ROW(got.checked, row);
        ASSERT_ROW(got.result == row->result, row);
        ASSERT_ROW(strcmp(got.mechanism, row->mechanism) == 0, row);
        ASSERT_ROW(strcmp(got.mechanism_domain, row->mechanism_domain) == 0, row);
        ASSERT_ROW(strcmp(got.leaf, row->leaf) == 0, row);
        ASSERT_ROW(strcmp(got.leaf_domain, row->leaf_domain) == 0, row);
        ASSERT_ROW(strcmp(got.problem, row->problem) == 0, row);
        ASSERT_ROW(strcmp(got.explanation, row->explanation) == 0, row);
        arena_free(a);
    }
    dns_close(d);
}

/* What went wrong in words for programs, whose record it is about, and the sender's record as it was seen. */
static void troubles(void **state)
{
    static const struct { const char *name, *from; enum spf_trouble trouble; const char *domain, *record; bool known; } rows[] = {
        {"none", "a@zero.example", SPF_TROUBLE_NONE, "", "v=spf1 ", true},
        {"no record", "a@host.example", SPF_TROUBLE_NONE, "", "", true},
        {"no such name", "a@nowhere.example", SPF_TROUBLE_NONE, "", "", true},
        {"one label", "a@localhost", SPF_TROUBLE_NONE, "", "", false},
        {"two records", "a@two.example", SPF_TROUBLE_MULTIPLE, "two.example", "", true},
        {"a broken term", "a@broken.example", SPF_TROUBLE_SYNTAX, "broken.example", "v=spf1 ", true},
        {"time-out for the record", "a@slow.example", SPF_TROUBLE_DNS, "slow.example", "", false},
        {"SERVFAIL for an include", "a@inslow.example", SPF_TROUBLE_DNS, "lame.example", "v=spf1 ", true},
        {"an include of nothing", "a@innone.example", SPF_TROUBLE_ABSENT, "innone.example", "v=spf1 ", true},
        {"three voids", "a@voids.example", SPF_TROUBLE_LIMIT, "voids.example", "v=spf1 ", true},
        {"lookups", "a@loop.example", SPF_TROUBLE_LIMIT, "loop.example", "v=spf1 ", true},
    };
    struct dns *d = zone_open(zone);

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        struct spf_evidence got;

        (void)evaluated(a, d, "192.0.2.1", row->from, &got);
        ASSERT_ROW(got.trouble == row->trouble, row);
        ASSERT_ROW(strcmp(got.trouble_domain, row->domain) == 0, row);
        ASSERT_ROW(strncmp(got.record, row->record, strlen(row->record)) == 0, row);
        ASSERT_ROW(row->record[0] != '\0' || got.record[0] == '\0', row);
        ASSERT_ROW(got.record_known == row->known, row);
        arena_free(a);
    }
    dns_close(d);
}

static void identity(void **state)
{
    struct dns *d = zone_open(zone);
    struct arena *a = arena_new(1 << 20);
    struct spf_evidence got;

    (void)state;
    (void)evaluated(a, d, "192.0.2.1", "", &got);
    assert_true(got.from_helo);
    assert_string_equal(got.domain, "helo.example");
    (void)evaluated(a, d, "192.0.2.1", "a@B@Case.Example.", &got);
    assert_false(got.from_helo);
    assert_string_equal(got.domain, "case.example");
    (void)evaluated(a, d, "192.0.2.1", "a@[192.0.2.1]", &got);
    assert_string_equal(got.domain, "[192.0.2.1]");
    arena_free(a);
    dns_close(d);
}

static void mapped_address(void **state)
{
    struct spf_request req = request_of("192.0.2.1", "helo.example", "");
    struct ip v6 = {.family = IP_V6, .b = {[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 1}};
    struct dns *d = zone_open(zone);
    struct dns_scope *scope = dns_scope_new(d, 5000);
    struct arena *a = arena_new(1 << 20);
    struct spf_evidence got;

    (void)state;
    req.ip = v6;
    spf_evaluate(a, &req, scope, &got);
    assert_int_equal(got.result, SPF_PASS);
    dns_scope_free(scope);
    arena_free(a);
    dns_close(d);
}

/* An evaluation in haste that finds all answers is as good as any; one that does not asks the first question. */
static void haste(void **state)
{
    struct spf_request req = request_of("192.0.2.1", "helo.example", "a@Case.example");
    struct dns *d = zone_open(zone);
    struct dns_scope *scope = dns_scope_new(d, 5000);
    struct arena *a = arena_new(1 << 20);
    struct spf_evidence got;

    (void)state;
    dns_scope_set_nonblocking(scope);
    spf_evaluate(a, &req, scope, &got);
    assert_false(dns_scope_end_nonblocking(scope));
    assert_int_equal(dns_scope_questions(scope), 1);
    assert_int_equal(got.result, SPF_PASS);
    dns_scope_free(scope);
    arena_free(a);
    dns_close(d);
}

/* Too little memory is a temporary error, whatever it is too little for. */
static void no_memory(void **state)
{
    struct dns *d = zone_open(zone);
    bool had_enough = false;

    (void)state;
    for (size_t limit = 0; limit < 20000; limit += 16) {
        struct arena *a = arena_new(limit);
        struct spf_evidence got;

        (void)evaluated(a, d, "192.0.2.1", "a@vendor.example", &got);
        if (got.result == SPF_TEMPERROR)
            assert_string_equal(got.problem, "out of memory");
        else
            assert_int_equal(got.result, SPF_FAIL);
        had_enough = got.result == SPF_FAIL;
        arena_free(a);
    }
    assert_true(had_enough);
    dns_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results),  cmocka_unit_test(troubles), cmocka_unit_test(identity),  cmocka_unit_test(mapped_address),
        cmocka_unit_test(haste),    cmocka_unit_test(no_memory),
    };
    struct err e = ERR_NONE;

    if (spf_init(&e) != RC_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
