/*
 * worker.h - what a worker keeps from one request to the next; for visit.c, door.c and main.c.
 */
#ifndef ASSAY_WEB_WORKER_H
#define ASSAY_WEB_WORKER_H

#include "web/visit.h"

struct worker_state {
    struct db *db;       /* NULL: not open */
    struct store *store;
    struct arena *arena; /* emptied after each request */
};

/* Room for `n` of them; NULL without memory.  workers_free closes all. */
struct worker_state *workers_new(unsigned n);
void workers_free(struct worker_state *w, unsigned n);

#endif
