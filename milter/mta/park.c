#include "mta/park.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/sync.h"

struct parked {
    struct parked *next; /* that waited before */
    pthread_t thread;
    struct sync_flag given; /* of what follows */
    void *(*routine)(void *);
    void *arg;
};

static struct {
    pthread_mutex_t lock; /* of what follows, and of each that waits */
    struct parked *last;  /* the stack of those that wait */
    unsigned waiting;
} park = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Waits for something to do; false: there are enough that wait. */
static bool park_wait(struct parked *p)
{
    bool room;

    pthread_mutex_lock(&park.lock);
    room = park.waiting < PARK_MAX;
    if (room) {
        p->next = park.last;
        park.last = p;
        park.waiting++;
    }
    pthread_mutex_unlock(&park.lock);
    return room && sync_flag_wait_day(&p->given, NULL);
}

static void *park_main(void *arg)
{
    struct parked *p = arg;

    do
        (void)p->routine(p->arg);
    while (park_wait(p));
    sync_flag_destroy(&p->given);
    free(p);
    return NULL;
}

/* To one that does not wait any more.  It is not touched again: it may be done and given something else at once. */
static void park_give(struct parked *p, pthread_t *thread, void *(*routine)(void *), void *arg)
{
    *thread = p->thread;
    p->arg = arg;
    p->routine = routine;
    sync_flag_raise(&p->given);
}

static int park_start(pthread_t *thread, const pthread_attr_t *attr, void *(*routine)(void *), void *arg)
{
    struct parked *p = calloc(1, sizeof *p);
    int error;

    if (p == NULL)
        return EAGAIN;
    p->routine = routine;
    p->arg = arg;
    sync_flag_init(&p->given);
    /* the new thread reads its own id, once it has ended what it does, behind the lock that is held here */
    pthread_mutex_lock(&park.lock);
    error = pthread_create(&p->thread, attr, park_main, p);
    if (error == 0) {
        *thread = p->thread;
        (void)pthread_detach(p->thread);
    }
    pthread_mutex_unlock(&park.lock);
    if (error != 0) {
        sync_flag_destroy(&p->given);
        free(p);
    }
    return error;
}

int park_run(pthread_t *thread, const pthread_attr_t *attr, void *(*routine)(void *), void *arg)
{
    struct parked *last;

    pthread_mutex_lock(&park.lock);
    last = park.last;
    if (last != NULL) {
        park.last = last->next;
        park.waiting--;
    }
    pthread_mutex_unlock(&park.lock);
    if (last == NULL)
        return park_start(thread, attr, routine, arg);
    park_give(last, thread, routine, arg);
    return 0;
}

unsigned park_waiting(void)
{
    unsigned n;

    pthread_mutex_lock(&park.lock);
    n = park.waiting;
    pthread_mutex_unlock(&park.lock);
    return n;
}
