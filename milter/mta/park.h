/*
 * park.h - threads that are done wait for the next thing to do, in place of new ones.
 *
 * libmilter ends a worker when another is idle, and starts one when none is:
 * with several connections at a time that is a thread made and ended for most
 * messages, which cost more than all of libmilter beside it (docs/PERFORMANCE.md).
 *
 * Threads: any.
 */
#ifndef ASSAY_MTA_PARK_H
#define ASSAY_MTA_PARK_H

#include <pthread.h>

enum { PARK_MAX = 64 }; /* threads that wait; more end */

/*
 * As pthread_create, on a thread that waits, where there is one, the last to come first, or on a new one.  It is
 * detached, and *thread is its id as long as `routine` runs.  A new thread has `attr` (NULL allowed).
 */
int park_run(pthread_t *thread, const pthread_attr_t *attr, void *(*routine)(void *), void *arg);

/* How many wait now. */
unsigned park_waiting(void);

#endif
