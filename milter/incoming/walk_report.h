/*
 * walk_report.h - a report that was found: read, and told of in frames.  For walk.c alone.
 */
#ifndef ASSAY_INCOMING_WALK_REPORT_H
#define ASSAY_INCOMING_WALK_REPORT_H

#include "incoming/stream.h"
#include "incoming/walk.h"
#include "incoming/words.h"

struct walker {
    const struct incoming_request *request;
    walk_emit *emit;
    walk_begin *begin;
    void *arg;
    const struct walk_before *before; /* NULL: the first process */
    size_t leaf, told; /* things met; reports told, by earlier processes too */
    size_t met;        /* reports met: told now, or passed over */
    uint64_t rows;     /* handed over, by earlier processes too */
    bool passing;      /* what it meets was told before */
    bool gone; /* nobody listens */
    bool full; /* as many reports as one file or mail may have; it was told */
    unsigned mails; /* that are open, one in the other */
    const struct incoming_mail *mail;
    char other[300]; /* of a thing in a container that is no report: what it is; the first that is more than text */
    bool only_text;  /* that is text or a page, as most mails have beside a report */
    unsigned char *frame;
};

/* Where a document was found. */
struct walk_place {
    const char *name, *media_type;
    struct words_name says; /* the innermost name that says something */
    unsigned packs;
    bool quiet; /* in a container: what is no report is not told of, one by one */
};

/* A thing is going to be looked at; false when it is one of those to pass over. */
bool walk_begin_leaf(struct walker *w, const char *name);

/* A frame without payload. */
void walk_emit_bare(struct walker *w, enum wire_kind kind);

/* A thing of which no more than an outcome can be told. */
void walk_tell(struct walker *w, const struct walk_place *at, enum incoming_kind kind, enum incoming_outcome outcome,
               const char *reason);

/* No report: told of, or kept in mind where something else in the same container may be one. */
void walk_tell_other(struct walker *w, const struct walk_place *at, const char *words);

/* What went wrong with the packing or for want of memory. */
void walk_tell_error(struct walker *w, const struct walk_place *at, enum rc rc, const char *why);

/* Read and told of, each whole; `head`: the document's first bytes; `is_text`: what Exim sends (failure.h). */
void walk_aggregate(struct walker *w, const struct walk_place *at, struct stream *s, struct str head);
void walk_tls(struct walker *w, const struct walk_place *at, struct stream *s);
void walk_failure(struct walker *w, const struct walk_place *at, struct str fields, struct str sample, bool is_text);

#endif
