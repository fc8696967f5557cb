#include "mta/session.h"

#include <libmilter/mfapi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "mta/carry.h"
#include "mta/collect.h"
#include "mta/flight.h"
#include "mta/peer.h"
#include "mta/readahead.h"
#include "mta/share.h"
#include "service/site.h"

enum {
    CONN_MEMORY = 64 * 1024,
    CONN_BLOCK = 512,
    IDLE_S = 30 * 60,          /* within a command, as libmilter's pool has it between two of them */
    COMMAND_MAX = 1024 * 1024, /* of one milter command: Postfix sends header fields of up to header_size_limit */
};

/*
 * What we ask of the MTA.  No reply where none can matter: libmilter answers
 * for us when the MTA does not know that.  Body chunks are among them: most
 * mail is signed, there is nothing to SKIP in it, and each answer costs both
 * sides a round trip.
 */
static const unsigned long no_reply =
    SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_EOH |
    SMFIP_NR_BODY;
static const unsigned long wanted_steps = SMFIP_HDR_LEADSPC | SMFIP_NODATA | SMFIP_NOUNKNOWN;
static const unsigned long needed_actions = SMFIF_ADDHDRS | SMFIF_CHGHDRS;

/* One SMTP connection; hangs on the callback's context. */
struct session {
    unsigned long steps; /* negotiated; 0 when the MTA never negotiated */
    bool told;           /* CONNECT came */
    struct conn conn;
    struct arena *arena; /* of what CONNECT said */
    char helo[COLLECT_TEXT_MAX + 1];

    /* the message at hand */
    struct message *m;   /* NULL: none, or one that passes untouched */
    struct arena *memory;
    struct site *site;
    struct message_bounds bounds;
    bool leading_space;  /* negotiated: values begin with what follows the colon, also those we insert */
    struct evaluation *evaluation;
    bool header_ended;
    int64_t began_ms;    /* monotonic */
    struct flight flight;
    bool broken;         /* something failed in here, which was logged */
    struct share share;  /* of the memory of all messages */
    bool crowded;        /* there was none for this one */
};

/* The one service of this process. */
static struct {
    struct evaluator *evaluator;
    pthread_mutex_t lock; /* of what follows */
    struct session_counts counts;
    unsigned long steps;  /* last negotiated: for a connection that follows QUIT_NC, which negotiates nothing */
} service = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- the counters ---- */

static void session_count(uint64_t *what)
{
    pthread_mutex_lock(&service.lock);
    (*what)++;
    pthread_mutex_unlock(&service.lock);
}

struct session_counts session_counts(void)
{
    struct session_counts counts;

    pthread_mutex_lock(&service.lock);
    counts = service.counts;
    pthread_mutex_unlock(&service.lock);
    counts.in_flight = flight_count();
    return counts;
}

/* ---- sessions ---- */

static sfsistat quiet(const struct session *s, unsigned long flag)
{
    return s != NULL && (s->steps & flag) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

/* The session of this context, made when this is its first callback; NULL without memory. */
static struct session *session_of(SMFICTX *ctx)
{
    struct session *s = smfi_getpriv(ctx);

    if (s != NULL)
        return s;
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->arena = arena_new_of(CONN_MEMORY, CONN_BLOCK);
    s->memory = arena_new(MESSAGE_MEMORY);
    if (s->arena == NULL || s->memory == NULL || smfi_setpriv(ctx, s) != MI_SUCCESS) {
        arena_free(s->arena);
        arena_free(s->memory);
        free(s);
        return NULL;
    }
    pthread_mutex_lock(&service.lock);
    s->steps = service.steps;
    pthread_mutex_unlock(&service.lock);
    return s;
}

/* libmilter takes char * here and elsewhere, but changes nothing. */
static const char *macro(SMFICTX *ctx, const char *name)
{
    return smfi_getsymval(ctx, (char *)name);
}

static void message_forget(struct session *s)
{
    evaluation_free(s->evaluation);
    s->evaluation = NULL;
    s->header_ended = false;
    s->m = NULL;
    s->conn.auth_user = NULL;
    s->conn.tls_version = NULL;
    s->broken = false;
    s->crowded = false;
    site_release(s->site);
    s->site = NULL;
    arena_empty(s->memory);
    share_give_back(&s->share);
    flight_end(&s->flight);
}

/* Something failed in here: say so once for the message. */
static void fail_message(struct session *s, const char *queue_id, const char *what, const char *why)
{
    if (s->broken)
        return;
    s->broken = true;
    session_count(&service.counts.broken);
    log_write(LOG_LEVEL_ERROR, queue_id, "%s: %s; the message %s", what, why,
              s->site != NULL && site_puts_off(s->site) ? "is deferred" : "goes on unexamined");
}

/* ---- negotiation ---- */

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2, unsigned long f3,
                             unsigned long *pf0, unsigned long *pf1, unsigned long *pf2, unsigned long *pf3)
{
    struct session *s = session_of(ctx);

    (void)f2;
    (void)f3;
    if (s == NULL || !flight_opens())
        return SMFIS_REJECT; /* ends this connection alone: the MTA's default action applies */
    if ((f0 & needed_actions) != needed_actions) {
        log_write(LOG_LEVEL_ERROR, NULL, "the MTA does not let us add and remove header fields; connection refused");
        return SMFIS_REJECT;
    }
    *pf0 = f0 & (needed_actions | SMFIF_QUARANTINE);
    if ((f0 & SMFIF_SETSYMLIST) != 0) {
        *pf0 |= SMFIF_SETSYMLIST;
        carry_ask_macros(ctx);
    }
    *pf1 = f1 & (wanted_steps | no_reply);
    *pf2 = 0;
    *pf3 = 0;
    s->steps = *pf1;
    pthread_mutex_lock(&service.lock);
    service.steps = *pf1;
    service.counts.connections++;
    pthread_mutex_unlock(&service.lock);
    return SMFIS_CONTINUE;
}

/* ---- the envelope ---- */

static sfsistat on_connect(SMFICTX *ctx, char *hostname, _SOCK_ADDR *address)
{
    struct session *s = session_of(ctx);
    const char *text, *port;
    uint32_t number;

    if (s == NULL)
        return quiet(s, SMFIP_NR_CONN);
    arena_reset(s->arena);
    s->conn = (struct conn){.helo = NULL};
    s->told = true;
    collect_address(address, &s->conn.ip, &s->conn.port);
    text = macro(ctx, "{client_addr}");
    if (s->conn.ip.family == IP_NONE && text != NULL)
        (void)ip_parse(str_of(text), &s->conn.ip);
    port = macro(ctx, "{client_port}");
    if (port != NULL && str_to_u32(str_of(port), &number) && number <= UINT16_MAX)
        s->conn.port = (uint16_t)number;
    text = macro(ctx, "{client_name}");
    collect_names(s->arena, &s->conn, text != NULL ? text : hostname, macro(ctx, "{client_resolve}"),
                  macro(ctx, "{client_ptr}"));
    s->conn.mta_name = collect_text(s->arena, macro(ctx, "j"), COLLECT_TEXT_MAX);
    s->conn.daemon_name = collect_text(s->arena, macro(ctx, "{daemon_name}"), COLLECT_TEXT_MAX);
    return quiet(s, SMFIP_NR_CONN);
}

static sfsistat on_helo(SMFICTX *ctx, char *argument)
{
    struct session *s = session_of(ctx);

    if (s != NULL && argument != NULL) {
        (void)snprintf(s->helo, sizeof s->helo, "%s", argument);
        s->conn.helo = s->helo;
    }
    return quiet(s, SMFIP_NR_HELO);
}

/* Where there is no memory for it the message is deferred at its end, and what it held is others' at once. */
static void take_share(struct session *s)
{
    if (s->m == NULL || s->broken || share_raise(&s->share, s->m, s->site->config->max_memory))
        return;
    session_count(&service.counts.broken);
    message_forget(s);
    s->site = site_current();
    s->crowded = true;
}

/* A new message; whatever was left of another is forgotten. */
static void message_begin(SMFICTX *ctx, struct session *s, char **argv)
{
    enum why_ignored ignored;
    struct err e = ERR_NONE;

    message_forget(s);
    s->site = site_current();
    s->began_ms = clock_mono_ms();
    s->conn.auth_user = collect_text(s->memory, macro(ctx, "{auth_authen}"), COLLECT_TEXT_MAX);
    s->conn.tls_version = collect_text(s->memory, macro(ctx, "{tls_version}"), COLLECT_TEXT_MAX);
    ignored = collect_ignored(&s->conn, s->told, s->site->config);
    if (ignored != IGNORED_NOT)
        session_count(&service.counts.ignored);
    if (ignored != IGNORED_NOT && ignored != IGNORED_LOGIN) {
        log_write(LOG_LEVEL_DEBUG, NULL, "a message passes untouched: %s", enum_name(&why_ignored_names, (int)ignored));
        return;
    }
    flight_begin(&s->flight);
    s->bounds = (struct message_bounds){s->site->config->max_headers, s->site->config->max_header_bytes};
    s->leading_space = (s->steps & SMFIP_HDR_LEADSPC) != 0;
    s->m = arena_alloc(s->memory, sizeof *s->m);
    if (s->m == NULL) {
        fail_message(s, NULL, "cannot begin a message", "no memory");
        return;
    }
    *s->m = (struct message){.arena = s->memory, .conn = &s->conn, .arrival_ms = clock_wall_ms(),
                             .random = random_bits()};
    collect_mail(s->m, argv);
    take_share(s);
    if (s->crowded)
        return;
    /* that of a login is not judged, but must not pass itself off as judged (RFC 8601 section 5) */
    if (ignored != IGNORED_LOGIN &&
        evaluation_begin(service.evaluator, s->m, s->site->config, s->site->policy, &s->evaluation, &e) != RC_OK)
        fail_message(s, NULL, "cannot begin a message", e.text);
}

static sfsistat on_mail(SMFICTX *ctx, char **argv)
{
    struct session *s = session_of(ctx);

    if (s == NULL) {
        session_count(&service.counts.broken);
        log_write(LOG_LEVEL_ERROR, NULL, "no memory for a connection; its message goes on unexamined");
    } else if (flight_enter()) {
        message_begin(ctx, s, argv);
        flight_leave();
    }
    return quiet(s, SMFIP_NR_MAIL);
}

static sfsistat on_rcpt(SMFICTX *ctx, char **argv)
{
    struct session *s = session_of(ctx);

    if (s != NULL && s->m != NULL)
        collect_rcpt(s->m, argv);
    return quiet(s, SMFIP_NR_RCPT);
}

/* ---- the message ---- */

static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{
    struct session *s = session_of(ctx);

    if (s != NULL && s->m != NULL && !s->header_ended && name != NULL) {
        collect_header(s->m, name, value, s->leading_space, &s->bounds);
        take_share(s);
    }
    return quiet(s, SMFIP_NR_HDR);
}

static void header_complete(SMFICTX *ctx, struct session *s)
{
    struct err e = ERR_NONE;

    if (s->m == NULL || s->header_ended || s->broken)
        return;
    s->header_ended = true;
    s->m->queue_id = collect_text(s->memory, macro(ctx, "i"), COLLECT_TEXT_MAX);
    if (s->evaluation != NULL && evaluation_header(s->evaluation, &e) != RC_OK)
        fail_message(s, s->m->queue_id, "cannot examine a message", e.text);
}

static sfsistat on_eoh(SMFICTX *ctx)
{
    struct session *s = session_of(ctx);

    if (s != NULL && flight_enter()) {
        header_complete(ctx, s);
        flight_leave();
    }
    return quiet(s, SMFIP_NR_EOH);
}

static void session_take_body(SMFICTX *ctx, struct session *s, const unsigned char *chunk, size_t n)
{
    header_complete(ctx, s); /* when the MTA left out the end of the header */
    if (s->m == NULL || s->broken || n == 0 || s->evaluation == NULL)
        return;
    s->m->body_bytes += n;
    evaluation_body(s->evaluation, (struct str){(const char *)chunk, n});
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *chunk, size_t n)
{
    struct session *s = session_of(ctx);

    if (s != NULL && flight_enter()) {
        session_take_body(ctx, s, chunk, n);
        flight_leave();
    }
    return quiet(s, SMFIP_NR_BODY);
}

/* ---- the end ---- */

/* What passes itself off as ours goes, and nothing else happens; false: there is too much of it, or no memory. */
static bool strip(SMFICTX *ctx, struct session *s)
{
    struct actions todo, done = {.n = 0};
    bool ok = actions_strip(s->memory, s->m, s->site->config, &todo) == RC_OK;

    if (ok && todo.n > 0) {
        (void)carry_out(ctx, s->m, s->leading_space, &todo, &done);
        log_write(LOG_LEVEL_WARNING, s->m->queue_id, "from a client that logged in: forged=%zu fields that passed "
                  "themselves off as ours are removed", done.n);
    }
    return ok;
}

/* It cannot be examined: put off, or on its way without a field that claims to be ours. */
static sfsistat end_unexamined(SMFICTX *ctx, struct session *s)
{
    struct action store[ACTIONS_BLIND_MAX];
    struct actions todo, done = {.n = 0};
    sfsistat answer;

    if (site_puts_off(s->site))
        return SMFIS_TEMPFAIL;
    actions_make_blind(s->m, s->site->config, store, &todo);
    answer = carry_out(ctx, s->m, s->leading_space, &todo, &done);
    if (answer == SMFIS_CONTINUE)
        carry_stamp_none(ctx, s->m, s->leading_space, s->site->config->authserv_id);
    return answer;
}

static sfsistat message_end(SMFICTX *ctx, struct session *s)
{
    sfsistat on_error = s->site->config->on_internal_error == CONFIG_TROUBLE_TEMPFAIL ? SMFIS_TEMPFAIL : SMFIS_CONTINUE;
    const struct actions *todo;
    struct actions done = {.n = 0};
    struct err e = ERR_NONE;
    sfsistat answer;

    header_complete(ctx, s);
    if (s->m->queue_id == NULL)
        s->m->queue_id = collect_text(s->memory, macro(ctx, "i"), COLLECT_TEXT_MAX);
    if (s->broken)
        return end_unexamined(ctx, s);
    if (s->evaluation == NULL)
        return strip(ctx, s) ? SMFIS_CONTINUE : end_unexamined(ctx, s);
    if (evaluation_decide(s->evaluation, &todo, &e) != RC_OK) {
        fail_message(s, s->m->queue_id, "cannot examine a message", e.text);
        return end_unexamined(ctx, s);
    }
    answer = carry_out(ctx, s->m, s->leading_space, todo, &done);
    if (evaluation_keep(s->evaluation, &done, clock_mono_ms() - s->began_ms) != RC_OK && answer == SMFIS_CONTINUE)
        return on_error;
    return answer;
}

static sfsistat on_eom(SMFICTX *ctx)
{
    struct session *s = session_of(ctx);
    sfsistat answer = SMFIS_CONTINUE; /* never ACCEPT: libmilter would ignore the next connection on this context */

    if (!flight_enter())
        return SMFIS_TEMPFAIL;
    if (s != NULL) {
        if (s->m != NULL)
            answer = message_end(ctx, s);
        else if (s->crowded)
            answer = carry_put_off(ctx);
        else if (s->broken && site_puts_off(s->site))
            answer = SMFIS_TEMPFAIL;
        message_forget(s);
    } else if (site_puts_off_now()) {
        answer = SMFIS_TEMPFAIL;
    }
    flight_leave();
    return answer;
}

static sfsistat on_abort(SMFICTX *ctx)
{
    struct session *s = smfi_getpriv(ctx);

    if (s != NULL && flight_enter()) {
        message_forget(s);
        flight_leave();
    }
    return SMFIS_CONTINUE;
}

static sfsistat session_on_close(SMFICTX *ctx)
{
    struct session *s = smfi_getpriv(ctx);

    if (s != NULL && flight_enter()) {
        (void)smfi_setpriv(ctx, NULL);
        message_forget(s);
        arena_free(s->arena);
        arena_free(s->memory);
        free(s);
        flight_leave();
    }
    return SMFIS_CONTINUE;
}

/* ---- the service ---- */

enum rc session_open(struct evaluator *ev, int fd, struct err *e)
{
    struct smfiDesc filter = {
        .xxfi_name = (char *)"assay-milter",
        .xxfi_version = SMFI_VERSION,
        .xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST,
        .xxfi_connect = on_connect, .xxfi_helo = on_helo, .xxfi_envfrom = on_mail, .xxfi_envrcpt = on_rcpt,
        .xxfi_header = on_header, .xxfi_eoh = on_eoh, .xxfi_body = on_body,
        .xxfi_eom = on_eom, .xxfi_abort = on_abort, .xxfi_close = session_on_close,
        .xxfi_negotiate = on_negotiate,
    };
    char where[16];

    flight_open();
    service.evaluator = ev;
    (void)snprintf(where, sizeof where, "fd:%d", fd);
    (void)smfi_setmaxdatasize(COMMAND_MAX);
    (void)smfi_settimeout(IDLE_S);
    if (smfi_register(filter) != MI_SUCCESS)
        return err_set(e, RC_INTERNAL, "libmilter does not take our callbacks");
    if (smfi_setconn(where) != MI_SUCCESS || smfi_opensocket(false) != MI_SUCCESS)
        return err_set(e, RC_INTERNAL, "this libmilter does not take an open socket (\"fd:\"), as Debian's does");
    peer_open(fd);
    readahead_on(fd);
    return RC_OK;
}

bool session_serve(void)
{
    return smfi_main() == MI_SUCCESS;
}
