#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/socket.h"

static char folder[] = "/tmp/assay-socket-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/sock", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static struct socket_spec at_path(void)
{
    struct socket_spec spec = {.kind = SOCKET_UNIX, .fd = -1};

    (void)snprintf(spec.path, sizeof spec.path, "%s", path);
    return spec;
}

static void stale_live_and_hidden(void **state)
{
    struct socket_spec spec = at_path();
    struct listener first, second;
    struct err e = ERR_NONE;

    (void)state;
    assert_int_equal(socket_check(&spec, false, &e), RC_OK);
    assert_int_equal(socket_open(&spec, &first, &e), RC_OK);
    assert_int_equal(socket_check(&spec, false, &e), RC_OK);
    assert_int_equal(socket_open(&spec, &second, &e), RC_TEMP); /* somebody answers */
    assert_int_equal(access(path, F_OK), 0);
    (void)close(first.fd);
    assert_int_equal(socket_open(&spec, &second, &e), RC_OK); /* nobody does */
    socket_hide(&second);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(socket_open(&spec, &first, &e), RC_OK); /* a new daemon, while the old one drains */
    socket_hide(&second);
    assert_int_equal(access(path, F_OK), 0);
    socket_hide(&first);
    assert_int_equal(access(path, F_OK), -1);
    (void)close(first.fd);
    (void)close(second.fd);
}

static void in_the_way(void **state)
{
    struct socket_spec spec = at_path();
    struct listener l;
    FILE *f = fopen(path, "w");

    (void)state;
    assert_non_null(f);
    (void)fclose(f);
    assert_int_equal(socket_check(&spec, false, NULL), RC_BAD);
    assert_int_equal(socket_open(&spec, &l, NULL), RC_BAD);
    assert_int_equal(access(path, F_OK), 0);
    (void)unlink(path);
}

static void open_folder(void **state)
{
    struct socket_spec spec = at_path();
    struct err e = ERR_NONE;

    (void)state;
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(socket_check(&spec, false, &e), RC_BAD);
    assert_non_null(strstr(e.text, "chmod o-w"));
    assert_int_equal(chmod(folder, 01777), 0); /* as /tmp: nobody may rename what is ours */
    assert_int_equal(socket_check(&spec, false, &e), RC_OK);
    assert_int_equal(chmod(folder, 0700), 0);
    (void)snprintf(spec.path, sizeof spec.path, "%s/none/sock", folder);
    assert_int_equal(socket_check(&spec, false, &e), RC_BAD);
    assert_non_null(strstr(e.text, "install -d"));
}

static void exposed(void **state)
{
    static const struct {
        const char *name;
        bool want;
    } rows[] = {
        {"inet:8893@127.0.0.1", false}, {"inet:8893@127.9.9.9", false}, {"inet:8893", true},
        {"inet:8893@0.0.0.0", true},    {"inet6:8893@::1", false},      {"inet6:8893@::", true},
        {"unix:/run/x", false},         {"fd:3", false},
    };

    (void)state;
    FOR_ROWS(r, rows) {
        struct socket_spec spec;
        const char *want;

        ASSERT_ROW(socket_spec_parse(str_of(r->name), &spec, &want), r);
        ASSERT_ROW(socket_is_exposed(&spec) == r->want, r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stale_live_and_hidden),
        cmocka_unit_test(in_the_way), cmocka_unit_test(open_folder), cmocka_unit_test(exposed),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
