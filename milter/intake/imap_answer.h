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

#endif
