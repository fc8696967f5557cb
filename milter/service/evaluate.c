#include "service/evaluate.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/log_rate.h"
#include "base/random.h"
#include "output/failure.h"
#include "policy/judge.h"
#include "service/catch.h"
#include "service/crash.h"
#include "service/history_file.h"
#include "service/known.h"
#include "service/repeat.h"
#include "service/statistics.h"

enum { STORE_WAIT_MS = 5000 /* that a message waits at most for its record */ };

struct evaluator {
    struct dns *dns;
    struct store *store;
    struct statistics *statistics;
    struct history_file *history;
    struct repeat *repeat;
    struct known *known; /* NULL: nothing is known beside the message */
    struct redact_key key; /* of this process: tokens of failure reports are the same until it ends */
    struct crash_table *crashes;
    struct catch *watch;  /* NULL: nobody counts decisions */
    pthread_mutex_t lock; /* of what follows */
    uint64_t lost;        /* records not kept and not yet spoken of */
    struct log_rate said; /* of that */
};

struct evaluation {
    struct evaluator *ev;
    struct message *m;
    struct crash_note *note;
    unsigned sender_crashes, crashes; /* while MAIL of this sender was worked on; with this message in flight */
    struct auth *auth;
    struct evidence evidence;
    struct background *background;
    struct given given;
    struct judgement judgement;
    struct repeat_sums sums;
    bool unsure;      /* there was no memory for the sum of its body */
    bool repeated;    /* it was examined before, under this queue id: nothing more happens */
    int64_t ended_us; /* when the MTA ended the message; monotonic */
};

struct evaluator *evaluator_new(struct dns *dns, struct store *store, struct statistics *statistics,
                                struct crash_table *crashes)
{
    struct evaluator *ev = calloc(1, sizeof *ev);

    if (ev == NULL)
        return NULL;
    ev->dns = dns;
    ev->store = store;
    ev->statistics = statistics;
    ev->history = history_file_new();
    ev->repeat = repeat_new();
    if (ev->history == NULL || ev->repeat == NULL ||
        !random_bytes(&ev->key, sizeof ev->key)) {
        history_file_free(ev->history);
        repeat_free(ev->repeat);
        free(ev);
        return NULL;
    }
    ev->crashes = crashes;
    (void)pthread_mutex_init(&ev->lock, NULL);
    return ev;
}

void evaluator_set_background(struct evaluator *ev, struct known *known)
{
    ev->known = known;
}

void evaluator_log_lost_records(struct evaluator *ev)
{
    uint64_t sum;

    pthread_mutex_lock(&ev->lock);
    sum = ev->lost;
    ev->lost = 0;
    pthread_mutex_unlock(&ev->lock);
    if (sum > 0)
        log_write(LOG_LEVEL_ERROR, NULL, "%" PRIu64 " more records were lost", sum);
}

void evaluator_set_safety_catch(struct evaluator *ev, struct catch *c)
{
    ev->watch = c;
}

void evaluator_free(struct evaluator *ev)
{
    if (ev == NULL)
        return;
    history_file_free(ev->history);
    repeat_free(ev->repeat);
    (void)pthread_mutex_destroy(&ev->lock);
    free(ev);
}

/* A full disk under load must not fill the log's disk as well: the first loss at once, then sums. */
static void say_lost(struct evaluator *ev, const char *queue_id, const char *why)
{
    uint64_t sum = 0;

    pthread_mutex_lock(&ev->lock);
    ev->lost++;
    if (log_rate_may(&ev->said, LOG_RATE_MS)) {
        sum = ev->lost;
        ev->lost = 0;
    }
    pthread_mutex_unlock(&ev->lock);
    if (sum > 0)
        log_write(LOG_LEVEL_ERROR, queue_id, "record lost (%" PRIu64 " in all since last said), mail flows: %s", sum,
                  why);
}

/* Begins at MAIL, unless that has ended us before with this sender: then it waits for the whole header. */
static enum rc begin_early(struct evaluation *v, struct err *e)
{
    uint64_t fingerprint;
    struct crash_note *note;
    enum rc rc;

    v->sender_crashes = crash_count(v->ev->crashes, v->m, &fingerprint);
    if (v->sender_crashes > 0)
        return RC_OK;
    note = crash_enter(v->ev->crashes, fingerprint, NULL);
    rc = auth_begin(&v->auth, v->m, v->given.config, v->ev->dns, e);
    crash_leave(note); /* what comes until the header is there is not this sender's doing */
    return rc;
}

enum rc evaluation_begin(struct evaluator *ev, struct message *m, const struct config *c, const struct policy *policy,
                         struct evaluation **out, struct err *e)
{
    struct evaluation *v = arena_alloc(m->arena, sizeof *v);
    enum rc rc;

    *out = NULL;
    if (v == NULL)
        return err_set(e, RC_LIMIT, "no memory left for this message");
    arena_keep_back(m->arena, MESSAGE_MEMORY_LAST);
    v->ev = ev;
    v->m = m;
    v->given = (struct given){.message = m, .evidence = &v->evidence, .config = c, .policy = policy};
    rc = begin_early(v, e);
    if (rc != RC_OK)
        return rc;
    v->background = known_current(ev->known);
    v->given.background = v->background;
    *out = v;
    return RC_OK;
}

/* It was in flight at a crash, and that was not the only one that it or its sender may have caused. */
static bool is_given_up(const struct evaluation *v)
{
    return v->crashes > 0 && v->crashes + (v->sender_crashes > 0) >= CRASH_PATIENCE;
}

enum rc evaluation_header(struct evaluation *v, struct err *e)
{
    const struct config *c = v->given.config;
    uint64_t fingerprint;
    enum rc rc = RC_OK;

    v->crashes = crash_count(v->ev->crashes, v->m, &fingerprint);
    if (is_given_up(v)) {
        auth_free(v->auth);
        v->auth = NULL;
        return c->on_internal_error == CONFIG_TROUBLE_ACCEPT && c->enforce != CONFIG_ENFORCE_YES
                   ? RC_OK : err_set(e, RC_BAD, "%u crashes of this service had it in flight", v->crashes);
    }
    v->note = crash_enter(v->ev->crashes, fingerprint, v->m->queue_id);
    if (v->auth == NULL)
        rc = auth_begin(&v->auth, v->m, v->given.config, v->ev->dns, e);
    return rc == RC_OK ? auth_header(v->auth, e) : rc;
}

void evaluation_body(struct evaluation *v, struct str chunk)
{
    if (v->auth == NULL || !auth_hashes_body(v->auth))
        repeat_body(v->ev->repeat, &v->sums, chunk);
    if (v->auth != NULL)
        auth_body(v->auth, chunk);
}

/* Named twice in smtpd_milters we get each message twice: the second time it bears our own stamp. */
static bool is_repeated(struct evaluation *v)
{
    if (auth_hashes_body(v->auth)) {
        struct str hash = auth_body_hash(v->auth); /* what is signed need not be hashed twice */

        repeat_body(v->ev->repeat, &v->sums, hash);
        v->unsure = hash.n == 0;
    }
    v->repeated = !v->unsure && repeat_known(v->ev->repeat, v->m, &v->sums, clock_mono_ms());
    if (v->repeated && repeat_is_news(v->ev->repeat, clock_mono_ms()))
        log_write(LOG_LEVEL_WARNING, v->m->queue_id, "the MTA hands messages to assay-milter twice, and the second "
                  "time is passed over: smtpd_milters of Postfix or INPUT_MAIL_FILTER of Sendmail names it twice");
    return v->repeated;
}

enum rc evaluation_decide(struct evaluation *v, const struct actions **out, struct err *e)
{
    enum rc rc;

    v->ended_us = clock_mono_us();
    if (v->auth == NULL) {
        arena_keep_back(v->m->arena, 0);
        rc = actions_make_unverified(v->m->arena, v->m, v->given.config, &v->judgement.actions);
        *out = &v->judgement.actions;
        return rc == RC_OK ? RC_OK : err_set(e, rc, "no memory left for this message");
    }
    if (is_repeated(v)) {
        *out = &v->judgement.actions;
        return RC_OK;
    }
    auth_finish(v->auth, &v->evidence);
    arena_keep_back(v->m->arena, 0);
    rc = judge(v->m->arena, &v->given, &v->judgement);
    if (rc != RC_OK)
        return err_set(e, rc, "no memory left for this message");
    *out = &v->judgement.actions;
    return RC_OK;
}

/* A failure report that there is no memory for is not made; the record is. */
static void note_failure(struct evaluation *v, struct record *r)
{
    const struct config *c = v->given.config;
    struct failure_question q = {.message = v->m, .evidence = &v->evidence, .dmarc = &v->judgement.verdict.dmarc,
                                 .record = r, .config = c, .key = &v->ev->key};

    r->failure = NULL;
    if (v->judgement.verdict.disposition == DISPOSITION_TEMPFAIL)
        return; /* it comes again */
    if (c->failure_reports.n > 0 && failure_make(v->m->arena, &q, &r->failure) != RC_OK)
        log_write(LOG_LEVEL_WARNING, v->m->queue_id, "no failure report: no memory left for this message");
}

static enum rc keep_record(struct evaluation *v, struct record *r)
{
    struct store_item item = {.record = r, .seen = v->evidence.seen, .seen_count = v->evidence.seen_count};
    struct err e = ERR_NONE;
    enum rc rc;

    if (v->ev->store == NULL)
        return RC_OK;
    note_failure(v, r);
    rc = store_put(v->ev->store, &item, STORE_WAIT_MS, &e);
    if (rc != RC_OK)
        say_lost(v->ev, v->m->queue_id, e.text);
    return rc;
}

static void count_decision(struct evaluation *v)
{
    const struct verdict *verdict = &v->judgement.verdict;
    const struct record *r = &v->judgement.record;

    if (v->ev->watch != NULL)
        catch_count(v->ev->watch, r, r->time_ms);
    statistics_decision(v->ev->statistics, verdict->disposition, verdict->enforcement);
    statistics_message(v->ev->statistics, verdict->dmarc.result, clock_mono_us() - v->ended_us, r->dns_ms);
}

enum rc evaluation_keep(struct evaluation *v, const struct actions *done, int64_t total_ms)
{
    char line[LOG_LINE_MAX + 1];
    struct strbuf text = STRBUF_ON(line);
    const struct config *c = v->given.config;
    struct record *r = &v->judgement.record;
    enum rc rc;

    if (v->auth == NULL) {
        log_write(LOG_LEVEL_ERROR, v->m->queue_id, "passes unverified, %u crashes of this service had it in flight; "
                  "please keep a copy and report it", v->crashes);
        return RC_OK;
    }
    if (v->repeated)
        return RC_OK;
    judge_done(&v->judgement, done, total_ms);
    if (!v->unsure)
        repeat_note(v->ev->repeat, v->m, &v->sums, done, clock_mono_ms());
    rc = keep_record(v, r);
    if (c->history_file[0] != '\0')
        history_file_add(v->ev->history, c->history_file, c->authserv_id, r, v->m->arena);
    logline_make(v->m->arena, r, &text);
    log_write(LOG_LEVEL_INFO, v->m->queue_id, "%s", line);
    count_decision(v);
    return rc;
}

void evaluation_free(struct evaluation *v)
{
    if (v == NULL)
        return;
    auth_free(v->auth);
    crash_leave(v->note);
    background_release(v->background);
}
