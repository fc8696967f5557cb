#include "mta/hold.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/spare.h"

enum { HEAD = 5, PIECES_MAX = 8 }; /* length and letter, which libmilter writes as the first piece */

static size_t hold_size(const struct iovec *iov, int n)
{
    size_t size = 0;

    for (int i = 0; i < n; i++)
        size += iov[i].iov_len;
    return size;
}

/* A change of a message that we ask for (carry.c): a field to be put in or taken out, quarantine. */
static bool is_change(const struct iovec *iov, int n)
{
    static const char letters[] = {'i', 'm', 'q'}; /* SMFIR_INSHEADER, SMFIR_CHGHEADER, SMFIR_QUARANTINE */

    return n > 0 && iov[0].iov_len == HEAD &&
           memchr(letters, ((const char *)iov[0].iov_base)[HEAD - 1], sizeof letters) != NULL;
}

/* False: it does not fit, or there is no memory. */
static bool hold_keep(struct hold *h, const struct iovec *iov, int n, size_t size)
{
    if (size > HOLD_MAX - h->n)
        return false;
    if (h->bytes == NULL)
        h->bytes = spare_take(SPARE_4K);
    if (h->bytes == NULL)
        return false;
    for (int i = 0; i < n; i++) {
        if (iov[i].iov_len > 0)
            memcpy(h->bytes + h->n, iov[i].iov_base, iov[i].iov_len);
        h->n += iov[i].iov_len;
    }
    return true;
}

/* What `sent` bytes leave of the pieces. */
static void hold_skip(struct msghdr *m, size_t sent)
{
    while (m->msg_iovlen > 0 && sent >= m->msg_iov->iov_len) {
        sent -= m->msg_iov->iov_len;
        m->msg_iov++;
        m->msg_iovlen--;
    }
    if (sent > 0) {
        m->msg_iov->iov_base = (char *)m->msg_iov->iov_base + sent;
        m->msg_iov->iov_len -= sent;
    }
}

static bool hold_wait_for_room(int fd, int timeout_ms)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    int ready;

    do
        ready = poll(&room, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        errno = ETIMEDOUT;
    return ready > 0;
}

/* To the last byte; there is nearly always room, so it is looked for only where there was none. */
static bool hold_send(struct hold *h, int fd, struct iovec *iov, size_t n)
{
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = n};

    hold_skip(&m, 0);
    while (m.msg_iovlen > 0 && !h->broken) {
        ssize_t sent = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent >= 0)
            hold_skip(&m, (size_t)sent);
        else
            h->broken = errno == EAGAIN ? !hold_wait_for_room(fd, h->timeout_ms) : errno != EINTR;
    }
    return !h->broken;
}

ssize_t hold_write(struct hold *h, int fd, const struct iovec *iov, int n)
{
    struct iovec all[PIECES_MAX + 1];
    size_t size = hold_size(iov, n);
    bool sent;

    if (h->broken || n > PIECES_MAX) {
        errno = h->broken ? EPIPE : EINVAL;
        return -1;
    }
    if (is_change(iov, n) && hold_keep(h, iov, n, size))
        return (ssize_t)size;
    all[0] = (struct iovec){.iov_base = h->bytes, .iov_len = h->n};
    for (int i = 0; i < n; i++)
        all[i + 1] = iov[i];
    sent = hold_send(h, fd, all, (size_t)n + 1);
    hold_free(h);
    return sent ? (ssize_t)size : -1;
}

void hold_let_go(struct hold *h, int fd)
{
    struct iovec all = {.iov_base = h->bytes, .iov_len = h->n};

    if (h->n > 0)
        (void)hold_send(h, fd, &all, 1);
    hold_free(h);
}

void hold_free(struct hold *h)
{
    spare_give(SPARE_4K, h->bytes);
    h->bytes = NULL;
    h->n = 0;
}
