/*
 * signals.h - signals as events for the main thread.
 *
 * Handlers do the work: libmilter's own thread for signals is kept out of it
 * (mta/libmilter.h, sigwait).
 */
#ifndef ASSAY_DAEMON_SIGNALS_H
#define ASSAY_DAEMON_SIGNALS_H

#include <stdint.h>

#include "base/err.h"

enum event {
    EVENT_RELOAD = 1,   /* HUP */
    EVENT_COUNTERS = 2, /* USR1 */
    EVENT_STOP = 4,     /* TERM, INT */
    EVENT_ENDED = 8     /* posted: libmilter's main loop returned */
};

/* From now on signals become events.  libmilter must run in a thread other than main's, since it blocks them there. */
enum rc signals_start(struct err *e);

/* Any thread, and a signal handler: as if a signal had brought `event`. */
void signals_post(enum event event);

/* Waits for an event, at most `timeout_ms`; takes all there are, as a set of bits, 0 when none came. */
unsigned signals_wait(int64_t timeout_ms);

#endif
