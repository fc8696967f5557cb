/*
 * dkim_canon.h - the two canonicalizations of DKIM and ARC (RFC 6376 section 3.4).
 *
 * Canonical bytes go to a sink in pieces of any size; nothing is allocated.
 * Linear time; any bytes.
 */
#ifndef ASSAY_DKIM_DKIM_CANON_H
#define ASSAY_DKIM_DKIM_CANON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum dkim_canon { DKIM_CANON_SIMPLE, DKIM_CANON_RELAXED };

/* Takes the next canonical bytes; `piece` lives until it returns. */
typedef void (*dkim_canon_sink)(void *ctx, struct str piece);

/*
 * One header field: `name` without the colon, `value` all that follows it
 * (struct header).  The bytes [cut_from, cut_to) of `value` are left out
 * before anything else, which empties the b= of a signature's own field;
 * 0, 0 leaves out nothing.  `crlf` says whether the final CRLF is written.
 */
struct dkim_canon_field {
    struct str name, value;
    size_t cut_from, cut_to;
    bool crlf;
};

/* Writes one header field in canonical form to `sink` (RFC 6376 sections 3.4.1 and 3.4.2). */
void dkim_canon_header(enum dkim_canon how, const struct dkim_canon_field *field, dkim_canon_sink sink,
                       void *ctx);

enum { DKIM_CANON_BUFFER = 2048 };

/* A body in progress.  Start with dkim_canon_body_start; the fields are private. */
struct dkim_canon_body {
    enum dkim_canon how;
    dkim_canon_sink sink;
    void *ctx;
    uint64_t blank; /* CRLFs held back: they count only when something follows */
    bool some;      /* a line with content was written */
    bool cr;        /* the last byte was CR */
    bool wsp;       /* relaxed: white space held back, one SP unless the line ends */
    size_t n;       /* bytes in buf */
    char buf[DKIM_CANON_BUFFER];
};

/* Makes `b` ready for a body whose canonical form (sections 3.4.3 and 3.4.4) goes to `sink`. */
void dkim_canon_body_start(struct dkim_canon_body *b, enum dkim_canon how, dkim_canon_sink sink, void *ctx);

/* The next piece of the body, any size.  CR and LF that are no CRLF are content. */
void dkim_canon_body_add(struct dkim_canon_body *b, struct str piece);

/* The end of the body: writes what is still due. */
void dkim_canon_body_end(struct dkim_canon_body *b);

#endif
