#include "unit.h"

#include <string.h>

#include "config/socket_spec.h"

static void parses(void **state)
{
    static const struct {
        const char *name;
        bool good;
        enum socket_kind kind;
        const char *path, *host;
        unsigned port;
        int fd;
    } rows[] = {
        {"unix:/run/assay/assay.sock", true, SOCKET_UNIX, "/run/assay/assay.sock", "", 0, -1},
        {"local:/s", true, SOCKET_UNIX, "/s", "", 0, -1},
        {"UNIX:/s", true, SOCKET_UNIX, "/s", "", 0, -1},
        {"unix:/with:colon@sign", true, SOCKET_UNIX, "/with:colon@sign", "", 0, -1},
        {"unix:relative", false, 0, NULL, NULL, 0, 0},
        {"unix:", false, 0, NULL, NULL, 0, 0},
        {"unix:/folder/", false, 0, NULL, NULL, 0, 0},
        {"inet:8893@localhost", true, SOCKET_INET, "", "localhost", 8893, -1},
        {"inet:1", true, SOCKET_INET, "", "", 1, -1},
        {"inet:65535@192.0.2.1", true, SOCKET_INET, "", "192.0.2.1", 65535, -1},
        {"inet6:8893@::1", true, SOCKET_INET6, "", "::1", 8893, -1},
        {"inet6:8893@[::1]", true, SOCKET_INET6, "", "::1", 8893, -1},
        {"inet:0", false, 0, NULL, NULL, 0, 0},
        {"inet:65536", false, 0, NULL, NULL, 0, 0},
        {"inet:localhost:25", false, 0, NULL, NULL, 0, 0},
        {"inet:25@", false, 0, NULL, NULL, 0, 0},
        {"inet:", false, 0, NULL, NULL, 0, 0},
        {"fd:3", true, SOCKET_FD, "", "", 0, 3},
        {"fd:2", false, 0, NULL, NULL, 0, 0},
        {"fd:1024", false, 0, NULL, NULL, 0, 0},
        {"fd:three", false, 0, NULL, NULL, 0, 0},
        {"/run/assay.sock", false, 0, NULL, NULL, 0, 0},
        {"tcp:25", false, 0, NULL, NULL, 0, 0},
        {"", false, 0, NULL, NULL, 0, 0},
    };

    (void)state;
    FOR_ROWS(r, rows) {
        struct socket_spec spec;
        const char *want = NULL;

        ASSERT_ROW(socket_spec_parse(str_of(r->name), &spec, &want) == r->good, r);
        ASSERT_ROW(r->good || want != NULL, r);
        if (!r->good)
            continue;
        ASSERT_ROW(spec.kind == r->kind && spec.port == r->port && spec.fd == r->fd, r);
        ASSERT_ROW(strcmp(spec.path, r->path) == 0 && strcmp(spec.host, r->host) == 0, r);
    }
}

static void longest_path(void **state)
{
    char text[5 + SOCKET_PATH_MAX + 1];
    struct socket_spec spec;
    const char *want;

    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text, "unix:/", 6);
    assert_true(socket_spec_parse((struct str){text, 5 + SOCKET_PATH_MAX - 1}, &spec, &want));
    assert_int_equal(strlen(spec.path), SOCKET_PATH_MAX - 1);
    assert_false(socket_spec_parse((struct str){text, 5 + SOCKET_PATH_MAX}, &spec, &want));
    text[8] = '\0';
    assert_false(socket_spec_parse((struct str){text, 20}, &spec, &want));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parses), cmocka_unit_test(longest_path)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
