#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/dns.h"
#include "shown.h"

static const char zone[] =
    "txt.example 120 TXT \"a\\\"b\\\\c;d(e) \\000\\255\" \"more\"\n"
    "txt.example 120 TXT \"\"\n"
    "addr.example A 192.0.2.1\n"
    "addr.example A 192.0.2.2\n"
    "addr.example AAAA 2001:db8::1\n"
    "mx.example MX 10 a.example\n"
    "mx.example MX 0 .\n"
    "1.2.0.192.in-addr.arpa PTR odd\\032name\\.here.example\n"
    "alias.example CNAME addr.example\n"
    "again.example CNAME alias.example\n"
    "dangling.example CNAME nowhere.example\n"
    "odd\\032\\\"\\;\\$\\@.example TXT odd\n"
    "half.example A 192.0.2.3\n"
    "half.example TIMEOUT MX\n"
    "bad.example SERVFAIL\n"
    "slow.example TIMEOUT\n"
    "types.example NS ns.example\n"
    "types.example SOA ns.example. h.example. 4000000000 1 2 3 4\n"
    "types.example DS 1 8 2 00ff\n"
    "types.example TLSA 3 1 1 00ff\n"
    "types.example SPF old\n"
    "signed.example BOGUS\n";

struct asked_row {
    const char *name;
    enum dns_type type;
};

static const struct asked_row rows[] = {
    {"txt.example", DNS_TXT}, {"txt.example", DNS_A}, {"TXT.example", DNS_TXT},
    {"addr.example", DNS_A}, {"addr.example", DNS_AAAA}, {"mx.example", DNS_MX}, {"mx.example", DNS_TXT},
    {"1.2.0.192.in-addr.arpa", DNS_PTR}, {"1.2.0.192.in-addr.arpa", DNS_TXT},
    {"alias.example", DNS_A}, {"alias.example", DNS_AAAA}, {"alias.example", DNS_TXT},
    {"again.example", DNS_A}, {"again.example", DNS_MX}, {"alias.example", DNS_MX}, {"addr.example", DNS_MX},
    {"dangling.example", DNS_A}, {"dangling.example", DNS_MX},
    {"odd \";$@.example", DNS_TXT}, {"none.example", DNS_TXT}, {"below.none.example", DNS_A},
    {"half.example", DNS_A}, {"half.example", DNS_MX}, {"half.example", DNS_TXT},
    {"bad.example", DNS_TXT}, {"bad.example", DNS_MX}, {"slow.example", DNS_A},
    {"types.example", DNS_NS}, {"types.example", DNS_SOA}, {"types.example", DNS_DS}, {"types.example", DNS_TLSA},
    {"types.example", DNS_SPF}, {"signed.example", DNS_TXT},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* Asks all of it in one scope; the answers as text. */
static void ask_all(struct dns *d, char got[ROWS][512], uint32_t ttl[ROWS])
{
    struct dns_scope *s = dns_scope_new(d, 1000);

    for (size_t i = 0; i < ROWS; i++) {
        const struct dns_answer *a = dns_ask(s, rows[i].name, rows[i].type);

        (void)shown(a, rows[i].type, got[i], 512);
        ttl[i] = a->ttl;
    }
    dns_scope_free(s);
}

static void recorded_answers_come_back(void **state)
{
    static char first[ROWS][512], second[ROWS][512];
    char zone_path[] = "/tmp/record_test.XXXXXX", record_path[] = "/tmp/record_test.XXXXXX";
    int zone_fd = mkstemp(zone_path), record_fd = mkstemp(record_path);
    uint32_t ttl1[ROWS], ttl2[ROWS];
    struct err e = ERR_NONE;
    struct dns *d;

    (void)state;
    assert_int_equal(write(zone_fd, zone, sizeof zone - 1), sizeof zone - 1);
    d = dns_open_zone(zone_path, &e);
    assert_string_equal(e.text, "");
    assert_int_equal(dns_record_to(d, record_path, &e), RC_OK);
    ask_all(d, first, ttl1);
    dns_close(d);

    d = dns_open_zone(record_path, &e);
    assert_string_equal(e.text, "");
    ask_all(d, second, ttl2);
    dns_close(d);
    for (size_t i = 0; i < ROWS; i++) {
        assert_string_equal(first[i], second[i]);
        if (strncmp(first[i], "noerror", 7) == 0)
            assert_int_equal(ttl1[i], ttl2[i]);
    }
    (void)close(zone_fd);
    (void)close(record_fd);
    (void)unlink(zone_path);
    (void)unlink(record_path);
}

static void the_place_must_be_writable(void **state)
{
    char path[] = "/tmp/record_test.XXXXXX";
    int fd = mkstemp(path);
    struct dns *d = dns_open_zone(path, NULL);
    struct err e = ERR_NONE;

    (void)state;
    assert_non_null(d);
    assert_int_equal(dns_record_to(d, "/nonexistent/record", &e), RC_IO);
    assert_string_equal(e.text, "cannot write DNS answers to /nonexistent/record: No such file or directory");
    dns_close(d);
    (void)close(fd);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_answers_come_back), cmocka_unit_test(the_place_must_be_writable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
