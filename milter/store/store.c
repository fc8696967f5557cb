#include "store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/messages.h"
#include "verdict/failure.h"

enum {
    BATCH_MAX = 500,  /* rows of one commit: a few milliseconds */
    QUEUE_MAX = 5000, /* records waiting; more is a disk that stands still */
    KEY_MAX = 1000,   /* bytes of a key that are looked for */
    TELL_EVERY_MS = 10000,
    PACE_US = 2000    /* from one commit's beginning to the next: see pace */
};

enum waiting_state { WAITING_QUEUED, WAITING_TAKEN, WAITING_DONE };

/* A record on its way to the disk, with its own copy of all text. */
struct waiting {
    struct record record;
    struct failure failure; /* record.failure, when that is not NULL */
    enum waiting_state state;
    bool abandoned; /* nobody waits any more: the writer frees it */
    enum rc rc;
    struct err err;
    pthread_cond_t done;
    struct waiting *prev, *next;
    char text[];
};

struct store {
    char *path;
    bool full_sync;
    bool writing; /* opened STORE_WRITE */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t work;
    struct waiting *queue;
    size_t queued;
    struct store_counts counts;
    bool closing;

    pthread_t writer;
    struct db *db;        /* the writer thread's; NULL: to be opened again */
    uint64_t failed_rows; /* the writer thread's: not written since it was last said */
    int64_t told_ms;      /* the writer thread's: when that was */
    int64_t began_us;     /* the writer thread's: when the last commit began; monotonic */

    pthread_mutex_t read_lock; /* of `reader` */
    struct db *reader;         /* NULL until somebody reads */
};

/* ---- a record of one's own ---- */

static size_t text_bytes(const struct record *r)
{
    size_t n = 0;

#define SIZE_TEXT(name) n += strlen(r->name) + 1;
#define SIZE_INT(name)
#define SIZE(kind, name, help) SIZE_##kind(name)
    RECORD_COLUMNS(SIZE)
#define SIZE_FAILURE(name, help) n += strlen(r->failure->name) + 1;
    if (r->failure != NULL) {
        FAILURE_COLUMNS(SIZE_FAILURE)
    }
    return n;
}

static const char *move_text(char **to, const char *text)
{
    size_t n = strlen(text) + 1;
    char *start = *to;

    memcpy(start, text, n);
    *to += n;
    return start;
}

static void move_failure(struct waiting *w, char **to, const struct failure *f)
{
#define MOVE_FAILURE(name, help) w->failure.name = move_text(to, f->name);
    FAILURE_COLUMNS(MOVE_FAILURE)
    w->record.failure = &w->failure;
}

static struct waiting *waiting_new(const struct record *r)
{
    struct waiting *w = calloc(1, sizeof *w + text_bytes(r));
    pthread_condattr_t attr;
    char *to;

    if (w == NULL)
        return NULL;
    to = w->text;
    w->record = *r;
#define MOVE_TEXT(name) w->record.name = move_text(&to, r->name);
#define MOVE_INT(name)
#define MOVE(kind, name, help) MOVE_##kind(name)
    RECORD_COLUMNS(MOVE)
    if (r->failure != NULL)
        move_failure(w, &to, r->failure);
    MUST(pthread_condattr_init(&attr) == 0);
    MUST(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    MUST(pthread_cond_init(&w->done, &attr) == 0);
    (void)pthread_condattr_destroy(&attr);
    return w;
}

static void waiting_free(struct waiting *w)
{
    (void)pthread_cond_destroy(&w->done);
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

/* Waits for work and takes it; 0 when the store closes and all is written. */
static size_t take_batch(struct store *s, struct waiting *batch[BATCH_MAX])
{
    size_t n = 0;

    pthread_mutex_lock(&s->lock);
    do {
        while (s->queue == NULL && !s->closing)
            (void)pthread_cond_wait(&s->work, &s->lock);
        pace(s);
    } while (s->queue == NULL && !s->closing);
    while (s->queue != NULL && n < BATCH_MAX) {
        struct waiting *w = s->queue;

        DL_DELETE(s->queue, w);
        s->queued--;
        w->state = WAITING_TAKEN;
        batch[n++] = w;
    }
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

/* SQLite would go on writing into a file that was deleted, and nobody would ever see it. */
static enum rc ready(struct store *s, struct err *e)
{
    if (s->db != NULL && db_moved(s->db)) {
        log_write(LOG_LEVEL_WARNING, NULL, "%s: deleted or replaced while in use; opening it again", s->path);
        db_close(s->db);
        s->db = NULL;
    }
    return s->db != NULL ? RC_OK : db_open_write(s->path, s->full_sync, &s->db, e);
}

static enum rc write_batch(struct store *s, struct waiting *batch[], size_t n, struct err *e)
{
    const struct record *rows[BATCH_MAX];
    enum rc rc = ready(s, e);

    for (size_t i = 0; i < n; i++)
        rows[i] = &batch[i]->record;
    if (rc == RC_OK)
        rc = messages_insert(s->db, rows, n, e);
    if (rc == RC_OK)
        return RC_OK;
    db_close(s->db); /* a fresh start for the next: handles outlive what broke them badly */
    s->db = NULL;
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

static void *writer_main(void *arg)
{
    struct store *s = arg;
    struct waiting *batch[BATCH_MAX];
    size_t n;

    while ((n = take_batch(s, batch)) > 0) {
        struct err e = ERR_NONE;
        enum rc rc;

        s->began_us = clock_mono_us();
        rc = write_batch(s, batch, n, &e);

        tell_recovery(s, rc, n);
        give_answers(s, batch, n, clock_mono_us() - s->began_us, rc, &e);
    }
    return NULL;
}

/* ---- opening and closing ---- */

static struct store *store_new(const char *path, bool writing, bool full_sync)
{
    struct store *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->path = strdup(path);
    if (s->path == NULL) {
        free(s);
        return NULL;
    }
    s->writing = writing;
    s->full_sync = full_sync;
    MUST(pthread_mutex_init(&s->lock, NULL) == 0);
    MUST(pthread_mutex_init(&s->read_lock, NULL) == 0);
    MUST(pthread_cond_init(&s->work, NULL) == 0);
    return s;
}

static void store_free(struct store *s)
{
    db_close(s->reader);
    db_close(s->db);
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
    code = pthread_create(&s->writer, NULL, writer_main, s);
    return code == 0 ? RC_OK : err_errno(e, RC_TEMP, code, "%s: cannot start its thread", s->path);
}

enum rc store_open(const char *path, enum store_mode mode, bool full_sync, struct store **out, struct err *e)
{
    struct store *s = store_new(path, mode == STORE_WRITE, full_sync);
    enum rc rc;

    *out = NULL;
    if (s == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to open it", path);
    rc = s->writing ? start_writing(s, e) : db_open_read(path, &s->reader, e);
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
    if (s->writing) {
        pthread_mutex_lock(&s->lock);
        s->closing = true;
        pthread_cond_signal(&s->work);
        pthread_mutex_unlock(&s->lock);
        (void)pthread_join(s->writer, NULL);
    }
    store_free(s);
}

/* ---- putting ---- */

static struct timespec deadline_in(int ms)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

/* With the lock held.  Leaves `w` answered, or taken off the queue, or abandoned to the writer. */
static enum rc await(struct store *s, struct waiting *w, int timeout_ms, struct err *e)
{
    struct timespec deadline = deadline_in(timeout_ms);
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

enum rc store_put(struct store *s, const struct record *r, int timeout_ms, struct err *e)
{
    struct waiting *w = waiting_new(r);
    enum rc rc;

    MUST(s->writing);
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

/* ---- finding ---- */

enum rc store_find(struct store *s, struct arena *a, const char *key, size_t max,
                   struct record **out, size_t *n, struct err *e)
{
    struct str wanted = str_trim(str_of(key));
    enum rc rc = RC_OK;

    *n = 0;
    *out = NULL;
    if (wanted.n == 0 || wanted.n > KEY_MAX || max == 0)
        return RC_OK; /* no record has such a key */
    pthread_mutex_lock(&s->read_lock);
    if (s->reader != NULL && db_moved(s->reader)) {
        db_close(s->reader);
        s->reader = NULL;
    }
    if (s->reader == NULL)
        rc = db_open_read(s->path, &s->reader, e);
    if (rc == RC_OK)
        rc = messages_find(s->reader, a, wanted, max, out, n, e);
    pthread_mutex_unlock(&s->read_lock);
    return rc;
}
