/*
 * standing.h - how the centre of a fleet itself stands: who keeps it, and what is to be done there.
 */
#ifndef ASSAY_FLEET_STANDING_H
#define ASSAY_FLEET_STANDING_H

#include "base/arena.h"
#include "db/postgres.h"

struct standing {
    const char *keeper;      /* the host that keeps it, or did last; "" none ever did */
    int64_t keeper_ms;       /* since it was heard of */
    int64_t kept_ms;         /* since it took over */
    int64_t epoch;           /* how often that was */
    int64_t lag_records;     /* of all hosts, not counted yet */
    int64_t generation;      /* of the inventory; how far hosts are is in hosts.h */
    int64_t caught;          /* domains for which the safety catch is on */
    int64_t ready_days;      /* partitions that are ready behind today's */
    int64_t detach_pending;  /* partitions that were broken off and wait for the keeper */
};

enum { STANDING_SILENT_MS = 60000 /* a keeper that is heard of no more by then is gone */ };

/* Its text is in `a`. */
enum rc standing_read(struct pg *p, struct arena *a, struct standing *out, struct err *e);

#endif
