#include "unit.h"

#include <grp.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "samples.h"
#include "records/find.h"
#include "records/messages.h"
#include "records/schema.h"

static struct scratch at;

static int setup(void **state)
{
    (void)state;
    at = scratch_make();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove(&at);
    return 0;
}

/* What somebody else does to the file. */
static void execute(const char *sql)
{
    sqlite3 *conn;

    assert_int_equal(sqlite3_open(at.db, &conn), SQLITE_OK);
    if (sqlite3_exec(conn, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(conn));
    assert_int_equal(sqlite3_close(conn), SQLITE_OK);
}

static void assert_same(const struct record *got, const struct record *want)
{
#define SAME_TEXT(name) assert_string_equal(got->name, want->name);
#define SAME_INT(name) assert_true(got->name == want->name);
#define SAME(kind, name, help) SAME_##kind(name)
    RECORD_COLUMNS(SAME)
}

/* In a transaction of its own. */
static enum rc insert(struct db *d, const struct record *const *rows, size_t n, struct err *e)
{
    enum rc rc = db_run(d, "BEGIN IMMEDIATE", e);

    if (rc == RC_OK)
        rc = messages_insert(d, rows, n, e);
    if (rc == RC_OK)
        rc = db_run(d, "COMMIT", e);
    if (rc != RC_OK)
        db_roll_back(d);
    return rc;
}

static enum rc find(struct db *d, struct arena *a, const char *key, size_t limit, struct record **out, size_t *n,
                    struct err *e)
{
    struct store_query q = {.key = key, .limit = limit};

    q.kinds = 1u << STORE_KEY_QUEUE_ID | 1u << STORE_KEY_MESSAGE_ID;
    return find_messages(d, a, &q, out, n, e);
}

static void write_one(const struct record *r)
{
    struct err e = ERR_NONE;
    struct db *d;

    if (db_open_write(at.db, &records_schema, true, &d, &e) != RC_OK || insert(d, &r, 1, &e) != RC_OK)
        fail_msg("%s", e.text);
    db_close(d);
}

static void every_column_comes_back(void **state)
{
    struct record want = sample_record(), *got;
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct db *d;
    size_t n;

    (void)state;
    write_one(&want);
    assert_int_equal(db_open_read(at.db, &records_schema, &d, &e), RC_OK);
    assert_int_equal(find(d, a, "queue_id", 5, &got, &n, &e), RC_OK);
    assert_int_equal(n, 1);
    assert_same(&got[0], &want);
    db_close(d);
    arena_free(a);
}

static void keys(void **state)
{
    static const struct { const char *name; size_t n; const char *first; } rows[] = {
        {"Q1", 2, "m2@b"}, {"m1@a", 1, "m1@a"}, {"<m1@a>", 1, "m1@a"}, {"<Q1>", 0, ""}, {"q1", 0, ""},
        {"same@id", 1, "same@id"}, {"<>", 0, ""}, {"Q1' OR '1'='1", 0, ""}, {"%", 0, ""},
    };
    static const struct { const char *queue_id, *message_id; int64_t time_ms; } stored[] = {
        {"Q1", "m1@a", 1000}, {"Q1", "m2@b", 2000}, {"Q3", "same@id", 3000}, {"", "", 4000},
    };
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct db *d;

    (void)state;
    for (size_t i = 0; i < sizeof stored / sizeof *stored; i++) {
        struct record r = sample_record();

        r.queue_id = stored[i].queue_id;
        r.message_id = stored[i].message_id;
        r.time_ms = stored[i].time_ms;
        write_one(&r);
    }
    assert_int_equal(db_open_read(at.db, &records_schema, &d, &e), RC_OK);
    FOR_ROWS(row, rows) {
        struct record *got;
        size_t n;

        ASSERT_ROW(find(d, a, row->name, 5, &got, &n, &e) == RC_OK, row);
        ASSERT_ROW(n == row->n, row);
        ASSERT_ROW(n == 0 || strcmp(got[0].message_id, row->first) == 0, row);
        ASSERT_ROW(find(d, a, row->name, 1, &got, &n, &e) == RC_OK && n <= 1, row);
    }
    db_close(d);
    arena_free(a);
}

static void all_rows_or_none(void **state)
{
    struct record good = sample_record(), bad = sample_record();
    const struct record *const rows[] = {&good, &bad};
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct record *got;
    struct db *d;
    size_t n;

    (void)state;
    bad.helo = NULL; /* NOT NULL stops the second row */
    assert_int_equal(db_open_write(at.db, &records_schema, true, &d, &e), RC_OK);
    assert_int_not_equal(insert(d, rows, 2, &e), RC_OK);
    assert_int_equal(insert(d, rows, 1, &e), RC_OK);
    db_close(d);
    assert_int_equal(db_open_read(at.db, &records_schema, &d, &e), RC_OK);
    assert_int_equal(find(d, a, "queue_id", 5, &got, &n, &e), RC_OK);
    assert_int_equal(n, 1);
    db_close(d);
    arena_free(a);
}

/* A database whose table lacks columns gets them, and its rows stay. */
static void older_schema(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct record new = sample_record(), *got;
    struct db *d;
    size_t n;

    (void)state;
    execute("CREATE TABLE message (id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL DEFAULT 0,"
            " queue_id TEXT NOT NULL DEFAULT '', message_id TEXT NOT NULL DEFAULT '');"
            "INSERT INTO message (time_ms, queue_id) VALUES (7, 'old');"
            "CREATE TABLE run (started_ms INTEGER NOT NULL, version TEXT NOT NULL);"
            "PRAGMA application_id = 1095979865; PRAGMA user_version = 1");
    assert_int_equal(db_open_read(at.db, &records_schema, &d, &e), RC_BAD);
    assert_non_null(strstr(e.text, "older program; restart"));
    write_one(&new);
    assert_int_equal(db_open_read(at.db, &records_schema, &d, &e), RC_OK);
    assert_int_equal(find(d, a, "old", 5, &got, &n, &e), RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(got[0].time_ms, 7);
    assert_string_equal(got[0].helo, "");
    assert_int_equal(got[0].total_ms, 0);
    assert_int_equal(find(d, a, "queue_id", 5, &got, &n, &e), RC_OK);
    assert_same(&got[0], &new);
    db_close(d);
    arena_free(a);
}

static void refusals(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"PRAGMA application_id = 1095979865; PRAGMA user_version = 99",
         "has schema 99, of a newer version, and this program knows "},
        {"CREATE TABLE their (x)", "is a database of another program"},
        {"PRAGMA application_id = 5", "is a database of another program"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct err e = ERR_NONE;
        struct db *d;

        scratch_unlink(&at);
        execute(row->name);
        ASSERT_ROW(db_open_write(at.db, &records_schema, true, &d, &e) == RC_BAD, row);
        ASSERT_ROW(strstr(e.text, row->want) != NULL && strstr(e.text, at.db) == e.text, row);
        ASSERT_ROW(db_open_read(at.db, &records_schema, &d, &e) == RC_BAD && d == NULL, row);
        ASSERT_ROW(strstr(e.text, row->want) != NULL, row);
    }
}

static void no_database(void **state)
{
    char text[2000];
    struct err e = ERR_NONE;
    struct db *d;
    FILE *f;

    (void)state;
    assert_int_equal(db_open_read(at.db, &records_schema, &d, &e), RC_NOTFOUND);
    assert_int_not_equal(access(at.db, F_OK), 0); /* a reader creates nothing */
    f = fopen(at.db, "w");
    assert_non_null(f);
    memset(text, 'x', sizeof text);
    assert_int_equal(fwrite(text, 1, sizeof text, f), sizeof text);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(db_open_write(at.db, &records_schema, true, &d, &e), RC_BAD);
    assert_non_null(strstr(e.text, "is not an SQLite database; move it away"));
    assert_int_equal(db_open_write("/nonexistent/x/assay.db", &records_schema, true, &d, &e), RC_IO);
    assert_non_null(strstr(e.text, "make it: install -d -o assay -g assay-read -m 0750 /nonexistent/x"));
    assert_int_equal(db_open_write("/etc/passwd/assay.db", &records_schema, true, &d, &e), RC_IO);
    memset(text, '/', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(db_open_write(text, &records_schema, true, &d, &e), RC_BAD);
}

/* However strict or lax the umask: the group may read all three, and nobody else. */
static void modes(void **state)
{
    static const struct { const char *name; mode_t umask; } rows[] = {{"strict", 077}, {"lax", 0}};
    static const char *const suffix[] = {"", "-wal", "-shm"};
    struct err e = ERR_NONE;

    (void)state;
    FOR_ROWS(row, rows) {
        mode_t before = umask(row->umask);
        struct db *d;

        scratch_unlink(&at);
        ASSERT_ROW(db_open_write(at.db, &records_schema, true, &d, &e) == RC_OK, row);
        (void)umask(before);
        for (size_t i = 0; i < 3; i++) {
            char path[80];
            struct stat st;

            (void)snprintf(path, sizeof path, "%s%s", at.db, suffix[i]);
            ASSERT_ROW(stat(path, &st) == 0 && (st.st_mode & 07777) == 0640, row);
        }
        db_close(d);
    }
}

/* The file alone, as it is while no service runs or in a backup, is read and nothing is left beside it. */
static void file_alone(void **state)
{
    char path[80];
    struct record r = sample_record();
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct record *got;
    struct db *d;
    size_t n;

    (void)state;
    write_one(&r);
    (void)snprintf(path, sizeof path, "%s-wal", at.db);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(db_open_read(at.db, &records_schema, &d, &e), RC_OK);
    assert_int_equal(find(d, a, "queue_id", 5, &got, &n, &e), RC_OK);
    assert_int_equal(n, 1);
    db_close(d);
    assert_int_not_equal(access(path, F_OK), 0);
    arena_free(a);
}

/* In a child without root's rights but in the group: 0 when one record was found. */
static int read_as_member(void)
{
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct record *got;
    struct db *d;
    size_t n = 0;

    if (setgroups(0, NULL) != 0 || setgid(0) != 0 || setuid(65534) != 0)
        return 2;
    if (db_open_read(at.db, &records_schema, &d, &e) != RC_OK || find(d, a, "queue_id", 5, &got, &n, &e) != RC_OK)
        (void)fprintf(stderr, "as member: %s\n", e.text);
    return n == 1 ? 0 : 1;
}

static void assert_member_reads(void)
{
    int status = -1;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(read_as_member());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Writes one record and is gone without a word, as after kill -9. */
static void write_and_die(void)
{
    struct record r = sample_record();
    const struct record *row = &r;
    struct err e = ERR_NONE;
    struct db *d;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(db_open_write(at.db, &records_schema, true, &d, &e) == RC_OK && insert(d, &row, 1, &e) == RC_OK ? 0 : 1);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* The helpdesk has the group and can write nothing: it reads beside the service, after it, after a crash. */
static void group_member_reads(void **state)
{
    struct record r = sample_record();
    const struct record *row = &r;
    struct err e = ERR_NONE;
    struct db *d;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(at.folder, 0750), 0);
    assert_int_equal(db_open_write(at.db, &records_schema, true, &d, &e), RC_OK);
    assert_int_equal(insert(d, &row, 1, &e), RC_OK);
    assert_member_reads();
    db_close(d);
    assert_member_reads();
    scratch_unlink(&at);
    write_and_die();
    assert_member_reads();
}

static void moved(void **state)
{
    struct err e = ERR_NONE;
    struct db *d;

    (void)state;
    assert_int_equal(db_open_write(at.db, &records_schema, true, &d, &e), RC_OK);
    assert_false(db_moved(d));
    scratch_unlink(&at);
    assert_true(db_moved(d));
    db_close(d);
}

static void versions_noted(void **state)
{
    struct err e = ERR_NONE;
    struct db *d;
    sqlite3 *conn;
    sqlite3_stmt *stmt;

    (void)state;
    assert_int_equal(db_open_write(at.db, &records_schema, false, &d, &e), RC_OK);
    assert_int_equal(messages_note_run(d, &e), RC_OK);
    db_close(d);
    assert_int_equal(sqlite3_open(at.db, &conn), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(conn, "SELECT version FROM run", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), ASSAY_VERSION);
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(conn);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_column_comes_back), TEST(keys), TEST(all_rows_or_none), TEST(older_schema), TEST(refusals),
        TEST(no_database), TEST(modes), TEST(file_alone), TEST(group_member_reads), TEST(moved),
        TEST(versions_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
