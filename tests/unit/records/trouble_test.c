/* Killed, full, locked, deleted: what was acknowledged is there, and writing resumes by itself. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "writer_rig.h"

enum { KILL_AFTER = 300, WRITERS = 8 };

static void assert_intact(void)
{
    sqlite3 *conn;
    sqlite3_stmt *stmt;

    assert_int_equal(sqlite3_open(at.db, &conn), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(conn, "PRAGMA integrity_check", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "ok");
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(conn), SQLITE_OK);
}

/* ---- kill -9 ---- */

struct killed_writer {
    struct store *store;
    int number, out;
};

static void *write_until_killed(void *arg)
{
    const struct killed_writer *w = arg;

    for (int i = 0;; i++) {
        char id[ID_BYTES] = "";

        (void)snprintf(id, sizeof id, "W%dN%d", w->number, i);
        if (put(w->store, id, PUT_MS, NULL) != RC_OK || write(w->out, id, sizeof id) != sizeof id)
            _exit(1);
    }
    return NULL;
}

static void child_writes(int out)
{
    struct killed_writer writer[WRITERS];
    pthread_t thread[WRITERS];
    struct store *s = open_writer();

    for (int i = 0; i < WRITERS; i++) {
        writer[i] = (struct killed_writer){.store = s, .number = i, .out = out};
        if (pthread_create(&thread[i], NULL, write_until_killed, &writer[i]) != 0)
            _exit(1);
    }
    (void)pause();
}

static size_t kill_after(pid_t child, int in, char (*ids)[ID_BYTES], size_t most)
{
    size_t n = 0;

    while (n < most && read(in, ids[n], ID_BYTES) == ID_BYTES)
        if (++n == KILL_AFTER)
            assert_int_equal(kill(child, SIGKILL), 0);
    return n;
}

/* Every record acknowledged before SIGKILL is found, whole, and the file is sound. */
static void killed(void **state)
{
    static char ids[100000][ID_BYTES];
    struct err e = ERR_NONE;
    struct store *s;
    int pipes[2], status;
    size_t n;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(pipes), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(pipes[0]);
        child_writes(pipes[1]);
        _exit(1);
    }
    (void)close(pipes[1]);
    n = kill_after(child, pipes[0], ids, sizeof ids / sizeof *ids);
    (void)close(pipes[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_true(n >= KILL_AFTER);
    assert_int_equal(store_open(at.db, STORE_READ, true, &s, &e), RC_OK); /* before any writer cleans up */
    for (size_t i = 0; i < n; i++)
        if (!has(s, ids[i]))
            fail_msg("acknowledged %s is lost", ids[i]);
    store_close(s);
    store_close(open_writer());
    assert_intact();
}

/* ---- full disk ---- */

enum { TRIES = 400 };

struct outcome {
    bool kept[TRIES];
    int lost;
    char why[ERR_TEXT_MAX];
};

static void put_tries(struct store *s, char stage, struct outcome *out)
{
    memset(out, 0, sizeof *out);
    for (int i = 0; i < TRIES; i++) {
        char id[ID_BYTES];
        struct err e = ERR_NONE;
        enum rc rc;

        (void)snprintf(id, sizeof id, "%c%d", stage, i);
        rc = put(s, id, PUT_MS, &e);
        assert_true(rc == RC_OK || rc == RC_TEMP);
        out->kept[i] = rc == RC_OK;
        if (rc != RC_OK && out->lost++ == 0)
            memcpy(out->why, e.text, sizeof e.text);
    }
}

/* What was acknowledged is there; what was not, is not: no record is torn. */
static void assert_kept(struct store *s, char stage, const struct outcome *out)
{
    for (int i = 0; i < TRIES; i++) {
        char id[ID_BYTES];

        (void)snprintf(id, sizeof id, "%c%d", stage, i);
        if (has(s, id) != out->kept[i])
            fail_msg("%s was %s, now it is not", id, out->kept[i] ? "kept" : "lost");
    }
}

static void file_size_limit(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A limit on the size of files stands in for the full disk: it works for everybody, root too. */
static void no_growth(void **state)
{
    static struct outcome before, during, after;
    struct store *s = open_writer();
    struct store_counts counts;

    (void)state;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    put_tries(s, 'a', &before);
    assert_int_equal(before.lost, 0);
    file_size_limit(4096);
    put_tries(s, 'b', &during);
    file_size_limit(RLIM_INFINITY);
    assert_int_equal(during.lost, TRIES);
    assert_non_null(strstr(during.why, at.db));
    put_tries(s, 'c', &after);
    assert_int_equal(after.lost, 0);
    counts = store_counts(s);
    assert_int_equal(counts.lost, TRIES);
    assert_int_equal(counts.written, 2 * TRIES);
    assert_kept(s, 'a', &before);
    assert_kept(s, 'b', &during);
    assert_kept(s, 'c', &after);
    store_close(s);
    assert_intact();
}

static bool fill_disk(const char *path)
{
    static const char block[65536];
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    size_t step = sizeof block;

    if (fd < 0)
        return false;
    while (step > 0)
        if (write(fd, block, step) <= 0)
            step /= 2;
    return close(fd) == 0;
}

/* In the child that has the small file system for itself; answers an exit status. */
static int full_disk_child(void)
{
    static struct outcome before, during, after;
    char filler[80];
    struct store *s;

    (void)snprintf(filler, sizeof filler, "%s/filler", at.folder);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", at.folder, "tmpfs", 0, "size=16m,mode=0700") != 0)
        return 77;
    s = open_writer();
    put_tries(s, 'a', &before);
    assert_int_equal(before.lost, 0);
    assert_true(fill_disk(filler));
    put_tries(s, 'b', &during);
    assert_true(during.lost > 0);
    assert_non_null(strstr(during.why, "no space left on its disk; free some"));
    assert_int_equal(unlink(filler), 0);
    put_tries(s, 'c', &after);
    assert_int_equal(after.lost, 0);
    assert_kept(s, 'a', &before);
    assert_kept(s, 'b', &during);
    assert_kept(s, 'c', &after);
    store_close(s);
    assert_intact();
    return 0;
}

static void full_disk(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    assert_true(child >= 0);
    if (child == 0)
        _exit(full_disk_child());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip(); /* may not mount here */
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Another program on the database; it waits its turn, as the writer takes care of it between commits. */
/* ---- others at the file ---- */

static void locked(void **state)
{
    struct err e = ERR_NONE;
    struct store *s = open_writer();
    int64_t began;
    sqlite3 *other;

    (void)state;
    assert_int_equal(put(s, "before", PUT_MS, &e), RC_OK);
    other = open_other();
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    began = clock_mono_ms();
    assert_int_equal(put(s, "hurried", 100, &e), RC_TEMP); /* the writer waits on; we do not */
    assert_true(clock_mono_ms() - began < 1500);
    assert_non_null(strstr(e.text, "not written within 100 ms"));
    assert_int_equal(put(s, "patient", PUT_MS, &e), RC_OK);
    began = clock_mono_ms();
    for (int i = 0; i < 20; i++)
        assert_int_equal(put(s, i == 7 ? "seventh" : "more", PUT_MS, &e), RC_OK);
    assert_true(clock_mono_ms() - began < 5000); /* only the first waits for the lock */
    assert_true(!has(s, "patient"));
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    await_row(s, "patient");
    assert_int_equal(put(s, "after", PUT_MS, &e), RC_OK);
    await_row(s, "after");
    assert_true(has(s, "before") && has(s, "seventh"));
    assert_int_equal(store_counts(s).lost, 1); /* the hurried one, as far as its sender knows */
    store_close(s);
}

/* More messages at once than may wait for a disk that stands still: the surplus is answered at once. */
enum { CROWD = 6700 };

static atomic_uint turned_away;

static void *put_in_crowd(void *arg)
{
    struct err e = ERR_NONE;

    if (put(arg, "crowd", PUT_MS, &e) != RC_OK && strstr(e.text, "write queue full") != NULL)
        (void)atomic_fetch_add(&turned_away, 1);
    return NULL;
}

static void queue_is_full(void **state)
{
    static pthread_t thread[CROWD];
    struct err e = ERR_NONE;
    struct store *s = open_writer();
    pthread_attr_t attr;
    sqlite3 *other;
    int64_t began;
    char aside[300];
    bool full;
    size_t n = 0;

    (void)state;
    assert_int_equal(put(s, "before", PUT_MS, &e), RC_OK);
    (void)snprintf(aside, sizeof aside, "%s.aside", at.db);
    assert_int_equal(mkdir(aside, 0700), 0); /* so that nothing can wait beside the database */
    other = open_other();
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    began = clock_mono_ms();
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstacksize(&attr, 128 * 1024), 0);
    while (n < CROWD && pthread_create(&thread[n], &attr, put_in_crowd, s) == 0)
        n++;
    while (turned_away == 0 && clock_mono_ms() - began < 1500) /* before the writer gives up and there is room again */
        (void)usleep(1000);
    full = turned_away > 0;
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attr), 0);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    assert_int_equal(put(s, "after", PUT_MS, &e), RC_OK);
    assert_true(store_counts(s).lost >= turned_away);
    store_close(s);
    assert_int_equal(rmdir(aside), 0);
    if (n < CROWD || !full)
        skip(); /* not so many threads here, or not so fast */
    assert_in_range(turned_away, 1, CROWD - 5000);
}

/* Times out while it is still queued behind a batch: it is taken back and never written. */
static void *put_hurried(void *arg)
{
    return (void *)(intptr_t)put(arg, "first", 3000, NULL);
}

static void taken_back(void **state)
{
    struct err e = ERR_NONE;
    struct store *s = open_writer();
    pthread_t thread;
    sqlite3 *other;
    void *rc;

    (void)state;
    other = open_other();
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(pthread_create(&thread, NULL, put_hurried, s), 0);
    while (store_counts(s).queued > 0 || store_counts(s).written > 0)
        (void)sched_yield();
    (void)usleep(100000); /* the first is with the writer now, which waits for the lock */
    assert_int_equal(put(s, "second", 50, &e), RC_TEMP);
    assert_int_equal(store_counts(s).queued, 0);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    assert_int_equal(pthread_join(thread, &rc), 0);
    assert_int_equal((intptr_t)rc, RC_OK);
    await_row(s, "first");
    assert_true(!has(s, "second"));
    store_close(s);
}

static void deleted(void **state)
{
    struct err e = ERR_NONE;
    struct store *s = open_writer();

    (void)state;
    assert_int_equal(put(s, "before", PUT_MS, &e), RC_OK);
    assert_true(has(s, "before"));
    scratch_unlink(&at);
    assert_int_equal(put(s, "after", PUT_MS, &e), RC_OK);
    assert_true(!has(s, "before") && has(s, "after")); /* in the new file, not in the one without a name */
    scratch_remove(&at);
    assert_int_equal(put(s, "nowhere", PUT_MS, &e), RC_TEMP);
    assert_non_null(strstr(e.text, "make it: install -d"));
    assert_int_equal(mkdir(at.folder, 0700), 0);
    assert_int_equal(put(s, "again", PUT_MS, &e), RC_OK);
    assert_true(has(s, "again"));
    store_close(s);
}

/* Somebody put a text where the database was. */
static void replaced_by_rubbish(void **state)
{
    struct err e = ERR_NONE;
    struct store *s = open_writer();
    char other[600];
    FILE *f;

    (void)state;
    (void)snprintf(other, sizeof other, "%s.rubbish", at.db);
    f = fopen(other, "w");
    assert_non_null(f);
    for (int i = 0; i < 1000; i++)
        assert_true(fputs("rubbish\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
    scratch_unlink(&at);
    assert_int_equal(rename(other, at.db), 0); /* never seen empty, which would mean something else */
    assert_int_equal(put(s, "x", PUT_MS, &e), RC_TEMP);
    assert_non_null(strstr(e.text, "is not an SQLite database; move it away"));
    assert_int_equal(unlink(at.db), 0);
    assert_int_equal(put(s, "y", PUT_MS, &e), RC_OK);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(killed), TEST(no_growth), TEST(full_disk), TEST(locked), TEST(queue_is_full), TEST(taken_back), TEST(deleted),
        TEST(replaced_by_rubbish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
