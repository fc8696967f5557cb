#include "unit.h"

#include "base/database_url.h"

/* What names a server, and what has a password in it that anybody could read. */
static void urls(void **state)
{
    static const struct {
        const char *name;
        bool server, password;
    } rows[] = {
        {"", false, false},
        {"/var/lib/assay/assay.db", false, false},
        {"postgresql:", false, false},
        {"service", false, false},
        {"postgresql://", true, false},
        {"postgres://db.example/assay", true, false},
        {"postgresql://mx1@db.example:5432/assay?sslmode=verify-full", true, false},
        {"postgresql:///assay?host=/run/postgresql", true, false},
        {"postgresql://[2001:db8::1]:5432/assay", true, false},
        {"postgresql://a.example:1,b.example:2/assay", true, false},
        {"service=assay", true, false},
        {"postgresql://mx1:secret@db.example/assay", true, true},
        {"postgresql://mx1:@db.example/assay", true, true},
        {"postgres://:secret@/assay", true, true},
        {"postgresql://db.example/assay?user=mx1&password=secret", true, true},
        {"postgresql://db.example/assay?sslpassword=secret", true, true},
        {"service=assay password=secret", true, true},
        {"service=assay PASSWORD = secret", true, true},
        {"postgresql://mx1:se/cret@db.example/assay", true, true},
        {"postgresql://mx1:se?cret@db.example/assay", true, true},
        {"postgresql://mx1:se#cret@db.example/assay", true, true},
        {"PostgreSQL://mx1:secret@db.example/assay", true, true},
        {"postgresql:///assay?p%61ss%57ORD=secret", true, true},
        {"host=db.example user=mx1 password=secret", false, true},
        {"postgresql:///assay?application_name=%70%", true, false},
        {"postgresql:///assay?host=a&passwor", true, false},
        {"service=assay passwd=secret", true, true},
        {"service=password", true, false},
        {"postgresql://db.example/assay?passfile=/etc/assay/fleet.pgpass", true, false},
        {"postgresql://db.example/a@b:c", true, false},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        ASSERT_ROW(database_url_is(str_of(row->name)) == row->server, row);
        ASSERT_ROW(database_url_has_password(str_of(row->name)) == row->password, row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(urls)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
