/*
 * answer.h - answers as the sources make them: immutable, counted, in one block.
 *
 * Threads: an answer may be shared; whoever holds a reference may read it.
 */
#ifndef ASSAY_DNS_ANSWER_H
#define ASSAY_DNS_ANSWER_H

#include <stdatomic.h>

#include "dns/dns.h"

struct answer {
    struct dns_answer pub;
    atomic_uint refs;
    size_t bytes; /* of this block */
};

/* RDATA of one record in wire form, names in it not compressed. */
struct rdata {
    const uint8_t *p;
    size_t n;
};

/*
 * An answer with one reference and what `head` says, save count and rr, which
 * come from the `n` RDATAs of `type`; malformed ones, and those past
 * DNS_RR_MAX, are left out.  DNS_NOERROR with none left becomes DNS_NODATA.
 * head->why must be a literal, or NULL for ""; head->canonical (NULL for "") is
 * copied.  NULL without memory.
 */
struct answer *answer_new(const struct dns_answer *head, enum dns_type type, const struct rdata *rd,
                          size_t n);

/* A DNS_TEMPFAIL; `why` is a literal. */
struct answer *answer_failed(const char *why);

/* One more reference to the same answer. */
struct answer *answer_ref(struct answer *a);

/* Drops a reference; the last one frees.  NULL is allowed. */
void answer_unref(struct answer *a);

#endif
