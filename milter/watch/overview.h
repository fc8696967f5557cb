/*
 * overview.h - a client in one line: how much mail receivers saw of it, how much of that passed, and its worst band.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_WATCH_OVERVIEW_H
#define ASSAY_WATCH_OVERVIEW_H

#include "watch/round.h"

struct watch_overview {
    int64_t messages, passed; /* of approved sources, in the seven days that are judged */
    int64_t share;            /* of these, hundredths of a percent; -1 none */
    enum watch_band band;     /* the worst of its domains; not judged when none is */
    int64_t domains, reported; /* covered and parked ones; of these, with reports in 40 days */
};

/* Of all its covered and parked domains, by the client's own bounds; `round` has the moment and the usual bounds. */
enum rc watch_overview_of(const struct watch_round *round, const struct client *client, struct watch_overview *out,
                          struct err *e);

#endif
