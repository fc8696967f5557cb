/*
 * alike.h - names that could be taken for a domain: one change each, always the same ones.
 */
#ifndef ASSAY_HEALTH_ALIKE_H
#define ASSAY_HEALTH_ALIKE_H

#include "base/arena.h"

enum { ALIKE_NAMES_MAX = 300 };

/*
 * Names like `domain` (normal) into `out`, at most ALIKE_NAMES_MAX: of its
 * first label a letter left out, two swapped, one doubled, one that looks
 * alike, one Cyrillic, a hyphen more or less; then the other top-level domains
 * of `tld`.  The domain itself is not among them.  Pure; the arena's.
 */
size_t alike_names(struct arena *a, const char *domain, const char *const *tld, size_t tlds,
                   const char *out[ALIKE_NAMES_MAX]);

#endif
