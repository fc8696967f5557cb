#include "unit.h"

#include <string.h>

#include "daemon/unit.h"

static const char as_installed[] =
    "Listen=/run/assay/assay.sock (Stream)\nId=assay-milter.socket\nUnitFileState=disabled\nActiveState=inactive\n";

static const char service[] =
    "User=assay\nAmbientCapabilities=\nReadWritePaths=-/var/spool/postfix/assay /srv/statistics/\n"
    "RuntimeDirectory=assay\nStateDirectory=assay more:link\nProtectHome=yes\nProtectSystem=strict\nPrivateTmp=yes\n"
    "Id=assay-milter.service\nUnitFileState=enabled\nActiveState=inactive\n\n"
    "Id=assay-milter.socket\nListen=/run/assay/assay.sock (Stream)\nUnitFileState=enabled\nActiveState=inactive\n";

static void what_systemctl_says(void **state)
{
    struct unit u;

    (void)state;
    unit_parse(service, &u);
    assert_true(u.in_use && u.strict && u.private_tmp && u.hides_home && u.socket_in_use);
    assert_false(u.low_ports);
    assert_string_equal(u.user, "assay");
    assert_string_equal(u.writable, "/var/spool/postfix/assay /srv/statistics/ /run/assay /var/lib/assay /var/lib/more ");
    assert_string_equal(u.listens, "/run/assay/assay.sock");
    unit_parse(as_installed, &u);
    assert_false(u.in_use || u.socket_in_use);
    unit_parse("Id=assay-milter.service\nUnitFileState=masked\nActiveState=inactive\n", &u);
    assert_false(u.in_use);
    unit_parse("Id=assay-milter.service\nUnitFileState=\nActiveState=inactive\n", &u); /* there is no such unit */
    assert_false(u.in_use);
    unit_parse("AmbientCapabilities=cap_net_bind_service cap_chown\nId=assay-milter.service\nUnitFileState=disabled", &u);
    assert_true(u.in_use && u.low_ports && !u.strict);
    unit_parse("", &u);
    assert_false(u.in_use);
}

static void where_it_may_write(void **state)
{
    static const struct { const char *name; bool allowed; const char *remedy; } rows[] = {
        {"/var/lib/assay/assay.db", true, ""},
        {"/var/lib/assay/deep/assay.db", true, ""},
        {"/var/lib/assay2/assay.db", false, "ReadWritePaths=/var/lib/assay2"},
        {"/var/lib/x.db", false, "systemctl edit assay-milter"},
        {"/run/assay/assay.sock", true, ""},
        {"/srv/statistics/x.prom", true, ""},
        {"/srv/statistics.old/x.prom", false, "ReadWritePaths=/srv/statistics.old"},
        {"/tmp/x", false, "PrivateTmp="},
        {"/var/tmp/a/x", false, "PrivateTmp="},
        {"/home/ann/x", false, "ProtectHome="},
        {"/x", false, "ReadWritePaths=/"},
    };
    struct unit u;

    (void)state;
    unit_parse(service, &u);
    FOR_ROWS(row, rows) {
        struct err e = ERR_NONE;

        ASSERT_ROW((unit_lets_write(&u, "Database", row->name, &e) == RC_OK) == row->allowed, row);
        ASSERT_ROW(strstr(e.text, row->remedy) != NULL, row);
    }
    u.strict = false;
    assert_int_equal(unit_lets_write(&u, "Database", "/srv/x", NULL), RC_OK);
    u.in_use = false;
    assert_int_equal(unit_lets_write(&u, "Database", "/tmp/x", NULL), RC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_systemctl_says), cmocka_unit_test(where_it_may_write)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
