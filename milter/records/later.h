/*
 * later.h - indexes over what may be large, made beside the writer while mail goes on.
 *
 * An index over ten million messages takes a minute or more, and a service
 * that made it before it answered would keep mail waiting, or be ended as one
 * that does not start.  So it is made by a thread of its own; records wait
 * beside the database meanwhile (aside.h), as whenever somebody has it locked.
 *
 * Threads: later_start and later_stop from one.
 */
#ifndef ASSAY_RECORDS_LATER_H
#define ASSAY_RECORDS_LATER_H

#include <stdbool.h>

#include "db/db.h"

struct later;

/*
 * Makes what `d`, which is open for writing, lacks: at once where there is little, else in a thread, by a connection of
 * its own.  NULL: nothing is left to be done.  What fails is logged, and tried again at the next start.
 */
struct later *later_start(struct db *d, bool full_sync);

/* Ends it, whether it is done or not: then the next start begins anew.  NULL allowed. */
void later_stop(struct later *l);

#endif
