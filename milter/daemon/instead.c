#include "daemon/instead.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/readahead.h"

enum { PAUSE_MS = 100, SAY_EVERY_MS = 10 * 1000 };

/* libmilter passes nothing of ours along, so this is of the process. */
static struct {
    atomic_int ceiling; /* connections have lower descriptors than this */
    atomic_uint_least64_t accepted, refused;
    int64_t said_ms;    /* the listener's thread's */
} door = {.ceiling = INT_MAX};

void instead_limit(unsigned files)
{
    unsigned most = files > 2 * INSTEAD_RESERVE ? files - INSTEAD_RESERVE : files / 2;

    atomic_store(&door.ceiling, most < INT_MAX ? (int)most : INT_MAX);
}

bool instead_has_room(int fd)
{
    return fd < atomic_load(&door.ceiling);
}

uint64_t instead_accepted(void)
{
    return atomic_load(&door.accepted);
}

static void say_full(const char *what)
{
    int64_t now = clock_mono_ms();

    if (door.said_ms != 0 && now - door.said_ms < SAY_EVERY_MS)
        return;
    door.said_ms = now;
    log_write(LOG_LEVEL_ERROR, NULL, "no descriptors left, %s (MaxFiles, LimitNOFILE=); %llu refused since the start",
              what, (unsigned long long)atomic_load(&door.refused));
}

/* The kernel gives the lowest free number, so a high one means that all below are taken. */
int accept(int listener, struct sockaddr *restrict address, socklen_t *restrict size)
{
    int fd = accept4(listener, address, size, SOCK_CLOEXEC);

    if (fd >= 0)
        (void)atomic_fetch_add(&door.accepted, 1);
    if (!instead_has_room(fd)) {
        (void)close(fd);
        (void)atomic_fetch_add(&door.refused, 1);
        say_full("connections are refused");
        errno = ECONNABORTED;
        return -1;
    }
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
        int why = errno;

        say_full("connections wait");
        (void)poll(NULL, 0, PAUSE_MS);
        errno = why;
    }
    readahead_connection(listener, fd);
    return fd;
}

static enum log_level level_of(int priority)
{
    int severity = priority & LOG_PRIMASK;

    return severity <= LOG_ERR      ? LOG_LEVEL_ERROR
           : severity == LOG_WARNING ? LOG_LEVEL_WARNING
           : severity == LOG_DEBUG   ? LOG_LEVEL_DEBUG
                                     : LOG_LEVEL_INFO;
}

void syslog(int priority, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    log_write_list(level_of(priority), NULL, format, ap);
    va_end(ap);
}

/* What a library calls that was compiled with _FORTIFY_SOURCE. */
void __syslog_chk(int priority, int flag, const char *format, ...) __attribute__((format(printf, 3, 4)));
void __syslog_chk(int priority, int flag, const char *format, ...)
{
    va_list ap;

    (void)flag;
    va_start(ap, format);
    log_write_list(level_of(priority), NULL, format, ap);
    va_end(ap);
}
