#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/start.h"

static void accounts(void **state)
{
    static const struct {
        const char *name;
        enum rc want; /* as root; anybody else stays who they are */
        bool change;
    } rows[] = {
        {"root", RC_OK, true}, {"nobody", RC_OK, true}, {"nobody:root", RC_OK, true}, {"", RC_BAD, false},
        {"no-such-user", RC_BAD, false}, {"nobody:no-such-group", RC_BAD, false},
    };

    (void)state;
    FOR_ROWS(r, rows) {
        struct account who;
        struct err e = ERR_NONE;
        enum rc rc = start_account(r->name, &who, &e);

        if (geteuid() != 0) {
            ASSERT_ROW(rc == RC_OK && !who.change && who.uid == geteuid(), r);
        } else {
            ASSERT_ROW(rc == r->want, r);
            ASSERT_ROW(rc != RC_OK || who.change == r->change, r);
            ASSERT_ROW(rc == RC_OK || strncmp(e.text, "UserID: ", 8) == 0, r);
        }
    }
}

static void limits(void **state)
{
    struct rlimit r;
    mode_t mask;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
    assert_int_equal(start_limits(027, 64), 64); /* never lowers */
    mask = umask(0);
    assert_int_equal(mask, 027);
    assert_int_equal(getrlimit(RLIMIT_CORE, &r), 0);
    assert_int_equal(r.rlim_max, 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
    assert_true(r.rlim_cur >= 64);
}

static void pid_file(void **state)
{
    char folder[] = "/tmp/assay-start-XXXXXX", path[64], text[32];
    struct err e = ERR_NONE;
    FILE *f;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/pid", folder);
    assert_int_equal(start_pid_file(path, &e), RC_OK);
    assert_int_equal(start_pid_file(path, &e), RC_OK); /* our own */
    f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(text, sizeof text, f));
    assert_int_equal(strtol(text, NULL, 10), getpid());
    (void)fclose(f);
    f = fopen(path, "w"); /* alive, but a stranger: a pid is used again */
    assert_non_null(f);
    (void)fprintf(f, "%ld\n", (long)getppid());
    (void)fclose(f);
    assert_int_equal(start_pid_file(path, &e), RC_OK);
    (void)unlink(path);
    (void)rmdir(folder);
    assert_int_equal(start_pid_file(path, &e), RC_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(accounts), cmocka_unit_test(limits), cmocka_unit_test(pid_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
