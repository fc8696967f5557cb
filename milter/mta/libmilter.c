#include "mta/libmilter.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_rate.h"
#include "base/sync.h"
#include "mta/park.h"
#include "mta/peer.h"
#include "mta/readahead.h"

enum { PAUSE_MS = 100 };

/* libmilter passes nothing of ours along, so this is of the process. */
static struct {
    atomic_int ceiling; /* connections have lower descriptors than this */
    uint64_t refused;   /* the listener's thread's */
    struct log_rate said;
} door = {.ceiling = INT_MAX};

/* One that waits for a session. */
struct idle {
    struct idle *next; /* that waited before */
    struct sync_flag called;
};

/* Behind the mutex that libmilter holds when it calls, but for the routine. */
static struct {
    struct idle *last; /* the stack of those that wait and were not called yet */
    _Atomic(void *(*)(void *)) routine; /* of the thread that was started last, which is a worker's from the third on */
    atomic_bool sigwait_called;
} workers;

void libmilter_limit(unsigned files)
{
    unsigned kept = files >= LIBMILTER_MANY ? LIBMILTER_RESERVE_MANY : LIBMILTER_RESERVE;
    unsigned most = files > 2 * kept ? files - kept : files / 2;

    atomic_store(&door.ceiling, most < INT_MAX ? (int)most : INT_MAX);
}

/* ---- connections ---- */

static void accept_say_full(const char *what)
{
    if (log_rate_may(&door.said, LOG_RATE_MS))
        log_write(LOG_LEVEL_ERROR, NULL, "no descriptors left, %s (MaxFiles, LimitNOFILE=); %llu refused since the "
                  "start", what, (unsigned long long)door.refused);
}

/* libmilter goes on to the next. */
static int accept_refuse(int fd, bool full)
{
    (void)close(fd);
    if (full) {
        door.refused++;
        accept_say_full("connections are refused");
    }
    errno = ECONNABORTED;
    return -1;
}

/* The kernel gives the lowest free number, so a high one means that all below are taken. */
int mta_accept(int listener, struct sockaddr *address, socklen_t *size)
{
    int fd = accept4(listener, address, size, SOCK_CLOEXEC);

    if (fd >= atomic_load(&door.ceiling))
        return accept_refuse(fd, true);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
        int why = errno;

        accept_say_full("connections wait");
        (void)poll(NULL, 0, PAUSE_MS);
        errno = why;
    }
    if (fd >= 0 && !peer_may(fd))
        return accept_refuse(fd, false);
    return readahead_connection(listener, fd) ? fd : accept_refuse(fd, true);
}

/* ---- the log ---- */

static enum log_level syslog_level(int priority)
{
    int severity = priority & LOG_PRIMASK;

    return severity <= LOG_ERR      ? LOG_LEVEL_ERROR
           : severity == LOG_WARNING ? LOG_LEVEL_WARNING
           : severity == LOG_DEBUG   ? LOG_LEVEL_DEBUG
                                     : LOG_LEVEL_INFO;
}

void mta_syslog(int priority, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    log_write_list(syslog_level(priority), NULL, format, ap);
    va_end(ap);
}

void mta_syslog_chk(int priority, int flag, const char *format, ...)
{
    va_list ap;

    (void)flag;
    va_start(ap, format);
    log_write_list(syslog_level(priority), NULL, format, ap);
    va_end(ap);
}

/* ---- threads ---- */

/* On a thread of libmilter's where these signals are blocked. */
int mta_sigwait(const sigset_t *set, int *number)
{
    (void)set;
    (void)number;
    atomic_store(&workers.sigwait_called, true);
    for (;;)
        (void)pause();
}

/* libmilter starts the thread of the above, one that looks at all sessions, and from then on workers. */
int mta_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*routine)(void *), void *arg)
{
    atomic_store(&workers.routine, routine);
    return park_run(thread, attr, routine, arg);
}

int mta_pthread_detach(pthread_t thread)
{
    (void)thread;
    return 0;
}

/* It waits no more; false: it was called. */
static bool idle_end(const struct idle *w)
{
    for (struct idle **at = &workers.last; *at != NULL; at = &(*at)->next)
        if (*at == w) {
            *at = w->next;
            return true;
        }
    return false;
}

/* A worker looks for a session that is ready when it leaves here, called or not, and when it begins without one. */
int mta_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
    struct idle w = {.next = workers.last};
    bool called;

    (void)cond;
    sync_flag_init(&w.called);
    workers.last = &w;
    (void)pthread_mutex_unlock(mutex);
    called = sync_flag_wait_day(&w.called, until);
    (void)pthread_mutex_lock(mutex);
    called = called || !idle_end(&w);
    sync_flag_destroy(&w.called);
    return called ? 0 : ETIMEDOUT;
}

int mta_pthread_cond_signal(pthread_cond_t *cond)
{
    struct idle *w = workers.last;
    pthread_t thread;

    (void)cond;
    if (w == NULL)
        return park_run(&thread, NULL, atomic_load(&workers.routine), NULL);
    workers.last = w->next;
    sync_flag_raise(&w->called);
    return 0;
}

/* ---- whether it calls ours ---- */

enum rc libmilter_check(int64_t timeout_ms, struct err *e)
{
#ifdef ASSAY_LIBMILTER_RENAMED
    int64_t until = clock_mono_ms() + timeout_ms;

    while (!atomic_load(&workers.sigwait_called) || atomic_load(&workers.routine) == NULL || !readahead_was_asked()) {
        if (clock_mono_ms() >= until)
            return err_set(e, RC_INTERNAL, "libmilter does not call our functions in place of the C library's, for "
                           "which it was linked: build anew (mta/libmilter.h)");
        (void)poll(NULL, 0, 1);
    }
#else
    (void)timeout_ms;
    (void)e;
    log_write(LOG_LEVEL_WARNING, NULL, "built without libmilter's archive, so without what works around its faults: a "
              "message costs more, a session may wait behind one that blocks, connections are not checked (who "
              "connects, macros that are not pairs), a HUP may stop the daemon, libmilter's log lines wait for syslog");
#endif
    return RC_OK;
}
