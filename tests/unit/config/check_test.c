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
        {"example.com", check_domain, true}, {"Example.com", check_domain, false}, {"", check_domain, false},
        {"example..com", check_domain, false}, {".com", check_domain, false}, {"com.", check_domain, false},
        {"a b.com", check_domain, false}, {"xn--bcher-kva.example", check_domain, true},
        {"", check_report_sender, true}, {"b.x-y@r.example", check_report_sender, true},
        {"b+x@r.example", check_report_sender, false}, {"b@R.example", check_report_sender, false},
        {"@r.example", check_report_sender, false}, {"b..x@r.example", check_report_sender, false},
        {"a234567890123456789012345678901234567@r.example", check_report_sender, true},
        {"a2345678901234567890123456789012345678@r.example", check_report_sender, false},
        {"smtp://127.0.0.1:25", check_relay, true}, {"smtps://mx.example", check_relay, true},
        {"smtp://[::1]:587", check_relay, true}, {"smtp://[::1]", check_relay, true},
        {"smtp://", check_relay, false}, {"http://x.example", check_relay, false}, {"smtp://x:0", check_relay, false},
        {"smtp://x:65536", check_relay, false}, {"smtp://u:p@x:25", check_relay, false},
        {"smtp://x/y", check_relay, false}, {"smtp://x:25/", check_relay, false}, {"smtp://[x]:25", check_relay, false},
        {"smtp://:25", check_relay, false}, {"smtp:x", check_relay, false},
        {"s1", check_selector, true}, {"a.b", check_selector, true}, {"", check_selector, true},
        {"s 1", check_selector, false}, {"s1.", check_selector, false},
        {"example.com", check_opt_out, true}, {"@example.com", check_opt_out, true},
        {"a@example.com", check_opt_out, true}, {"a@", check_opt_out, false}, {"", check_opt_out, false},
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
