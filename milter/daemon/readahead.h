/*
 * readahead.h - reads from an MTA's connection all that is there, where libmilter asks for a few bytes at a time.
 *
 * libmilter takes each command of the protocol in two pieces and looks with
 * poll three times in between; a message is some fifty commands, since MTAs
 * send macros before each header field.  Those 250 system calls were a third
 * of all CPU time of this daemon.  The MTA, however, sends them in a few
 * bursts.  So poll, read and close are ours in this program: on a
 * connection that came in on the given socket, a burst is taken at once and
 * handed out from memory.  On every other descriptor they do what the C
 * library's do, and without readahead_on they always do.
 *
 * Threads: as with the system's own: whoever reads a connection is alone with it.
 */
#ifndef ASSAY_DAEMON_READAHEAD_H
#define ASSAY_DAEMON_READAHEAD_H

enum {
    READAHEAD_BYTES = 4096,   /* kept for one connection; Postfix sends as many at a time */
    READAHEAD_FD_MAX = 65536  /* descriptors from here on are read as they were */
};

/* From now on, connections that this listening socket accepts are read so.  Before threads start. */
void readahead_on(int listening);

/* A connection came in (instead.c's accept tells); negative for none. */
void readahead_connection(int listening, int connection);

#endif
