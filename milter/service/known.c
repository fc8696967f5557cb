#include "service/known.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"

enum {
    ANEW_MS = 10 * 60 * 1000, /* changes of DNS grow old without any table changing */
    REST_FACTOR = 10          /* making snapshots takes at most this part of the time */
};

struct known {
    struct store *store;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t stop;
    bool stopping;
    struct background *current;
    /* the thread's */
    int64_t generation;
    int64_t made_ms, rest_until_ms; /* monotonic */
    bool bad;                       /* which was said */
};

struct background *known_current(struct known *k)
{
    struct background *b;

    if (k == NULL)
        return NULL;
    pthread_mutex_lock(&k->lock);
    b = background_hold(k->current);
    pthread_mutex_unlock(&k->lock);
    return b;
}

/* The generation is read first: what changes in between is then seen once more. */
static enum rc known_make(struct known *k, int64_t generation, struct err *e)
{
    int64_t began = clock_mono_ms();
    struct background *fresh, *old;
    enum rc rc = store_background(k->store, clock_wall_ms(), &fresh, e);

    if (rc != RC_OK)
        return rc;
    pthread_mutex_lock(&k->lock);
    old = k->current;
    k->current = fresh;
    pthread_mutex_unlock(&k->lock);
    background_release(old);
    k->generation = generation;
    k->made_ms = clock_mono_ms();
    k->rest_until_ms = k->made_ms + REST_FACTOR * (k->made_ms - began);
    return RC_OK;
}

static enum rc known_look(struct known *k, struct err *e)
{
    int64_t now = clock_mono_ms(), generation;
    enum rc rc;

    if (now < k->rest_until_ms)
        return RC_OK;
    rc = store_generation(k->store, &generation, e);
    if (rc == RC_OK && (generation != k->generation || now - k->made_ms >= ANEW_MS))
        rc = known_make(k, generation, e);
    return rc;
}

/* Trouble is said once, and so is its end. */
static void look_and_say(struct known *k)
{
    struct err e = ERR_NONE;
    bool bad = known_look(k, &e) != RC_OK;

    if (bad && !k->bad)
        log_write(LOG_LEVEL_WARNING, NULL, "the inventory stays as it was last read: %s", e.text);
    if (!bad && k->bad)
        log_write(LOG_LEVEL_INFO, NULL, "the inventory can be read again");
    k->bad = bad;
}

static void *known_watch(void *arg)
{
    struct known *k = arg;

    pthread_mutex_lock(&k->lock);
    while (!k->stopping) {
        (void)sync_wait_until(&k->stop, &k->lock, clock_mono_ms() + KNOWN_LOOK_MS);
        if (k->stopping)
            break;
        pthread_mutex_unlock(&k->lock);
        look_and_say(k);
        pthread_mutex_lock(&k->lock);
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

static void known_free(struct known *k)
{
    background_release(k->current);
    (void)pthread_cond_destroy(&k->stop);
    (void)pthread_mutex_destroy(&k->lock);
    free(k);
}

enum rc known_start(struct store *s, struct known **out, struct err *e)
{
    struct known *k = calloc(1, sizeof *k);

    *out = NULL;
    if (k == NULL)
        return err_set(e, RC_NOMEM, "no memory");
    k->store = s;
    MUST(pthread_mutex_init(&k->lock, NULL) == 0);
    sync_cond_init(&k->stop);
    k->generation = -1; /* none: the first look makes a snapshot */
    look_and_say(k);
    if (pthread_create(&k->thread, NULL, known_watch, k) != 0) {
        known_free(k);
        return err_set(e, RC_TEMP, "cannot start a thread");
    }
    *out = k;
    return RC_OK;
}

void known_stop(struct known *k)
{
    if (k == NULL)
        return;
    pthread_mutex_lock(&k->lock);
    k->stopping = true;
    pthread_cond_signal(&k->stop);
    pthread_mutex_unlock(&k->lock);
    (void)pthread_join(k->thread, NULL);
    known_free(k);
}
