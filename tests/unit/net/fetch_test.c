/* What of HTTPS is text: URLs, recorded answers, addresses.  tests/unit/net/https has a host on loopback. */
#include "unit.h"

#include <string.h>

#include "net/fetch.h"

static void urls(void **state)
{
    static const struct { const char *url, *host, *path; } rows[] = {
        {"https://mta-sts.example.com/.well-known/mta-sts.txt", "mta-sts.example.com", "/.well-known/mta-sts.txt"},
        {"HTTPS://WWW.example.com", "www.example.com", "/"},
        {"https://www.example.com/a?b=c#d", "www.example.com", "/a?b=c"},
        {"http://www.example.com/", NULL, NULL}, {"https://u:p@www.example.com/", NULL, NULL},
        {"https://www.example.com:8443/", NULL, NULL}, {"https://192.0.2.1/", NULL, NULL},
        {"https://[2001:db8::1]/", NULL, NULL}, {"https://localhost/", NULL, NULL}, {"https:///x", NULL, NULL},
        {"https://www.example.com/a b", NULL, NULL}, {"https://www.example.com/\r\nHost: x", NULL, NULL},
        {"https://www.example.com\\@evil.example/", NULL, NULL}, {"file:///etc/passwd", NULL, NULL}, {"", NULL, NULL},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fetch_url out;
        bool fine = fetch_url_parse(a, str_of(rows[i].url), &out);

        if (fine != (rows[i].host != NULL) ||
            (fine && (strcmp(out.host, rows[i].host) != 0 || strcmp(out.path, rows[i].path) != 0)))
            fail_msg("%s", rows[i].url);
    }
    arena_free(a);
}

static void answers(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct fetch_answer out;

    (void)state;
    assert_true(fetch_answer_read(a, STR("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nbody\n"), 100, &out));
    assert_int_equal(out.status, 200);
    assert_string_equal(out.type, "text/plain");
    assert_true(str_eq(out.body, STR("body\n")));
    assert_true(fetch_answer_read(a, STR("HTTP/2 404\n\n"), 100, &out));
    assert_int_equal(out.status, 404);
    assert_true(fetch_answer_read(a, STR("HTTP/1.1 200 OK\r\n\r\ntoo long"), 3, &out));
    assert_int_equal(out.trouble, FETCH_TOO_LARGE);
    assert_true(fetch_answer_read(a, STR("ERROR timeout\n"), 3, &out));
    assert_int_equal(out.trouble, FETCH_TIMEOUT);
    assert_false(fetch_answer_read(a, STR("ERROR answered\n"), 3, &out));
    assert_false(fetch_answer_read(a, STR("ERROR what\n"), 3, &out));
    assert_false(fetch_answer_read(a, STR("HTTP/1.1 abc\r\n\r\n"), 3, &out));
    assert_false(fetch_answer_read(a, STR("HTTP/1.1 200 OK\r\nNo-End: x\r\n"), 3, &out));
    assert_false(fetch_answer_read(a, STR(""), 3, &out));
    arena_free(a);
}

static void addresses(void **state)
{
    static const struct { const char *ip; bool private; } rows[] = {
        {"0.1.2.3", true}, {"10.0.0.1", true}, {"100.64.0.1", true}, {"100.128.0.1", false}, {"127.0.0.1", true},
        {"169.254.169.254", true}, {"172.16.0.1", true}, {"172.32.0.1", false}, {"192.0.0.8", true},
        {"192.168.1.1", true}, {"198.18.0.1", true}, {"224.0.0.1", true}, {"255.255.255.255", true},
        {"9.9.9.9", false}, {"::", true}, {"::1", true}, {"fd00::1", true}, {"fe80::1", true}, {"ff02::1", true},
        {"::ffff:127.0.0.1", true}, {"64:ff9b::7f00:1", true}, {"64:ff9b::909:909", false}, {"2002:7f00:1::", true},
        {"2002:a00:1::1", true}, {"2002:909:909::1", false}, {"2001:db8::1", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ip ip;

        assert_true(ip_parse(str_of(rows[i].ip), &ip));
        if (fetch_address_private(&ip) != rows[i].private)
            fail_msg("%s", rows[i].ip);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(urls), cmocka_unit_test(answers),
                                              cmocka_unit_test(addresses)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
