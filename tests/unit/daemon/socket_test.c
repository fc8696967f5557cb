#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/socket.h"

static void parses(void **state)
{
    static const struct {
        const char *name;
        enum rc want;
        enum socket_kind kind;
        const char *path, *host;
        unsigned port;
        int fd;
    } rows[] = {
        {"unix:/run/assay/assay.sock", RC_OK, SOCKET_UNIX, "/run/assay/assay.sock", "", 0, -1},
        {"local:/s", RC_OK, SOCKET_UNIX, "/s", "", 0, -1},
        {"UNIX:/s", RC_OK, SOCKET_UNIX, "/s", "", 0, -1},
        {"unix:/with:colon@sign", RC_OK, SOCKET_UNIX, "/with:colon@sign", "", 0, -1},
        {"unix:relative", RC_BAD, 0, NULL, NULL, 0, 0},
        {"unix:", RC_BAD, 0, NULL, NULL, 0, 0},
        {"unix:/folder/", RC_BAD, 0, NULL, NULL, 0, 0},
        {"inet:8893@localhost", RC_OK, SOCKET_INET, "", "localhost", 8893, -1},
        {"inet:1", RC_OK, SOCKET_INET, "", "", 1, -1},
        {"inet:65535@192.0.2.1", RC_OK, SOCKET_INET, "", "192.0.2.1", 65535, -1},
        {"inet6:8893@::1", RC_OK, SOCKET_INET6, "", "::1", 8893, -1},
        {"inet6:8893@[::1]", RC_OK, SOCKET_INET6, "", "::1", 8893, -1},
        {"inet:0", RC_BAD, 0, NULL, NULL, 0, 0},
        {"inet:65536", RC_BAD, 0, NULL, NULL, 0, 0},
        {"inet:localhost:25", RC_BAD, 0, NULL, NULL, 0, 0},
        {"inet:25@", RC_BAD, 0, NULL, NULL, 0, 0},
        {"inet:", RC_BAD, 0, NULL, NULL, 0, 0},
        {"fd:3", RC_OK, SOCKET_FD, "", "", 0, 3},
        {"fd:2", RC_BAD, 0, NULL, NULL, 0, 0},
        {"fd:three", RC_BAD, 0, NULL, NULL, 0, 0},
        {"/run/assay.sock", RC_BAD, 0, NULL, NULL, 0, 0},
        {"tcp:25", RC_BAD, 0, NULL, NULL, 0, 0},
        {"", RC_BAD, 0, NULL, NULL, 0, 0},
    };

    (void)state;
    FOR_ROWS(r, rows) {
        struct socket_spec spec;
        struct err e = ERR_NONE;
        enum rc rc = socket_parse(str_of(r->name), &spec, &e);

        ASSERT_ROW(rc == r->want, r);
        ASSERT_ROW((rc == RC_OK) == (e.text[0] == '\0'), r);
        if (rc != RC_OK)
            continue;
        ASSERT_ROW(spec.kind == r->kind && spec.port == r->port && spec.fd == r->fd, r);
        ASSERT_ROW(strcmp(spec.path, r->path) == 0 && strcmp(spec.host, r->host) == 0, r);
    }
}

static void longest_path(void **state)
{
    char text[5 + SOCKET_PATH_MAX + 1];
    struct socket_spec spec;

    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text, "unix:/", 6);
    assert_int_equal(socket_parse((struct str){text, 5 + SOCKET_PATH_MAX - 1}, &spec, NULL), RC_OK);
    assert_int_equal(strlen(spec.path), SOCKET_PATH_MAX - 1);
    assert_int_equal(socket_parse((struct str){text, 5 + SOCKET_PATH_MAX}, &spec, NULL), RC_BAD);
    text[8] = '\0';
    assert_int_equal(socket_parse((struct str){text, 20}, &spec, NULL), RC_BAD);
}

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
    assert_int_equal(socket_check(&spec, &e), RC_OK);
    assert_int_equal(socket_open(&spec, &first, &e), RC_OK);
    assert_int_equal(socket_check(&spec, &e), RC_OK);
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
    assert_int_equal(socket_check(&spec, NULL), RC_BAD);
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
    assert_int_equal(socket_check(&spec, &e), RC_BAD);
    assert_non_null(strstr(e.text, "chmod o-w"));
    assert_int_equal(chmod(folder, 01777), 0); /* as /tmp: nobody may rename what is ours */
    assert_int_equal(socket_check(&spec, &e), RC_OK);
    assert_int_equal(chmod(folder, 0700), 0);
    (void)snprintf(spec.path, sizeof spec.path, "%s/none/sock", folder);
    assert_int_equal(socket_check(&spec, &e), RC_BAD);
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

        ASSERT_ROW(socket_parse(str_of(r->name), &spec, NULL) == RC_OK, r);
        ASSERT_ROW(socket_is_exposed(&spec) == r->want, r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses), cmocka_unit_test(longest_path), cmocka_unit_test(stale_live_and_hidden),
        cmocka_unit_test(in_the_way), cmocka_unit_test(open_folder), cmocka_unit_test(exposed),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
