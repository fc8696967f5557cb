/*
 * why.h - a message in plain words, for somebody who has a ticket and not the RFCs.
 */
#ifndef ASSAY_DESK_WHY_H
#define ASSAY_DESK_WHY_H

#include "desk/casefile.h"
#include "desk/sheet.h"

/*
 * The whole answer: what to do first, then what happened, why, how often, what
 * changed, the evidence, and a note to close a ticket with.  Whatever the
 * record holds, only printable text goes out.
 */
void why_print_case(const struct sheet *s, const struct casefile *c);

/* The facts of a record, a line each. */
void why_print_evidence(const struct sheet *s, const struct record *r);

#endif
