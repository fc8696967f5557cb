/*
 * failures.h - messages whose failure is to be reported (RFC 9991), until that is sent.
 *
 * Bounded: failures that are alike while a report about them waits are
 * counted, not kept; and at most FAILURES_OPEN_MAX wait at all.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_RECORDS_FAILURES_H
#define ASSAY_RECORDS_FAILURES_H

#include "db/db.h"
#include "output/failure.h"

enum { FAILURES_OPEN_MAX = 1000, FAILURES_GATHER_MS = 10 * 60 * 1000 };

/* In the transaction that wrote the record with that row id. */
enum rc failures_add(struct db *d, int64_t message, const struct record *r, struct err *e);

/* From now on a failure that is alike makes a report of its own. */
enum rc failures_close(struct db *d, int64_t id, struct err *e);

/* Removes those from before `before_ms`, and what became of them. */
enum rc failures_prune(struct db *d, int64_t before_ms, struct err *e);

#endif
