/*
 * nearest.h - the name that a misspelt one was meant to be.  Pure.
 */
#ifndef ASSAY_SYNTAX_NEAREST_H
#define ASSAY_SYNTAX_NEAREST_H

#include "base/str.h"

struct nearest {
    const char *best; /* NULL: none is near */
    struct str name;
    size_t distance;
};

/* Begins the search for what `name` was meant to be. */
struct nearest nearest_to(struct str name);

/* Offers a candidate; of equals the first stays. */
void nearest_offer(struct nearest *n, const char *candidate);

#endif
