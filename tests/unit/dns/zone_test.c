#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/dns.h"
#include "shown.h"

#define L61 "aaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgg"
_Static_assert(sizeof L61 - 1 == 61, "a label");
#define L63 L61 "xx"
#define N253 L61 "xx." L61 "xx." L61 "xx." L61
_Static_assert(sizeof N253 - 1 == 253, "the longest name");

static const char zone[] =
    "_dmarc.example.com TXT \"v=DMARC1; p=none\" ; absolute without its dot\n"
    "example.com. 300 IN A 192.0.2.1\n"
    "  IN 60 A 192.0.2.2\n"
    "\tAAAA 2001:db8::1\n"
    "  MX 20 b.example.com\n"
    "  MX 10 B.Example.COM.\n"
    "  MX 10 a.example.com\n"
    "  HINFO \"a\" b\n"
    "null.example.com MX 0 .\n"
    "1.2.0.192.in-addr.arpa PTR Mail.Example.COM\n"
    "split.example.com TXT \"v=spf1 \" \"(a) ;b\" unquoted\n"
    "multi.example.com. TXT ( \"one\" ; comment with ) and \"\n"
    "    \"two\"\n"
    "  )\n"
    "raw.example.com TXT \"\\195\\169 \\\"q\\\" \\\\ \\000.\"\n"
    "empty.example.com TXT \"\"\n"
    "two.example.com TXT \"1\"\n"
    "two.example.com TXT \"2\"\n"
    "a.b.deep.example.com A 192.0.2.3\n"
    "alias.example.com CNAME target.example.com\n"
    "target.example.com TXT here\n"
    "dangling.example.com CNAME nowhere.example.com\n"
    "loop.example.com CNAME pool.example.com\n"
    "pool.example.com CNAME loop.example.com\n"
    "slowalias.example.com CNAME slow.example.com\n"
    "slow.example.com TIMEOUT\n"
    "slow.example.com A 192.0.2.9\n"
    "bad.example.com 300 IN servfail\n"
    "part.example.com A 192.0.2.8\n"
    "part.example.com TIMEOUT MX TXT\n"
    "TIMEOUT.example.com TXT TIMEOUT\n"
    "*.wild.example.com TXT \"wild\"\n"
    "*.wild.example.com MX 10 mx.example.com\n"
    "sub.ent.wild.example.com A 192.0.2.4\n"
    "*.wildalias.example.com CNAME target.example.com\n"
    "*.wildbad.example.com SERVFAIL\n"
    "types.example.com NS ns.Example.net\n"
    "types.example.com SOA NS.example.net. host.example.net. 2026112901 7200 3600 1209600 300\n"
    "types.example.com DS 1 8 2 4142\n"
    "types.example.com TLSA 3 1 1 4142\n"
    "types.example.com SPF \"v=spf1 \" -all\n"
    "signed.example.com SECURE\n"
    "signed.example.com A 192.0.2.13\n"
    "below.signed.example.com A 192.0.2.14\n"
    "out.signed.example.com CNAME target.example.com\n"
    "un.signed.example.com INSECURE\n"
    "un.signed.example.com A 192.0.2.15\n"
    "bad.signed.example.com BOGUS TXT\n"
    "bad.signed.example.com A 192.0.2.16\n"
    "bad.signed.example.com TXT hidden\n"
    "macro%percent\\032\\032space%20url-space.example.com TXT odd\n"
    "foo:bar/baz.example.com A 192.0.2.5\n"
    "dot\\.inside.example.com A 192.0.2.6\n"
    "back\\\\slash.example.com A 192.0.2.7\n"
    L63 ".example.com A 192.0.2.10\n"
    N253 " A 192.0.2.11\n"
    "$TTL 77\n"
    "$ORIGIN Rel.example.\n"
    "@ TXT origin\n"
    "www CNAME @\n"
    "mx MX 5 host\r\n"
    "$ORIGIN sub\n"
    "deeper A 192.0.2.12\n"
    "late 5 TXT ttl";

static struct dns *open_text(const char *text, size_t n, struct err *e)
{
    char path[] = "/tmp/zone_test.XXXXXX";
    int fd = mkstemp(path);
    struct dns *d;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), n);
    assert_int_equal(close(fd), 0);
    d = dns_open_zone(path, e);
    assert_int_equal(unlink(path), 0);
    return d;
}

static void answers(void **state)
{
    static const struct { const char *name; enum dns_type type; const char *want; } rows[] = {
        {"_dmarc.example.com", DNS_TXT, "noerror v=DMARC1; p=none"},
        {"_DMARC.Example.Com", DNS_TXT, "noerror v=DMARC1; p=none"},
        {"example.com", DNS_A, "noerror 192.0.2.1 192.0.2.2"},
        {"example.com", DNS_AAAA, "noerror 2001:db8::1"},
        {"example.com", DNS_MX, "noerror 10=a.example.com 10=b.example.com 20=b.example.com"},
        {"example.com", DNS_TXT, "nodata"},
        {"com", DNS_TXT, "nodata"},
        {"org", DNS_TXT, "nxdomain"},
        {"null.example.com", DNS_MX, "noerror 0="},
        {"1.2.0.192.in-addr.arpa", DNS_PTR, "noerror mail.example.com"},
        {"split.example.com", DNS_TXT, "noerror v=spf1 (a) ;bunquoted"},
        {"multi.example.com", DNS_TXT, "noerror onetwo"},
        {"raw.example.com", DNS_TXT, "noerror \\xc3\\xa9 \\\"q\\\" \\\\ \\x00."},
        {"empty.example.com", DNS_TXT, "noerror "},
        {"two.example.com", DNS_TXT, "noerror 1 2"},
        {"b.deep.example.com", DNS_A, "nodata"},
        {"x.deep.example.com", DNS_A, "nxdomain"},
        {"alias.example.com", DNS_TXT, "noerror cname target.example.com: here"},
        {"alias.example.com", DNS_A, "nodata cname target.example.com:"},
        {"dangling.example.com", DNS_A, "nxdomain cname nowhere.example.com:"},
        {"loop.example.com", DNS_A, "tempfail CNAME loop"},
        {"slowalias.example.com", DNS_TXT, "tempfail timeout"},
        {"slow.example.com", DNS_A, "tempfail timeout"},
        {"slow.example.com", DNS_TXT, "tempfail timeout"},
        {"below.slow.example.com", DNS_TXT, "nxdomain"},
        {"bad.example.com", DNS_TXT, "tempfail SERVFAIL"},
        {"part.example.com", DNS_A, "noerror 192.0.2.8"},
        {"part.example.com", DNS_MX, "tempfail timeout"},
        {"part.example.com", DNS_TXT, "tempfail timeout"},
        {"part.example.com", DNS_AAAA, "nodata"},
        {"types.example.com", DNS_NS, "noerror ns.example.net"},
        {"types.example.com", DNS_SOA, "noerror ns.example.net 2026112901"},
        {"types.example.com", DNS_DS, "noerror \\x00\\x01\\x08\\x02AB"},
        {"types.example.com", DNS_TLSA, "noerror \\x03\\x01\\x01AB"},
        {"types.example.com", DNS_SPF, "noerror v=spf1 -all"},
        {"types.example.com", DNS_TXT, "nodata"},
        {"bad.signed.example.com", DNS_TXT, "tempfail bogus"},
        {"bad.signed.example.com", DNS_A, "noerror 192.0.2.16"},
        {"x.bad.signed.example.com", DNS_TXT, "tempfail bogus"},
        {"x.bad.signed.example.com", DNS_A, "nxdomain"},
        {"timeout.example.com", DNS_TXT, "noerror TIMEOUT"},
        {"x.wild.example.com", DNS_TXT, "noerror wild"},
        {"y.x.wild.example.com", DNS_TXT, "noerror wild"},
        {"x.wild.example.com", DNS_A, "nodata"},
        {"wild.example.com", DNS_TXT, "nodata"},
        {"ent.wild.example.com", DNS_TXT, "nodata"},
        {"x.ent.wild.example.com", DNS_TXT, "nxdomain"},
        {"x.wildalias.example.com", DNS_TXT, "noerror cname target.example.com: here"},
        {"x.wildbad.example.com", DNS_TXT, "tempfail SERVFAIL"},
        {"macro%percent  space%20url-space.example.com", DNS_TXT, "noerror odd"},
        {"foo:bar/baz.example.com", DNS_A, "noerror 192.0.2.5"},
        {"dot.inside.example.com", DNS_A, "nxdomain"},
        {"back\\slash.example.com", DNS_A, "noerror 192.0.2.7"},
        {L63 ".example.com", DNS_A, "noerror 192.0.2.10"},
        {L63 "x.example.com", DNS_A, "nxdomain"},
        {N253, DNS_A, "noerror 192.0.2.11"},
        {N253 "x", DNS_A, "nxdomain"},
        {"a..example.com", DNS_A, "nxdomain"},
        {"A..", DNS_A, "nxdomain"},
        {".", DNS_A, "nxdomain"},
        {"", DNS_A, "nxdomain"},
        {"rel.example", DNS_TXT, "noerror origin"},
        {"www.rel.example", DNS_TXT, "noerror cname rel.example: origin"},
        {"mx.rel.example", DNS_MX, "noerror 5=host.rel.example"},
        {"deeper.sub.rel.example", DNS_A, "noerror 192.0.2.12"},
        {"late.sub.rel.example", DNS_TXT, "noerror ttl"},
    };
    struct err e = ERR_NONE;
    struct dns *d = open_text(zone, sizeof zone - 1, &e);

    (void)state;
    if (d == NULL)
        fail_msg("%s", e.text);
    FOR_ROWS(row, rows) {
        char got[512];

        if (strcmp(asked(d, row->name, row->type, got, sizeof got), row->want) != 0)
            print_error("got \"%s\"\n", got);
        ASSERT_ROW(strcmp(got, row->want) == 0, row);
    }
    dns_close(d);
}

static void times_to_live(void **state)
{
    static const struct { const char *name; enum dns_type type; uint32_t want; } rows[] = {
        {"_dmarc.example.com", DNS_TXT, 3600}, {"example.com", DNS_A, 60}, {"rel.example", DNS_TXT, 77},
        {"late.sub.rel.example", DNS_TXT, 5}, {"org", DNS_A, 60}, {"www.rel.example", DNS_A, 60},
    };
    struct dns *d = open_text(zone, sizeof zone - 1, NULL);
    struct dns_scope *s = dns_scope_new(d, 0);

    (void)state;
    FOR_ROWS(row, rows)
        ASSERT_ROW(dns_ask(s, row->name, row->type)->ttl == row->want, row);
    dns_scope_free(s);
    dns_close(d);
}

static void errors_name_the_line(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"a A 192.0.2.1\nb A 192.0.2\n", ":2: not a resource record"},
        {"a TXT (\n\"x\"\n", ":1: a \"(\" is never closed"},
        {"a TXT \"x\n", ":1: a quoted string must end on its line"},
        {"\na TXT \"x", ":2: a quoted string is never closed"},
        {"a A )\n", ":1: a \")\" without"},
        {"\n\n  A 192.0.2.1\n", ":3: the first record has no name"},
        {"$INCLUDE other\n", ":1: only $ORIGIN and $TTL"},
        {"$TTL soon\n", ":1: $TTL needs"},
        {"$ORIGIN a..b\n", ":1: $ORIGIN needs"},
        {"a..b A 192.0.2.1\n", ":1: not a domain name near \"a..b\""},
        {L63 "x A 192.0.2.1\n", ":1: not a domain name"},
        {"a\n", ":1: a name alone"},
        {"a SPAM x\n", ":1: unknown type of record near \"SPAM\""},
        {"a TIMEOUT HINFO\n", ":1: after TIMEOUT, SERVFAIL, SECURE"},
        {"a CH TXT x\n", ":1: only class IN"},
        {"a TXT\n", ":1: not a resource record"},
        {"\x7f" "ELF\x02\n", ":1:"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct err e = ERR_NONE;

        ASSERT_ROW(open_text(row->name, strlen(row->name), &e) == NULL, row);
        if (strstr(e.text, row->want) == NULL)
            print_error("got \"%s\"\n", e.text);
        ASSERT_ROW(strstr(e.text, row->want) != NULL, row);
    }
}

static void unreadable_files(void **state)
{
    struct err e = ERR_NONE;

    (void)state;
    assert_null(dns_open_zone("/nonexistent/zone", &e));
    assert_non_null(strstr(e.text, "cannot read zone file /nonexistent/zone: No such file"));
    assert_null(dns_open_zone("/", &e));
    assert_non_null(strstr(e.text, "cannot read zone file /: "));
    assert_null(open_text("a A 192.0.2.1\n\0\n", 16, &e));
    assert_non_null(strstr(e.text, "NUL bytes"));
}

/* Names of 50 and 203 bytes: one alone is fine, two are not. */
#define LABEL50 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
#define NAME203 LABEL50 "." LABEL50 "." LABEL50 "." LABEL50

/* RFC 1035 section 2.3.4: what is read is within 255 bytes, also where $ORIGIN completes it. */
static void names_too_long(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"$ORIGIN " NAME203 ".\n" LABEL50 " A 192.0.2.1\n", ":2: not a domain name"},
        {"$ORIGIN " NAME203 ".\nx CNAME " LABEL50 "\n", ":2: with $ORIGIN this name is too long"},
        {"$ORIGIN " NAME203 ".\nx MX 10 " LABEL50 "\n", ":2: with $ORIGIN this name is too long"},
        {"$ORIGIN " NAME203 ".\nx PTR " LABEL50 "\n", ":2: with $ORIGIN this name is too long"},
        {"$ORIGIN " NAME203 ".\n$ORIGIN " LABEL50 "\n", ":2: $ORIGIN needs a domain name"},
    };
    struct err e = ERR_NONE;

    (void)state;
    FOR_ROWS(row, rows) {
        ASSERT_ROW(open_text(row->name, strlen(row->name), &e) == NULL, row);
        if (strstr(e.text, row->want) == NULL)
            print_error("got \"%s\"\n", e.text);
        ASSERT_ROW(strstr(e.text, row->want) != NULL, row);
    }
}

static void files_are_limited(void **state)
{
    enum { SIZE = 4 << 20, RECORDS = 200000 };
    static char text[SIZE];
    struct strbuf b = STRBUF_ON(text);
    char path[] = "/tmp/zone_test.XXXXXX";
    int fd = mkstemp(path);
    struct err e = ERR_NONE;

    (void)state;
    assert_int_equal(ftruncate(fd, (16 << 20) + 1), 0);
    assert_null(dns_open_zone(path, &e));
    assert_non_null(strstr(e.text, "is larger than 16 MiB"));
    (void)close(fd);
    (void)unlink(path);

    for (int i = 0; i < RECORDS; i++)
        strbuf_puts(&b, "a A 192.0.2.1\n");
    dns_close(open_text(b.p, b.n, &e));
    strbuf_puts(&b, "a A 192.0.2.1\n");
    assert_false(b.over);
    assert_null(open_text(b.p, b.n, &e));
    assert_non_null(strstr(e.text, ":200001: more than 200000 records"));
}

static void large_records(void **state)
{
    char *text = malloc(200000);
    struct strbuf b = strbuf_on(text, 200000);
    struct dns_scope *s;
    struct dns *d;

    (void)state;
    strbuf_puts(&b, "big TXT (\n");
    for (int i = 0; i < 250; i++)
        strbuf_putf(&b, "  \"%0200d\"\n", i);
    strbuf_puts(&b, ")\nesc TXT ");
    for (int i = 0; i < 255; i++)
        strbuf_puts(&b, "\\200");
    strbuf_puts(&b, "\n");
    for (int i = 0; i < 300; i++)
        strbuf_putf(&b, "many A 192.0.2.%d\n", i % 250);
    d = open_text(text, b.n, NULL);
    assert_non_null(d);
    s = dns_scope_new(d, 0);
    assert_int_equal(dns_ask(s, "big", DNS_TXT)->rr[0].txt.n, 250 * 200);
    assert_int_equal(dns_ask(s, "esc", DNS_TXT)->rr[0].txt.n, 255);
    assert_int_equal(dns_ask(s, "many", DNS_A)->count, DNS_RR_MAX);
    dns_scope_free(s);
    dns_close(d);
    free(text);
}

/* RFC 4035: an answer is secure when all that led to it is. */
static void marks_hold_for_all_below(void **state)
{
    static const struct {
        const char *name;
        bool secure;
    } rows[] = {
        {"signed.example.com", true},     {"below.signed.example.com", true},    {"none.signed.example.com", true},
        {"un.signed.example.com", false}, {"x.un.signed.example.com", false},    {"out.signed.example.com", false},
        {"example.com", false},           {"bad.signed.example.com", true},      {"unsigned.example.com", false},
    };
    struct err e = ERR_NONE;
    struct dns *d = open_text(zone, sizeof zone - 1, &e);
    struct dns_scope *s = dns_scope_new(d, 1000);

    (void)state;
    assert_string_equal(e.text, "");
    FOR_ROWS(row, rows)
        assert_int_equal(dns_ask(s, row->name, DNS_A)->secure, row->secure);
    dns_scope_free(s);
    dns_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_hold_for_all_below),
        cmocka_unit_test(answers), cmocka_unit_test(times_to_live), cmocka_unit_test(errors_name_the_line),
        cmocka_unit_test(unreadable_files), cmocka_unit_test(names_too_long), cmocka_unit_test(files_are_limited),
        cmocka_unit_test(large_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
