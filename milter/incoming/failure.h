/*
 * failure.h - failure reports: ARF of type auth-failure (RFC 5965, 6591, 9991), and the text that Exim sends.
 *
 * Of the message they are about, what tells its source is kept; never its
 * body or recipients, and local parts and the subject only as keyed tokens.
 */
#ifndef ASSAY_INCOMING_FAILURE_H
#define ASSAY_INCOMING_FAILURE_H

#include "incoming/incoming.h"
#include "incoming/notes.h"

enum { FAILURE_FIELDS_MAX = 100, FAILURE_FIELD_MAX = 4 * 1024, FAILURE_HEADER_MAX = 64 * 1024 };

struct failure {
    enum incoming_outcome outcome;
    char reason[ERR_TEXT_MAX];
    struct incoming_failure report; /* texts in the arena */
    struct notes notes;
};

/*
 * `fields` is the body of message/feedback-report, `sample` the header of the
 * message it is about (empty: none); mail_date_s that of the mail it came in, 0 unknown.
 */
void failure_read(struct arena *a, struct str fields, struct str sample, int64_t mail_date_s,
                  const uint8_t token_key[16], struct failure *out);

/* Whether a text part is the one that Exim and Baruwa send; and reads it. */
bool failure_is_text(struct str text);
void failure_read_text(struct arena *a, struct str text, int64_t mail_date_s, const uint8_t token_key[16],
                       struct failure *out);

#endif
