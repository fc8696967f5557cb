/*
 * hold.h - what changes a message goes to the MTA together with the answer that follows it.
 *
 * At the end of a message libmilter writes each field that is to go or to
 * come, and then the answer, each by itself, after it has looked whether
 * there is room.  The MTA says nothing in between, and does nothing about the
 * message before the answer is there: it was only woken for each.
 *
 * Threads: whoever writes to a connection is alone with it.
 */
#ifndef ASSAY_MTA_HOLD_H
#define ASSAY_MTA_HOLD_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

enum { HOLD_MAX = 4096 /* bytes; more goes at once */ };

/* Of one connection; all zeros in the beginning. */
struct hold {
    char *bytes; /* HOLD_MAX while something is held; else NULL */
    size_t n;
    int timeout_ms; /* how long a write may wait for room; negative: without end */
    bool broken;    /* something did not go, or not whole: nothing follows it */
};

/*
 * As writev on the blocking socket `fd`, but all of it or nothing: a command of libmilter's, which is held, or goes
 * with all that was held before it.  -1 and errno: it did not go, or what was held before it did not.
 */
ssize_t hold_write(struct hold *h, int fd, const struct iovec *iov, int n);

/* Sends what is held now, since libmilter wants to read.  Where that fails, so does the next write. */
void hold_let_go(struct hold *h, int fd);

/* Forgets what is held. */
void hold_free(struct hold *h);

#endif
