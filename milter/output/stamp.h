/*
 * stamp.h - the Authentication-Results field that we add (RFC 8601).
 */
#ifndef ASSAY_OUTPUT_STAMP_H
#define ASSAY_OUTPUT_STAMP_H

#include "verdict/verdict.h"

/* The field's value with LF-TAB folds and without leading space, in the arena; NULL without memory. */
const char *stamp_make(struct arena *a, const struct given *g, const struct verdict *v);

/* The same of a message that was not evaluated: it claims nothing ("none"). */
const char *stamp_make_none(struct arena *a, const struct config *c);

/*
 * How many characters of a signature's b= tell it from the others of the
 * message (RFC 6008 section 4): at least 8, all when it is shorter.
 */
size_t stamp_b_length(const struct dkim_evidence *e, size_t which);

#endif
