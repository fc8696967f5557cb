/*
 * keep.h - the keeper of a fleet's centre: the one process that makes of all hosts' records what is made of records.
 *
 * Of the records in the centre it makes what a host's own digest makes of the
 * host's (records/digest.h): tallies, volumes of sources, correspondents.  It
 * puts the safety catch on and off by the mail of all hosts, sums up what
 * changed in DNS, and looks after the partitions.
 *
 * Whoever may stands for keeper; who has the lock works, and it ends with the
 * session.  Each transaction first shows the epoch that taking over raised, so
 * that one who lost the lock and does not know changes nothing.  How far the records of a store are
 * counted is written in the transaction in which they are: killed at any moment, none counts twice.
 *
 * For one thread.
 */
#ifndef ASSAY_FLEET_KEEP_H
#define ASSAY_FLEET_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
    KEEP_STEP_ROWS = 100000,       /* records counted in one transaction, at most */
    KEEP_TALLIES_NEW_MAX = 50000,  /* rows of tally that strangers may add on one day (records/tallies.h) */
    KEEP_TALLIES_KNOWN_MAX = 500000
};

struct keep;

struct keep_setup {
    const char *centre;           /* Fleet */
    const char *host;             /* FleetHost, for who asks who keeps it; "" is the host's name */
    unsigned catch_share;         /* CatchShare, percent; 0 no safety catch */
    unsigned catch_hours;         /* CatchHours */
    unsigned keep_tallies, keep_dns_texts; /* KeepTallies, KeepDNSTexts: days; 0 for ever */
};

/* Copies the setup; nothing is opened yet.  RC_NOMEM. */
enum rc keep_new(const struct keep_setup *setup, struct keep **out, struct err *e);
void keep_free(struct keep *k); /* NULL allowed */

struct keep_round {
    bool keeps;       /* we are the keeper */
    bool may;         /* our role may be; else there is no connection any more */
    bool all;         /* nothing was left to count when it was done */
    uint64_t records; /* counted by this round */
};

/*
 * Connects if need be and stands for keeper; then, if we are, does what is
 * due.  Call it every two seconds as the keeper, or at once while not all is
 * done; every few seconds, but half a minute at most, as one who may be; now and then as one who may not.
 * After anything but RC_OK we are the keeper no longer, and the next round begins
 * with a new connection.  RC_NOTFOUND and RC_BAD: the tables lack, or are of another version.
 */
enum rc keep_once(struct keep *k, struct keep_round *out, struct err *e);

#endif
