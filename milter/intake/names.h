/*
 * names.h - reverse names and networks of the addresses that reports list, looked up after the reports are stored.
 *
 * Each once, and again after NAMES_DAYS.  What a name shows about who sent a
 * row changes the row and the sums with it.  A question that DNS did not
 * answer is not kept, and asked again at the next run.
 *
 * Threads: one; other programs may do the same at once.
 */
#ifndef ASSAY_INTAKE_NAMES_H
#define ASSAY_INTAKE_NAMES_H

#include "intake/intake.h"

enum { NAMES_DAYS = 30, NAMES_FAILED_MAX = 20 /* unanswered questions, after which a run ends */ };

struct names_done {
    int64_t asked, named, failed; /* addresses; of these with a name; without an answer */
    int64_t rows;                 /* rows that are told otherwise now */
};

/* At most `max` addresses, for `ms` milliseconds at most.  Errors of the database. */
enum rc names_look_up(struct intake *in, int64_t max, int64_t ms, struct names_done *done, struct err *e);

#endif
