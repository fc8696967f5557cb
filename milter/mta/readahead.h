/*
 * readahead.h - reads from an MTA's connection all that is there, where libmilter asks for a few bytes at a time.
 *
 * libmilter takes each command of the protocol in two pieces and looks with
 * poll three times in between; a message is some fifty commands, since MTAs
 * send macros before each header field.  Those 250 system calls were a third
 * of all CPU time of this daemon.  The MTA, however, sends them in a few
 * bursts.  On a connection that came in on the given socket, a burst is taken
 * at once and handed out from memory, unless it would make libmilter crash
 * (frames.h): then the connection is at its end.  On every other descriptor
 * mta_poll, mta_read, mta_writev and mta_close (libmilter.h) do what the C library's do,
 * and without readahead_on they always do.
 *
 * What it writes at the end of a message goes together (hold.h), and it is
 * told that there is room, which mta_writev sees to.
 *
 * Where libmilter looks for a millisecond whether the session says more,
 * mta_poll waits longer, as long as few do (READAHEAD_PATIENCE_MS).
 *
 * Threads: as with the system's own: whoever reads a connection is alone with it.
 */
#ifndef ASSAY_MTA_READAHEAD_H
#define ASSAY_MTA_READAHEAD_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

enum {
    READAHEAD_BYTES = 4096,   /* kept for one connection; Postfix sends as many at a time */
    READAHEAD_FD_MAX = 65536, /* connections have lower descriptors than this */
    READAHEAD_LARGE = 65536,  /* bytes of a command that is large: more than a piece of a body has */
    READAHEAD_LARGE_MAX = 64, /* of which so many may be on their way, on all connections */
    READAHEAD_LOOK_MS = 1,    /* that libmilter looks whether a session says more, before it gives up the thread … */
    READAHEAD_PATIENCE_MS = 256, /* … which is longer here, halved for each eight sessions that wait so … */
    READAHEAD_PATIENT_MAX = 64   /* … of which there are at most so many */
};

/* From now on, connections that this listening socket accepts are read so.  Before threads start. */
void readahead_on(int listening);

/*
 * A connection came in (mta_accept tells); negative for none.
 * False: there is no room to look at what it sends, so it must not stay.
 */
bool readahead_connection(int listening, int connection);

/* What libmilter calls in place of poll, read, writev and close, with their arguments and results. */
int mta_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
ssize_t mta_read(int fd, void *to, size_t n);
ssize_t mta_writev(int fd, const struct iovec *iov, int n);
int mta_close(int fd);

/* Whether mta_poll has been called: that libmilter calls ours.  Any thread. */
bool readahead_was_asked(void);

#endif
