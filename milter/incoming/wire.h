/*
 * wire.h - what the reading process says to the one that asked, in frames over a pipe.
 *
 * One function a struct serves both ends: it writes the struct into the frame
 * or reads it out, so the two cannot differ.  Reading trusts nothing: every
 * text is checked to be clean (words_is_clean), every number and count to be
 * in its range; `bad` is set otherwise.  Texts point into the frame.
 */
#ifndef ASSAY_INCOMING_WIRE_H
#define ASSAY_INCOMING_WIRE_H

#include <stddef.h>

#include "incoming/incoming.h"

enum wire_kind {
    WIRE_LEAF = 'L', /* a thing begins to be looked at */
    WIRE_REPORT = 'R', WIRE_ROW = 'r', WIRE_POLICY = 'p', WIRE_DETAIL = 'd', WIRE_END = 'e',
    WIRE_DONE = 'Z'
};

enum {
    WIRE_FRAME_MAX = 1 << 20, /* bytes of a frame's payload */
    WIRE_HEAD = 5,            /* kind, and length in 4 bytes */
    WIRE_TEXT_MAX = 4000
};

struct wire {
    bool writing, bad;
    unsigned char *mem;
    size_t at, n; /* where it is; how much there is to read, or room to write */
};

/* On memory of the caller: to write into, or to read what was written. */
struct wire wire_writer(unsigned char *mem, size_t room);
struct wire wire_reader(unsigned char *mem, size_t n);

/* A text, NUL-terminated; a number in its range, both ends included. */
void wire_text(struct wire *w, const char **text);
void wire_number(struct wire *w, int64_t *value, int64_t min, int64_t max);

/* The structs of incoming.h; pointers in a report are set to what the caller gives when reading. */
void wire_row(struct wire *w, struct incoming_row *row);
void wire_policy(struct wire *w, struct incoming_tls_policy *p);
void wire_detail(struct wire *w, struct incoming_tls_detail *d);

struct wire_report {
    struct incoming_report report;
    struct incoming_mail mail;
    struct incoming_aggregate aggregate;
    struct incoming_failure failure;
    struct incoming_tls tls;
};

/* Reading sets the report's pointers to the structs beside it, NULL where there is none. */
void wire_report(struct wire *w, struct wire_report *r);

#endif
