#include "unit.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "samples.h"
#include "db/dbfile.h"

static void touch(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
}

/* Whatever the umask: SQLite gives its own files the mode of this one. */
static void made_for_owner_and_group(void **state)
{
    struct scratch s = scratch_make();
    mode_t before = umask(0);
    struct err e = ERR_NONE;
    struct stat st;

    (void)state;
    assert_int_equal(dbfile_prepare(s.db, &e), RC_OK);
    (void)umask(before);
    assert_int_equal(stat(s.db, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(st.st_size, 0);
    assert_int_equal(chmod(s.db, 0600), 0);
    assert_int_equal(dbfile_prepare(s.db, &e), RC_OK); /* what is there stays as it is */
    assert_int_equal(stat(s.db, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    scratch_remove(&s);
}

static void no_place_to_write(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"/nonexistent/folder/assay.db", "/nonexistent/folder/assay.db: its folder: No such file or directory; make it: "
                                         "install -d -o assay -g assay-read -m 0750 /nonexistent/folder"},
        {"/dev/null/assay.db", "/dev/null/assay.db: /dev/null is not a folder; set Database to a file in one"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct err e = ERR_NONE;

        ASSERT_ROW(dbfile_prepare(row->name, &e) == RC_IO, row);
        assert_string_equal(e.text, row->want);
    }
}

static void readable(void **state)
{
    struct scratch s = scratch_make();
    struct err e = ERR_NONE;

    (void)state;
    assert_int_equal(dbfile_readable(s.db, &e), RC_NOTFOUND);
    assert_non_null(strstr(e.text, "assay.db: No such file or directory; has assay-milter run"));
    assert_int_equal(dbfile_readable(s.folder, &e), RC_BAD);
    assert_non_null(strstr(e.text, ": is a folder; name the database file in it"));
    touch(s.db);
    assert_int_equal(dbfile_readable(s.db, &e), RC_OK);
    scratch_remove(&s);
}

/* As somebody else than the owner, which only root can be: 0 readable, 1 refused as it should be, 2 otherwise. */
static int read_as_nobody(const char *path)
{
    const struct passwd *nobody = getpwnam("nobody");
    struct err e = ERR_NONE;
    enum rc rc;

    if (nobody == NULL || setgid(nobody->pw_gid) != 0 || setuid(nobody->pw_uid) != 0)
        return 2;
    rc = dbfile_readable(path, &e);
    if (rc == RC_OK)
        return 0;
    return rc == RC_IO && strstr(e.text, ": Permission denied; members of the group") != NULL ? 1 : 2;
}

static void not_for_everybody(void **state)
{
    struct scratch s = scratch_make();
    int status = 0;
    pid_t child;

    (void)state;
    if (geteuid() != 0) {
        scratch_remove(&s);
        skip();
    }
    touch(s.db);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(read_as_nobody(s.db));
    assert_true(waitpid(child, &status, 0) == child && WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    scratch_remove(&s);
}

/* Deleted, replaced, a log that comes or goes: each is another database for a handle that is open. */
static void the_same_files(void **state)
{
    struct scratch s = scratch_make();
    struct dbfile_id none = dbfile_identify(s.db), first, second, logged;
    char wal[80];

    (void)state;
    (void)snprintf(wal, sizeof wal, "%s-wal", s.db);
    touch(s.db);
    first = dbfile_identify(s.db);
    assert_true(dbfile_same(&first, &first));
    assert_true(dbfile_same(&none, &none));
    assert_false(dbfile_same(&none, &first));
    touch(wal);
    logged = dbfile_identify(s.db);
    assert_true(logged.has_wal);
    assert_false(dbfile_same(&first, &logged));
    assert_int_equal(unlink(wal), 0);
    assert_int_equal(rename(s.db, wal), 0); /* keeps the first's inode in use */
    touch(s.db);
    assert_int_equal(unlink(wal), 0);
    second = dbfile_identify(s.db);
    assert_false(dbfile_same(&first, &second));
    scratch_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_for_owner_and_group),
        cmocka_unit_test(no_place_to_write),
        cmocka_unit_test(readable),
        cmocka_unit_test(not_for_everybody),
        cmocka_unit_test(the_same_files),
    };

    return cmocka_run_group_tests_name("dbfile", tests, NULL, NULL);
}
