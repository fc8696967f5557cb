#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/resolv_conf.h"

#define LONG "01234567890123456789012345678901234567890123456789"

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static const char *joined(const struct resolv_conf *c, char text[static 1024])
{
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; i < c->count; i++)
        n += (size_t)snprintf(text + n, 1024 - n, "%s%s", i == 0 ? "" : " ", c->server[i]);
    return text;
}

static void what_it_names(void **state)
{
    static const struct { const char *name, *text, *want; } rows[] = {
        {"one", "nameserver 127.0.0.53\n", "127.0.0.53"},
        {"no end of line", "nameserver ::1", "::1"},
        {"blanks and comments", "# a\n;b\n \tnameserver\t 192.0.2.1  # c\nnameserver 192.0.2.2;d\r\n", "192.0.2.1 192.0.2.2"},
        {"zone", "nameserver fe80::1%eth0\n", "fe80::1%eth0"},
        {"port", "nameserver 127.0.0.1@5353\n", "127.0.0.1@5353"},
        {"other lines", "search example\noptions edns0\nnameserver 192.0.2.1\nnameserverx 192.0.2.2\n", "192.0.2.1"},
        {"no address", "nameserver\nnameserver ns.example\nnameserver 192.0.2.1%eth0\nnameserver 300.1.1.1\n"
                       "nameserver %eth0\nnameserver @53\nnameserver " LONG LONG "\n", ""},
        {"empty", "", ""},
        {"too many", "nameserver ::1\nnameserver ::2\nnameserver ::3\nnameserver ::4\nnameserver ::5\nnameserver ::6\n"
                     "nameserver ::7\nnameserver ::8\nnameserver ::9\n", "::1 ::2 ::3 ::4 ::5 ::6 ::7 ::8"},
    };
    char path[] = "/tmp/resolv_conf_test.XXXXXX", got[1024];
    int fd = mkstemp(path);

    (void)state;
    (void)close(fd);
    FOR_ROWS(row, rows) {
        struct resolv_conf c;
        struct err e = ERR_NONE;
        enum rc rc;

        put(path, row->text);
        rc = resolv_conf_read(path, &c, &e);
        if (strcmp(joined(&c, got), row->want) != 0)
            print_error("got \"%s\"\n", got);
        ASSERT_ROW(strcmp(got, row->want) == 0, row);
        ASSERT_ROW(rc == (row->want[0] == '\0' ? RC_IO : RC_OK), row);
        ASSERT_ROW(rc == RC_OK || strstr(e.text, "it names none; set Nameservers") != NULL, row);
    }
    (void)unlink(path);
}

static void missing(void **state)
{
    struct resolv_conf c;
    struct err e = ERR_NONE;

    (void)state;
    assert_int_equal(resolv_conf_read("/nonexistent/resolv.conf", &c, &e), RC_IO);
    assert_string_equal(e.text, "set Nameservers: cannot take name servers from /nonexistent/resolv.conf: "
                                "No such file or directory");
}

static void the_same_or_not(void **state)
{
    const struct resolv_conf one = {1, {"::1"}}, two = {2, {"::1", "::2"}}, turned = {2, {"::2", "::1"}};

    (void)state;
    assert_true(resolv_conf_same(&two, &two));
    assert_false(resolv_conf_same(&one, &two));
    assert_false(resolv_conf_same(&two, &turned));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_names),
        cmocka_unit_test(missing),
        cmocka_unit_test(the_same_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
