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

#include "base/arena.h"
#include "db/db.h"
#include "output/failure.h"

enum { FAILURES_OPEN_MAX = 1000, FAILURES_GATHER_MS = 10 * 60 * 1000 };

/* In the transaction that wrote the record with that row id. */
enum rc failures_add(struct db *d, int64_t message, const struct record *r, struct err *e);

/* From now on a failure that is alike makes a report of its own. */
enum rc failures_close(struct db *d, int64_t id, struct err *e);

/* ---- for who ships them to the centre of a fleet ---- */

struct failure_copy {
    int64_t id, message; /* rows of the file */
    int64_t incidents;
    struct failure failure;
};

/* How many have gathered long enough; and closes those. */
enum rc failures_count_ready(struct db *d, int64_t now_ms, int64_t *n, struct err *e);
enum rc failures_close_ready(struct db *d, int64_t now_ms, struct err *e);

/*
 * Those after `id`, in their order, up to the first that gathers still, or
 * whose message is one after `message`; at most `max`.  Text in the arena.
 */
enum rc failures_after(struct db *d, struct arena *a, int64_t id, int64_t message, size_t max,
                       struct failure_copy **out, size_t *n, struct err *e);

/* Removes what is closed and before `id`, which itself stays: ids go on behind it. */
enum rc failures_forget(struct db *d, int64_t id, struct err *e);

/* Removes those from before `before_ms`, and what became of them. */
enum rc failures_prune(struct db *d, int64_t before_ms, struct err *e);

#endif
