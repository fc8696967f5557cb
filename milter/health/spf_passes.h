/*
 * spf_passes.h - the exact set of addresses that an SPF record lets in, where it has one.
 */
#ifndef ASSAY_HEALTH_SPF_PASSES_H
#define ASSAY_HEALTH_SPF_PASSES_H

#include "health/judge.h"
#include "health/ranges.h"
#include "spf/spf_record.h"

struct spf_passes {
    struct health_judge *j;
    const char *refused;  /* why there is no such set: ptr, exists, a macro, no answer, an error; "" there is */
    bool failed;          /* of these, no answer */
    bool loose;           /* of these, ptr, exists or a macro: the term may stay as it is */
    unsigned records;
    char end;             /* qualifier of the end that counts, behind redirect; 0 none */
};

/* An empty, sorted set. */
struct ranges spf_ranges_new(struct health_judge *j);

/* Adds what `text`, as the record of `domain`, lets in (RFC 7208 section 5); sorted.  `p` tells why there is none. */
void spf_passes_record(struct spf_passes *p, struct str text, const char *domain, unsigned depth, struct ranges *out);

/* Adds what one term matches; sorted. */
void spf_passes_term(struct spf_passes *p, const struct spf_term *t, const char *domain, unsigned depth,
                     struct ranges *out);

/* out += a without b; everything sorted. */
void spf_ranges_add_rest(struct ranges *out, const struct ranges *a, const struct ranges *b);

/* " ip4:… ip6:…" of a sorted set, IPv4 first, ascending, the fewest prefixes; false when they do not fit. */
bool spf_ranges_text(struct strbuf *b, const struct ranges *r);

#endif
