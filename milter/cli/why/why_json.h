/*
 * why_json.h - the answer of `assay why` for programs.
 */
#ifndef ASSAY_CLI_WHY_WHY_JSON_H
#define ASSAY_CLI_WHY_WHY_JSON_H

#include "formats/json.h"
#include "desk/casefile.h"
#include "desk/pasted.h"

/* The same as JSON: the record's columns under their names, and what is known around it. */
struct jnode *why_json(struct arena *a, const struct casefile *c);

/* What the verdict says, as in the JSON of `assay check`. */
struct jnode *why_json_verdict(const struct record *r);

/* An entry of the inventory, as in `assay source list --json`. */
struct jnode *why_json_entry(const struct inventory_row *row);

/* What stood in a pasted text: the refusal of another receiver, what other servers wrote into the header. */
struct jnode *why_json_pasted(const struct pasted *p);

#endif
