/*
 * spf_repair.h - an SPF text with the usual slips mended.
 */
#ifndef ASSAY_HEALTH_SPF_REPAIR_H
#define ASSAY_HEALTH_SPF_REPAIR_H

#include "base/arena.h"
#include "base/str.h"

enum { SPF_REPAIR_MAX = 4000 }; /* bytes of a text that is mended */

/* What somebody meant as SPF and receivers pass over (RFC 7208 section 4.5). */
bool spf_repair_alike(struct str txt);

/*
 * `txt` with each kind of slip mended once, in a fixed order: blanks and
 * quotes around it, punctuation at a term's end, what is glued, misspelt
 * names of mechanisms.  STR_NONE when it is still no SPF record.  Pure; the
 * arena's.
 */
struct str spf_repair(struct arena *a, struct str txt);

#endif
