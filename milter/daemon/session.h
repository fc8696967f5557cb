/*
 * session.h - the conversation with the MTA; the only file that knows libmilter.
 *
 * Callbacks collect what the MTA says, call evaluate.h and carry out the
 * actions it answers.  libmilter gives its callbacks no pointer of ours
 * before the first one, so there is one service per process.
 */
#ifndef ASSAY_DAEMON_SESSION_H
#define ASSAY_DAEMON_SESSION_H

#include <stdbool.h>

#include "base/err.h"
#include "daemon/evaluate.h"

/* Prepares to serve the listening socket `fd` with `ev`, which must stay until flight_drain has answered. */
enum rc session_open(struct evaluator *ev, int fd, struct err *e);

/* libmilter's main loop; returns when it ended, true when it was told to. */
bool session_serve(void);

struct session_counts {
    uint64_t connections;
    uint64_t ignored;  /* passed untouched: IgnoreHosts, logins, local submission */
    uint64_t broken;   /* not evaluated because something failed in here */
    unsigned in_flight;
};

/* What was counted since the start. */
struct session_counts session_counts(void);

#endif
