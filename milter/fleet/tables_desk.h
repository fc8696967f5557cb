/*
 * tables_desk.h - the tables of the desk in the centre: inventory, outbox, received reports, episodes, tallies.
 *
 * There is one definition of them, the rooms' own (records/schema.h); here
 * they are made of it (db/dialect.h).  "desk" holds how many migrations were,
 * and which version a program must have at least.  What is a file's alone is
 * left out: message and its indexes, digest, fleet, and the sums
 * that spare a file's pages its tallies; dns_text is the centre's own, with what the desk asks of it.
 */
#ifndef ASSAY_FLEET_TABLES_DESK_H
#define ASSAY_FLEET_TABLES_DESK_H

#include "db/postgres.h"

/* SQL to begin with, a step of tables.c; tables_desk_make must follow in the same transaction. */
extern const char tables_desk_first[];

/* Runs the migrations that were not run there, in the caller's transaction; none when there is none. */
enum rc tables_desk_make(struct pg *p, struct err *e);

#endif
