/*
 * look.h - what a pile of bytes is, by its first ones.
 */
#ifndef ASSAY_INCOMING_LOOK_H
#define ASSAY_INCOMING_LOOK_H

#include "base/str.h"

enum look {
    LOOK_OTHER, /* see look_words */
    LOOK_GZIP,
    LOOK_ZIP,
    LOOK_FEEDBACK, /* XML with a feedback element, or meant as that */
    LOOK_TLS,      /* JSON that may be a TLS report */
    LOOK_PARSEDMARC_JSON, LOOK_PARSEDMARC_CSV, LOOK_PARSEDMARC_FAILURE, /* what parsedmarc wrote of one report */
    LOOK_ARF,      /* fields of a message/feedback-report */
    LOOK_UNUSED,   /* the word "unused": Yahoo and AOL when there is nothing to report */
    LOOK_BASE64,   /* gzip, zip or XML as base64 text */
    LOOK_MAIL
};

enum { LOOK_AHEAD = 4096 };

/* `head`: the first LOOK_AHEAD bytes, or all. */
enum look look_at(struct str head);

/* Of what is no report: "bzip2", "an HTML page", … */
const char *look_words(struct str head);

#endif
