/* Records that wait beside a locked database: what becomes of them when the process dies, and of what is none. */
#include "unit.h"

#include <sys/stat.h>

#include "writer_rig.h"

/* A process that dies while the database is locked leaves to the next one what waited; all columns come through. */
static void aside_survives(void **state)
{
    struct err e = ERR_NONE;
    struct store *s = open_writer();
    sqlite3 *other;

    (void)state;
    other = open_other();
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(put(s, "first", PUT_MS, &e), RC_OK);
    assert_int_equal(put(s, "second", PUT_MS, &e), RC_OK);
    store_close(s);
    s = open_writer(); /* finds the lock as well */
    assert_int_equal(put(s, "third", PUT_MS, &e), RC_OK);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    await_row(s, "third");
    assert_true(has(s, "first") && has(s, "second"));
    assert_int_equal(store_counts(s).lost, 0);
    store_close(s);
}

/* The power went while the last was being written: what was whole is there, and so is what comes after. */
static void aside_is_torn(void **state)
{
    struct err e = ERR_NONE;
    struct store *s = open_writer();
    char path[300];
    struct stat st;
    sqlite3 *other;

    (void)state;
    (void)snprintf(path, sizeof path, "%s.aside", at.db);
    other = open_other();
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(put(s, "first", PUT_MS, &e), RC_OK);
    assert_int_equal(put(s, "torn", PUT_MS, &e), RC_OK);
    store_close(s);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(truncate(path, st.st_size - 1), 0);
    s = open_writer();
    assert_int_equal(put(s, "third", PUT_MS, &e), RC_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    await_row(s, "third");
    assert_true(has(s, "first") && !has(s, "torn"));
    assert_int_not_equal(stat(path, &st), 0);
    store_close(s);
}

/* What the aside file holds is not believed: rubbish, another version's, or one torn off is set aside whole. */
static void aside_is_rubbish(void **state)
{
    struct err e = ERR_NONE;
    char path[300], unread[300], id[ID_BYTES];
    struct store *s;
    FILE *f;

    (void)state;
    (void)snprintf(path, sizeof path, "%s.aside", at.db);
    (void)snprintf(unread, sizeof unread, "%s.aside.unread", at.db);
    for (size_t n = 0; n < 200; n += 13) {
        f = fopen(path, "w");
        assert_non_null(f);
        for (size_t i = 0; i < n; i++)
            assert_int_not_equal(fputc(i < 8 ? "assay-a"[i] : (int)(i * 7 % 256), f), EOF);
        assert_int_equal(fclose(f), 0);
        s = open_writer();
        (void)snprintf(id, sizeof id, "good%zu", n);
        assert_int_equal(put(s, id, PUT_MS, &e), RC_OK);
        await_row(s, id);
        store_close(s);
        assert_int_equal(access(unread, F_OK), 0);
        assert_int_equal(unlink(unread), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(aside_survives), TEST(aside_is_torn), TEST(aside_is_rubbish)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
