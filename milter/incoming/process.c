#include "incoming/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "incoming/sandbox.h"
#include "incoming/wire.h"

enum {
    BUFFER = WIRE_FRAME_MAX + WIRE_HEAD + 64 * 1024,
    NAME_MAX_BYTES = 4096,
    EXIT_MS = 10000, /* from its last frame to its end */
    CONTROL = SANDBOX_FIRST, FRAMES, STATUS, TEMPLATE_FDS = 3
};

/* ---- the reading process ---- */

struct child {
    int fd;
    unsigned cpu_seconds;
    unsigned char *buffer; /* frames on their way out */
    size_t n;
};

static bool write_all(struct child *c)
{
    size_t done = 0;

    while (done < c->n) {
        ssize_t n = write(c->fd, c->buffer + done, c->n - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    c->n = 0;
    return true;
}

static bool send_frame(void *arg, enum wire_kind kind, const unsigned char *payload, size_t n)
{
    struct child *c = arg;
    uint32_t length = (uint32_t)n;

    if (c->n + WIRE_HEAD + n > BUFFER && !write_all(c))
        return false;
    c->buffer[c->n] = (unsigned char)kind;
    memcpy(c->buffer + c->n + 1, &length, sizeof length);
    memcpy(c->buffer + c->n + WIRE_HEAD, payload, n);
    c->n += WIRE_HEAD + n;
    return (c->n < 64 * 1024 && kind != WIRE_LEAF && kind != WIRE_DONE) || write_all(c);
}

static void next_leaf(void *arg)
{
    sandbox_cpu(((struct child *)arg)->cpu_seconds);
}

_Noreturn static void be_child(const struct incoming_request *request, const struct walk_before *before, int fd)
{
    struct child c = {.fd = fd, .cpu_seconds = request->cpu_seconds == 0 ? INCOMING_CPU_S : request->cpu_seconds};
    unsigned all = c.cpu_seconds * INCOMING_CPU_REPORTS, spent = before == NULL ? 0 : (unsigned)(before->cpu_ms / 1000);

    sandbox_enter(fd, spent < all ? all - spent : 1);
    c.buffer = malloc(BUFFER);
    if (c.buffer == NULL)
        _exit(EXIT_FAILURE);
    next_leaf(&c);
    walk_run(request, before, send_frame, next_leaf, &c);
    _exit(EXIT_SUCCESS);
}

/* ---- off the caller ---- */

static enum rc begin_own(const struct incoming_request *request, const struct walk_before *before, struct process *out,
                         struct err *e)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_errno(e, RC_TEMP, errno, "no pipe to a process that reads reports");
    (void)fflush(NULL);
    *out = (struct process){.fd = ends[0], .over = -1, .pid = fork()};
    if (out->pid == 0)
        be_child(request, before, ends[1]);
    (void)close(ends[1]);
    if (out->pid > 0)
        return RC_OK;
    (void)close(ends[0]);
    return err_errno(e, RC_TEMP, errno, "no process to read reports in");
}

static struct process_death wait_for(pid_t pid)
{
    struct process_death d = {.status = 0};
    struct rusage used = {.ru_maxrss = 0};

    while (wait4(pid, &d.status, 0, &used) < 0 && errno == EINTR)
        continue;
    d.cpu_ms = (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
               (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
    return d;
}

/* ---- off a template ---- */

/* What a template is handed, in memory that both see; the bytes of the file follow. */
struct order {
    struct incoming_request request;
    size_t n;
    char name[NAME_MAX_BYTES];
    char bytes[];
};

struct incoming_reader {
    pid_t pid;                    /* the template; 0: none now */
    int control, frames, status;  /* our ends */
    struct order *order;
};

static bool drop_frame(void *arg, enum wire_kind kind, const unsigned char *payload, size_t n)
{
    (void)arg;
    (void)kind;
    (void)payload;
    (void)n;
    return true;
}

/* What every process would begin anew: the libraries. */
static void warm_up(void)
{
    static const char mail[] =
        "From: a@b.example\nSubject: Report Domain: b.example\nMIME-Version: 1.0\nContent-Type: text/xml\n\n"
        "<feedback><report_metadata><date_range><begin>1</begin></date_range></report_metadata></feedback>\n";
    const struct incoming_request request = {.bytes = STR(mail), .name = "mail.eml"};

    walk_run(&request, NULL, drop_frame, NULL, NULL);
}

/* Reads what was ordered, in a process of its own, until nobody orders. */
_Noreturn static void be_template(struct order *order)
{
    char go;

    warm_up();
    while (read(CONTROL, &go, 1) == 1) {
        pid_t pid = fork();
        struct process_death death = {.status = PROCESS_NONE};

        if (pid == 0) {
            struct incoming_request request = order->request;

            request.bytes = (struct str){order->bytes, order->n};
            request.name = order->name;
            be_child(&request, NULL, FRAMES);
        }
        if (pid > 0)
            death = wait_for(pid);
        if (write(STATUS, &death, sizeof death) != (ssize_t)sizeof death)
            break;
    }
    _exit(EXIT_SUCCESS);
}

static bool make_pipes(int end[static 6])
{
    for (int i = 0; i < 6; i += 2)
        if (pipe2(end + i, O_CLOEXEC) != 0) {
            while (i-- > 0)
                (void)close(end[i]);
            return false;
        }
    return true;
}

static bool begin_template(struct incoming_reader *r)
{
    int end[6]; /* control, frames, status: to read, to write */

    if (!make_pipes(end))
        return false;
    (void)fflush(NULL);
    r->pid = fork();
    if (r->pid == 0) {
        const int theirs[TEMPLATE_FDS] = {end[0], end[3], end[5]};

        if (sandbox_template(theirs, TEMPLATE_FDS))
            be_template(r->order);
        _exit(EXIT_FAILURE);
    }
    (void)close(end[0]);
    (void)close(end[3]);
    (void)close(end[5]);
    r->control = end[1];
    r->frames = end[2];
    r->status = end[4];
    if (r->pid > 0)
        return true;
    r->pid = 0;
    (void)close(r->control);
    (void)close(r->frames);
    (void)close(r->status);
    return false;
}

/* Its process goes with it. */
static void end_template(struct incoming_reader *r)
{
    if (r->pid == 0)
        return;
    (void)kill(r->pid, SIGKILL);
    (void)wait_for(r->pid);
    r->pid = 0;
    (void)close(r->control);
    (void)close(r->frames);
    (void)close(r->status);
}

struct incoming_reader *incoming_reader_new(void)
{
    struct incoming_reader *r = calloc(1, sizeof *r);
    void *shared = mmap(NULL, PROCESS_SHARED, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (r != NULL && shared != MAP_FAILED) {
        r->order = shared;
        if (begin_template(r))
            return r;
    }
    if (shared != MAP_FAILED)
        (void)munmap(shared, PROCESS_SHARED);
    free(r);
    return NULL;
}

void incoming_reader_free(struct incoming_reader *r)
{
    if (r == NULL)
        return;
    end_template(r);
    (void)munmap(r->order, PROCESS_SHARED);
    free(r);
}

/* Hands it over; false: it is not for a template, or there is none. */
static bool order(struct incoming_reader *r, const struct incoming_request *request)
{
    size_t name = request->name == NULL ? 0 : strlen(request->name);

    if (request->bytes.n > PROCESS_SHARED - sizeof *r->order || name >= NAME_MAX_BYTES)
        return false;
    if (r->pid == 0 && !begin_template(r))
        return false;
    r->order->request = *request;
    r->order->n = request->bytes.n;
    memcpy(r->order->name, name == 0 ? "" : request->name, name + 1);
    if (request->bytes.n > 0)
        memcpy(r->order->bytes, request->bytes.p, request->bytes.n);
    if (write(r->control, "r", 1) == 1)
        return true;
    end_template(r);
    return false;
}

/* How the process died that the template forked; a template that does not say so is ended. */
static struct process_death end_ordered(struct incoming_reader *r, bool lost)
{
    struct pollfd p = {.fd = r->status, .events = POLLIN};
    bool said = !lost && poll(&p, 1, EXIT_MS) == 1;
    struct process_death death = {.status = SIGKILL};
    int left = 0;

    if (said && read(r->status, &death, sizeof death) != (ssize_t)sizeof death) {
        said = false;
        death.status = PROCESS_NONE;
    }
    if (!said || ioctl(r->frames, FIONREAD, &left) != 0 || left != 0)
        end_template(r);
    return death;
}

/* ---- both ---- */

enum rc process_begin(const struct incoming_request *request, const struct walk_before *before, bool own,
                      struct process *out, struct err *e)
{
    struct incoming_reader *r = request->reader;

    if (own || r == NULL || before != NULL || !order(r, request))
        return begin_own(request, before, out, e);
    *out = (struct process){.fd = r->frames, .over = r->status, .reader = r};
    return RC_OK;
}

struct process_death process_end(struct process *p, bool lost)
{
    if (p->reader != NULL)
        return end_ordered(p->reader, lost);
    (void)close(p->fd);
    (void)kill(p->pid, SIGKILL); /* it has died, mostly, and how is told all the same */
    return wait_for(p->pid);
}
