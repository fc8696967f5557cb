#include "report/drafters.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "report/draft.h"
#include "report/row.h"

enum {
    THREADS = 2,
    PIECE = 64 * 1024,    /* of rows: handed over when there are as many bytes */
    QUEUED_MAX = 1 << 20  /* bytes of rows that nobody drafted yet */
};

/* Rows of one report: of each its count, the length of its key, and the key. */
struct piece {
    struct piece *next;
    size_t n;
    char rows[];
};

struct row_head {
    int64_t count;
    size_t key_n;
};

/* A report on its way.  Once a thread has it, `draft` and `out` are that thread's until it is done. */
struct place {
    struct feedback_head head;
    struct piece *first, **last; /* not yet drafted */
    bool ended;                  /* no more of them will come */
    bool done;
    struct draft *draft;         /* NULL: not begun, or over */
    struct drafted out;
};

struct drafters {
    enum feedback_format format;
    struct xml_schema *schema;
    pthread_mutex_t lock;   /* of what follows, down to the next comment */
    pthread_cond_t work;    /* there is something to draft, or `stop` */
    pthread_cond_t changed; /* what the reader of rows waits for may be so */
    struct place place[DRAFTERS_REPORTS]; /* report i, counted from 0, in place i % DRAFTERS_REPORTS */
    uint64_t begun, offered, given, done, taken; /* how many; `offered`: with rows to draft; `done`: without a gap */
    size_t queued;          /* bytes of pieces that no thread has */
    size_t bytes, first_bytes; /* of reports that are made: of all, and of those without a gap */
    size_t least;           /* the reader waits for so many that are done */
    bool stop;
    /* the reader's own */
    pthread_t thread[THREADS];
    size_t threads;
    size_t filled;
    char filling[PIECE + ROW_KEY_MAX + sizeof(struct row_head)];
};

static struct place *drafters_place(struct drafters *p, uint64_t i)
{
    return &p->place[i % DRAFTERS_REPORTS];
}

/* ---- drafting: of the thread that has the report, without the lock ---- */

static void drafters_fail(struct place *at, enum rc rc, bool broken, const char *why)
{
    draft_abandon(at->draft);
    at->draft = NULL;
    at->out.rc = err_set(&at->out.why, rc, "%s", why);
    at->out.broken = broken;
}

static void draft_begin(struct drafters *p, struct place *at)
{
    struct err e = ERR_NONE;
    enum rc rc = draft_open(p->format, &at->head, &at->draft, &e);

    if (rc != RC_OK)
        drafters_fail(at, rc, true, e.text);
}

static void draft_piece(struct place *at, const struct piece *piece)
{
    struct feedback_row row;
    struct row_head head;

    for (size_t i = 0; at->draft != NULL && i < piece->n; i += sizeof head + head.key_n) {
        memcpy(&head, piece->rows + i, sizeof head);
        if (row_read((struct str){piece->rows + i + sizeof head, head.key_n}, &row) != RC_OK) {
            drafters_fail(at, RC_INTERNAL, true, "the temporary database is damaged; check the disk of /var/tmp");
            return;
        }
        row.count = head.count;
        draft_row(at->draft, &row);
    }
}

static void draft_end(struct drafters *p, struct place *at)
{
    struct err e = ERR_NONE;
    struct str body;
    enum rc rc;

    if (at->draft == NULL)
        return;
    rc = draft_close(at->draft, &body, &e);
    at->draft = NULL;
    if (rc == RC_OK) {
        rc = feedback_check(body, p->schema, &e);
        if (rc == RC_OK)
            at->out.body = body;
        else
            free((void *)(uintptr_t)body.p);
    }
    if (rc != RC_OK)
        drafters_fail(at, rc, rc == RC_NOMEM, e.text);
}

/* ---- threads ---- */

static bool drafters_is_enough(const struct drafters *p)
{
    return p->done - p->taken >= p->least || p->first_bytes >= DRAFTERS_BYTES_MAX || p->done == p->begun;
}

/* With the lock. */
static void drafters_note_done(struct drafters *p, struct place *at)
{
    at->done = true;
    p->bytes += at->out.body.n;
    while (p->done < p->begun && drafters_place(p, p->done)->done)
        p->first_bytes += drafters_place(p, p->done++)->out.body.n;
    if (p->least > 0 && drafters_is_enough(p))
        pthread_cond_signal(&p->changed);
}

/* With the lock, which it lets go meanwhile: the next piece of a report; NULL: there are no more, or it is to stop. */
static struct piece *next_piece(struct drafters *p, struct place *at)
{
    struct piece *piece;

    while (!p->stop && at->first == NULL && !at->ended)
        pthread_cond_wait(&p->work, &p->lock);
    piece = p->stop ? NULL : at->first;
    if (piece == NULL)
        return NULL;
    at->first = piece->next;
    if (at->first == NULL)
        at->last = &at->first;
    if (p->queued >= QUEUED_MAX && p->queued - piece->n < QUEUED_MAX)
        pthread_cond_signal(&p->changed);
    p->queued -= piece->n;
    return piece;
}

/* With the lock, which it lets go meanwhile. */
static void draft_report(struct drafters *p, struct place *at)
{
    struct piece *piece;

    pthread_mutex_unlock(&p->lock);
    draft_begin(p, at);
    pthread_mutex_lock(&p->lock);
    while ((piece = next_piece(p, at)) != NULL) {
        pthread_mutex_unlock(&p->lock);
        draft_piece(at, piece);
        free(piece);
        pthread_mutex_lock(&p->lock);
    }
    if (p->stop)
        return;
    pthread_mutex_unlock(&p->lock);
    draft_end(p, at);
    pthread_mutex_lock(&p->lock);
    drafters_note_done(p, at);
}

static void *drafters_work(void *arg)
{
    struct drafters *p = arg;

    pthread_mutex_lock(&p->lock);
    while (!p->stop) {
        if (p->given == p->offered)
            pthread_cond_wait(&p->work, &p->lock);
        else
            draft_report(p, drafters_place(p, p->given++));
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

enum rc drafters_open(enum feedback_format format, struct xml_schema *schema, struct drafters **out, struct err *e)
{
    struct drafters *p = calloc(1, sizeof *p);

    *out = p;
    if (p == NULL)
        return err_set(e, RC_NOMEM, "no memory to build reports");
    p->format = format;
    p->schema = schema;
    MUST(pthread_mutex_init(&p->lock, NULL) == 0);
    MUST(pthread_cond_init(&p->work, NULL) == 0);
    MUST(pthread_cond_init(&p->changed, NULL) == 0);
    while (p->threads < THREADS && pthread_create(&p->thread[p->threads], NULL, drafters_work, p) == 0)
        p->threads++;
    return RC_OK;
}

static void place_clear(struct place *at)
{
    for (struct piece *it = at->first, *next; it != NULL; it = next) {
        next = it->next;
        free(it);
    }
    draft_abandon(at->draft);
    free((void *)(uintptr_t)at->out.body.p);
    *at = (struct place){.ended = false};
}

void drafters_free(struct drafters *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    while (p->threads > 0)
        (void)pthread_join(p->thread[--p->threads], NULL);
    for (size_t i = 0; i < DRAFTERS_REPORTS; i++)
        place_clear(&p->place[i]);
    (void)pthread_cond_destroy(&p->changed);
    (void)pthread_cond_destroy(&p->work);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

/* ---- the reader of rows ---- */

void drafters_begin(struct drafters *p, const struct feedback_head *head)
{
    struct place *at = drafters_place(p, p->begun);

    MUST(p->begun - p->taken < DRAFTERS_REPORTS);
    *at = (struct place){.head = *head, .last = &at->first, .out = {.why = ERR_NONE}};
    p->filled = 0;
    pthread_mutex_lock(&p->lock);
    p->begun++;
    pthread_mutex_unlock(&p->lock);
    if (p->threads == 0)
        draft_begin(p, at);
}

/* Gives the rows at hand to whoever drafts the report, which is then one that a thread may take; waits for room. */
static void offer(struct drafters *p, struct place *at, struct piece *piece, bool last)
{
    pthread_mutex_lock(&p->lock);
    while (p->queued >= QUEUED_MAX)
        pthread_cond_wait(&p->changed, &p->lock);
    if (piece != NULL) {
        *at->last = piece;
        at->last = &piece->next;
        p->queued += piece->n;
    }
    at->ended = last;
    p->offered = p->begun;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
}

static enum rc hand_over(struct drafters *p, bool last, struct err *e)
{
    struct place *at = drafters_place(p, p->begun - 1);
    struct piece *piece = p->filled == 0 ? NULL : malloc(sizeof *piece + p->filled);

    if (p->filled > 0) {
        if (piece == NULL)
            return err_set(e, RC_NOMEM, "no memory to build reports");
        piece->next = NULL;
        piece->n = p->filled;
        memcpy(piece->rows, p->filling, p->filled);
        p->filled = 0;
    }
    if (p->threads > 0) {
        offer(p, at, piece, last);
        return RC_OK;
    }
    if (piece != NULL)
        draft_piece(at, piece);
    free(piece);
    if (last) {
        draft_end(p, at);
        drafters_note_done(p, at);
    }
    return RC_OK;
}

enum rc drafters_row(struct drafters *p, struct str key, int64_t n, struct err *e)
{
    struct row_head head = {n, key.n};

    if (key.n > ROW_KEY_MAX)
        return err_set(e, RC_INTERNAL, "the temporary database is damaged; check the disk of /var/tmp");
    memcpy(p->filling + p->filled, &head, sizeof head);
    memcpy(p->filling + p->filled + sizeof head, key.p, key.n);
    p->filled += sizeof head + key.n;
    return p->filled < PIECE ? RC_OK : hand_over(p, false, e);
}

enum rc drafters_end(struct drafters *p, struct err *e)
{
    return hand_over(p, true, e);
}

bool drafters_is_full(struct drafters *p)
{
    bool full;

    pthread_mutex_lock(&p->lock);
    full = p->begun - p->taken == DRAFTERS_REPORTS || p->bytes >= DRAFTERS_BYTES_MAX;
    pthread_mutex_unlock(&p->lock);
    return full;
}

size_t drafters_done(struct drafters *p, size_t least)
{
    size_t n;

    pthread_mutex_lock(&p->lock);
    p->least = least;
    while (!drafters_is_enough(p))
        pthread_cond_wait(&p->changed, &p->lock);
    p->least = 0;
    n = (size_t)(p->done - p->taken);
    pthread_mutex_unlock(&p->lock);
    return n;
}

void drafters_take(struct drafters *p, struct drafted *out)
{
    struct place *at = drafters_place(p, p->taken);

    pthread_mutex_lock(&p->lock);
    MUST(p->taken < p->done);
    *out = at->out;
    at->out.body = STR_NONE;
    p->taken++;
    p->bytes -= out->body.n;
    p->first_bytes -= out->body.n;
    place_clear(at);
    pthread_mutex_unlock(&p->lock);
}
