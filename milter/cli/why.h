/*
 * why.h - a message in plain words, for somebody who has a ticket and not the RFCs.
 */
#ifndef ASSAY_CLI_WHY_H
#define ASSAY_CLI_WHY_H

#include "cli/json.h"
#include "cli/sheet.h"
#include "desk/casefile.h"

/*
 * The whole answer: what to do first, then what happened, why, how often, what
 * changed, the evidence, and a note to close a ticket with.  Whatever the
 * record holds, only printable text goes out.
 */
void why_print_case(const struct sheet *s, const struct casefile *c);

/* The facts of a record, a line each. */
void why_print_evidence(const struct sheet *s, const struct record *r);

/* One line, for a list: when, reference or queue id, result, author domain, source, cause. */
void why_print_line(const struct sheet *s, const struct record *r);

/* The same as JSON: the record's columns under their names, and what is known around it. */
struct jnode *why_json(struct arena *a, const struct casefile *c);

/* What the verdict says, as in the JSON of `assay check`. */
struct jnode *why_json_verdict(const struct record *r);

#endif
