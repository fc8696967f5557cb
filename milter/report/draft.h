/*
 * draft.h - one aggregate report in the making: rows in, a compressed file in memory out.
 *
 * Threads: one draft, one thread at a time.
 */
#ifndef ASSAY_REPORT_DRAFT_H
#define ASSAY_REPORT_DRAFT_H

#include "report/feedback.h"

enum { DRAFT_MAX = 16 * 1024 * 1024 }; /* bytes of a compressed report; what is longer no mail server takes */

struct draft;

/* Begins a report.  RC_NOMEM. */
enum rc draft_open(enum feedback_format format, const struct feedback_head *head, struct draft **out, struct err *e);

/* Adds a record element; what goes wrong shows at draft_close. */
void draft_row(struct draft *d, const struct feedback_row *row);

/*
 * Ends it and frees the draft.  `*body` is the .xml.gz file, which the caller
 * frees with free((void *)body->p).  RC_LIMIT when it is longer than DRAFT_MAX.
 */
enum rc draft_close(struct draft *d, struct str *body, struct err *e);
void draft_abandon(struct draft *d); /* NULL allowed */

#endif
