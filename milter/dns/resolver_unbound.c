/* The network as a source of answers: libunbound on one event loop, in a thread of its own. */
#include "dns/source.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>
#include <unbound-event.h>
#include <unbound.h>
#include <utlist.h>

#include "base/clock.h"
#include "dns/packet.h"

/* A question handed to the resolver. */
struct asked {
    struct asked *prev, *next;
    struct source_unbound *u;
    struct flight *flight;
};

/*
 * One thread runs the event loop, in which libunbound does everything; any
 * thread puts questions into `waiting` and rings the bell.
 */
struct source_unbound {
    struct source base;
    struct event_base *loop;
    struct event *bell;
    int bell_fd;
    struct ub_ctx *ctx;
    pthread_t thread;
    pthread_mutex_t lock; /* of the next two */
    struct asked *waiting;
    bool stop;
    struct asked *flying; /* libunbound has them; the loop's own */
};

struct setting {
    const char *name, *value;
};

static const struct setting for_all[] = {
    {"verbosity:", "0"},
    {"do-not-query-localhost:", "no"},  /* a caching resolver on this machine is what mail servers have */
    {"outgoing-range:", "256"},         /* one dead server's questions soon hold a library's 16 */
    {"outgoing-num-tcp:", "32"},
    {"num-queries-per-thread:", "4096"},
    {"infra-host-ttl:", "60"},          /* seconds until a server that was down gets its next chance */
    {"infra-keep-probing:", "yes"},
    {"msg-cache-size:", "1m"},          /* answers are in our own cache; these serve the walk to them */
    {"rrset-cache-size:", "2m"},
};

/* Names that libunbound answers by itself; who was given a resolver means that one. */
static const struct setting for_forwarding[] = {
    {"unblock-lan-zones:", "yes"},
    {"insecure-lan-zones:", "yes"},
    {"local-zone:", "127.in-addr.arpa. transparent"},
    {"local-zone:", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa. transparent"},
    {"local-zone:", "home.arpa. transparent"},
    {"local-zone:", "invalid. transparent"},
    {"local-zone:", "test. transparent"},
};

static const struct setting without_validation[] = {{"module-config:", "iterator"}};

static void bell_ring(struct source_unbound *u)
{
    const uint64_t one = 1;

    while (write(u->bell_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

/* The last word on a question; takes `answer`. */
static void asked_land(struct asked *q, struct answer *answer)
{
    DL_DELETE(q->u->flying, q);
    flight_land(q->flight, answer, clock_mono_ms());
    free(q);
}

/* libunbound's callback; `rcode` is its own failure, that of the response stands in the packet. */
static void answered(void *data, int rcode, void *packet, int size, int security, char *why_bogus,
                     int limited)
{
    enum { BOGUS = 1, SECURE = 2 };
    struct asked *q = data;
    enum dns_type type = (enum dns_type)flight_question(q->flight)->type;

    (void)why_bogus;
    (void)limited;
    if (rcode != 0 || packet == NULL || size < 0)
        asked_land(q, answer_failed(security == BOGUS ? "bogus" : packet_rcode_name(rcode)));
    else if (security == BOGUS)
        asked_land(q, answer_failed("bogus"));
    else
        asked_land(q, packet_answer(packet, (size_t)size, type, security == SECURE));
}

static void question_begin(struct source_unbound *u, struct asked *q)
{
    const struct question *question = flight_question(q->flight);
    int error;

    DL_APPEND(u->flying, q);
    error = ub_resolve_event(u->ctx, question->name, question->type, 1, q, answered, NULL);
    if (error != 0) /* then the callback is not called */
        asked_land(q, answer_failed(ub_strerror(error)));
}

static void bell_rang(int fd, short what, void *data)
{
    struct source_unbound *u = data;
    struct asked *taken, *q, *next;
    uint64_t rings;
    bool stop;

    (void)what;
    if (read(fd, &rings, sizeof rings) < 0 && errno != EAGAIN && errno != EINTR)
        return;
    (void)pthread_mutex_lock(&u->lock);
    taken = u->waiting;
    u->waiting = NULL;
    stop = u->stop;
    (void)pthread_mutex_unlock(&u->lock);
    DL_FOREACH_SAFE(taken, q, next)
        question_begin(u, q);
    if (stop)
        (void)event_base_loopbreak(u->loop);
}

static void unbound_ask(struct source *s, struct flight *f)
{
    struct source_unbound *u = (struct source_unbound *)s;
    struct asked *q = calloc(1, sizeof *q);
    bool first;

    if (q == NULL) {
        flight_land(f, NULL, 0);
        return;
    }
    q->u = u;
    q->flight = f;
    (void)pthread_mutex_lock(&u->lock);
    first = u->waiting == NULL; /* otherwise the bell has been rung and not heard yet */
    DL_APPEND(u->waiting, q);
    (void)pthread_mutex_unlock(&u->lock);
    if (first)
        bell_ring(u);
}

static void *loop_run(void *data)
{
    struct source_unbound *u = data;

    (void)event_base_dispatch(u->loop);
    return NULL;
}

/* Everything but the thread; parts may be missing. */
static void unbound_free(struct source_unbound *u)
{
    struct asked *q, *next;

    ub_ctx_delete(u->ctx); /* may call back */
    DL_FOREACH_SAFE(u->flying, q, next)
        asked_land(q, answer_failed("closing"));
    if (u->bell != NULL)
        event_free(u->bell);
    if (u->loop != NULL)
        event_base_free(u->loop);
    if (u->bell_fd >= 0)
        (void)close(u->bell_fd);
    (void)pthread_mutex_destroy(&u->lock);
    free(u);
}

static void unbound_close(struct source *s)
{
    struct source_unbound *u = (struct source_unbound *)s;

    (void)pthread_mutex_lock(&u->lock);
    u->stop = true;
    (void)pthread_mutex_unlock(&u->lock);
    bell_ring(u);
    (void)pthread_join(u->thread, NULL);
    unbound_free(u);
}

static enum rc settings_put(struct source_unbound *u, const struct setting *set, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        int error = ub_ctx_set_option(u->ctx, set[i].name, set[i].value);

        if (error != 0)
            return err_set(e, RC_INTERNAL, "libunbound does not take \"%s %s\": %s", set[i].name,
                           set[i].value, ub_strerror(error));
    }
    return RC_OK;
}
#define SETTINGS_PUT(u, set, e) settings_put((u), (set), sizeof(set) / sizeof(set)[0], (e))

static enum rc servers_put(struct source_unbound *u, const struct dns_settings *s, struct err *e)
{
    int error;

    if (s->recursive)
        return RC_OK;
    for (size_t i = 0; i < s->nameserver_count; i++) {
        error = ub_ctx_set_fwd(u->ctx, s->nameservers[i]);
        if (error != 0)
            return err_set(e, RC_BAD, "\"%s\" is not a name server's address; write ADDRESS or ADDRESS@PORT",
                           s->nameservers[i]);
    }
    error = s->nameserver_count > 0 ? 0 : ub_ctx_resolvconf(u->ctx, NULL);
    if (error != 0)
        return err_set(e, RC_IO, "cannot take name servers from /etc/resolv.conf (%s); set Nameservers",
                       ub_strerror(error));
    return SETTINGS_PUT(u, for_forwarding, e);
}

static enum rc anchor_put(struct source_unbound *u, const char *path, struct err *e)
{
    if (path == NULL)
        return SETTINGS_PUT(u, without_validation, e);
    if (access(path, R_OK) != 0)
        return err_errno(e, RC_IO, errno, "cannot read trust anchor %s", path);
    if (ub_ctx_add_ta_file(u->ctx, path) != 0)
        return err_set(e, RC_NOMEM, "no memory for trust anchor %s", path);
    return RC_OK;
}

static void nobody_asked(void *data, int rcode, void *packet, int size, int security, char *why_bogus,
                         int limited)
{
    (void)data, (void)rcode, (void)packet, (void)size, (void)security, (void)why_bogus, (void)limited;
}

static enum rc context_make(struct source_unbound *u, const struct dns_settings *s, struct err *e)
{
    enum rc rc;
    int error;

    u->ctx = ub_ctx_create_event(u->loop);
    if (u->ctx == NULL)
        return err_set(e, RC_NOMEM, "no memory for the resolver");
    (void)ub_ctx_debugout(u->ctx, NULL); /* it would write to standard error */
    rc = SETTINGS_PUT(u, for_all, e);
    if (rc == RC_OK)
        rc = servers_put(u, s, e);
    if (rc == RC_OK)
        rc = anchor_put(u, s->trust_anchor, e);
    if (rc != RC_OK)
        return rc;
    /* answered at once and by itself; with it the settings are read, so that what is wrong shows here */
    error = ub_resolve_event(u->ctx, "localhost", DNS_A, 1, NULL, nobody_asked, NULL);
    if (error != 0)
        return err_set(e, RC_BAD, "the resolver does not start (%s); check the trust anchor and name servers",
                       ub_strerror(error));
    return RC_OK;
}

static enum rc loop_make(struct source_unbound *u, struct err *e)
{
    u->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (u->bell_fd < 0)
        return err_errno(e, RC_IO, errno, "cannot make an eventfd");
    u->loop = event_base_new();
    if (u->loop != NULL)
        u->bell = event_new(u->loop, u->bell_fd, EV_READ | EV_PERSIST, bell_rang, u);
    if (u->bell == NULL || event_add(u->bell, NULL) != 0)
        return err_set(e, RC_NOMEM, "no memory for the resolver's event loop");
    return RC_OK;
}

/* Signals are for the program's other threads. */
static enum rc thread_start(struct source_unbound *u, struct err *e)
{
    sigset_t all, before;
    int error;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&u->thread, NULL, loop_run, u);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0 ? RC_OK : err_errno(e, RC_TEMP, error, "cannot start the resolver's thread");
}

struct source *unbound_source(const struct dns_settings *settings, struct err *e)
{
    struct source_unbound *u = calloc(1, sizeof *u);
    enum rc rc;

    if (u == NULL) {
        (void)err_set(e, RC_NOMEM, "no memory for the resolver");
        return NULL;
    }
    u->base = (struct source){unbound_ask, unbound_close};
    (void)pthread_mutex_init(&u->lock, NULL);
    rc = loop_make(u, e);
    if (rc == RC_OK)
        rc = context_make(u, settings, e);
    if (rc == RC_OK)
        rc = thread_start(u, e);
    if (rc != RC_OK) {
        unbound_free(u);
        return NULL;
    }
    return &u->base;
}
