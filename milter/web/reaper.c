#include "web/reaper.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { LIFE_S = 300, LOOK_US = 500 * 1000 };

struct reaper {
    pthread_mutex_t lock;
    pthread_t thread;
    struct connection *first;
    uint64_t open;
    bool stop;
};

static void *reaper_run(void *arg)
{
    static const int bound_s[] = {[PHASE_READING] = 10, [PHASE_WORKING] = 3600, [PHASE_ANSWERING] = 60,
                                  [PHASE_IDLE] = REAPER_IDLE_S};
    struct reaper *r = arg;
    bool stop = false;

    while (!stop) {
        int64_t now;

        (void)usleep(LOOK_US);
        now = clock_mono_ms();
        (void)pthread_mutex_lock(&r->lock);
        stop = r->stop;
        for (struct connection *c = r->first; c != NULL; c = c->next)
            if (now - c->since_ms > bound_s[c->phase] * 1000 ||
                (c->phase != PHASE_WORKING && now - c->began_ms > LIFE_S * 1000))
                (void)shutdown(c->fd, SHUT_RDWR);
        (void)pthread_mutex_unlock(&r->lock);
    }
    return NULL;
}

enum rc reaper_start(struct reaper **out, struct err *e)
{
    struct reaper *r = calloc(1, sizeof *r);

    *out = r;
    if (r == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    (void)pthread_mutex_init(&r->lock, NULL);
    if (pthread_create(&r->thread, NULL, reaper_run, r) == 0)
        return RC_OK;
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
    *out = NULL;
    return err_set(e, RC_NOMEM, "no threads can be made");
}

void reaper_stop(struct reaper *r)
{
    if (r == NULL)
        return;
    (void)pthread_mutex_lock(&r->lock);
    r->stop = true;
    (void)pthread_mutex_unlock(&r->lock);
    (void)pthread_join(r->thread, NULL);
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}

struct connection *reaper_add(struct reaper *r, int fd, bool by_proxy)
{
    struct connection *c = calloc(1, sizeof *c);
    struct ucred who = {.uid = (uid_t)-1};
    socklen_t n = sizeof who;

    if (c == NULL)
        return NULL;
    c->fd = fd;
    c->peer = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 ? who.uid : (uid_t)-1;
    c->by_proxy = by_proxy;
    c->since_ms = c->began_ms = clock_mono_ms();
    (void)pthread_mutex_lock(&r->lock);
    c->next = r->first;
    if (c->next != NULL)
        c->next->before = c;
    r->first = c;
    r->open++;
    (void)pthread_mutex_unlock(&r->lock);
    return c;
}

void reaper_remove(struct reaper *r, struct connection *c)
{
    if (c == NULL)
        return;
    (void)pthread_mutex_lock(&r->lock);
    if (c->before != NULL)
        c->before->next = c->next;
    else
        r->first = c->next;
    if (c->next != NULL)
        c->next->before = c->before;
    r->open--;
    (void)pthread_mutex_unlock(&r->lock);
    free(c);
}

void reaper_phase(struct reaper *r, struct connection *c, enum phase phase)
{
    (void)pthread_mutex_lock(&r->lock);
    c->phase = phase;
    c->since_ms = clock_mono_ms();
    (void)pthread_mutex_unlock(&r->lock);
}

uint64_t reaper_open(struct reaper *r)
{
    uint64_t n;

    (void)pthread_mutex_lock(&r->lock);
    n = r->open;
    (void)pthread_mutex_unlock(&r->lock);
    return n;
}
