#include "store/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/dbfile.h"
#include "store/messages.h"
#include "store/writer.h"

enum {
    BATCH_MAX = 500,  /* rows of one commit: a few milliseconds */
    QUEUE_MAX = 5000, /* records waiting; more is a disk that stands still */
    TELL_EVERY_MS = 10000,
    PACE_US = 2000,   /* from one commit's beginning to the next: see pace */
    CARE_EVERY_MS = 25,  /* between two steps of care while records come in */
    CARE_LATER_MS = 1000 /* while there is no database */
};

enum waiting_state { WAITING_QUEUED, WAITING_TAKEN, WAITING_DONE };

/* A record on its way to the disk. */
struct waiting {
    struct item *item;
    enum waiting_state state;
    bool abandoned; /* nobody waits any more: the writer frees it */
    enum rc rc;
    struct err err;
    pthread_cond_t done;
    struct waiting *prev, *next;
};

struct store {
    char *path;
    bool full_sync;
    enum store_mode mode;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t work;
    struct waiting *queue;
    size_t queued;
    struct store_counts counts;
    struct store_keep keep;
    bool closing;

    pthread_t thread;
    struct db *db;        /* the writer thread's, or STORE_EDIT's; NULL: to be opened again */
    struct writer *writer; /* the writer thread's, as what follows */
    int64_t care_ms;      /* when care is wanted again; monotonic */
    uint64_t failed_rows; /* the writer thread's: not written since it was last said */
    int64_t told_ms;      /* the writer thread's: when that was */
    int64_t began_us;     /* the writer thread's: when the last commit began; monotonic */

    pthread_mutex_t read_lock; /* of `reader` */
    struct db *reader;         /* NULL until somebody reads */
};

static struct waiting *waiting_new(const struct store_item *from)
{
    struct waiting *w = calloc(1, sizeof *w);
    pthread_condattr_t attr;

    if (w == NULL)
        return NULL;
    w->item = item_new(from);
    if (w->item == NULL) {
        free(w);
        return NULL;
    }
    MUST(pthread_condattr_init(&attr) == 0);
    MUST(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    MUST(pthread_cond_init(&w->done, &attr) == 0);
    (void)pthread_condattr_destroy(&attr);
    return w;
}

static void waiting_free(struct waiting *w)
{
    (void)pthread_cond_destroy(&w->done);
    free(w->item);
    free(w);
}

/* ---- the writer thread ---- */

/*
 * With the lock held.  A commit costs the same for one record as for many.
 * So a busy writer waits a moment for company; a record that comes alone is
 * written at once.
 */
static void pace(struct store *s)
{
    int64_t until = s->began_us + PACE_US;
    struct timespec t = {.tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000};

    if (s->closing || clock_mono_us() >= until)
        return;
    pthread_mutex_unlock(&s->lock);
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    pthread_mutex_lock(&s->lock);
}

static struct timespec at_mono_ms(int64_t ms)
{
    return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

/* Waits for work and takes it; 0 when there is care to take, or the store closes and all is written (*open false). */
static size_t take_batch(struct store *s, struct waiting *batch[BATCH_MAX], bool *open)
{
    struct timespec care = at_mono_ms(s->care_ms);
    size_t n = 0;
    int code = 0;

    pthread_mutex_lock(&s->lock);
    while (s->queue == NULL && !s->closing && code != ETIMEDOUT)
        code = pthread_cond_timedwait(&s->work, &s->lock, &care);
    if (s->queue != NULL)
        pace(s);
    while (s->queue != NULL && n < BATCH_MAX) {
        struct waiting *w = s->queue;

        DL_DELETE(s->queue, w);
        s->queued--;
        w->state = WAITING_TAKEN;
        batch[n++] = w;
    }
    *open = n > 0 || !s->closing;
    pthread_mutex_unlock(&s->lock);
    return n;
}

static void give_answers(struct store *s, struct waiting *batch[], size_t n, int64_t took_us, enum rc rc,
                         const struct err *e)
{
    pthread_mutex_lock(&s->lock);
    s->counts.busy_us += (uint64_t)took_us;
    if (rc == RC_OK) {
        s->counts.written += n;
        s->counts.commits++;
    }
    for (size_t i = 0; i < n; i++) {
        struct waiting *w = batch[i];

        if (w->abandoned) {
            waiting_free(w);
            continue;
        }
        w->rc = rc;
        if (rc != RC_OK)
            w->err = *e;
        w->state = WAITING_DONE;
        pthread_cond_signal(&w->done);
    }
    pthread_mutex_unlock(&s->lock);
}

static void drop_db(struct store *s)
{
    db_close(s->db);
    s->db = NULL;
    writer_forget(s->writer);
}

/* SQLite would go on writing into a file that was deleted, and nobody would ever see it. */
static enum rc ready(struct store *s, struct err *e)
{
    if (s->db != NULL && db_moved(s->db)) {
        log_write(LOG_LEVEL_WARNING, NULL, "%s: deleted or replaced while in use; opening it again", s->path);
        drop_db(s);
    }
    return s->db != NULL ? RC_OK : db_open_write(s->path, s->full_sync, &s->db, e);
}

static enum rc write_batch(struct store *s, struct waiting *batch[], size_t n, struct err *e)
{
    const struct item *items[BATCH_MAX];
    enum rc rc = ready(s, e);

    for (size_t i = 0; i < n; i++)
        items[i] = batch[i]->item;
    if (rc == RC_OK)
        rc = writer_commit(s->writer, s->db, items, n, e);
    if (rc == RC_OK)
        return RC_OK;
    drop_db(s); /* a fresh start for the next: handles outlive what broke them badly */
    return RC_TEMP;
}

/* Those who wait say what is lost; only the writer knows that it is over, which may be often. */
static void tell_recovery(struct store *s, enum rc rc, size_t n)
{
    int64_t now = clock_mono_ms();

    if (rc != RC_OK) {
        s->failed_rows += n;
    } else if (s->failed_rows > 0 && (s->told_ms == 0 || now - s->told_ms >= TELL_EVERY_MS)) {
        log_write(LOG_LEVEL_WARNING, NULL, "%s: writing again after %" PRIu64 " records were lost", s->path,
                  s->failed_rows);
        s->failed_rows = 0;
        s->told_ms = now;
    }
}

/* Trouble in it is trouble of the next commit, too, and that one is told. */
static void take_care(struct store *s, bool busy)
{
    int64_t began_us = clock_mono_us();
    struct store_keep keep;
    struct err e = ERR_NONE;
    uint64_t gone = 0;
    int wait_ms = CARE_LATER_MS;

    pthread_mutex_lock(&s->lock);
    keep = s->keep;
    pthread_mutex_unlock(&s->lock);
    if (s->db != NULL)
        (void)writer_care(s->writer, s->db, &keep, &wait_ms, &gone, &e);
    s->care_ms = clock_mono_ms() + (busy && wait_ms < CARE_EVERY_MS ? CARE_EVERY_MS : wait_ms);
    pthread_mutex_lock(&s->lock);
    s->counts.pruned += gone;
    s->counts.care_us += (uint64_t)(clock_mono_us() - began_us);
    pthread_mutex_unlock(&s->lock);
}

static void write_and_answer(struct store *s, struct waiting *batch[], size_t n)
{
    struct err e = ERR_NONE;
    enum rc rc;

    s->began_us = clock_mono_us();
    rc = write_batch(s, batch, n, &e);
    tell_recovery(s, rc, n);
    give_answers(s, batch, n, clock_mono_us() - s->began_us, rc, &e);
}

static void *writer_main(void *arg)
{
    struct store *s = arg;
    struct waiting *batch[BATCH_MAX];
    struct err e = ERR_NONE;
    bool open = true;

    while (open) {
        size_t n = take_batch(s, batch, &open);

        if (n > 0)
            write_and_answer(s, batch, n);
        if (open && clock_mono_ms() >= s->care_ms)
            take_care(s, n > 0);
    }
    if (s->db != NULL)
        (void)writer_finish(s->writer, s->db, &e); /* else it is caught up with at the next start */
    return NULL;
}

/* ---- opening and closing ---- */

static struct store *store_new(const char *path, enum store_mode mode, bool full_sync)
{
    struct store *s = calloc(1, sizeof *s);
    pthread_condattr_t attr;

    if (s == NULL)
        return NULL;
    s->path = strdup(path);
    s->writer = mode == STORE_WRITE ? writer_new() : NULL;
    if (s->path == NULL || (mode == STORE_WRITE && s->writer == NULL)) {
        free(s->path);
        free(s);
        return NULL;
    }
    s->mode = mode;
    s->full_sync = full_sync;
    MUST(pthread_mutex_init(&s->lock, NULL) == 0);
    MUST(pthread_mutex_init(&s->read_lock, NULL) == 0);
    MUST(pthread_condattr_init(&attr) == 0);
    MUST(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    MUST(pthread_cond_init(&s->work, &attr) == 0);
    (void)pthread_condattr_destroy(&attr);
    return s;
}

static void store_free(struct store *s)
{
    db_close(s->reader);
    db_close(s->db);
    writer_free(s->writer);
    (void)pthread_cond_destroy(&s->work);
    (void)pthread_mutex_destroy(&s->read_lock);
    (void)pthread_mutex_destroy(&s->lock);
    free(s->path);
    free(s);
}

static enum rc start_writing(struct store *s, struct err *e)
{
    struct err why = ERR_NONE;
    enum rc rc = db_open_write(s->path, s->full_sync, &s->db, e);
    int code;

    if (rc != RC_OK)
        return rc;
    /* on a full disk the service must start all the same: each message will tell */
    if (messages_note_run(s->db, &why) != RC_OK)
        log_write(LOG_LEVEL_WARNING, NULL, "%s", why.text);
    code = pthread_create(&s->thread, NULL, writer_main, s);
    return code == 0 ? RC_OK : err_errno(e, RC_TEMP, code, "%s: cannot start its thread", s->path);
}

static enum rc start_editing(struct store *s, struct err *e)
{
    enum rc rc = dbfile_writable(s->path, e);

    return rc == RC_OK ? db_open_write(s->path, s->full_sync, &s->db, e) : rc;
}

static enum rc start(struct store *s, struct err *e)
{
    switch (s->mode) {
    case STORE_WRITE: return start_writing(s, e);
    case STORE_EDIT: return start_editing(s, e);
    default: return db_open_read(s->path, &s->reader, e);
    }
}

enum rc store_open(const char *path, enum store_mode mode, bool full_sync, struct store **out, struct err *e)
{
    struct store *s = store_new(path, mode, full_sync);
    enum rc rc;

    *out = NULL;
    if (s == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to open it", path);
    rc = start(s, e);
    if (rc == RC_OK)
        *out = s;
    else
        store_free(s);
    return rc;
}

void store_close(struct store *s)
{
    if (s == NULL)
        return;
    if (s->mode == STORE_WRITE) {
        pthread_mutex_lock(&s->lock);
        s->closing = true;
        pthread_cond_signal(&s->work);
        pthread_mutex_unlock(&s->lock);
        (void)pthread_join(s->thread, NULL);
    }
    store_free(s);
}

/* ---- putting ---- */

/* With the lock held.  Leaves `w` answered, or taken off the queue, or abandoned to the writer. */
static enum rc await(struct store *s, struct waiting *w, int timeout_ms, struct err *e)
{
    struct timespec deadline = at_mono_ms(clock_mono_ms() + timeout_ms);
    enum rc rc;

    while (w->state != WAITING_DONE)
        if (pthread_cond_timedwait(&w->done, &s->lock, &deadline) == ETIMEDOUT)
            break;
    if (w->state == WAITING_TAKEN) {
        w->abandoned = true;
        return err_set(e, RC_TEMP, "%s: not written within %d ms, perhaps later; check the disk", s->path,
                       timeout_ms);
    }
    if (w->state == WAITING_DONE) {
        rc = w->rc;
        if (rc != RC_OK)
            (void)err_set(e, rc, "%s", w->err.text);
    } else {
        DL_DELETE(s->queue, w);
        s->queued--;
        rc = err_set(e, RC_TEMP, "%s: not written within %d ms; check the disk", s->path, timeout_ms);
    }
    waiting_free(w);
    return rc;
}

enum rc store_put(struct store *s, const struct store_item *item, int timeout_ms, struct err *e)
{
    struct waiting *w = waiting_new(item);
    enum rc rc;

    MUST(s->mode == STORE_WRITE);
    pthread_mutex_lock(&s->lock);
    if (w == NULL) {
        rc = err_set(e, RC_TEMP, "%s: no memory to queue a record", s->path);
    } else if (s->queued >= QUEUE_MAX) {
        waiting_free(w);
        rc = err_set(e, RC_TEMP, "%s: %d records wait already; check the disk", s->path, QUEUE_MAX);
    } else {
        DL_APPEND(s->queue, w);
        s->queued++;
        pthread_cond_signal(&s->work);
        rc = await(s, w, timeout_ms, e);
    }
    if (rc != RC_OK)
        s->counts.lost++;
    pthread_mutex_unlock(&s->lock);
    return rc;
}

struct store_counts store_counts(struct store *s)
{
    struct store_counts counts;

    pthread_mutex_lock(&s->lock);
    counts = s->counts;
    counts.queued = s->queued;
    pthread_mutex_unlock(&s->lock);
    return counts;
}

void store_keep(struct store *s, const struct store_keep *keep)
{
    pthread_mutex_lock(&s->lock);
    s->keep = *keep;
    pthread_mutex_unlock(&s->lock);
}

/* ---- for ask.c ---- */

enum rc store_take_reader(struct store *s, struct db **out, struct err *e)
{
    enum rc rc = RC_OK;

    pthread_mutex_lock(&s->read_lock);
    if (s->reader != NULL && db_moved(s->reader)) {
        db_close(s->reader);
        s->reader = NULL;
    }
    if (s->reader == NULL)
        rc = db_open_read(s->path, &s->reader, e);
    *out = s->reader;
    return rc;
}

void store_give_reader(struct store *s)
{
    pthread_mutex_unlock(&s->read_lock);
}

struct db *store_editor(struct store *s)
{
    MUST(s->mode == STORE_EDIT);
    return s->db;
}
