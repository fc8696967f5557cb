/*
 * prune.h - takes out what is older than is kept, a little at a time.
 *
 * The file does not shrink: its free pages are used again.
 */
#ifndef ASSAY_RECORDS_PRUNE_H
#define ASSAY_RECORDS_PRUNE_H

#include "db/db.h"
#include "records/store.h"

enum {
    PRUNE_ROWS = 200, /* most rows of one step */
    PRUNE_STEP_MS = 60 * 60 * 1000,
        PRUNE_DOUBT_MS = 24 * 60 * 60 * 1000,
    PRUNE_GAP_DAYS = 30
};

/* Where it stands; zeroed at first. */
struct prune {
    int turn;             /* which table is next */
    int64_t dns_cursor;
    int64_t ahead_ms;      /* what the wall clock was ahead of the monotonic one when last looked at; 0 not yet */
    int64_t doubt_until_ms; /* monotonic: the clock was stepped ahead, nothing is old until then; 0 no doubt */
    int64_t rest_until_ms; /* monotonic: nothing was old when all were looked at last */
};

/*
 * The next step, in a transaction of its own, of PRUNE_ROWS rows at most:
 * *worked when it found something, adding the rows to *gone.  `wall_ms` since
 * the epoch, `mono_ms` for its own rests.  When the wall clock was stepped
 * ahead by more than PRUNE_STEP_MS, or is ahead of the newest record by more
 * than PRUNE_GAP_DAYS at first, that is logged, and nothing is old until it has
 * gone on evenly for PRUNE_DOUBT_MS, or was set back.
 */
enum rc prune_step(struct prune *p, struct db *d, const struct store_keep *keep, int64_t wall_ms, int64_t mono_ms,
                   bool *worked, uint64_t *gone, struct err *e);

#endif
