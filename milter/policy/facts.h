/*
 * facts.h - what rules look at in a message, as values: from the verdict while it is here, from its record afterwards.
 *
 * Both give the same (tests/unit/policy/facts_test.c), so that yesterday's
 * mail, put to a rule, meets what it would have met.  Texts that rules compare
 * (domains, recipients, who vouches) are the record's either way.  Pure.
 */
#ifndef ASSAY_POLICY_FACTS_H
#define ASSAY_POLICY_FACTS_H

#include "base/ip.h"
#include "output/record.h"
#include "verdict/verdict.h"

struct facts {
    const struct record *r; /* borrowed */
    int result;      /* enum dmarc_result; FACTS_UNKNOWN, as the next three: a word that no version of ours wrote */
    int policy;      /* enum dmarc_policy, after t=y; DMARC_P_NONE without a DMARC record */
    int status;      /* enum source_status; FACTS_UNKNOWN also where the inventory does not ask for one */
    int cause;       /* enum cause, the one to act on */
    bool has_policy; /* a DMARC record says what it is */
    unsigned causes; /* 1u << enum cause: that one and what else is wrong */
    struct ip client;
};

enum { FACTS_UNKNOWN = -1 };

/* Of a message that was judged; `r` is what record_make made of it. */
struct facts facts_judged(const struct given *g, const struct verdict *v, const struct record *r);

/* Of a record, whoever wrote it. */
struct facts facts_recorded(const struct record *r);

#endif
