/*
 * libmilter.h - what libmilter does wrong, what we do instead, and which test shows it.
 *
 * The daemon links a copy of libmilter's archive in which the functions below
 * bear other names (configure.ac, LIBMILTER_RENAMES): libmilter calls ours,
 * and nothing else in the process does.
 *
 * poll, read, writev, close: a message is some fifty commands, each taken in two
 * pieces with three looks in between, which was a third of the daemon's CPU
 * time.  What has come is read at once (readahead.h), and macros that
 * libmilter would crash on are not handed on (frames.h).
 * Between two things that an MTA says a worker waits for the second,
 * longer than libmilter's does, as long as few wait so.  What changes a
 * message is written together with its answer (hold.h).
 *     tests/unit/mta/readahead_test.c, tests/unit/mta/hold_test.c, tests/attacks/door.py:macros_that_are_no_pairs
 *
 * accept: without descriptors libmilter asks again at once, which takes a
 * whole processor.  Ours waits a moment and says so; it keeps descriptors for
 * the database and for DNS, and closes connections beyond as they come, so
 * that the MTA need not wait for its time-out; and it lets in only those who
 * may (peer.h).
 *     tests/faults/descriptors.py, tests/attacks/door.py:the_kernel_says_who_connects
 *
 * syslog: blocks whoever logs while syslogd does not read.  The lines take the
 * way of our own, which nobody waits for.
 *     tests/faults/logsocket.py
 *
 * sigwait: a thread of libmilter's waits in it for HUP, TERM and INT and stops
 * the daemon on each of them, messages in flight and all.  Whatever else
 * waits for signals, under a storm of them the kernel gives that thread some.
 * Ours never returns (daemon/signals.h takes the signals).  It could, to end
 * libmilter's main loop; that would free sessions under callbacks that run,
 * as smfi_stop does, so neither is done: see "stop" in daemon/main.c.
 *     tests/faults/process.py, tests/scenario/life.py
 *
 * pthread_cond_signal, pthread_cond_timedwait, pthread_create: a session that
 * has something to say is given to a worker that libmilter believes idle.
 * When two have at the same moment, one idle worker is counted twice, and
 * the second session waits until some worker is done: behind one that waits
 * for DNS, the disk, or a client that stopped in the middle of a command.
 * Ours know the workers that wait and were not called yet, call the last to
 * come, which the others leave to end when they are too many, and start
 * another where there is none.  They wait on a flag (base/sync.h): a condition
 * costs two hand-overs of the mutex more for each session.
 *     tests/unit/mta/libmilter_test.c, tests/faults/clients.py:nobody_waits_behind_a_session_that_blocks
 *
 * pthread_create, pthread_detach: libmilter ends and starts a worker for most
 * messages.  Ours keep those that are done (park.h); all are detached.
 *     tests/unit/mta/park_test.c
 *
 * Beside that: the socket is opened by us (daemon/socket.h), smfi_stop is
 * never called, and no callback answers SMFIS_ACCEPT at the end of a message,
 * after which libmilter would ignore the next one of that connection.
 *
 * Where the archive is missing, or has not these functions, libmilter is
 * linked as it is, and all this is so; the daemon says so at its start.
 */
#ifndef ASSAY_MTA_LIBMILTER_H
#define ASSAY_MTA_LIBMILTER_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "base/err.h"

/* Descriptors that connections leave to us, of which DNS has most (dns/resolver_unbound.c); and of many. */
enum { LIBMILTER_RESERVE = 320, LIBMILTER_MANY = 8192, LIBMILTER_RESERVE_MANY = 1088 };

/* How many descriptors the process may have; before anything listens.  Without it nothing is kept for us. */
void libmilter_limit(unsigned files);

/*
 * To be called once its main loop has begun: waits until it has called what it calls at once, at most `timeout_ms`.
 * RC_INTERNAL: it was linked to call ours and does not.  Where it was linked as it is, RC_OK at once, and the log says
 * what that means.
 */
enum rc libmilter_check(int64_t timeout_ms, struct err *e);

/*
 * What libmilter calls in place of the C library's, with their arguments and results, from its threads (mta_poll,
 * mta_read, mta_writev and mta_close: readahead.h).  __syslog_chk is what a library calls that was compiled with
 * _FORTIFY_SOURCE.
 */
int mta_accept(int listener, struct sockaddr *address, socklen_t *size);
int mta_sigwait(const sigset_t *set, int *number);
void mta_syslog(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));
void mta_syslog_chk(int priority, int flag, const char *format, ...) __attribute__((format(printf, 3, 4)));
int mta_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*routine)(void *), void *arg);
int mta_pthread_detach(pthread_t thread);

/*
 * These two with the mutex locked, as libmilter calls them, of which there is one in the process, and one condition,
 * which is not used: who waits here is called by mta_pthread_cond_signal alone.
 */
int mta_pthread_cond_signal(pthread_cond_t *cond);
int mta_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until);

#endif
