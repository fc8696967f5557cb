/*
 * replay.h - the records since some time, with what a decision is made of and what was decided.
 *
 * Made for putting yesterday's mail to tomorrow's rules: of a record only
 * those columns are read.  The database is not held: it is read in slices,
 * between which others write and its log is cleaned up.
 */
#ifndef ASSAY_RECORDS_REPLAY_H
#define ASSAY_RECORDS_REPLAY_H

#include "db/db.h"
#include "output/record.h"

/* The columns that are read, in the order in which they are stored; in those not named a record has "" or 0. */
#define REPLAY_COLUMNS(X) \
    X(INT, time_ms) X(TEXT, queue_id) X(TEXT, client_ip) X(TEXT, rcpt) X(INT, rcpts) X(TEXT, author_domain) \
    X(TEXT, org_domain) X(TEXT, dkim) X(TEXT, arc_chain) X(TEXT, arc_vouch) X(TEXT, arc_origin) X(INT, list) \
    X(TEXT, dmarc) X(TEXT, policy) X(TEXT, ref) X(TEXT, source) X(TEXT, status) X(TEXT, client) X(TEXT, cause) \
    X(TEXT, secondary) X(TEXT, rule) X(TEXT, action) X(TEXT, enforcement) X(TEXT, disposition)

/* Takes one record, whose text lives until it returns. */
typedef enum rc replay_take(void *arg, const struct record *r, struct err *e);

/* Hands over each record that arrived at `since_ms` or later, as they were written.  Stops when `take` fails. */
enum rc replay_each(struct db *d, int64_t since_ms, replay_take *take, void *arg, struct err *e);

#endif
