/*
 * nudge.h - keeps libmilter's sessions from waiting behind one that blocks.
 *
 * libmilter gives a session that has something to say to a worker it believes
 * idle.  When two have at the same moment, one idle worker is counted twice,
 * and the second session waits until some worker is done: behind a message
 * that waits for DNS or the disk, or a client that stopped in the middle of a
 * command.  A new connection makes it start a worker when none is idle, and
 * that one looks for sessions that wait before it ends.  So, while there is
 * mail, we connect to ourselves and hang up, a few times a second.
 */
#ifndef ASSAY_DAEMON_NUDGE_H
#define ASSAY_DAEMON_NUDGE_H

/* Starts its thread, for the socket that the service listens on.  Without it (no memory) sessions may wait. */
void nudge_start(int listener);

#endif
