/*
 * shares.h - what each of many names may have of a room that strangers can fill.
 *
 * Threads: one at a time.
 */
#ifndef ASSAY_BASE_SHARES_H
#define ASSAY_BASE_SHARES_H

#include <stdbool.h>

struct shares;

/* Whether `name` has fewer than `most`; then one more is its.  `*s` NULL is nobody's yet.  Without memory: no. */
bool shares_take(struct shares **s, const char *name, unsigned most);

/* All begin anew. */
void shares_clear(struct shares **s);

#endif
