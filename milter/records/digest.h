/*
 * digest.h - what is made of the messages: tallies, volumes of sources, keys to find them by.
 *
 * It lags a second behind.  The table `digest` has the id up to which all is
 * done, written in the same transaction as what was made; so it can be taken
 * up again at any time from the table of messages, after a crash, after a
 * transaction that failed, and when another program wrote messages, too.
 *
 * Threads: the writer's.
 */
#ifndef ASSAY_RECORDS_DIGEST_H
#define ASSAY_RECORDS_DIGEST_H

#include "base/siphash.h"
#include "db/db.h"
#include "output/record.h"

struct digest;

struct digest *digest_new(void); /* NULL without memory */
void digest_free(struct digest *g); /* NULL allowed */

/* What the database says; also for readers.  A centre has the secret of its fleet. */
struct digest_state {
    int64_t done_id;
    unsigned char hash_key[SIPHASH_KEY_BYTES];
};
enum rc digest_state(struct db *d, struct digest_state *out, struct err *e);

/* Forgets what waits in memory: it is taken from the table of messages again. */
void digest_forget(struct digest *g);

/* Messages that were just committed, with ids from `first_id` on. */
void digest_add(struct digest *g, const struct record *const *rows, size_t n, int64_t first_id);

/* Whether something waits; whether it should be written by `now_ms` (monotonic). */
bool digest_is_waiting(const struct digest *g);
bool digest_is_due(const struct digest *g, int64_t now_ms);

/* Writes what waits, in the caller's transaction; digest_settle once that is committed. */
enum rc digest_write(struct digest *g, struct db *d, struct err *e);
void digest_settle(struct digest *g, int64_t now_ms);

/* Whether messages must be read from the table; then some of them are, to be written in the next transaction. */
bool digest_is_behind(const struct digest *g);
enum rc digest_catch_up(struct digest *g, struct db *d, struct err *e);

#endif
