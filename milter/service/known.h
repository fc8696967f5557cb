/*
 * known.h - the snapshot of the inventory and of DNS changes that new messages get.
 *
 * A thread looks every KNOWN_LOOK_MS whether the tables have changed, whoever
 * changed them, and then makes a new one; messages under way keep theirs.
 *
 * Threads: known_current from any; the others from one.
 */
#ifndef ASSAY_SERVICE_KNOWN_H
#define ASSAY_SERVICE_KNOWN_H

#include "records/store.h"

enum { KNOWN_LOOK_MS = 250 };

struct known;

/* Borrows `s`; begins with what its tables say now.  Trouble with them is logged, and the last snapshot stays. */
enum rc known_start(struct store *s, struct known **out, struct err *e);

/* Ends the thread; messages may still hold snapshots.  NULL allowed. */
void known_stop(struct known *k);

/* The snapshot of this moment, for background_release; NULL when `k` is. */
struct background *known_current(struct known *k);

#endif
