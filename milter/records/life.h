/*
 * life.h - which file this is, and how far its ids go: for who copies it elsewhere.
 *
 * A file has an identity from its beginning.  One that was restored from an
 * earlier copy, or is a copy of another, gets a new one (life_renew) with the
 * last id that it has in common with what was copied before.
 */
#ifndef ASSAY_RECORDS_LIFE_H
#define ASSAY_RECORDS_LIFE_H

#include "base/arena.h"
#include "db/db.h"

struct life {
    const char *uuid;          /* 32 hexadecimal digits */
    int64_t base_id;           /* of the records up to this, copies are known under another identity */
    int64_t oldest_id, newest_id, newest_ms; /* of the messages that are there; 0 none */
};

/* Its text is in `a`. */
enum rc life_read(struct db *d, struct arena *a, struct life *out, struct err *e);

/* A number that is another one once somebody else wrote into the file, whatever: to be compared within a connection. */
enum rc life_version(struct db *d, int64_t *out, struct err *e);

/* Gives the file a new identity.  Opens it for writing itself, as records are written; RC_IO when it may not. */
enum rc life_renew(const char *path, int64_t base_id, struct err *e);

/* What tells one message from others; *there false when there is none with this id. */
enum rc life_message(struct db *d, struct arena *a, int64_t id, bool *there, int64_t *time_ms, const char **queue_id,
                     struct err *e);

#endif
