/*
 * crash.h - which messages were in flight when the service crashed, and how often.
 *
 * A crash in a library takes the worker with it (supervise.h), and the sender
 * of the message that did it tries again.  So the worker notes each message
 * whose evaluation it begins in memory that it shares with the supervisor; after a
 * crash the supervisor names them in the log and counts them.  A message comes
 * back under another queue id, hence it is known by a fingerprint of its
 * sender and its header as it arrived.
 *
 * Threads: the functions of the worker from any of them; the supervisor calls
 * its own while no worker runs.
 */
#ifndef ASSAY_SERVICE_CRASH_H
#define ASSAY_SERVICE_CRASH_H

#include <stdbool.h>
#include <stdint.h>

#include "mail/message.h"

enum { CRASH_PATIENCE = 2 }; /* crashes with it in flight, and a message is not evaluated any more */

struct crash_table;
struct crash_note;

/* ---- the supervisor's ---- */

/* Before the first worker; NULL without memory.  It lives as long as the process. */
struct crash_table *crash_new(void);

/*
 * The worker died as `how` says: names what it had in flight, and counts it
 * against them if they are to `blame`.  Answers how many they were.
 */
unsigned crash_collect(struct crash_table *t, const char *how, bool blame);

/* ---- the worker's; without a table (NULL) they do nothing ---- */

/* How many crashes had a message with this sender and header in flight; `*fingerprint` is for crash_enter. */
unsigned crash_count(const struct crash_table *t, const struct message *m, uint64_t *fingerprint);

/* The evaluation of a message begins.  NULL: it is not noted, there are too many. */
struct crash_note *crash_enter(struct crash_table *t, uint64_t fingerprint, const char *queue_id);

/* It has ended.  NULL allowed. */
void crash_leave(struct crash_note *note);

#endif
