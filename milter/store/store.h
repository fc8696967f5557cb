/*
 * store.h - where records are kept, behind an interface that a server engine can stand behind too.
 *
 * Writing is group commit: store_put hands the record to the store's thread
 * and waits until the transaction that holds it is on disk; many waiting
 * messages share one fsync.
 *
 * Threads: every function but store_open and store_close, from any thread.
 */
#ifndef ASSAY_STORE_STORE_H
#define ASSAY_STORE_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "verdict/record.h"

struct store;

enum store_mode { STORE_READ, STORE_WRITE };

/*
 * Opens `path`; STORE_WRITE creates it, migrates an older schema (a newer one
 * is RC_BAD) and starts the writer thread.  `full_sync`: on disk means it
 * survives power loss, else a killed process.
 */
enum rc store_open(const char *path, enum store_mode mode, bool full_sync, struct store **out, struct err *e);

/* Writes what was handed over, then closes.  NULL allowed. */
void store_close(struct store *s);

/*
 * Keeps the record; RC_OK once it is committed.  RC_TEMP when the database
 * cannot be written now (full, locked, gone): the caller lets the mail flow
 * and says so.  `e` has the reason.  Waits at most `timeout_ms`.
 */
enum rc store_put(struct store *s, const struct record *r, int timeout_ms, struct err *e);

struct store_counts {
    uint64_t written; /* committed records */
    uint64_t lost;    /* RC_TEMP answers */
    uint64_t commits;
    uint64_t queued;  /* waiting now */
    uint64_t busy_us; /* microseconds of writing, failed or not */
};
/* What was counted since the start. */
struct store_counts store_counts(struct store *s);

/*
 * Records whose queue id or Message-ID (angle brackets optional) is `key`,
 * newest first, at most `max`.  RC_OK with *n == 0 when there is none.
 */
enum rc store_find(struct store *s, struct arena *a, const char *key, size_t max,
                   struct record **out, size_t *n, struct err *e);

#endif
