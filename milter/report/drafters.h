/*
 * drafters.h - reports drafted and checked by threads of their own, beside the one that reads their rows.
 *
 * Reports are begun, filled and ended one after the other, and taken in that
 * order.  What waits is bounded: rows that nobody drafted yet, reports, and
 * the bytes of those that are made.
 *
 * Threads: all functions are for the thread that opened it.  Where the system
 * gives no threads, that one drafts itself, and the reports are the same.
 */
#ifndef ASSAY_REPORT_DRAFTERS_H
#define ASSAY_REPORT_DRAFTERS_H

#include "report/feedback.h"

enum {
    DRAFTERS_REPORTS = 128,         /* that may be begun and not taken yet */
    DRAFTERS_BYTES_MAX = 4 << 20    /* of reports that are made: with as many, no more should be begun */
};

struct drafters;

/* What became of a report. */
struct drafted {
    enum rc rc;      /* RC_OK: it is made, and valid by the schema */
    bool broken;     /* it is not for a reason of its own that it is not made: nor could others be */
    struct err why;
    struct str body; /* the .xml.gz file, which the caller frees with free((void *)body.p); p NULL: none */
};

/* `schema`, borrowed, is what they are checked against; NULL: only that they are XML.  RC_NOMEM. */
enum rc drafters_open(enum feedback_format format, struct xml_schema *schema, struct drafters **out, struct err *e);

/* Ends what is under way, and forgets what was not taken.  NULL allowed. */
void drafters_free(struct drafters *p);

/* Begins a report; the texts of `head` must stay until it is taken.  Not while there are DRAFTERS_REPORTS. */
void drafters_begin(struct drafters *p, const struct feedback_head *head);

/* Adds `n` messages with that key (row.h) to the report that was begun last; and ends it.  RC_NOMEM. */
enum rc drafters_row(struct drafters *p, struct str key, int64_t n, struct err *e);
enum rc drafters_end(struct drafters *p, struct err *e);

/* Whether some must be taken before another is begun. */
bool drafters_is_full(struct drafters *p);

/*
 * How many of the oldest are done.  Waits for `least` of them, all of which
 * must have been ended; for fewer when these have DRAFTERS_BYTES_MAX, or
 * there are no more.
 */
size_t drafters_done(struct drafters *p, size_t least);

/* Takes the oldest, which must be done. */
void drafters_take(struct drafters *p, struct drafted *out);

#endif
