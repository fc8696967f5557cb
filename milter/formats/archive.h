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
#ifndef ASSAY_FORMATS_ARCHIVE_H
#define ASSAY_FORMATS_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

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

enum {
    ZIP_FILES_MAX = 200, /* of one zip, folders aside */
    ZIP_NAME_MAX = 255
};

/* About one file of a zip. */
struct zip_file {
    char name[ZIP_NAME_MAX + 1]; /* as it stands, any bytes; never a path to anything */
    bool encrypted;              /* nothing was read */
    bool damaged;                /* cut off, or its checksum is wrong: what could be read went to the sink */
};

/*
 * Unpacks the `nth` file (0, 1, …; folders are not counted) of a zip into the
 * sink, with the bounds of archive_unpack.  RC_NOTFOUND when there is none;
 * no file beyond number ZIP_FILES_MAX is found.  Without a name in `file`,
 * what comes from there on cannot be read: RC_BAD, the archive is damaged, or
 * RC_LIMIT, it has too many entries.
 */
enum rc archive_zip_file(struct str packed, size_t nth, uint64_t max, struct zip_file *file, archive_sink *sink,
                         void *arg, struct err *e);

#endif
