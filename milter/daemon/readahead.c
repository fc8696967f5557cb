#include "daemon/readahead.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* What was read of a connection and not asked for yet: buf[at] to buf[end]. */
struct ahead {
    size_t at, end;
    bool waits; /* the system has something to read, or tell, which nobody has taken since */
    char buf[READAHEAD_BYTES];
};

/* A descriptor is all that a caller of read shows, so this is of the process. */
static struct {
    int listening;
    _Atomic(struct ahead *) of[READAHEAD_FD_MAX]; /* NULL: no connection of ours, or no memory for it */
} state = {.listening = -1};

void readahead_on(int listening)
{
    state.listening = listening;
}

void readahead_connection(int listening, int connection)
{
    if (listening == state.listening && connection >= 0 && connection < READAHEAD_FD_MAX)
        atomic_store(&state.of[connection], calloc(1, sizeof(struct ahead)));
}

static struct ahead *ahead_of(int fd)
{
    return fd >= 0 && fd < READAHEAD_FD_MAX ? atomic_load(&state.of[fd]) : NULL;
}

/* Out of memory what is there, else `n` bytes for the caller and what follows them for later. */
static ssize_t ahead_read(struct ahead *a, int fd, void *to, size_t n)
{
    struct iovec into[] = {{.iov_base = to, .iov_len = n}, {.iov_base = a->buf, .iov_len = sizeof a->buf}};
    size_t left = a->end - a->at;
    ssize_t got;

    if (left > 0) {
        n = n < left ? n : left;
        memcpy(to, a->buf + a->at, n);
        a->at += n;
        return (ssize_t)n;
    }
    got = readv(fd, into, 2);
    a->waits = false;
    a->at = 0;
    a->end = got > (ssize_t)n ? (size_t)got - n : 0;
    return got > (ssize_t)n ? (ssize_t)n : got;
}

/*
 * ---- in the place of the C library's ----
 *
 * What does the work is a function of the library's that keeps its name.  In
 * C these have names of their own: headers promise things of the others that
 * only the library's hold.
 */
int readahead_poll(struct pollfd *, nfds_t, int) __asm__("poll");
ssize_t readahead_read(int, void *, size_t) __asm__("read");
int readahead_close(int) __asm__("close");

int readahead_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    const struct timespec timeout = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L};
    struct ahead *a = n == 1 ? ahead_of(fds->fd) : NULL;

    int ready;

    /* libmilter looks at many at once only after it found each of them with nothing to read */
    if (a != NULL && (fds->events & POLLIN) != 0 && (a->waits || a->at < a->end)) {
        fds->revents = POLLIN;
        return 1;
    }
    ready = ppoll(fds, n, timeout_ms < 0 ? NULL : &timeout, NULL);
    if (a != NULL && ready > 0 && (fds->revents & POLLIN) != 0)
        a->waits = true;
    return ready;
}

ssize_t readahead_read(int fd, void *to, size_t n)
{
    struct iovec into = {.iov_base = to, .iov_len = n};
    struct ahead *a = ahead_of(fd);

    return a != NULL ? ahead_read(a, fd, to, n) : readv(fd, &into, 1);
}

/* The number may be another's the moment it is closed. */
int readahead_close(int fd)
{
    struct ahead *a = ahead_of(fd);

    if (a != NULL) {
        atomic_store(&state.of[fd], NULL);
        free(a);
    }
    return (int)syscall(SYS_close, fd);
}
