/*
 * record.h - one record element on its way to a row.
 */
#ifndef ASSAY_INCOMING_RECORD_H
#define ASSAY_INCOMING_RECORD_H

#include "incoming/element.h"
#include "incoming/incoming.h"

/* As it was read; texts in the reader's arena, "" or NULL (envelope_from, count) what is not there. */
struct record {
    const char *source_ip, *count, *disposition, *dkim, *spf, *header_from, *envelope_from, *envelope_to;
    size_t more; /* signatures, SPF results and reasons that found no room */
    struct incoming_row row;
    bool damaged; /* an entry of the lists is being passed over */
    bool twice;   /* an element that stands once has another value further down: the first counts */
};

enum record_verdict { RECORD_COUNTED, RECORD_REFUSED, RECORD_ZERO };

/* Begins an empty one. */
void record_begin(struct record *r);

/* An entry of a list begins, or ends. */
void record_open(struct record *r, enum element el);
void record_close(struct record *r, enum element el, const char *text);

/* A text of the record, by its parent; clean (words_clean). */
void record_text(struct record *r, enum element parent, enum element el, const char *text);

/*
 * The record is whole: makes its row, in the arena.  What is to be worked out
 * is by `head` (its policy domain, adkim, aspf).  A row that is refused has a
 * count that cannot be read.
 */
enum record_verdict record_finish(struct record *r, struct arena *a, const struct incoming_aggregate *head);

/* Adds the row to the content, in any order. */
void record_add_content(const struct record *r, uint8_t content[static 16]);

#endif
