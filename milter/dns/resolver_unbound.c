/* The network as a source of answers: libunbound on one event loop, in a thread of its own. */
#include "dns/source.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>
#include <unbound-event.h>
#include <unbound.h>
#include <utlist.h>

#include "base/clock.h"
#include "dns/packet.h"
#include "dns/resolv_conf.h"
#include "dns/sockets.h"
#include "dns/unbound_settings.h"

/* A question handed to the resolver. */
struct asked {
    struct asked *prev, *next;
    struct source_unbound *u;
    struct flight *flight;
    bool refused;     /* libunbound would not ask it … */
    bool elsewhere;   /* … and it is, or was, the spare's … */
    int64_t again_ms; /* … or is to be tried again then, monotonic; else 0 */
};

/* Somebody waits for the loop to ask others than before. */
struct turn {
    const struct resolv_conf *to;
    enum rc rc;
    struct err *e;
    bool done;
};

/*
 * One thread runs the event loop, in which libunbound does everything; any
 * thread puts questions into `waiting` and rings the bell.
 */
struct source_unbound {
    struct source base;
    struct dns_settings settings;
    bool system;                /* the servers are those of the system … */
    struct resolv_conf servers; /* … namely these; the loop's own, once it runs */
    struct event_base *loop;
    struct event *bell, *again;
    int bell_fd;
    struct ub_ctx *ctx;
    struct ub_ctx *spare; /* asks what the first refuses (try_again); NULL with the recursive one */
    pthread_t thread;
    pthread_mutex_t lock; /* of the next four */
    pthread_cond_t turned;
    struct turn *turn;
    struct asked *waiting;
    bool stop;
    struct asked *flying; /* libunbound has them; the loop's own */
    bool turning;         /* who is called back is asked anew, elsewhere; the loop's own */
    struct asked *sending; /* what libunbound is being given; the loop's own */
    bool refused;          /* it would not ask that, and the spare is to; the loop's own */
    struct source_unbound *left;
};

/* What cannot be freed (unbound_leave), one behind the other in `left`. */
static struct {
    pthread_mutex_t lock;
    struct source_unbound *first;
} unbound_left = {.lock = PTHREAD_MUTEX_INITIALIZER};

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

static void look_again_soon(struct source_unbound *u)
{
    static const struct timeval soon = {.tv_usec = 250 * 1000};

    if (event_pending(u->again, EV_TIMEOUT, NULL) == 0)
        (void)event_add(u->again, &soon);
}

/*
 * Where several names did not answer just when nothing else did, libunbound takes the resolver for dead for a moment
 * (for_forwarding), and says SERVFAIL without asking it.  That would be everybody's failure.  So the question goes to a
 * second context, which has learnt nothing of it, at once; one of a silent zone, of which the second should not learn
 * the same, and one that both refuse, are tried again once when libunbound has forgotten that answer.
 */
static bool try_again(struct asked *q)
{
    enum { FORGOTTEN_MS = 6200 };

    if (q->u->settings.recursive || (q->refused && !q->elsewhere))
        return false;
    if (!q->refused && !flight_is_silent(q->flight)) {
        q->refused = q->elsewhere = q->u->refused = true;
        return true;
    }
    q->refused = true;
    q->elsewhere = false;
    q->again_ms = clock_mono_ms() + FORGOTTEN_MS;
    look_again_soon(q->u);
    return true;
}

/* libunbound's callback; `rcode` is its own failure, that of the response stands in the packet. */
static void answered(void *data, int rcode, void *packet, int size, int security, char *why_bogus,
                     int limited)
{
    enum { BOGUS = 1, SECURE = 2, SERVFAIL = 2 };
    struct asked *q = data;
    enum dns_type type = (enum dns_type)flight_question(q->flight)->type;

    (void)why_bogus;
    (void)limited;
    if (q->u->turning || (rcode == SERVFAIL && q->u->sending == q && try_again(q)))
        return;
    if (rcode != 0 || packet == NULL || size < 0)
        asked_land(q, answer_failed(security == BOGUS ? "bogus" : packet_rcode_name(rcode)));
    else if (security == BOGUS)
        asked_land(q, answer_failed("bogus"));
    else
        asked_land(q, packet_answer(packet, (size_t)size, type, security == SECURE));
}

static void question_send_to(struct source_unbound *u, struct ub_ctx *ctx, struct asked *q)
{
    const struct question *question = flight_question(q->flight);
    int error;

    q->again_ms = 0;
    u->sending = q;
    error = ub_resolve_event(ctx, question->name, question->type, 1, q, answered, NULL);
    u->sending = NULL;
    if (error != 0) /* then the callback is not called */
        asked_land(q, answer_failed(ub_strerror(error)));
}

static void question_send(struct source_unbound *u, struct asked *q)
{
    u->refused = false;
    question_send_to(u, u->ctx, q);
    if (u->refused)
        question_send_to(u, u->spare, q);
}

static void time_is_up(int fd, short what, void *data)
{
    struct source_unbound *u = data;
    int64_t now = clock_mono_ms();
    struct asked *q, *next;

    (void)fd, (void)what;
    DL_FOREACH_SAFE(u->flying, q, next) {
        if (q->again_ms > now)
            look_again_soon(u);
        else if (q->again_ms > 0)
            question_send(u, q);
    }
}

static enum rc contexts_make(struct source_unbound *u, struct err *e);

/*
 * From now on the servers of `to` are asked, also what is in flight, which
 * those from before may never answer.  On failure all stays as it was.
 */
static enum rc servers_turn(struct source_unbound *u, const struct resolv_conf *to, struct err *e)
{
    struct resolv_conf servers = u->servers;
    struct ub_ctx *ctx = u->ctx, *spare = u->spare;
    struct asked *q, *next;
    enum rc rc;

    u->servers = *to;
    u->spare = NULL;
    rc = contexts_make(u, e);
    if (rc != RC_OK) {
        ub_ctx_delete(u->ctx);
        ub_ctx_delete(u->spare);
        u->ctx = ctx;
        u->spare = spare;
        u->servers = servers;
        return rc;
    }
    u->turning = true;
    ub_ctx_delete(ctx); /* may call back */
    ub_ctx_delete(spare);
    u->turning = false;
    DL_FOREACH_SAFE(u->flying, q, next)
        question_send(u, q);
    return RC_OK;
}

/* The turn somebody waits for; he has locked nothing. */
static void turn_take(struct source_unbound *u)
{
    struct turn *turn;

    (void)pthread_mutex_lock(&u->lock);
    turn = u->turn;
    u->turn = NULL;
    (void)pthread_mutex_unlock(&u->lock);
    if (turn == NULL)
        return;
    turn->rc = servers_turn(u, turn->to, turn->e);
    (void)pthread_mutex_lock(&u->lock);
    turn->done = true;
    (void)pthread_cond_broadcast(&u->turned);
    (void)pthread_mutex_unlock(&u->lock);
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
    turn_take(u);
    DL_FOREACH_SAFE(taken, q, next) {
        DL_APPEND(u->flying, q);
        question_send(u, q);
    }
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

static enum dns_servers unbound_look(struct source *s, struct err *e)
{
    struct source_unbound *u = (struct source_unbound *)s;
    struct resolv_conf now;
    struct turn turn = {.to = &now, .e = e};

    if (!u->system)
        return DNS_SERVERS_SAME;
    if (resolv_conf_read(u->settings.resolv_conf, &now, e) != RC_OK)
        return DNS_SERVERS_UNKNOWN;
    if (resolv_conf_same(&now, &u->servers))
        return DNS_SERVERS_SAME;
    (void)pthread_mutex_lock(&u->lock);
    u->turn = &turn;
    bell_ring(u);
    while (!turn.done)
        (void)pthread_cond_wait(&u->turned, &u->lock);
    (void)pthread_mutex_unlock(&u->lock);
    return turn.rc == RC_OK ? DNS_SERVERS_CHANGED : DNS_SERVERS_UNKNOWN;
}

static void *loop_run(void *data)
{
    struct source_unbound *u = data;

    (void)event_base_dispatch(u->loop);
    return NULL;
}

/* Parts may be missing. */
static void unbound_free(struct source_unbound *u)
{
    struct asked *q, *next;

    ub_ctx_delete(u->ctx); /* may call back */
    ub_ctx_delete(u->spare);
    DL_FOREACH_SAFE(u->flying, q, next)
        asked_land(q, answer_failed("closing"));
    if (u->bell != NULL)
        event_free(u->bell);
    if (u->again != NULL)
        event_free(u->again);
    if (u->bell_fd >= 0)
        (void)close(u->bell_fd);
    (void)pthread_cond_destroy(&u->turned);
    (void)pthread_mutex_destroy(&u->lock);
    if (u->loop != NULL)
        event_base_free(u->loop);
    free(u);
}

/*
 * A context that libunbound could not begin cannot be trusted any more: without memory it frees what the loop or the
 * context itself still points to, so that ub_ctx_delete() crashes or corrupts the heap (1.17) and event_base_free()
 * looks at it for ever (1.22).  All of it is left as it is, where a leak checker finds it; it happens once at most,
 * since the program does not go on without a resolver.
 */
static void unbound_leave(struct source_unbound *u)
{
    (void)pthread_mutex_lock(&unbound_left.lock);
    u->left = unbound_left.first;
    unbound_left.first = u;
    (void)pthread_mutex_unlock(&unbound_left.lock);
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

static enum rc settings_put(struct ub_ctx *ctx, const struct setting *set, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        int error = ub_ctx_set_option(ctx, set[i].name, set[i].value);

        if (error != 0)
            return err_set(e, RC_INTERNAL, "libunbound does not take \"%s %s\": %s", set[i].name,
                           set[i].value, ub_strerror(error));
    }
    return RC_OK;
}
#define SETTINGS_PUT(ctx, set, e) settings_put((ctx), (set), sizeof(set) / sizeof(set)[0], (e))

static enum rc server_put(struct ub_ctx *ctx, const char *address, struct err *e)
{
    if (ub_ctx_set_fwd(ctx, address) == 0)
        return RC_OK;
    return err_set(e, RC_BAD, "\"%s\" is not a name server's address; write ADDRESS or ADDRESS@PORT", address);
}

static enum rc servers_put(const struct source_unbound *u, struct ub_ctx *ctx, struct err *e)
{
    const struct dns_settings *s = &u->settings;
    enum rc rc = RC_OK;

    if (s->recursive)
        return SETTINGS_PUT(ctx, for_recursion, e);
    for (size_t i = 0; rc == RC_OK && !u->system && i < s->nameserver_count; i++)
        rc = server_put(ctx, s->nameservers[i], e);
    for (size_t i = 0; rc == RC_OK && u->system && i < u->servers.count; i++)
        rc = server_put(ctx, u->servers.server[i], e);
    if (rc == RC_OK)
        rc = SETTINGS_PUT(ctx, for_forwarding, e);
    if (rc == RC_OK && (u->system ? u->servers.count : s->nameserver_count) > 1)
        rc = SETTINGS_PUT(ctx, for_several, e);
    return rc;
}

static enum rc anchor_put(struct ub_ctx *ctx, const char *path, struct err *e)
{
    if (path == NULL)
        return SETTINGS_PUT(ctx, without_validation, e);
    if (access(path, R_OK) != 0)
        return err_errno(e, RC_IO, errno, "cannot read trust anchor %s", path);
    if (ub_ctx_add_ta_file(ctx, path) != 0)
        return err_set(e, RC_NOMEM, "no memory for trust anchor %s", path);
    return RC_OK;
}

static void nobody_asked(void *data, int rcode, void *packet, int size, int security, char *why_bogus,
                         int limited)
{
    (void)data, (void)rcode, (void)packet, (void)size, (void)security, (void)why_bogus, (void)limited;
}

/* Also on failure `*out` is to be deleted or left. */
static enum rc context_make(const struct source_unbound *u, struct ub_ctx **out, struct err *e)
{
    struct ub_ctx *ctx = ub_ctx_create_event(u->loop);
    char sockets[24];
    const struct setting range = {"outgoing-range:", sockets};
    enum rc rc;
    int error;

    *out = ctx;
    if (ctx == NULL)
        return err_set(e, RC_NOMEM, "no memory for the resolver");
    (void)ub_ctx_debugout(ctx, NULL); /* it would write to standard error */
    (void)snprintf(sockets, sizeof sockets, "%zu", sockets_wanted());
    rc = SETTINGS_PUT(ctx, for_all, e);
    if (rc == RC_OK)
        rc = settings_put(ctx, &range, 1, e);
    if (rc == RC_OK)
        rc = servers_put(u, ctx, e);
    if (rc == RC_OK)
        rc = anchor_put(ctx, u->settings.trust_anchor, e);
    if (rc != RC_OK)
        return rc;
    /* answered at once and by itself; with it the settings are read, so that what is wrong shows here */
    error = ub_resolve_event(ctx, "localhost", DNS_A, 1, NULL, nobody_asked, NULL);
    if (error != 0)
        return err_set(e, RC_BAD, "the resolver does not start (%s); check the trust anchor and name servers",
                       ub_strerror(error));
    return RC_OK;
}

/* Both; on failure those that were begun are in `u` all the same. */
static enum rc contexts_make(struct source_unbound *u, struct err *e)
{
    enum rc rc = context_make(u, &u->ctx, e);

    return rc == RC_OK && !u->settings.recursive ? context_make(u, &u->spare, e) : rc;
}

static enum rc loop_make(struct source_unbound *u, struct err *e)
{
    u->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (u->bell_fd < 0)
        return err_errno(e, RC_IO, errno, "cannot make an eventfd");
    u->loop = event_base_new();
    if (u->loop != NULL) {
        u->bell = event_new(u->loop, u->bell_fd, EV_READ | EV_PERSIST, bell_rang, u);
        u->again = event_new(u->loop, -1, 0, time_is_up, u);
    }
    return u->again == NULL || u->bell == NULL || event_add(u->bell, NULL) != 0
               ? err_set(e, RC_NOMEM, "no memory for the resolver's event loop") : RC_OK;
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
    u->base = (struct source){.room = sockets_wanted() - SOCKETS_SPARE, .ask = unbound_ask, .look = unbound_look,
                              .close = unbound_close};
    u->settings = *settings;
    u->system = !settings->recursive && settings->nameserver_count == 0;
    (void)pthread_mutex_init(&u->lock, NULL);
    (void)pthread_cond_init(&u->turned, NULL);
    rc = loop_make(u, e);
    if (rc == RC_OK && u->system)
        rc = resolv_conf_read(settings->resolv_conf, &u->servers, e);
    if (rc != RC_OK) {
        unbound_free(u);
        return NULL;
    }
    rc = contexts_make(u, e);
    if (rc == RC_OK)
        rc = thread_start(u, e);
    if (rc != RC_OK) {
        unbound_leave(u);
        return NULL;
    }
    return &u->base;
}
