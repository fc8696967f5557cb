#include "base/syslogd.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/sync.h"

enum { LINE_MAX_BYTES = 1200, RETRY_MS = 100 };

struct line {
    struct line *prev, *next;
    size_t n;
    char text[];
};

static struct {
    pthread_once_t once;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    struct sockaddr_un where;
    char program[32];
    int facility;
    int fd;              /* -1: not connected */
    struct line *lines;  /* those that wait, in their order */
    size_t waiting;      /* bytes of them */
    uint64_t dropped;    /* in all */
    uint64_t unsaid;     /* dropped, and not said yet */
    bool sender;         /* the thread runs */
} out = {.once = PTHREAD_ONCE_INIT, .lock = PTHREAD_MUTEX_INITIALIZER, .program = "assay", .facility = LOG_MAIL,
         .fd = -1};

/* ---- the socket; with the lock held ---- */

static void disconnect(void)
{
    if (out.fd >= 0)
        (void)close(out.fd);
    out.fd = -1;
}

static bool connected(void)
{
    if (out.fd >= 0)
        return true;
    out.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (out.fd >= 0 && connect(out.fd, (const struct sockaddr *)(const void *)&out.where, sizeof out.where) != 0)
        disconnect();
    return out.fd >= 0;
}

/* False: not now.  A daemon that was restarted has a new socket, so a broken connection gets a second chance. */
static bool passed_on(const char *text, size_t n)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        if (!connected())
            return false;
        if (send(out.fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno == EMSGSIZE)
            return true;
        if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
            return false;
        disconnect();
    }
    return false;
}

/* ---- what waits; with the lock held ---- */

static void forget_lines(void)
{
    struct line *line, *next;

    DL_FOREACH_SAFE(out.lines, line, next)
        free(line);
    out.lines = NULL;
    out.waiting = 0;
}

static void drop_line(void)
{
    out.dropped++;
    out.unsaid++;
}

static size_t syslogd_put_head(char *to, size_t size, int severity)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec"; /* in no language but syslog's */
    time_t now = time(NULL);
    struct tm tm = {.tm_mday = 1};
    int n;

    (void)localtime_r(&now, &tm);
    n = snprintf(to, size, "<%d>%.3s %2d %02d:%02d:%02d %s[%ld]: ", out.facility | severity,
                 months + 3 * (tm.tm_mon % 12), tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, out.program,
                 (long)getpid());
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

static void say_dropped(void)
{
    char text[LINE_MAX_BYTES];
    size_t n = syslogd_put_head(text, sizeof text, LOG_ERR);

    n += (size_t)snprintf(text + n, sizeof text - n, "%" PRIu64 " lines were dropped, syslog did not take them",
                          out.unsaid);
    if (passed_on(text, n))
        out.unsaid = 0;
}

/* Sends what waits until there is nothing, or the daemon takes no more. */
static void send_waiting(void)
{
    while (out.lines != NULL && passed_on(out.lines->text, out.lines->n)) {
        struct line *sent = out.lines;

        DL_DELETE(out.lines, sent);
        out.waiting -= sent->n;
        free(sent);
    }
    if (out.lines == NULL && out.unsaid > 0)
        say_dropped();
    (void)pthread_cond_broadcast(&out.changed);
}

/* ---- the thread ---- */

/* With the lock held, which it lets go of.  poll(2) tells when a full socket has room, but nothing of a new daemon. */
static void syslogd_wait_for_room(void)
{
    struct pollfd room = {.fd = out.fd, .events = POLLOUT};

    (void)pthread_mutex_unlock(&out.lock);
    if (poll(&room, room.fd >= 0 ? 1 : 0, RETRY_MS) > 0 && (room.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
        (void)poll(NULL, 0, RETRY_MS);
    (void)pthread_mutex_lock(&out.lock);
}

static void *syslogd_run(void *arg)
{
    (void)arg;
    (void)pthread_mutex_lock(&out.lock);
    for (;;) {
        while (out.lines == NULL && out.unsaid == 0)
            (void)pthread_cond_wait(&out.changed, &out.lock);
        send_waiting();
        if (out.lines != NULL || out.unsaid > 0)
            syslogd_wait_for_room();
    }
    return NULL;
}

/* With the lock held.  Without a thread what waits goes out with the next line. */
static void start_sender(void)
{
    sigset_t all, before;
    pthread_t thread;

    if (out.sender)
        return;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, syslogd_run, NULL) == 0) {
        (void)pthread_detach(thread);
        out.sender = true;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void keep_line(const char *text, size_t n)
{
    struct line *line = out.waiting + n > SYSLOGD_WAITING_MAX ? NULL : malloc(sizeof *line + n);

    if (line == NULL) {
        drop_line();
    } else {
        line->n = n;
        memcpy(line->text, text, n);
        DL_APPEND(out.lines, line);
        out.waiting += n;
    }
    start_sender();
    (void)pthread_cond_broadcast(&out.changed);
}

/* ---- forks ---- */

static void make_condition(void)
{
    sync_cond_init(&out.changed);
}

static void before_fork(void)
{
    (void)pthread_mutex_lock(&out.lock);
}

static void in_parent(void)
{
    (void)pthread_mutex_unlock(&out.lock);
}

/* The parent's thread sends what waits; the child has none. */
static void in_child(void)
{
    forget_lines();
    out.unsaid = 0;
    out.sender = false;
    make_condition();
    (void)pthread_mutex_unlock(&out.lock);
}

static void syslogd_prepare(void)
{
    make_condition();
    (void)pthread_atfork(before_fork, in_parent, in_child);
}

/* ---- interface ---- */

void syslogd_open(const char *path, const char *program, int facility)
{
    (void)pthread_once(&out.once, syslogd_prepare);
    (void)pthread_mutex_lock(&out.lock);
    disconnect();
    out.where = (struct sockaddr_un){.sun_family = AF_UNIX};
    (void)snprintf(out.where.sun_path, sizeof out.where.sun_path, "%s", path == NULL ? "/dev/log" : path);
    (void)snprintf(out.program, sizeof out.program, "%s", program);
    out.facility = facility;
    (void)connected(); /* now, since a service may lose its sight of /dev later */
    (void)pthread_mutex_unlock(&out.lock);
}

void syslogd_send(int severity, const char *text)
{
    char line[LINE_MAX_BYTES];
    size_t head, n;

    (void)pthread_mutex_lock(&out.lock);
    head = syslogd_put_head(line, sizeof line, severity);
    n = strnlen(text, sizeof line - head);
    memcpy(line + head, text, n);
    if (out.lines != NULL && !out.sender)
        send_waiting(); /* no thread could be had */
    if (out.lines != NULL || out.unsaid > 0 || !passed_on(line, head + n))
        keep_line(line, head + n);
    (void)pthread_mutex_unlock(&out.lock);
}

uint64_t syslogd_dropped(void)
{
    uint64_t n;

    (void)pthread_mutex_lock(&out.lock);
    n = out.dropped;
    (void)pthread_mutex_unlock(&out.lock);
    return n;
}

void syslogd_flush(int timeout_ms)
{
    int64_t until = clock_mono_ms() + timeout_ms;

    (void)pthread_mutex_lock(&out.lock);
    while ((out.lines != NULL || out.unsaid > 0) && sync_wait_until(&out.changed, &out.lock, until))
        ;
    (void)pthread_mutex_unlock(&out.lock);
}
