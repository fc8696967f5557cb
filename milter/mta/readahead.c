#include "mta/readahead.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/log_rate.h"
#include "base/spare.h"
#include "mta/frames.h"
#include "mta/hold.h"
#include "service/site.h"

/* What was read of a connection and not asked for yet: buf[at] to buf[end]. */
struct ahead {
    size_t at, end;
    struct frames frames;
    bool waits; /* the system has something to read, or tell, which nobody has taken since */
    bool large; /* counted among those with a large command on its way */
    char *buf;  /* READAHEAD_BYTES while something is in it; else NULL, as most connections wait */
    struct hold hold; /* what was written and not sent yet */
};

/* A descriptor is all that a caller of read shows, so this is of the process. */
static struct {
    int listening;
    atomic_bool asked;
    _Atomic(struct ahead *) of[READAHEAD_FD_MAX]; /* NULL: no connection of ours */
} state = {.listening = -1};

void readahead_on(int listening)
{
    state.listening = listening;
}

bool readahead_connection(int listening, int connection)
{
    struct ahead *a;

    if (listening != state.listening || connection < 0)
        return true;
    a = connection < READAHEAD_FD_MAX ? calloc(1, sizeof *a) : NULL;
    if (a != NULL)
        atomic_store(&state.of[connection], a);
    return a != NULL;
}

static struct ahead *ahead_of(int fd)
{
    return fd >= 0 && fd < READAHEAD_FD_MAX ? atomic_load(&state.of[fd]) : NULL;
}

/*
 * No more is handed on of this connection, and libmilter takes that for its
 * end.  Where policies are enforced the MTA is told before to end the session
 * (421), for what it does about a milter that is gone may be to accept.
 */
static void ahead_broken(int fd, const char *why)
{
    static const char end_session[] = {0, 0, 0, 1, '4'}; /* SMFIR_SHUTDOWN */
    static struct log_rate said;
    static atomic_uint_least64_t ended;
    struct site *site = site_current();
    uint_least64_t n = atomic_fetch_add(&ended, 1) + 1;

    if (site != NULL && site->config->enforce == CONFIG_ENFORCE_YES)
        (void)send(fd, end_session, sizeof end_session, MSG_NOSIGNAL | MSG_DONTWAIT);
    site_release(site);
    if (log_rate_may(&said, LOG_RATE_MS))
        log_write(LOG_LEVEL_WARNING, NULL, "%s; the mail server's connection is ended, %llu of them since the start",
                  why, (unsigned long long)n);
}

static atomic_int large_commands;

/*
 * libmilter keeps what came of a command until the rest of it is there, and
 * nobody else counts that memory.  False: too many large ones are on their way.
 */
static bool ahead_count(struct ahead *a)
{
    bool large = a->frames.in_data && a->frames.length > READAHEAD_LARGE;

    if (large == a->large)
        return true;
    if (large && atomic_fetch_add(&large_commands, 1) >= READAHEAD_LARGE_MAX) {
        (void)atomic_fetch_sub(&large_commands, 1);
        return false;
    }
    if (!large)
        (void)atomic_fetch_sub(&large_commands, 1);
    a->large = large;
    return true;
}

/* What of `n` bytes that came the caller may have. */
static ssize_t ahead_pass(struct ahead *a, int fd, char *bytes, size_t n)
{
    bool before = a->frames.broken;
    size_t may = frames_pass(&a->frames, bytes, n);

    if (a->frames.broken && !before)
        ahead_broken(fd, "macros are not pairs of name and value (a NUL in an address of SMTP does that), "
                         "or a field has no name");
    if (!a->frames.broken && !ahead_count(a)) {
        a->frames.broken = true;
        ahead_broken(fd, "too many commands of 64 KB and more at once");
        may = 0;
    }
    if (a->frames.broken)
        a->at = a->end = 0;
    return (ssize_t)may;
}

/* All was handed out; errno stays. */
static void ahead_drop(struct ahead *a)
{
    spare_give(SPARE_4K, a->buf);
    a->buf = NULL;
}

/* Out of memory what is there, else `n` bytes for the caller and what follows them for later. */
static ssize_t ahead_read(struct ahead *a, int fd, void *to, size_t n)
{
    struct iovec into[] = {{.iov_base = to, .iov_len = n}, {.iov_len = READAHEAD_BYTES}};
    size_t left = a->end - a->at;
    ssize_t got;

    if (a->frames.broken)
        return 0;
    if (left > 0) {
        n = n < left ? n : left;
        memcpy(to, a->buf + a->at, n);
        a->at += n;
        if (n == left)
            ahead_drop(a);
        return ahead_pass(a, fd, to, n);
    }
    into[1].iov_base = a->buf = spare_take(SPARE_4K);
    got = readv(fd, into, a->buf == NULL ? 1 : 2);
    a->waits = false;
    a->at = 0;
    a->end = got > (ssize_t)n ? (size_t)got - n : 0;
    if (a->end == 0)
        ahead_drop(a);
    if (got <= 0)
        return got;
    return ahead_pass(a, fd, to, got > (ssize_t)n ? n : (size_t)got);
}

/* ---- what libmilter calls (libmilter.h) ---- */

bool readahead_was_asked(void)
{
    return atomic_load(&state.asked);
}

/*
 * libmilter looks for a millisecond whether a session says more, and then
 * gives it back to the thread that looks at all of them, which costs two
 * hand-overs and a look at all.  An MTA says the next thing when its client
 * has said it, which takes longer; to wait costs a thread alone.  The more
 * wait, the shorter, so that those who will soon be served find a place.
 */
static int poll_patiently(struct pollfd *fds)
{
    static atomic_uint waiting;
    unsigned before = atomic_fetch_add(&waiting, 1);
    int ready = poll(fds, 1, before < READAHEAD_PATIENT_MAX ? READAHEAD_PATIENCE_MS >> before / 8 : READAHEAD_LOOK_MS);

    (void)atomic_fetch_sub(&waiting, 1);
    return ready;
}

int mta_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    struct ahead *a = n == 1 ? ahead_of(fds->fd) : NULL;
    int ready;

    if (!atomic_load_explicit(&state.asked, memory_order_relaxed))
        atomic_store(&state.asked, true);
    if (a != NULL && (fds->events & (POLLIN | POLLOUT)) == POLLOUT) {
        a->hold.timeout_ms = timeout_ms; /* mta_writev looks, where it must */
        fds->revents = POLLOUT;
        return 1;
    }
    if (a != NULL && a->hold.n > 0)
        hold_let_go(&a->hold, fds->fd);
    /* libmilter looks at many at once only after it found each of them with nothing to read */
    if (a != NULL && (fds->events & POLLIN) != 0 && (a->waits || a->at < a->end || a->frames.broken)) {
        fds->revents = POLLIN;
        return 1;
    }
    ready = a != NULL && timeout_ms == READAHEAD_LOOK_MS ? poll_patiently(fds) : poll(fds, n, timeout_ms);
    if (a != NULL && ready > 0 && (fds->revents & POLLIN) != 0)
        a->waits = true;
    return ready;
}

ssize_t mta_read(int fd, void *to, size_t n)
{
    struct ahead *a = ahead_of(fd);

    return a != NULL ? ahead_read(a, fd, to, n) : read(fd, to, n);
}

ssize_t mta_writev(int fd, const struct iovec *iov, int n)
{
    struct ahead *a = ahead_of(fd);

    return a != NULL ? hold_write(&a->hold, fd, iov, n) : writev(fd, iov, n);
}

/* The number may be another's the moment it is closed. */
int mta_close(int fd)
{
    struct ahead *a = ahead_of(fd);

    if (a != NULL) {
        atomic_store(&state.of[fd], NULL);
        if (a->large)
            (void)atomic_fetch_sub(&large_commands, 1);
        hold_free(&a->hold);
        ahead_drop(a);
        free(a);
    }
    return close(fd);
}
