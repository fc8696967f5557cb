/*
 * gather.h - a domain's facts for the watch, out of the sums of received reports and the inventory.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_WATCH_GATHER_H
#define ASSAY_WATCH_GATHER_H

#include "db/db.h"
#include "watch/watch.h"

enum {
    WATCH_SOURCES_MAX = 500,   /* of one domain; what is beyond is counted as "other" */
    WATCH_REPORTERS_MAX = 200, /* likewise */
    WATCH_USUAL_DAYS = 180     /* that are looked back */
};

/* What is wanted. */
struct watch_question {
    const char *client, *domain; /* of clients.conf */
    bool parked;
    int64_t today;               /* day of UTC, counted from the epoch */
    int64_t days;                /* how many, today included; at least 1 */
};

/*
 * The facts, summed up (watch_sum_up); texts and arrays in the arena.  Reports
 * that are heeded alone (received/sums.h).  RC_OK with no source and no
 * reporter where nothing was reported.
 */
enum rc watch_gather(struct db *d, struct arena *a, const struct watch_question *q, struct watch_domain *out,
                     struct err *e);

#endif
