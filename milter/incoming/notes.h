/*
 * notes.h - what is told of one report: a short list of sentences.
 */
#ifndef ASSAY_INCOMING_NOTES_H
#define ASSAY_INCOMING_NOTES_H

#include "incoming/incoming.h"

struct notes {
    struct arena *arena;
    size_t n, more; /* told; not told, since there are enough */
    const char *text[INCOMING_NOTES_MAX];
};

/* Adds one; foreign bytes in it are made safe. */
void notes_add(struct notes *notes, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
