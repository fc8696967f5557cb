#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/run.h"

static char folder[] = "/tmp/assay-run-XXXXXX";

static const char *const migration[] = {"CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, word TEXT, bytes BLOB)"};
static const struct db_column name_column = {"word", "TEXT", true, 0};
static const struct db_schema schema = {
    .application_id = 1, .version = 1, .migration = migration, .table = "t", .columns = 1, .column = &name_column,
};

/* Each test has a file of its own. */
static struct db *open_new(void)
{
    static unsigned n;
    struct err e = ERR_NONE;
    char path[80];
    struct db *d;

    (void)snprintf(path, sizeof path, "%s/%u.db", folder, n++);
    assert_int_equal(db_open_write(path, &schema, false, &d, &e), RC_OK);
    return d;
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char path[80];

    (void)state;
    for (unsigned n = 0; n < 4; n++)
        for (int i = 0; i < 3; i++) {
            (void)snprintf(path, sizeof path, "%s/%u.db%s", folder, n, endings[i]);
            (void)unlink(path);
        }
    return rmdir(folder);
}

/* Each kind of value comes back as it went in; STR_NONE is NULL, no bytes are an empty text. */
static void values_of_each_kind(void **state)
{
    static const char insert[] = "INSERT INTO t (n, word, bytes) VALUES (?1, ?2, ?3)";
    static const char ask[] = "SELECT n, word, bytes, typeof(word), typeof(bytes) FROM t WHERE n = ?1";
    const struct {
        int64_t n;
        struct str word, bytes;
        const char *word_type, *bytes_type;
    } rows[] = {
        {INT64_MAX, STR("text with ' and \""), {"\0\1\2", 3}, "text", "blob"},
        {-1, STR(""), STR(""), "text", "blob"},
        {0, STR_NONE, STR_NONE, "null", "null"},
    };
    struct err e = ERR_NONE;
    struct db *d = open_new();
    struct statement *s;
    bool row;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(db_run_with(d, insert, DB_VALUES(DB_INT(rows[i].n), DB_TEXT(rows[i].word),
                                     DB_BLOB(rows[i].bytes)), &e), RC_OK);
        assert_int_equal(db_query(d, ask, DB_VALUES(DB_INT(rows[i].n)), &s, &e), RC_OK);
        assert_int_equal(statement_next(s, &row, &e), RC_OK);
        assert_true(row);
        assert_int_equal(statement_int(s, 0), rows[i].n);
        assert_true(str_eq(statement_text(s, 1), rows[i].word));
        assert_true(str_eq(statement_blob(s, 2), rows[i].bytes));
        assert_true(str_eq(statement_text(s, 3), str_of(rows[i].word_type)));
        assert_true(str_eq(statement_text(s, 4), str_of(rows[i].bytes_type)));
        statement_reset(s);
    }
    db_close(d);
}

/* Far more different texts than any program of ours has: each is compiled once, none ends the process. */
static void many_statements(void **state)
{
    enum { MANY = 1000 };
    static char sql[MANY][80];
    struct err e = ERR_NONE;
    struct db *d = open_new();
    struct statement *first[MANY], *again;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(sql[i], sizeof sql[i], "SELECT id FROM t WHERE n = ?1 + %d", i);
        assert_int_equal(db_query(d, sql[i], DB_VALUES(DB_INT(i)), &first[i], &e), RC_OK);
    }
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(db_query(d, sql[i], DB_VALUES(DB_INT(i)), &again, &e), RC_OK);
        assert_ptr_equal(again, first[i]);
    }
    db_close(d);
}

static void what_is_refused(void **state)
{
    struct err e = ERR_NONE;
    struct db *d = open_new();

    (void)state;
    assert_int_not_equal(db_run_with(d, "SELECT nothing FROM nowhere", DB_VALUES(DB_INT(1)), &e), RC_OK);
    assert_non_null(strstr(e.text, ".db"));
    assert_int_not_equal(db_run_with(d, "DELETE FROM t WHERE id = ?1", DB_VALUES(DB_INT(1), DB_INT(2)), &e), RC_OK);
    db_close(d);
}

static void transactions(void **state)
{
    struct err e = ERR_NONE;
    struct db *d = open_new();
    int64_t n;

    (void)state;
    assert_int_equal(db_begin(d, &e), RC_OK);
    assert_int_not_equal(db_begin(d, &e), RC_OK); /* they do not nest */
    assert_int_equal(db_run_with(d, "INSERT INTO t (n) VALUES (?1)", DB_VALUES(DB_INT(5)), &e), RC_OK);
    db_roll_back(d);
    assert_int_equal(db_ask(d, "SELECT count(*) FROM t", &n, &e), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(db_begin(d, &e), RC_OK);
    assert_int_equal(db_run_with(d, "INSERT INTO t (n) VALUES (?1)", DB_VALUES(DB_INT(5)), &e), RC_OK);
    assert_int_equal(db_commit(d, &e), RC_OK);
    assert_int_equal(db_begin_reading(d, &e), RC_OK);
    assert_int_equal(db_ask(d, "SELECT count(*) FROM t", &n, &e), RC_OK);
    assert_int_equal(n, 1);
    db_end_reading(d);
    assert_int_equal(db_begin(d, &e), RC_OK);
    db_roll_back(d);
    db_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_each_kind),
        cmocka_unit_test(many_statements),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(transactions),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
