/*
 * lookup.h - from a key to the messages that have it, at a cost a message that does not grow with the database.
 *
 * An index over random keys changes a page anywhere in a large tree for each
 * key of each message.  Here the hashes of a message's keys are appended to
 * `lookup_recent`, a blob for each second's messages; when enough messages
 * have come together, their hashes are sorted, a sixteenth at a time, into a
 * segment of `lookup_chunk`, again at the end of its tree.  A question reads
 * the recent blobs through and looks into each segment, newest first.
 *
 * An entry is twelve bytes: the hash and the id of the message, counted from
 * the first id of its blob or segment, both little-endian.
 */
#ifndef ASSAY_RECORDS_LOOKUP_H
#define ASSAY_RECORDS_LOOKUP_H

#include "db/db.h"
#include "records/keys.h"

enum { LOOKUP_SEGMENT = 32768 /* messages of one segment */ };

/* Entries on their way to the table. */
struct lookup_batch {
    unsigned char *bytes; /* for free() */
    size_t n, size;
    int64_t first_id, last_id; /* first_id 0: empty */
    int64_t newest_ms;
};

/* One more message, with the next id or a later one.  RC_NOMEM. */
enum rc lookup_add(struct lookup_batch *b, const unsigned char secret[SIPHASH_KEY_BYTES], int64_t id,
                   const struct record *r);

/* Writes them, in the caller's transaction; the batch stays as it is. */
enum rc lookup_write(struct db *d, const struct lookup_batch *b, struct err *e);

/* Forgets them and keeps the memory. */
void lookup_clear(struct lookup_batch *b);

/* The next step of sorting, in a transaction of its own: a few milliseconds.  *worked: there was one. */
enum rc lookup_step(struct db *d, bool *worked, struct err *e);

/* Takes out what leads only to messages before `first_id`, at most `most` rows; answers how many. */
enum rc lookup_prune(struct db *d, int64_t first_id, int64_t most, int64_t *gone, struct err *e);

/* ---- asking ---- */

enum { LOOKUP_HASHES_MAX = STORE_KEY_COUNT };

/* A question under way: between lookup_open and lookup_close the database is read as at one moment. */
struct lookup {
    struct db *db;
    struct statement *recent, *segments; /* at the next row; NULL: read to the end */
    int64_t hash[LOOKUP_HASHES_MAX];
    size_t hashes;
    int64_t since_ms;
    size_t most;        /* ids of one block that matter, the newest */
    int64_t *id;        /* of the block at hand, newest first */
    size_t n;
};

/* `hash` and `hashes`, `since_ms` and `most` are set.  RC_NOMEM. */
enum rc lookup_open(struct lookup *l, struct db *d, struct arena *a, struct err *e);

/* The ids in the next older block (maybe none); *more false: that was all. */
enum rc lookup_next(struct lookup *l, bool *more, struct err *e);

/* Gives up what is not read. */
void lookup_close(struct lookup *l);

#endif
