#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "samples.h"
#include "records/store.h"

enum { THREADS = 32, EACH = 100, PUT_MS = 10000 };

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

static size_t count_of(struct store *s, const char *key)
{
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct record *got;
    struct store_query q = {.key = key, .limit = 10};
    size_t n = 0;

    if (store_find(s, a, &q, &got, &n, &e) != RC_OK)
        fail_msg("%s", e.text);
    arena_free(a);
    return n;
}

/* What was put is found at once: through the store itself and by another reader. */
static void put_and_find(void **state)
{
    struct record r = sample_record();
    struct err e = ERR_NONE;
    struct store *s, *reader;

    (void)state;
    assert_int_equal(store_open(at.db, STORE_WRITE, true, &s, &e), RC_OK);
    assert_int_equal(store_put(s, &(struct store_item){.record = &r}, PUT_MS, &e), RC_OK);
    assert_int_equal(count_of(s, "queue_id"), 1);
    assert_int_equal(store_open(at.db, STORE_READ, true, &reader, &e), RC_OK);
    assert_int_equal(count_of(reader, " <message_id>\n"), 1);
    assert_int_equal(store_put(s, &(struct store_item){.record = &r}, PUT_MS, &e), RC_OK);
    assert_int_equal(count_of(reader, "message_id"), 2);
    assert_int_equal(count_of(reader, ""), 0);
    assert_int_equal(count_of(reader, "nobody"), 0);
    assert_int_equal(store_counts(s).written, 2);
    assert_int_equal(store_counts(s).lost, 0);
    store_close(reader);
    store_close(s);
    store_close(NULL);
}

/* The store keeps nothing of the caller's memory. */
static void copies(void **state)
{
    char id[] = "AAAA";
    struct record r = sample_record();
    struct err e = ERR_NONE;
    struct store *s;

    (void)state;
    r.queue_id = id;
    assert_int_equal(store_open(at.db, STORE_WRITE, false, &s, &e), RC_OK);
    assert_int_equal(store_put(s, &(struct store_item){.record = &r}, PUT_MS, &e), RC_OK);
    id[0] = 'B';
    assert_int_equal(count_of(s, "AAAA"), 1);
    store_close(s);
}

struct putter {
    struct store *store;
    int number;
    int failed;
};

static void *put_many(void *arg)
{
    struct putter *p = arg;
    char id[32];
    struct record r = sample_record();

    r.queue_id = id;
    for (int i = 0; i < EACH; i++) {
        (void)snprintf(id, sizeof id, "T%dN%d", p->number, i);
        p->failed += store_put(p->store, &(struct store_item){.record = &r}, PUT_MS, NULL) != RC_OK;
        if (i % 20 == 0)
            p->failed += store_counts(p->store).written == 0;
    }
    return NULL;
}

static void many_threads(void **state)
{
    pthread_t thread[THREADS];
    struct putter putter[THREADS];
    struct err e = ERR_NONE;
    struct store_counts counts;
    struct store *s;

    (void)state;
    assert_int_equal(store_open(at.db, STORE_WRITE, true, &s, &e), RC_OK);
    for (int i = 0; i < THREADS; i++) {
        putter[i] = (struct putter){.store = s, .number = i};
        assert_int_equal(pthread_create(&thread[i], NULL, put_many, &putter[i]), 0);
    }
    assert_true(count_of(s, "T0N0") <= 1); /* reading while they write */
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_int_equal(putter[i].failed, 0);
    }
    counts = store_counts(s);
    assert_int_equal(counts.written, THREADS * EACH);
    assert_int_equal(counts.queued, 0);
    assert_true(counts.commits < counts.written); /* they shared commits */
    for (int i = 0; i < THREADS; i++) {
        char id[32];

        (void)snprintf(id, sizeof id, "T%dN%d", i, EACH - 1);
        assert_int_equal(count_of(s, id), 1);
    }
    store_close(s);
}

static void not_opened(void **state)
{
    struct err e = ERR_NONE;
    struct store *s;

    (void)state;
    assert_int_equal(store_open(at.db, STORE_READ, true, &s, &e), RC_NOTFOUND);
    assert_null(s);
    assert_int_equal(store_open("/nonexistent/assay.db", STORE_WRITE, true, &s, &e), RC_IO);
    assert_null(s);
    assert_non_null(strstr(e.text, "install -d"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

/* ---- files that change under it ---- */

static enum rc put(struct store *s)
{
    struct record r = sample_record();
    struct err e = ERR_NONE;

    return store_put(s, &(struct store_item){.record = &r}, PUT_MS, &e);
}

/* Whether the catch that one store puts on is seen by a fresh reader of the file. */
static bool caught_is_seen(struct store *editor)
{
    struct err e = ERR_NONE;
    struct store *fresh;
    int64_t until = 0;

    if (store_caught_put(editor, "a.example", 1, 5000, &e) != RC_OK)
        fail_msg("%s", e.text);
    assert_int_equal(store_open(at.db, STORE_EDIT, false, &fresh, &e), RC_OK);
    assert_int_equal(store_caught_until(fresh, "a.example", &until, &e), RC_OK);
    store_close(fresh);
    return until == 5000;
}

static void leave_no_log(void)
{
    char name[sizeof at.db + 8];

    (void)snprintf(name, sizeof name, "%s-wal", at.db);
    (void)unlink(name);
    (void)snprintf(name, sizeof name, "%s-shm", at.db);
    (void)unlink(name);
}

/* A file restored by mv: writer, reader and editor all go over to it. */
static void replaced_file(void **state)
{
    struct err e = ERR_NONE;
    struct store *s, *editor;
    char backup[sizeof at.db + 8];

    (void)state;
    (void)snprintf(backup, sizeof backup, "%s.old", at.db);
    assert_int_equal(store_open(backup, STORE_WRITE, false, &s, &e), RC_OK);
    store_close(s);
    assert_int_equal(store_open(at.db, STORE_WRITE, false, &s, &e), RC_OK);
    assert_int_equal(store_open(at.db, STORE_EDIT, false, &editor, &e), RC_OK);
    assert_int_equal(put(s), RC_OK);
    assert_true(caught_is_seen(editor));
    assert_int_equal(rename(backup, at.db), 0);
    leave_no_log();
    assert_true(caught_is_seen(editor));
    assert_int_equal(store_counts(editor).replaced, 1);
    assert_int_equal(put(s), RC_OK);
    assert_int_equal(count_of(s, "queue_id"), 1);
    store_close(editor);
    store_close(s);
}

/* An editor that comes first to a file restored beside the log of the one before: that log is not read into it. */
static void replaced_beside_its_log(void **state)
{
    char backup[sizeof at.db + 8], aside[sizeof at.db + 16];
    struct err e = ERR_NONE;
    struct store *s, *editor;
    int64_t until = 1;

    (void)state;
    (void)snprintf(backup, sizeof backup, "%s.old", at.db);
    (void)snprintf(aside, sizeof aside, "%s.replaced-wal", at.db);
    assert_int_equal(store_open(backup, STORE_WRITE, false, &s, &e), RC_OK);
    store_close(s);
    assert_int_equal(store_open(at.db, STORE_WRITE, false, &s, &e), RC_OK);
    assert_int_equal(store_open(at.db, STORE_EDIT, false, &editor, &e), RC_OK);
    assert_true(caught_is_seen(editor));
    assert_int_equal(rename(backup, at.db), 0);
    assert_int_equal(store_caught_until(editor, "a.example", &until, &e), RC_OK);
    assert_int_equal(until, 0);
    assert_int_equal(store_counts(editor).replaced, 1);
    assert_int_equal(unlink(aside), 0);
    store_close(editor);
    store_close(s);
}

/* Truncated to nothing: what is left is set aside, and all go over to a new one. */
static void truncated_file(void **state)
{
    char aside[sizeof at.db + 12];
    struct err e = ERR_NONE;
    struct store *s, *editor;

    (void)state;
    (void)snprintf(aside, sizeof aside, "%s.truncated", at.db);
    assert_int_equal(store_open(at.db, STORE_WRITE, false, &s, &e), RC_OK);
    assert_int_equal(store_open(at.db, STORE_EDIT, false, &editor, &e), RC_OK);
    assert_int_equal(put(s), RC_OK);
    assert_int_equal(count_of(s, "queue_id"), 1);
    assert_true(caught_is_seen(editor));
    assert_int_equal(truncate(at.db, 0), 0);
    assert_int_equal(put(s), RC_OK);
    assert_int_equal(count_of(s, "queue_id"), 1);
    assert_true(caught_is_seen(editor));
    assert_int_equal(access(aside, F_OK), 0);
    assert_int_equal(store_counts(s).lost, 0);
    store_close(editor);
    store_close(s);
}

/* A worker that replaces another serves with what there is, and heals by itself. */
static void opened_later(void **state)
{
    struct err e = ERR_NONE;
    struct store *s;

    (void)state;
    assert_int_equal(mkdir(at.db, 0700), 0);
    assert_int_not_equal(store_open(at.db, STORE_WRITE, false, &s, &e), RC_OK);
    assert_int_equal(store_open(at.db, STORE_WRITE_LATER, false, &s, &e), RC_OK);
    assert_int_equal(put(s), RC_TEMP);
    assert_int_equal(store_counts(s).lost, 1);
    assert_int_equal(rmdir(at.db), 0);
    for (int i = 0; access(at.db, F_OK) != 0 && i < 100; i++)
        (void)usleep(100000); /* nobody sends anything: it looks by itself */
    assert_int_equal(access(at.db, F_OK), 0);
    assert_int_equal(put(s), RC_OK);
    assert_int_equal(count_of(s, "queue_id"), 1);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(put_and_find), TEST(copies), TEST(many_threads), TEST(not_opened), TEST(replaced_file),
        TEST(replaced_beside_its_log), TEST(truncated_file), TEST(opened_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
