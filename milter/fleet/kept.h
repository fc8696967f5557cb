/*
 * kept.h - who keeps the centre of a fleet, and how far that is.
 */
#ifndef ASSAY_FLEET_KEPT_H
#define ASSAY_FLEET_KEPT_H

#include "base/arena.h"
#include "db/postgres.h"

struct kept {
    const char *keeper;      /* the host that keeps it, or did last; "" none ever did */
    int64_t keeper_ms;       /* since it was heard of */
    int64_t kept_ms;         /* since it took over */
    int64_t epoch;           /* how often that was */
    int64_t lag_records;     /* of all hosts, not counted yet */
    int64_t generation;      /* of the inventory; how far hosts are is in hosts.h */
    int64_t caught;          /* domains for which the safety catch is on */
};

enum { KEPT_SILENT_MS = 60000 /* a keeper that is heard of no more by then is gone */ };

/* Its text is in `a`. */
enum rc kept_read(struct pg *p, struct arena *a, struct kept *out, struct err *e);

#endif
