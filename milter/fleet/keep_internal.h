/*
 * keep_internal.h - the keeper's state; for keep*.c.
 */
#ifndef ASSAY_FLEET_KEEP_INTERNAL_H
#define ASSAY_FLEET_KEEP_INTERNAL_H

#include "base/arena.h"
#include "db/postgres.h"
#include "fleet/keep.h"
#include "inventory/correspondents.h"
#include "records/tallies.h"

struct hours; /* what the safety catch counts of a step's records */

struct keep {
    struct keep_setup setup; /* its texts are ours */
    struct pg *pg;           /* NULL: to be connected */
    struct arena *a;         /* of one round */
    int64_t epoch;           /* under which we keep the centre; 0: we do not */
    int64_t store;           /* of whom records were counted last */
    /* of one step, empty between */
    struct tallies *tallies;
    struct correspondents *correspondents;
    struct hours *hours;
    /* when the next is due; monotonic */
    int64_t days_ms, changes_ms, prune_ms;
    int64_t alarm_ms; /* nothing is said of all mail before then */
    /* indexes of days that are over */
    struct pg *index;    /* on which they are made; NULL: none is wanted now */
    bool indexing;       /* one is under way there */
    int64_t index_ms;    /* when it is looked for work again */
    char index_leaf[48]; /* the day it is at; "" none */
};

/* Begins a transaction, in which we are the keeper: RC_TEMP when another is by now.  Ends it, or takes it back. */
enum rc keep_begin(struct keep *k, struct err *e);
enum rc keep_end(struct keep *k, enum rc rc, struct err *e);

/* The centre's time, ms since the epoch. */
enum rc keep_now(struct keep *k, int64_t *now_ms, struct err *e);

/* The temporary tables that keep_write_* fill; once a connection. */
extern const char keep_scratch_tables[];

/* Counts records that were not; *all: none is left. */
enum rc keep_digest(struct keep *k, uint64_t *records, bool *all, struct err *e);

/*
 * Adds what was counted to the tables, in the caller's transaction: to tally, to source (after the tallies), to
 * catch_hour, to correspondent.
 */
enum rc keep_write_tallies(struct keep *k, struct err *e);
enum rc keep_write_sources(struct keep *k, struct err *e);
enum rc keep_write_hours(struct keep *k, struct err *e);
enum rc keep_write_correspondents(struct keep *k, struct err *e);

/* What hours_add counted; made, freed, and forgotten. */
struct hours *hours_new(void);     /* NULL without memory */
void hours_free(struct hours *h);  /* NULL allowed */
void hours_clear(struct hours *h);

/* Counts a record for the safety catch, unless it is older than an hour.  RC_NOMEM. */
enum rc hours_add(struct hours *h, const struct record *r, int64_t now_ms);

/* Puts the safety catch on and off. */
enum rc keep_catch(struct keep *k, struct err *e);

/* What changed in DNS. */
enum rc keep_changes(struct keep *k, struct err *e);

/* Partitions: the next are made, pages summed up, old ones dropped; *pending: one is broken off, come again soon. */
enum rc keep_days(struct keep *k, bool *pending, struct err *e);

/*
 * Indexes of the keys of days that are over (tables_index.h): starts the next one, or looks how far it is; waits for
 * none.  keep_index_stop breaks off what is under way, which the next keeper does anew.
 */
enum rc keep_index(struct keep *k, struct err *e);
void keep_index_stop(struct keep *k);

/* Takes out what is older than is kept. */
enum rc keep_prune(struct keep *k, struct err *e);

#endif
