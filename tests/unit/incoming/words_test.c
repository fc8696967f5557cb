#include "unit.h"

#include <string.h>

#include "incoming/words.h"

static void counts(void **state)
{
    static const struct {
        const char *name;
        int64_t want; /* -1: refused */
    } rows[] = {
        {"12", 12}, {" 12 ", 12}, {"+12", 12}, {"12.0", 12}, {"12.", 12}, {"0", 0}, {"1000000000", 1000000000},
        {"1000000001", -1}, {"1,234", -1}, {"", -1}, {"-1", -1}, {"12.5", -1}, {"1e3", -1}, {"0x10", -1}, {"twelve", -1},
        {"99999999999999999999", -1}, {"1 2", -1}, {"+", -1}, {".0", -1},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        int64_t n = -1;

        ASSERT_ROW(words_count(str_of(row->name), 1000000000, &n) == (row->want >= 0) && n == row->want, row);
    }
}

static void times(void **state)
{
    static const struct {
        const char *name;
        int64_t want; /* -1: cannot be read */
    } rows[] = {
        {"1700000000", 1700000000}, {"1700000000.0", 1700000000}, {"1700000000000", 1700000000}, {"1700000000.75", 1700000000},
        {"2023-11-14T22:13:20Z", 1700000000}, {"2023-11-14T23:13:20+01:00", 1700000000}, {"2023-11-14 22:13:20 UTC", 1700000000},
        {"2023-11-14T22:13:20.5Z", 1700000000}, {"2023-11-14T22:13:20", 1700000000}, {"2023-11-14", 1699920000},
        {"2024-02-29T00:00:00Z", 1709164800}, {"", -1}, {"soon", -1}, {"-5", -1}, {"2023-13-01", -1}, {"1700000000x", -1},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        int64_t n = -1;

        ASSERT_ROW(words_time(str_of(row->name), &n) == (row->want >= 0), row);
        ASSERT_ROW(row->want < 0 || n == row->want, row);
    }
}

static void mail_dates(void **state)
{
    static const struct {
        const char *name;
        int64_t want;
    } rows[] = {
        {"Tue, 14 Nov 2023 22:13:20 +0000", 1700000000}, {"14 Nov 2023 22:13:20 GMT", 1700000000},
        {"Tue, 14 Nov 2023 17:13:20 -0500 (EST)", 1700000000}, {"Tue,14 Nov 23 22:13:20 +0000", 1700000000},
        {"yesterday", -1}, {"", -1}, {"Tue, 14 Foo 2023 22:13:20 +0000", -1},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        int64_t n = -1;

        ASSERT_ROW(words_mail_date(str_of(row->name), &n) == (row->want >= 0), row);
        ASSERT_ROW(row->want < 0 || n == row->want, row);
    }
}

static void addresses(void **state)
{
    static const struct {
        const char *name, *want;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1"}, {" [192.0.2.1] ", "192.0.2.1"}, {"192.0.2.1:25", "192.0.2.1"},
        {"192.000.002.001", "192.0.2.1"}, {"::ffff:192.0.2.1", "192.0.2.1"}, {"IPv6:2001:db8::1", "2001:db8::1"},
        {"[IPv6:2001:db8::1]", "2001:db8::1"}, {"[2001:db8::1]:25", "2001:db8::1"}, {"fe80::1%eth0", "fe80::1"},
        {"192.0.2.256", "unknown"}, {"192.0.2", "unknown"}, {"192.0.2.1, 192.0.2.2", "unknown"}, {"mail.example", "unknown"},
        {"", "unknown"}, {"[192.0.2.1", "unknown"},
    };
    char text[IP_TEXT_MAX];

    (void)state;
    FOR_ROWS(row, rows) {
        struct ip ip;

        ASSERT_ROW(words_ip(str_of(row->name), &ip) == (strcmp(row->want, "unknown") != 0), row);
        ASSERT_ROW(strcmp(ip_text(&ip, text), row->want) == 0, row);
    }
}

static void lists(void **state)
{
    (void)state;
    assert_string_equal(words_spf(STR("HardFail")), "fail");
    assert_string_equal(words_spf(STR("unknown")), "temperror");
    assert_string_equal(words_spf(STR("Error")), "permerror");
    assert_null(words_spf(STR("")));
    assert_null(words_spf(STR("passed")));
    assert_string_equal(words_dkim(STR("invalid")), "permerror");
    assert_string_equal(words_disposition(STR(" Reject ")), "reject");
    assert_null(words_disposition(STR("bounce")));
    assert_string_equal(words_reason(STR("local-policy")), "local_policy");
    assert_null(words_reason(STR("because")));
    assert_int_equal(words_pass(STR("PASS")), 1);
    assert_int_equal(words_pass(STR("None")), -1);
}

static void texts(void **state)
{
    struct arena *a = arena_new(1 << 16);
    struct words_name n;
    bool dropped = false;

    (void)state;
    assert_string_equal(words_clean(a, STR("  plain  "), 100, &dropped), "plain");
    assert_false(dropped);
    assert_string_equal(words_clean(a, STR("a\x1b[31mb\xe2\x80\xae" "c\xff"), 100, &dropped), "a[31mbc");
    assert_true(dropped);
    assert_string_equal(words_clean(a, STR("\xc3\xa9\xc3\xa9"), 3, &dropped), "\xc3\xa9"); /* no half character */
    assert_true(words_is_clean(STR("\xc3\xa9")) && !words_is_clean(STR("a\nb")) && !words_is_clean(STR("\xc3")));
    assert_string_equal(words_domain(a, STR("Bob <bob@Example.COM.>")), "example.com");
    assert_null(words_domain(a, STR("no domain")));
    words_file_name(a, STR("d/google.com!acme.example!1700000000!1700086399!7.zip"), &n);
    assert_string_equal(n.receiver, "google.com");
    assert_int_equal(n.end_s, 1700086399);
    words_file_name(a, STR("report.xml"), &n);
    assert_string_equal(n.domain, "");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts), cmocka_unit_test(times), cmocka_unit_test(mail_dates), cmocka_unit_test(addresses),
        cmocka_unit_test(lists), cmocka_unit_test(texts),
    };

    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
