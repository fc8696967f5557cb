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

/* What look_words says of text and pages, which most mails have beside a report. */
#define LOOK_TEXT "text, but no report"
#define LOOK_PAGE "an HTML page"

/* Of what is no report: what it is, and what to do with it where it may hold one. */
const char *look_words(struct str head);

#endif
