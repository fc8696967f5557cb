/*
 * stream.h - a document that stands in a file plainly, as gzip, or in a zip; it can be read again and again.
 */
#ifndef ASSAY_INCOMING_STREAM_H
#define ASSAY_INCOMING_STREAM_H

#include "formats/archive.h"
#include "formats/gunzip.h"
#include "incoming/incoming.h"
#include "incoming/notes.h"

enum stream_kind { STREAM_PLAIN, STREAM_GZIP, STREAM_ZIP };

struct stream {
    enum stream_kind kind;
    struct str bytes; /* as they are packed */
    size_t nth;       /* which file of a zip */
    const char *origin; /* what is told of where its bytes come from; NULL nothing */
    uint64_t sum;     /* bytes that the last run gave */
    struct gunzip_faults gzip; /* of the last run */
    struct zip_file zip;
    archive_sink *sink;
    void *sink_arg;
};

/* All bytes, from the beginning (`arg` a struct stream).  RC_NOTFOUND: a zip has no such file; RC_LIMIT, RC_NOMEM. */
enum rc stream_run(void *arg, archive_sink *sink, void *sink_arg, struct err *e);

/* Its first bytes into `mem`; how many.  As stream_run. */
enum rc stream_peek(struct stream *s, char *mem, size_t room, size_t *n, struct err *e);

/* All of it in memory, at most `max` bytes; `out->p` is the caller's to free. */
enum rc stream_whole(struct stream *s, size_t max, struct str *out, struct err *e);

/* Tells what was wrong with the packing, though it could be read. */
void stream_tell(const struct stream *s, struct notes *notes);

/* Whether the packing ended early. */
bool stream_is_cut(const struct stream *s);

#endif
