#include "incoming/incoming.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "incoming/process.h"
#include "incoming/wire.h"
#include "incoming/words.h"

enum {
    WALL_SECONDS = 600, /* when the request does not say */
    RESTARTS_MAX = 20,
    BUFFER = WIRE_FRAME_MAX + WIRE_HEAD + 64 * 1024,
    NAME_KEPT = 300
};

static const char *const kind_names[] = {"none", "aggregate", "failure", "tls"};
const struct enum_names incoming_kinds = ENUM_NAMES(kind_names);
static const char *const outcome_names[] = {"read",         "repaired",   "partial", "empty",
                                            "not-a-report", "unreadable", "limited"};
const struct enum_names incoming_outcomes = ENUM_NAMES(outcome_names);

/* ---- listening to it ---- */

struct session {
    const struct incoming_request *request;
    const struct incoming_taker *taker;
    void *arg;
    size_t number;        /* reports told */
    size_t leaf;          /* the thing that is being looked at; 0 the file itself */
    struct walk_before before; /* what each report told is of, for a process that goes on */
    char leaf_name[NAME_KEPT];
    bool open, skipping, done, stopped, bad, overtime;
    struct wire_report heard;
    struct incoming_row row;
    uint64_t rows, policies, details; /* handed over of the report that is open */
    int64_t deadline_ms;
    unsigned char *buffer;
};

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void begin_report(struct session *s, const struct incoming_report *report)
{
    enum incoming_wish wish = s->taker->begin(s->arg, report);

    if (s->number < INCOMING_REPORTS_MAX)
        s->before.of[s->number] = s->leaf;
    s->number++;
    s->open = wish != INCOMING_STOP;
    s->stopped = wish == INCOMING_STOP;
    s->skipping = wish == INCOMING_SKIP;
    s->rows = s->policies = s->details = 0;
}

static void end_report(struct session *s, bool whole, const char *why)
{
    s->open = false;
    if (s->taker->end != NULL && s->taker->end(s->arg, whole, why) == INCOMING_STOP)
        s->stopped = true;
}

/* A callback's answer. */
static void heed(struct session *s, enum incoming_wish wish)
{
    s->stopped = s->stopped || wish == INCOMING_STOP;
    s->skipping = s->skipping || wish == INCOMING_SKIP;
}

static void hear_leaf(struct session *s, struct wire *w)
{
    struct strbuf b = STRBUF_ON(s->leaf_name);
    const char *name;
    int64_t leaf = 0;

    wire_number(w, &leaf, (int64_t)s->leaf, INT32_MAX);
    wire_text(w, &name);
    if (w->bad)
        return;
    s->leaf = (size_t)leaf;
    strbuf_puts(&b, name);
}

static void hear_report(struct session *s, struct wire *w)
{
    memset(&s->heard, 0, sizeof s->heard);
    wire_report(w, &s->heard);
    if (w->bad || s->open || s->number >= INCOMING_REPORTS_MAX) {
        w->bad = true;
        return;
    }
    s->heard.report.number = s->number;
    begin_report(s, &s->heard.report);
}

/* One more of what all reports of a file or mail may have together. */
static void hear_one(struct session *s, struct wire *w)
{
    w->bad = w->bad || ++s->before.rows > INCOMING_ROWS_MAX;
}

static void hear_row(struct session *s, struct wire *w)
{
    wire_row(w, &s->row);
    w->bad = w->bad || !s->open || s->heard.report.aggregate == NULL;
    hear_one(s, w);
    s->rows++;
    if (!w->bad && !s->skipping && s->taker->row != NULL)
        heed(s, s->taker->row(s->arg, &s->row));
}

static void hear_policy(struct session *s, struct wire *w)
{
    struct incoming_tls_policy policy = {.successes = 0};

    wire_policy(w, &policy);
    w->bad = w->bad || !s->open || s->heard.report.tls == NULL;
    hear_one(s, w);
    s->policies++;
    if (!w->bad && !s->skipping && s->taker->policy != NULL)
        heed(s, s->taker->policy(s->arg, &policy));
}

static void hear_detail(struct session *s, struct wire *w)
{
    struct incoming_tls_detail detail = {.count = 0};

    wire_detail(w, &detail);
    w->bad = w->bad || !s->open || s->heard.report.tls == NULL || s->policies == 0;
    hear_one(s, w);
    s->details++;
    if (!w->bad && !s->skipping && s->taker->detail != NULL)
        heed(s, s->taker->detail(s->arg, &detail));
}

/* What was announced must have come. */
static void hear_end(struct session *s, struct wire *w)
{
    const struct incoming_report *r = &s->heard.report;

    if (!s->open || (r->aggregate != NULL && r->aggregate->rows != s->rows) ||
        (r->tls != NULL && (r->tls->policies != s->policies || r->tls->details != s->details)))
        w->bad = true;
    else
        end_report(s, true, "");
}

static void hear(struct session *s, unsigned char kind, unsigned char *payload, size_t n)
{
    struct wire w = wire_reader(payload, n);

    switch (kind) {
    case WIRE_LEAF:
        hear_leaf(s, &w);
        break;
    case WIRE_REPORT:
        hear_report(s, &w);
        break;
    case WIRE_ROW:
        hear_row(s, &w);
        break;
    case WIRE_POLICY:
        hear_policy(s, &w);
        break;
    case WIRE_DETAIL:
        hear_detail(s, &w);
        break;
    case WIRE_END:
        hear_end(s, &w);
        break;
    case WIRE_DONE:
        s->done = !s->open;
        w.bad = s->open;
        break;
    default:
        w.bad = true;
    }
    s->bad = s->bad || w.bad;
}

/*
 * Takes whole frames off the front; how many bytes are left at the front of
 * the buffer.  A report's texts live in its frame until its rows are done, so
 * its payload is kept at the buffer's end.
 */
static size_t take_frames(struct session *s, size_t n, unsigned char *kept)
{
    size_t at = 0;

    while (n - at >= WIRE_HEAD && !s->bad && !s->stopped && !s->done) {
        uint32_t length;
        unsigned char *payload = s->buffer + at + WIRE_HEAD;

        memcpy(&length, s->buffer + at + 1, sizeof length);
        if (length > WIRE_FRAME_MAX) {
            s->bad = true;
            break;
        }
        if (n - at - WIRE_HEAD < length)
            break;
        if (s->buffer[at] == WIRE_REPORT && !s->open) {
            memcpy(kept, payload, length);
            payload = kept;
        }
        hear(s, s->buffer[at], payload, length);
        at += WIRE_HEAD + length;
    }
    memmove(s->buffer, s->buffer + at, n - at);
    return n - at;
}

/* Waits for something to read; 1 there is, 0 the process has died or cannot be heard, -1 ask again. */
static int wait_frames(struct session *s, const struct process *child)
{
    struct pollfd p[2] = {{.fd = child->fd, .events = POLLIN}, {.fd = child->over, .events = POLLIN}};
    int64_t left = s->deadline_ms - now_ms();
    int ready = left <= 0 ? 0 : poll(p, 2, left > 60000 ? 60000 : (int)left);

    if (ready < 0)
        return errno == EINTR ? -1 : 0;
    s->overtime = ready == 0 && left <= 60000;
    if (ready == 0)
        return s->overtime ? 0 : -1;
    if (p[0].revents == 0) /* it has died: what it wrote is there by now */
        (void)poll(p, 1, 0);
    return p[0].revents != 0;
}

/* Reads until the process is done, dies, lies, or is told to stop. */
static void listen(struct session *s, const struct process *child)
{
    unsigned char *kept = s->buffer + BUFFER;
    size_t have = 0;

    while (!s->bad && !s->stopped && !s->done) {
        int ready = wait_frames(s, child);
        ssize_t n;

        if (ready == 0)
            return;
        if (ready < 0)
            continue;
        n = read(child->fd, s->buffer + have, BUFFER - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        have = take_frames(s, have + (size_t)n, kept);
    }
}

/* ---- when it dies ---- */

/* All the CPU time that one file or mail may take is gone, to the second. */
static bool is_spent(const struct session *s)
{
    unsigned report = s->request->cpu_seconds == 0 ? INCOMING_CPU_S : s->request->cpu_seconds;

    return s->before.cpu_ms / 1000 + 1 >= (uint64_t)report * INCOMING_CPU_REPORTS;
}

static const char *cause_of_death(const struct session *s, int status, char mem[static 100])
{
    if (s->overtime)
        return "reading it took too long";
    if (s->bad)
        return "the process that read it said what cannot be";
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGXCPU))
        return is_spent(s) ? "reading all of it takes more CPU time than one file or mail may"
                           : "reading it takes more CPU time than a report may";
    if (status == PROCESS_NONE || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
        return "the process that read it was killed";
    if (WIFSIGNALED(status))
        (void)snprintf(mem, 100, "the process that read it died of signal %d; it may need too much memory",
                       WTERMSIG(status));
    else
        (void)snprintf(mem, 100, "the process that read it ended early; it may need too much memory");
    return mem;
}

static void tell_death(struct session *s, const char *why)
{
    struct incoming_report report = {
        .number = s->number, .name = s->leaf_name, .media_type = "", .outcome = INCOMING_LIMITED, .reason = why,
        .file_receiver = "", .file_domain = "",
    };

    if (s->open) {
        end_report(s, false, why);
        return;
    }
    begin_report(s, &report);
    if (s->open)
        end_report(s, true, "");
}

/* Listens to one process; how it died. */
static enum rc run_process(struct session *s, bool own, int *status, struct err *e)
{
    struct process_death death;
    struct process child;
    enum rc rc;

    s->before.things = s->leaf;
    s->before.reports = s->number;
    rc = process_begin(s->request, s->number == 0 ? NULL : &s->before, own, &child, e);
    if (rc != RC_OK)
        return rc;
    listen(s, &child);
    death = process_end(&child, s->stopped || s->bad || s->overtime);
    *status = death.status;
    s->before.cpu_ms += death.cpu_ms;
    return RC_OK;
}

/* One process, behind what was looked at before.  RC_TEMP when there could be none. */
static enum rc run_once(struct session *s, struct err *e)
{
    char mem[100], why[200];
    int status;
    enum rc rc = run_process(s, false, &status, e);

    if (rc == RC_OK && status == PROCESS_NONE && !s->done && s->leaf == 0 && s->number == 0)
        rc = run_process(s, true, &status, e); /* the template's trouble is not the file's */
    if (rc == RC_OK && !s->done && !s->stopped) {
        bool stuck = s->before.things > 0 && s->leaf == s->before.things; /* it met nothing new: no other will */
        bool last = stuck || s->overtime || is_spent(s);

        (void)snprintf(why, sizeof why, "%s%s", cause_of_death(s, status, mem),
                       last ? "; what stands behind it was not read" : "");
        tell_death(s, why);
    }
    return rc;
}

enum rc incoming_read(const struct incoming_request *request, const struct incoming_taker *taker, void *arg,
                      struct err *e)
{
    unsigned wall = request->wall_seconds == 0 ? WALL_SECONDS : request->wall_seconds;
    struct session *s = calloc(1, sizeof *s);
    enum rc rc = RC_OK;
    size_t before;

    if (s != NULL)
        s->buffer = malloc(BUFFER + WIRE_FRAME_MAX);
    if (s == NULL || s->buffer == NULL) {
        free(s);
        return err_set(e, RC_NOMEM, "no memory to read reports");
    }
    s->request = request;
    s->taker = taker;
    s->arg = arg;
    s->deadline_ms = now_ms() + (int64_t)wall * 1000;
    for (int i = 0; rc == RC_OK && !s->done && !s->stopped && !s->overtime && !is_spent(s); i++) {
        before = s->leaf;
        s->bad = false;
        if (i == RESTARTS_MAX) {
            tell_death(s, "too many things in one file or mail cannot be read: those behind were not");
            break;
        }
        rc = run_once(s, e);
        if (s->leaf <= before && !s->done)
            break; /* it died of the whole, or of the same again */
    }
    free(s->buffer);
    free(s);
    return rc;
}
