/*
 * repair.h - the second reading: turns what was meant as an aggregate report into XML, and says what it mended.
 *
 * Known elements are tags whatever stands around them; everything else is
 * text.  A stream: UTF-8 in (charset.h), well-formed XML out, memory bounded.
 */
#ifndef ASSAY_INCOMING_REPAIR_H
#define ASSAY_INCOMING_REPAIR_H

#include "formats/archive.h"
#include "incoming/element.h"

enum repair_kind {
    REPAIR_BLANKS,    /* blanks before the beginning */
    REPAIR_AROUND,    /* something before the root element, or a wrapper around it */
    REPAIR_BEHIND,    /* something behind its end */
    REPAIR_AMPERSAND, /* a bare "&" */
    REPAIR_ENTITY,    /* an entity XML does not know */
    REPAIR_CHARACTER, /* a reference to a character XML does not allow */
    REPAIR_LESS,      /* a "<" that begins no known element */
    REPAIR_CONTROL,   /* a control character */
    REPAIR_UNCLOSED,  /* an element without end tag */
    REPAIR_END,       /* an end tag without element */
    REPAIR_BRACKET,   /* an end tag without its "<" */
    REPAIRS
};

/* What it does, in words: "bare "&" are taken as text". */
const char *repair_words(enum repair_kind kind);

enum { REPAIR_AHEAD = 128 * 1024, REPAIR_OUT = 16 * 1024, REPAIR_DEPTH = 24 };

struct repair {
    archive_sink *sink;
    void *arg;
    size_t skip;         /* root elements to pass over */
    int state;
    bool muted, cdata, over;
    bool whole;          /* the root element ended */
    bool next;           /* another root element follows */
    bool doctype;        /* there is a DOCTYPE: nothing is read */
    uint64_t stray, stray_line; /* record elements behind the root element, and where first */
    enum rc rc;          /* what the sink answered, if not RC_OK */
    uint64_t count[REPAIRS], line[REPAIRS]; /* how often, and where first */
    uint64_t at_line;
    size_t depth;
    enum element open[REPAIR_DEPTH];
    size_t from, have, out_n;
    char ahead[REPAIR_AHEAD];
    char out[REPAIR_OUT];
};

/* Begins; `skip` root elements are passed over. */
void repair_open(struct repair *r, size_t skip, archive_sink *sink, void *arg);

/* An archive_sink, `arg` a struct repair.  RC_BAD for a DOCTYPE; what the sink answers. */
enum rc repair_push(void *arg, struct str bytes, struct err *e);

/* The document is over.  RC_NOTFOUND when there was no root element. */
enum rc repair_close(struct repair *r, struct err *e);

#endif
