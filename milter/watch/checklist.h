/*
 * checklist.h - what has to be known and done of a client before its mail is looked after: each point with its owner,
 * the evidence, and what is missing.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_WATCH_CHECKLIST_H
#define ASSAY_WATCH_CHECKLIST_H

#include "watch/round.h"

enum { CHECKLIST_MAX = 16 };

/* One point.  Texts are never NULL. */
struct checklist_point {
    const char *name;     /* "DNS access" */
    const char *owner;    /* whose it is; "" not known */
    const char *evidence; /* what shows it; "" nothing does */
    const char *missing;  /* what is to be done; "" nothing */
};

struct checklist {
    struct checklist_point point[CHECKLIST_MAX];
    size_t n, missing;    /* missing: how many lack something */
};

/* Of one client, as of the round's moment; texts in the arena or the client's. */
enum rc checklist_of(const struct watch_round *round, const struct client *client, struct arena *a,
                     struct checklist *out, struct err *e);

#endif
