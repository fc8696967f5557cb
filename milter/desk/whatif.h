/*
 * whatif.h - what other rules would have made of mail that came, counted.
 */
#ifndef ASSAY_DESK_WHATIF_H
#define ASSAY_DESK_WHATIF_H

#include "policy/disposition.h"

enum { WHATIF_EXAMPLES = 3 };

/* By what the messages are counted that would be treated differently. */
enum whatif_by { WHATIF_ALL, WHATIF_DOMAIN, WHATIF_SOURCE, WHATIF_CAUSE, WHATIF_RULE, WHATIF_BY_COUNT };
extern const struct enum_names whatif_by_names; /* "all", "domain", … */

/* Messages of one kind. */
struct whatif_count {
    const char *name;            /* the domain, source, cause or rule; "" none, for WHATIF_ALL always */
    enum disposition was, would; /* what was done, and what would be */
    uint64_t n;
    const char *example[WHATIF_EXAMPLES]; /* references, or queue ids; "" fewer */
};

struct whatif;

/* Borrows both.  NULL without memory. */
struct whatif *whatif_new(const struct policy *p, const struct disposition_settings *s);
void whatif_free(struct whatif *w); /* NULL allowed */

/* Takes one record; a replay_take.  RC_NOMEM. */
enum rc whatif_take(void *w, const struct record *r, struct err *e);

/* How many were taken; how many of these were let go by the safety catch. */
uint64_t whatif_messages(const struct whatif *w);
uint64_t whatif_caught(const struct whatif *w);

/* The counts of one kind, the largest first; they live as long as `w`, the array until free().  NULL without memory. */
const struct whatif_count **whatif_counts(struct whatif *w, enum whatif_by by, size_t *n);

#endif
