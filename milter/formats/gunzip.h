/*
 * gunzip.h - takes gzip of strangers apart (RFC 1952), damaged too: all that can be had of it.
 *
 * Threads: any.
 */
#ifndef ASSAY_FORMATS_GUNZIP_H
#define ASSAY_FORMATS_GUNZIP_H

#include "formats/archive.h"

/* What was wrong, though something was read. */
struct gunzip_faults {
    bool checksum;  /* a wrong checksum or length in a trailer */
    bool truncated; /* the data end before their end mark */
    bool damaged;   /* the data cannot be read from some place on */
    bool tail;      /* other bytes follow the last member */
};

/*
 * Unpacks all members into the sink, at most `max` bytes: RC_LIMIT for more,
 * or for too much out of too little, as archive_unpack.  RC_BAD when it does
 * not begin as gzip does; RC_NOMEM; what the sink answers.
 */
enum rc gunzip(struct str packed, uint64_t max, archive_sink *sink, void *arg, struct gunzip_faults *faults,
               struct err *e);

#endif
