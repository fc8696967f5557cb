#include "base/sync.h"
#include "records/internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/database_url.h"
#include "base/log.h"
#include "db/dbfile.h"
#include "db/moved.h"
#include "records/engine.h"
#include "records/messages.h"
#include "records/schema.h"
#include "records/trouble.h"
#include "records/waiting.h"
#include "records/writer.h"

enum {
    BATCH_MAX = 500,  /* rows of one commit: a few milliseconds */
    QUEUE_MAX = 5000, /* records waiting; more is a disk that stands still */
    BATCH_WAIT_US = 2000, /* that a batch waits at most for more records: see wait_for_fuller_batch */
    MAINTENANCE_EVERY_MS = 25,  /* between two steps of maintenance while records come in */
    MAINTENANCE_LATER_MS = 1000, LOCKED_LATER_MS = 10000, /* there is no database; it takes long to find so */
    CATCH_UP_MS = 250 /* between two looks whether a lock is gone */
};

struct store {
    char *path;
    bool full_sync;
    enum store_mode mode;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t work;
    struct waiting *queue;
    size_t queued;
    size_t wanted; /* records in the queue that wake the writer; 0: it works */
    struct store_counts counts;
    struct store_keep keep;
    bool closing;
    pthread_t thread;
    struct db *db;        /* the writer thread's, or STORE_EDIT's; NULL: to be opened again */
    struct writer *writer; /* the writer thread's, as what follows */
    int64_t maintenance_ms;      /* when maintenance is due again; monotonic */
    bool opened;          /* the writer thread's: the database was open once, since the start */
    struct trouble *trouble; /* the writer thread's: what could not be written */
    int64_t commit_us;    /* the writer thread's: what a commit takes lately */
    size_t recent_batch[2];    /* the writer thread's: records of the last batches */
    pthread_mutex_t read_lock; /* of `reader` */
    struct db *reader;         /* NULL until somebody reads */
    struct centre *centre;     /* of a server; else NULL */
};

/* ---- the writer thread ---- */

/* With the lock held.  Waits until `n` records are queued, `until_us` comes, or the store closes. */
static void await_records(struct store *s, size_t n, int64_t until_us)
{
    s->wanted = n;
    while (s->queued < n && !s->closing && sync_wait_until_us(&s->work, &s->lock, until_us))
        ;
    s->wanted = 0;
}

/*
 * With the lock held.  A commit costs the same for one record as for many,
 * and who comes a moment too late waits for two of them.  So a record waits
 * for as many as there were lately, at most as long as a commit takes; one
 * that comes alone, as its predecessors did, is written at once.
 */
static void wait_for_fuller_batch(struct store *s)
{
    size_t n = s->recent_batch[0] > s->recent_batch[1] ? s->recent_batch[0] : s->recent_batch[1];

    if (s->queued < n)
        await_records(s, n, clock_mono_us() + (s->commit_us < BATCH_WAIT_US ? s->commit_us : BATCH_WAIT_US));
}

/* Waits for work and takes it; 0 when maintenance is due, or the store closes and all is written (*open false). */
static size_t store_take_batch(struct store *s, struct waiting *batch[BATCH_MAX], bool *open)
{
    size_t n = 0;

    pthread_mutex_lock(&s->lock);
    await_records(s, 1, 1000 * s->maintenance_ms);
    if (s->queue != NULL)
        wait_for_fuller_batch(s);
    while (s->queue != NULL && n < BATCH_MAX) {
        struct waiting *w = s->queue;

        DL_DELETE(s->queue, w);
        s->queued--;
        w->state = WAITING_TAKEN;
        batch[n++] = w;
    }
    *open = n > 0 || !s->closing;
    pthread_mutex_unlock(&s->lock);
    if (n > 0) {
        s->recent_batch[1] = s->recent_batch[0];
        s->recent_batch[0] = n;
    }
    return n;
}

static void give_answers(struct store *s, struct waiting *batch[], size_t n, int64_t took_us, enum rc rc,
                         const struct err *e)
{
    size_t wait = 0;

    s->commit_us = (7 * s->commit_us + took_us) / 8;
    pthread_mutex_lock(&s->lock);
    s->counts.busy_us += (uint64_t)took_us;
    if (rc == RC_OK) {
        s->counts.written += n;
        s->counts.commits++;
    }
    for (size_t i = 0; i < n; i++) {
        batch[i]->state = WAITING_ANSWERED;
        if (batch[i]->abandoned)
            waiting_free(batch[i]);
        else
            batch[wait++] = batch[i];
    }
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < wait; i++)
        waiting_tell(batch[i], rc, e);
}

static void drop_db(struct store *s)
{
    db_close(s->db);
    s->db = NULL;
    writer_forget(s->writer);
}

/* On a full disk the service must start all the same: each message will tell. */
static void store_note_run(struct store *s)
{
    struct err why = ERR_NONE;

    s->opened = true;
    if (messages_note_run(s->db, &why) != RC_OK)
        log_write(LOG_LEVEL_WARNING, NULL, "%s", why.text);
    writer_begin_later(s->writer, s->db, s->full_sync);
}

static enum rc open_for_writing(struct store *s, bool tell, struct err *e)
{
    enum rc rc = db_open_write(s->path, &records_schema, s->full_sync, &s->db, e);

    if (rc == RC_OK)
        db_set_wait(s->db, STORE_WAIT_MS);
    if (rc == RC_OK && !s->opened && tell) {
        store_note_run(s);
        log_write(LOG_LEVEL_WARNING, NULL, "%s: opened, records are kept again", s->path);
    }
    return rc;
}

static enum rc ready(struct store *s, struct err *e)
{
    if (db_drop_moved(&s->db))
        writer_forget(s->writer);
    return s->db != NULL ? RC_OK : open_for_writing(s, true, e);
}

static enum rc write_batch(struct store *s, struct waiting *batch[], size_t n, struct err *e)
{
    const struct item *items[BATCH_MAX];
    bool waits = trouble_waits(s->trouble);
    enum rc rc = waits ? RC_TEMP : ready(s, e);

    for (size_t i = 0; i < n; i++)
        items[i] = batch[i]->item;
    if (rc == RC_OK)
        rc = writer_commit(s->writer, s->db, items, n, e);
    if (rc == RC_OK) {
        trouble_over(s->trouble);
        return RC_OK;
    }
    if (!waits && !db_is_lock(e))
        drop_db(s); /* a fresh start for the next: handles outlive what broke them badly */
    return trouble_keep(s->trouble, items, n, e);
}

static int catch_up(struct store *s) /* milliseconds until the next try */
{
    struct err e = ERR_NONE;
    bool more = false;
    enum rc rc = trouble_catch_up(s->trouble, s->writer, s->db, &more, &e);

    if (rc != RC_OK && !db_is_lock(&e))
        drop_db(s);
    return rc != RC_OK ? CATCH_UP_MS : more ? 0 : MAINTENANCE_EVERY_MS;
}

/* Trouble in it is trouble of the next commit, too, and that one is told. */
static void maintain(struct store *s, bool busy)
{
    int64_t began_us = clock_mono_us();
    struct store_keep keep;
    struct err e = ERR_NONE;
    uint64_t gone = 0;
    int wait_ms = MAINTENANCE_LATER_MS;

    pthread_mutex_lock(&s->lock);
    keep = s->keep;
    pthread_mutex_unlock(&s->lock);
    (void)ready(s, &e); /* what heals is open again before the next message comes */
    if (s->db != NULL && trouble_waits(s->trouble))
        wait_ms = catch_up(s);
    else if (s->db != NULL)
        (void)writer_maintain(s->writer, s->db, &keep, &wait_ms, &gone, &e);
    else if (clock_mono_us() - began_us > 1000000)
        wait_ms = LOCKED_LATER_MS; /* somebody keeps us out, and messages waited for this */
    s->maintenance_ms = clock_mono_ms() + (busy && wait_ms < MAINTENANCE_EVERY_MS ? MAINTENANCE_EVERY_MS : wait_ms);
    pthread_mutex_lock(&s->lock);
    s->counts.pruned += gone;
    s->counts.maintenance_us += (uint64_t)(clock_mono_us() - began_us);
    pthread_mutex_unlock(&s->lock);
}

static void write_and_answer(struct store *s, struct waiting *batch[], size_t n)
{
    struct err e = ERR_NONE;
    int64_t began_us = clock_mono_us();
    enum rc rc = write_batch(s, batch, n, &e);

    give_answers(s, batch, n, clock_mono_us() - began_us, rc, &e);
}

static void *writer_main(void *arg)
{
    struct store *s = arg;
    struct waiting *batch[BATCH_MAX];
    struct err e = ERR_NONE;
    bool open = true;

    while (open) {
        size_t n = store_take_batch(s, batch, &open);

        if (n > 0)
            write_and_answer(s, batch, n);
        if (open && clock_mono_ms() >= s->maintenance_ms)
            maintain(s, n > 0);
    }
    if (s->db != NULL)
        (void)writer_finish(s->writer, s->db, &e); /* else it is caught up with at the next start */
    return NULL;
}

/* ---- opening and closing ---- */

static bool writes(const struct store *s)
{
    return s->mode == STORE_WRITE || s->mode == STORE_WRITE_LATER;
}

static struct store *store_new(const char *path, enum store_mode mode, bool full_sync)
{
    struct store *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->path = strdup(path);
    s->mode = mode;
    s->writer = writes(s) ? writer_new() : NULL;
    s->trouble = writes(s) && s->path != NULL ? trouble_new(s->path, full_sync) : NULL;
    if (s->path == NULL || (writes(s) && (s->writer == NULL || s->trouble == NULL))) {
        writer_free(s->writer);
        trouble_free(s->trouble);
        free(s->path);
        free(s);
        return NULL;
    }
    s->full_sync = full_sync;
    MUST(pthread_mutex_init(&s->lock, NULL) == 0);
    MUST(pthread_mutex_init(&s->read_lock, NULL) == 0);
    sync_cond_init(&s->work);
    return s;
}

static void store_free(struct store *s)
{
    store_engine_close(s->centre);
    db_close(s->reader);
    db_close(s->db);
    writer_free(s->writer);
    trouble_free(s->trouble);
    (void)pthread_cond_destroy(&s->work);
    (void)pthread_mutex_destroy(&s->read_lock);
    (void)pthread_mutex_destroy(&s->lock);
    free(s->path);
    free(s);
}

static enum rc start_writing(struct store *s, struct err *e)
{
    enum rc rc = open_for_writing(s, false, e);
    int code;

    if (rc != RC_OK && rc != RC_TEMP && s->mode != STORE_WRITE_LATER)
        return rc;
    if (rc == RC_OK)
        store_note_run(s);
    else
        log_write(LOG_LEVEL_ERROR, NULL, "serving without records, the database is tried again: %s", e->text);
    code = pthread_create(&s->thread, NULL, writer_main, s);
    return code == 0 ? RC_OK : err_errno(e, RC_TEMP, code, "%s: cannot start its thread", s->path);
}

static enum rc start_editing(struct store *s, struct err *e)
{
    enum rc rc = s->centre != NULL ? RC_OK : dbfile_writable(s->path, e);

    return rc == RC_OK ? db_open_write(s->path, &records_schema, s->full_sync, &s->db, e) : rc;
}

static enum rc store_start(struct store *s, struct err *e)
{
    if (database_url_is(str_of(s->path))) {
        enum rc rc = store_engine_open(s->path, s->mode, &s->centre, e);

        return rc == RC_OK && s->mode == STORE_EDIT ? start_editing(s, e) : rc;
    }
    if (writes(s))
        return start_writing(s, e);
    return s->mode == STORE_EDIT ? start_editing(s, e) : db_open_read(s->path, &records_schema, &s->reader, e);
}

enum rc store_open(const char *path, enum store_mode mode, bool full_sync, struct store **out, struct err *e)
{
    struct store *s = store_new(path, mode, full_sync);
    enum rc rc;

    *out = NULL;
    if (s == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to open it", path);
    rc = store_start(s, e);
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
    if (writes(s)) {
        pthread_mutex_lock(&s->lock);
        s->closing = true;
        pthread_cond_signal(&s->work);
        pthread_mutex_unlock(&s->lock);
        (void)pthread_join(s->thread, NULL);
    }
    store_free(s);
}

/* ---- putting ---- */

/* Too late: takes `w` off the queue, or leaves it to the writer.  RC_OK: its answer comes this moment. */
static enum rc store_give_up(struct store *s, struct waiting *w, int timeout_ms, struct err *e)
{
    enum rc rc = RC_OK;

    pthread_mutex_lock(&s->lock);
    if (w->state == WAITING_QUEUED) {
        DL_DELETE(s->queue, w);
        s->queued--;
        waiting_free(w);
        rc = err_set(e, RC_TEMP, "%s: not written within %d ms; check the disk", s->path, timeout_ms);
    } else if (w->state == WAITING_TAKEN) {
        w->abandoned = true;
        rc = err_set(e, RC_TEMP, "%s: not written within %d ms, perhaps later; check the disk", s->path, timeout_ms);
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

static enum rc await(struct store *s, struct waiting *w, int timeout_ms, struct err *e)
{
    int64_t until_us = clock_mono_us() + 1000 * (int64_t)timeout_ms;
    enum rc rc = RC_OK;

    if (!waiting_await(w, until_us)) {
        rc = store_give_up(s, w, timeout_ms, e);
        if (rc != RC_OK)
            return rc;
        (void)waiting_await(w, INT64_MAX);
    }
    rc = w->rc;
    if (rc != RC_OK)
        (void)err_set(e, rc, "%s", w->err.text);
    waiting_free(w);
    return rc;
}

static enum rc enqueue(struct store *s, struct waiting *w, struct err *e)
{
    bool wake, full;

    pthread_mutex_lock(&s->lock);
    full = s->queued >= QUEUE_MAX;
    if (!full) {
        DL_APPEND(s->queue, w);
        s->queued++;
    }
    wake = s->wanted > 0 && s->queued >= s->wanted;
    pthread_mutex_unlock(&s->lock);
    if (wake)
        pthread_cond_signal(&s->work);
    return full ? err_set(e, RC_TEMP, "%s: write queue full (%d records); check the disk", s->path, QUEUE_MAX) : RC_OK;
}

enum rc store_put(struct store *s, const struct store_item *item, int timeout_ms, struct err *e)
{
    struct waiting *w = waiting_new(item);
    enum rc rc;

    MUST(writes(s));
    if (w == NULL)
        rc = err_set(e, RC_TEMP, "%s: no memory to queue a record", s->path);
    else if ((rc = enqueue(s, w, e)) != RC_OK)
        waiting_free(w);
    else
        rc = await(s, w, timeout_ms, e);
    if (rc != RC_OK) {
        pthread_mutex_lock(&s->lock);
        s->counts.lost++;
        pthread_mutex_unlock(&s->lock);
    }
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

struct centre *store_take_centre(struct store *s)
{
    if (s->centre != NULL)
        pthread_mutex_lock(&s->read_lock);
    return s->centre;
}

enum rc store_take_reader(struct store *s, struct db **out, struct err *e)
{
    enum rc rc = RC_OK;

    pthread_mutex_lock(&s->read_lock);
    if (s->reader != NULL && db_moved(s->reader)) {
        db_close(s->reader);
        s->reader = NULL;
    }
    if (s->reader == NULL)
        rc = db_open_read(s->path, &records_schema, &s->reader, e);
    *out = s->reader;
    return rc;
}

void store_give_reader(struct store *s)
{
    pthread_mutex_unlock(&s->read_lock);
}

enum rc store_editor(struct store *s, struct db **out, struct err *e)
{
    enum rc rc = RC_OK;

    MUST(s->mode == STORE_EDIT);
    if (db_drop_moved(&s->db)) {
        pthread_mutex_lock(&s->lock);
        s->counts.replaced++;
        pthread_mutex_unlock(&s->lock);
    }
    if (s->db == NULL)
        rc = start_editing(s, e);
    *out = s->db;
    return rc;
}
