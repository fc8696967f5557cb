/*
 * catch_rule.h - when the safety catch comes on: what a message counts as, and when counts are too many.
 *
 * A host counts its own mail (service/catch.h), the centre of a fleet that of
 * all hosts (fleet/keep.h); both by these rules.  Pure, without a clock.
 */
#ifndef ASSAY_POLICY_CATCH_RULE_H
#define ASSAY_POLICY_CATCH_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "output/record.h"

enum {
    CATCH_LEAST = 5,        /* refusals of a correspondent's mail within an hour, before it is looked at */
    CATCH_LEAST_ALL = 50,   /* likewise of all mail */
    CATCH_KNOWN = 20,       /* passed in the past weeks: a known correspondent */
    CATCH_PAST_DAYS = 28,
    CATCH_BUCKETS = 6,      /* of an hour … */
    CATCH_BUCKET_MS = 10 * 60 * 1000 /* … each of ten minutes */
};

/* What a message is to it. */
struct catch_weight {
    bool asked;   /* a rule of policy.conf decided; what nothing was asked about counts for nothing */
    bool refused; /* it is refused or held, or would be */
    bool claim;   /* that, and it may be a mistake: it counts where its address was the author's before */
    bool proof;   /* it passed in a way that shows the address to be the author's */
};
struct catch_weight catch_weigh(const struct record *r);

/* Whether so many refusals of so much mail of an hour are worth a look, by CatchShare and one of CATCH_LEAST*. */
bool catch_is_suspect(uint64_t refused, uint64_t all, unsigned share, unsigned least);

/* Whether the catch then comes on: `passed` messages came from such addresses in the past weeks. */
bool catch_comes_on(int64_t passed);

/* Whether refusals of all mail are twice what they were in the past weeks: somebody's to look at. */
bool catch_is_unusual(uint64_t refused, uint64_t all, int64_t past_passed, int64_t past_refused, int64_t past_all);

#endif
