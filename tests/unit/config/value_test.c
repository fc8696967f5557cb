#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"

static const struct option *option(const char *name)
{
    const struct option *o = option_find(str_of(name));

    assert_non_null(o);
    return o;
}

static char *printed(const struct config *c, const struct option *o)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);

    assert_non_null(f);
    value_print(c, o, f);
    assert_int_equal(fclose(f), 0);
    return text;
}

/* What is set prints as a file would say it; NULL: refused. */
static void set_and_print(void **state)
{
    static const struct { const char *name, *text, *want; } rows[] = {
        {"Socket", "unix:/a", "\"unix:/a\""}, {"PidFile", "", "\"\""}, {"PidFile", "/a\tb", NULL},
        {"UMask", "7", "007"}, {"UMask", "0777", "777"}, {"UMask", "1000", NULL}, {"UMask", "", NULL},
        {"UMask", "-1", NULL}, {"UMask", "0000777", NULL},
        {"MaxFiles", "256", "256"}, {"MaxFiles", "255", NULL}, {"MaxFiles", "1048576", "1048576"},
        {"MaxFiles", "1048577", NULL}, {"MaxFiles", "1K", NULL}, {"MaxFiles", "300s", NULL},
        {"MaxFiles", " 300", NULL}, {"MaxFiles", "0x200", NULL}, {"MaxFiles", "", NULL},
        {"DNSTimeout", "59s", "59"}, {"DNSTimeout", "1m", "60"}, {"DNSTimeout", "1 m", "60"},
        {"DNSTimeout", "0", NULL}, {"DNSTimeout", "m", NULL}, {"DNSTimeout", "99999999m", NULL},
        {"MaxHeaderBytes", "16384", "16K"}, {"MaxHeaderBytes", "16385", "16385"},
        {"MaxHeaderBytes", "2m", "2M"},
        {"MaxHeaderBytes", "16k", "16K"}, {"MaxHeaderBytes", "4096M", NULL}, {"MaxHeaderBytes", "20s", NULL},
        {"Syslog", "YES", "yes"}, {"Syslog", "off", "no"}, {"Syslog", "1", "yes"}, {"Syslog", "2", NULL},
        {"RejectMalformedFrom", "true", "yes"}, {"RejectMalformedFrom", "0", "no"}, {"DeferTemperror", "On", "yes"},
        {"DeferTemperror", "off", "no"}, {"DeferTemperror", "auto", "auto"}, {"DeferTemperror", "2", NULL},
        {"QuarantineBy", "true", NULL},
        {"DatabaseSync", "Normal", "normal"}, {"DatabaseSync", "off", NULL},
        {"TrustedAuthservIDs", "a, b\tc,,d", "{\"a\", \"b\", \"c\", \"d\"}"},
        {"TrustedAuthservIDs", "", "{}"},
        {"TrustedAuthservIDs", "a;b", NULL},
        {"IgnoreHosts", "10.0.0.0/8 ::1", "{\"10.0.0.0/8\", \"::1\"}"}, {"IgnoreHosts", "10.0.0.0/", NULL},
        {"IgnoreHosts", "192.0.2.1/32,2001:DB8::/32", "{\"192.0.2.1\", \"2001:db8::/32\"}"},
        {"IgnoreHosts", "localhost", NULL},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        const struct option *o = option(row->name);
        struct err e = ERR_NONE;
        struct config c;

        memset(&c, 0, sizeof c);
        ASSERT_ROW((value_set(a, &c, o, str_of(row->text), &e) == RC_OK) == (row->want != NULL), row);
        if (row->want != NULL) {
            char *text = printed(&c, o);

            assert_string_equal(text, row->want);
            free(text);
        } else {
            ASSERT_ROW(strstr(e.text, row->name) == e.text && strstr(e.text, "; ") != NULL, row);
        }
        arena_free(a);
    }
}

/* Every option differs from its default in the value given, and from nothing else. */
static void equality(void **state)
{
    static const struct { const char *name, *text; } rows[] = {
        {"Socket", "fd:3"}, {"UMask", "0"}, {"Syslog", "no"}, {"LogLevel", "debug"},
        {"IgnoreHosts", "127.0.0.0/9, ::1"},
        {"IgnoreHosts", "127.0.0.0/8"}, {"IgnoreHosts", "127.0.0.0/8, ::2"}, {"Nameservers", "::1"},
        {"MaxHeaderBytes", "2M"}, {"DNSTimeout", "11"}, {"MaxSignatures", "11"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        struct err e = ERR_NONE;
        struct config x, y;

        memset(&x, 0, sizeof x);
        for (size_t i = 0; i < OPTION_COUNT; i++)
            assert_int_equal(value_set(a, &x, &option_table[i], str_of(option_table[i].preset), &e), RC_OK);
        y = x;
        ASSERT_ROW(value_equal(&x, &y, option(row->name)), row);
        assert_int_equal(value_set(a, &y, option(row->name), str_of(row->text), &e), RC_OK);
        for (size_t i = 0; i < OPTION_COUNT; i++)
            ASSERT_ROW(value_equal(&x, &y, &option_table[i]) == (&option_table[i] != option(row->name)), row);
        arena_free(a);
    }
}

static void too_long_a_list(void **state)
{
    char text[3000];
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct config c;

    (void)state;
    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "a,", 2);
    memset(&c, 0, sizeof c);
    assert_int_equal(value_set(a, &c, option("TrustedAuthservIDs"), (struct str){text, 2000}, &e), RC_OK);
    assert_int_equal(c.trusted_authserv_ids.n, 1000);
    assert_int_equal(value_set(a, &c, option("TrustedAuthservIDs"), (struct str){text, 2002}, &e), RC_LIMIT);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_and_print), cmocka_unit_test(equality), cmocka_unit_test(too_long_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
