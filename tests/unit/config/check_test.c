#include "unit.h"

#include <string.h>

#include "config/check.h"

#define P50 "/000000000/000000001/000000002/000000003/000000004"
#define P100 P50 P50

static void texts(void **state)
{
    static const struct {
        const char *name;
        bool (*check)(struct str, const char **);
        bool good;
    } rows[] = {
        {"unix:/run/a.sock", check_socket, true}, {"local:/run/a.sock", check_socket, true},
        {"UNIX:/run/a.sock", check_socket, true}, {"unix:", check_socket, false},
        {"unix", check_socket, false},
        {"unix:" P100 "1234567", check_socket, true},
        {"unix:" P100 "12345678", check_socket, false},
        {"inet:8893", check_socket, true}, {"inet:8893@127.0.0.1", check_socket, true},
        {"inet6:8893@::1", check_socket, true}, {"inet:8893@", check_socket, false},
        {"inet:0@localhost", check_socket, false}, {"inet:65536@localhost", check_socket, false},
        {"inet:@localhost", check_socket, false}, {"fd:3", check_socket, true}, {"fd:2", check_socket, false},
        {"fd:", check_socket, false}, {"", check_socket, false},
        {"assay", check_user, true}, {"assay:mail", check_user, true}, {"", check_user, true},
        {"assay:", check_user, false}, {":mail", check_user, false}, {"-x", check_user, false},
        {"a b", check_user, false}, {"a:b:c", check_user, false},
        {"", check_path, true}, {"/x", check_path, true}, {"x", check_path, false},
        {"mail", check_facility, true}, {"LOCAL7", check_facility, true}, {"local8", check_facility, false},
        {"mx.example.com", check_authserv_id, true}, {"", check_authserv_id, true},
        {"", check_trusted_authserv_id, false}, {"mx.example.com 1", check_authserv_id, false},
        {"mx\x80", check_authserv_id, false}, {"m=x", check_authserv_id, false},
        {"192.0.2.1", check_nameserver, true}, {"192.0.2.1@5353", check_nameserver, true},
        {"::1@5353", check_nameserver, true}, {"Recursive", check_nameserver, true},
        {"192.0.2.1@", check_nameserver, false}, {"192.0.2.1@0", check_nameserver, false},
        {"ns.example", check_nameserver, false}, {"recursive@53", check_nameserver, false},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        const char *want = NULL;

        ASSERT_ROW(row->check(str_of(row->name), &want) == row->good, row);
        ASSERT_ROW(row->good || (want != NULL && want[0] != '\0'), row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
