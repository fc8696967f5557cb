/*
 * prune.h - takes out what is older than is kept, a little at a time.
 *
 * The file does not shrink: its free pages are used again.
 */
#ifndef ASSAY_STORE_PRUNE_H
#define ASSAY_STORE_PRUNE_H

#include "store/sqlite.h"
#include "store/store.h"

enum { PRUNE_ROWS = 200 /* most rows of one step */ };

/* Where it stands; zeroed at first. */
struct prune {
    int turn;             /* which table is next */
    int64_t dns_cursor;
    int64_t rest_until_ms; /* monotonic: nothing was old when all were looked at last */
};

/*
 * The next step, in a transaction of its own, of PRUNE_ROWS rows at most:
 * *worked when it found something, adding the rows to *gone.  `wall_ms` since
 * the epoch, `mono_ms` for its own rests.
 */
enum rc prune_step(struct prune *p, struct db *d, const struct store_keep *keep, int64_t wall_ms, int64_t mono_ms,
                   bool *worked, uint64_t *gone, struct err *e);

#endif
