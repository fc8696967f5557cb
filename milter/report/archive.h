/*
 * archive.h - reports packed for the mail, and unpacked from it.
 *
 * Unpacking takes files of strangers: plain, gzip or zip (of which the first
 * file), told by their first bytes.  What comes out is bounded in bytes and
 * in proportion to what went in, so that a small attachment stays a small
 * job (RFC 9990 section 8.1).
 *
 * Threads: one object, one thread at a time.
 */
#ifndef ASSAY_REPORT_ARCHIVE_H
#define ASSAY_REPORT_ARCHIVE_H

#include "base/err.h"
#include "base/str.h"

/* Takes what comes out, piece by piece. */
typedef enum rc archive_sink(void *arg, struct str bytes, struct err *e);

struct gzip;

/* Begins a gzip file that says neither when nor where it was made, so that the same input gives the same bytes. */
enum rc gzip_open(archive_sink *sink, void *arg, struct gzip **out, struct err *e);
enum rc gzip_write(struct gzip *z, struct str bytes, struct err *e);

/* Writes what is left and frees; `e` may tell of a failure of the sink. */
enum rc gzip_close(struct gzip *z, struct err *e);
void gzip_abandon(struct gzip *z); /* NULL allowed */

enum {
    UNPACK_RATIO_MAX = 250,      /* bytes out for each byte in … */
    UNPACK_RATIO_FREE = 1 << 20  /* … beyond the first of these */
};

/*
 * Unpacks `packed` into the sink, at most `max` bytes: RC_LIMIT for more, or
 * for too much out of too little.  RC_BAD for what is damaged or of another
 * kind; the sink's own failure as it is.
 */
enum rc archive_unpack(struct str packed, uint64_t max, archive_sink *sink, void *arg, struct err *e);

#endif
