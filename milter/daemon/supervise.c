#include "daemon/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
    STEADY_MS = 1000,      /* a worker that lived so long is replaced at once */
    PAUSE_MIN_MS = 20,     /* others after a pause, which doubles up to … */
    PAUSE_MAX_MS = 500
};

/* One supervisor's state. */
struct supervisor {
    const struct supervised *s;
    struct crash_table *crashes;
    sigset_t signals;
    pid_t worker;       /* 0: none */
    int64_t began_ms;   /* when it was started; monotonic */
    int64_t pause_ms;   /* before the next */
    bool stopping;
    bool done;
    int code;
};

/* ---- the worker ---- */

_Noreturn static void be_worker(const struct supervised *s, pid_t parent, int served)
{
    /* only with the supervisor: nobody else would know of a worker, and its listener would look alive */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(EX_OSERR);
    exit(s->work(s->service, served));
}

/* Signals stay blocked in the worker until it has said what to do with them.  0 when there can be none now. */
static pid_t start_worker(const struct supervised *s, int served)
{
    pid_t parent = getpid();
    pid_t child = fork();

    if (child == 0)
        be_worker(s, parent, served);
    if (child < 0)
        log_write(LOG_LEVEL_ERROR, NULL, "cannot start a worker (%s), will retry", strerror(errno));
    return child < 0 ? 0 : child;
}

void supervise_served(int served)
{
    while (served >= 0 && write(served, "", 1) < 0 && errno == EINTR)
        ;
    if (served >= 0)
        (void)close(served);
}

/* ---- its end ---- */

static int supervise_wait_for(pid_t child)
{
    int status = 0;

    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static void describe(int status, char *buf, size_t size)
{
    if (WIFSIGNALED(status))
        (void)snprintf(buf, size, "died of signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        (void)snprintf(buf, size, "ended with code %d", WEXITSTATUS(status));
}

static void next_pause(struct supervisor *v)
{
    if (clock_mono_ms() - v->began_ms >= STEADY_MS)
        v->pause_ms = 0;
    else if (v->pause_ms == 0)
        v->pause_ms = PAUSE_MIN_MS;
    else if (v->pause_ms < PAUSE_MAX_MS)
        v->pause_ms = 2 * v->pause_ms < PAUSE_MAX_MS ? 2 * v->pause_ms : PAUSE_MAX_MS;
}

static void worker_ended(struct supervisor *v, int status)
{
    pid_t pid = v->worker;
    char how[80];
    unsigned flying;

    v->worker = 0;
    if (WIFEXITED(status) && (v->stopping || WEXITSTATUS(status) == EX_OK)) {
        v->done = true;
        v->code = WEXITSTATUS(status);
        return;
    }
    describe(status, how, sizeof how);
    /* KILL comes from outside, and a code from a worker that knew what it did: no message is to blame */
    flying = crash_collect(v->crashes, how, WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL);
    if (v->stopping) {
        log_write(LOG_LEVEL_ERROR, NULL, "worker %ld %s while stopping, %u messages were in flight", (long)pid, how,
                  flying);
        v->done = true;
        v->code = EX_UNAVAILABLE;
        return;
    }
    next_pause(v);
    log_write(LOG_LEVEL_ERROR, NULL, "worker %ld %s, %u messages were in flight; the next one starts in %" PRId64 " ms",
              (long)pid, how, flying, v->pause_ms);
}

static void reap(struct supervisor *v)
{
    int status;

    if (v->worker != 0 && waitpid(v->worker, &status, WNOHANG) == v->worker)
        worker_ended(v, status);
}

/* ---- signals ---- */

static void supervise_pass_on(const struct supervisor *v, int number)
{
    if (v->worker != 0)
        (void)kill(v->worker, number);
}

static void take_signal(struct supervisor *v, int number)
{
    switch (number) {
    case SIGCHLD:
        reap(v);
        return;
    case SIGHUP:
        v->s->reload(v->s->service);
        break;
    case SIGTERM:
    case SIGINT:
        v->stopping = true;
        v->s->stopping(v->s->service);
        v->done = v->worker == 0;
        break;
    default:
        break;
    }
    supervise_pass_on(v, number);
}

/* A signal, or 0 after `timeout_ms`; -1 waits for ever. */
static int wait_signal(const struct supervisor *v, int64_t timeout_ms)
{
    struct timespec t = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000};
    int number = timeout_ms < 0 ? sigwaitinfo(&v->signals, NULL) : sigtimedwait(&v->signals, NULL, &t);

    return number < 0 ? 0 : number;
}

static void supervise_watch(struct supervisor *v)
{
    while (!v->done) {
        int64_t until = clock_mono_ms() + v->pause_ms;
        int64_t left = v->pause_ms;

        for (; v->worker == 0 && !v->done && left > 0; left = until - clock_mono_ms())
            take_signal(v, wait_signal(v, left));
        if (v->worker == 0 && !v->done) {
            v->began_ms = clock_mono_ms();
            v->worker = start_worker(v->s, -1);
            if (v->worker == 0)
                next_pause(v);
        }
        if (v->worker != 0)
            take_signal(v, wait_signal(v, -1));
    }
}

/* ---- the first worker ---- */

/* Until it serves; false when it ended before, `*status` tells how. */
static bool start_first(struct supervisor *v, int *status)
{
    int ends[2];
    char byte;
    ssize_t n;

    *status = EX_OSERR << 8; /* as of a process that exits with it */
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    v->began_ms = clock_mono_ms();
    v->worker = start_worker(v->s, ends[1]);
    (void)close(ends[1]);
    do
        n = read(ends[0], &byte, 1);
    while (n < 0 && errno == EINTR);
    (void)close(ends[0]);
    if (n != 1 && v->worker != 0)
        *status = supervise_wait_for(v->worker);
    return n == 1;
}

int supervise(const struct supervised *s, struct crash_table *crashes)
{
    static const int numbers[] = {SIGCHLD, SIGHUP, SIGUSR1, SIGTERM, SIGINT};
    struct supervisor v = {.s = s, .crashes = crashes};
    int status;

    (void)sigemptyset(&v.signals);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)sigaddset(&v.signals, numbers[i]);
    (void)sigprocmask(SIG_BLOCK, &v.signals, NULL);
    if (!start_first(&v, &status)) {
        char how[80];

        if (WIFEXITED(status))
            return WEXITSTATUS(status);
        describe(status, how, sizeof how);
        log_write(LOG_LEVEL_ERROR, NULL, "cannot start: the worker %s", how);
        return EX_SOFTWARE;
    }
    s->served(s->service);
    supervise_watch(&v);
    return v.code;
}
