/*
 * tables_door.h - what a host may not write into the centre, whatever it runs: records, marks, times and texts as no
 * assay-fleet makes them, which would keep others' from being counted, reported, found or told of.
 *
 * As assay_owner, in the caller's transaction; as for pg_run.  The functions
 * hold nothing and are made anew each time; the partitions' triggers call
 * only_own (tables_rights.h), which is here, and tables_door_make has those of `store`.
 */
#ifndef ASSAY_FLEET_TABLES_DOOR_H
#define ASSAY_FLEET_TABLES_DOOR_H

#include "db/postgres.h"

/* By so much, in milliseconds, what the centre says of when a text was last seen in DNS may be too early. */
#define FLEET_SEEN_MS 300000

/* Once all tables and their columns are there. */
enum rc tables_door_make(struct pg *p, struct err *e);

#endif
