#include "unit.h"

#include "base/ip.h"

static void text_round_trip(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"192.0.2.1", "192.0.2.1"}, {"2001:DB8:0:0::1", "2001:db8::1"}, {"::ffff:192.0.2.1", "192.0.2.1"},
        {"192.0.2", NULL}, {"", NULL}, {"[::1]", NULL}, {"fe80::1%eth0", NULL}, {"192.0.2.256", NULL},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct ip ip;
        char buf[IP_TEXT_MAX];
        bool ok = ip_parse(str_of(row->name), &ip);

        ASSERT_ROW(ok == (row->want != NULL), row);
        if (ok)
            assert_string_equal(ip_text(&ip, buf), row->want);
    }
}

static void networks(void **state)
{
    static const struct { const char *name, *net; bool in; } rows[] = {
        {"192.0.2.129", "192.0.2.128/25", true}, {"192.0.2.127", "192.0.2.128/25", false},
        {"10.0.0.1", "0.0.0.0/0", true}, {"2001:db8::1", "0.0.0.0/0", false},
        {"2001:db8:8000::1", "2001:db8:8000::/33", true}, {"2001:db8:7fff::1", "2001:db8:8000::/33", false},
        {"127.0.0.1", "127.0.0.1", true}, {"127.0.0.2", "127.0.0.1", false},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct ip ip;
        struct ip_net net;

        ASSERT_ROW(ip_parse(str_of(row->name), &ip) && ip_net_parse(str_of(row->net), &net), row);
        ASSERT_ROW(ip_in_net(&ip, &net) == row->in, row);
    }
}

static void reverse_names(void **state)
{
    struct ip ip;
    char buf[IP_ARPA_MAX];

    (void)state;
    assert_true(ip_parse(STR("192.0.2.1"), &ip));
    assert_string_equal(ip_arpa(&ip, buf), "1.2.0.192.in-addr.arpa");
    assert_true(ip_parse(STR("2001:db8::567:89ab"), &ip));
    assert_string_equal(ip_arpa(&ip, buf), "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_round_trip), cmocka_unit_test(networks), cmocka_unit_test(reverse_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
