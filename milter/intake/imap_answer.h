/*
 * imap_answer.h - what an IMAP server answers, read (RFC 9051, 3501).
 *
 * Pure; the server may be anybody's.
 */
#ifndef ASSAY_INTAKE_IMAP_ANSWER_H
#define ASSAY_INTAKE_IMAP_ANSWER_H

#include "base/str.h"

/*
 * The first `max` UIDs of the "* SEARCH" lines of an answer, in its order; how
 * many.  Other lines, which a server may send at any time, and words that are
 * no UID (1 to 2^32 - 1) are passed over, and so is a last word without line
 * end, of which there may be more.
 */
size_t imap_answer_uids(struct str answer, uint32_t *uid, size_t max);

enum { IMAP_RUN_MAX = 20000 /* messages that are taken out of a mailbox in one run */ };

/* What was moved in a run, so that a server cannot go on for ever; begins zeroed. */
struct imap_run {
    size_t n;
    uint32_t moved[IMAP_RUN_MAX];
};

enum imap_list {
    IMAP_LIST_NEW,   /* take them */
    IMAP_LIST_AGAIN, /* one of them was moved before, and a UID is never used again (RFC 9051 section 2.3.1.1) */
    IMAP_LIST_OVER   /* IMAP_RUN_MAX were moved: what is left is for the next run */
};

/* What to make of the `n` UIDs that are listed next; with IMAP_LIST_NEW, `*n` are few enough to be taken. */
enum imap_list imap_run_list(const struct imap_run *r, const uint32_t *uid, size_t *n);

/* `n` of them, no more than imap_run_list left, were moved. */
void imap_run_moved(struct imap_run *r, const uint32_t *uid, size_t n);

#endif
