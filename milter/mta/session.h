/*
 * session.h - the conversation with the MTA; the only file that knows libmilter.
 *
 * Callbacks collect what the MTA says, call evaluate.h and carry out the
 * actions it answers.  libmilter gives its callbacks no pointer of ours
 * before the first one, so there is one service per process.
 */
#ifndef ASSAY_MTA_SESSION_H
#define ASSAY_MTA_SESSION_H

#include <stdbool.h>

#include "base/err.h"
#include "service/evaluate.h"
#include "service/statistics.h"

/* Prepares to serve the listening socket `fd` with `ev`, which must stay until flight_drain has answered. */
enum rc session_open(struct evaluator *ev, int fd, struct err *e);

/* libmilter's main loop; returns when it ended, true when it was told to. */
bool session_serve(void);

/* What was counted since the start. */
struct session_counts session_counts(void);

#endif
