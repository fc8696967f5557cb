/*
 * dkim_lookup.h - the key of one signature, from DNS.
 */
#ifndef ASSAY_DKIM_DKIM_LOOKUP_H
#define ASSAY_DKIM_DKIM_LOOKUP_H

#include "dkim/dkim_evidence.h"
#include "dkim/dkim_key.h"
#include "dns/dns.h"

struct dkim_lookup {
    struct dkim_key key;     /* zero when there is none */
    const char *record;      /* the key as libopendkim gets to see it; NULL: not usable */
    const char *host;        /* where the key's name leads by aliases; "" it is none; NULL before */
    bool temp;               /* DNS failed; later it may be found */
    enum dkim_problem problem; /* DKIM_PROBLEM_NONE when usable */
    bool known;              /* DNS said what there is, or that there is nothing */
    uint32_t ttl;            /* of the answer, seconds */
    const char *why;         /* why not usable; "" when it is; NULL before, and without memory */
};

/* Sets the question for the key of `sig` going. */
void dkim_lookup_begin(struct arena *a, struct dns_scope *dns, const struct dkim_sig *sig);

/* Waits for the answer and reads the key in it (RFC 6376 section 6.1.2).  RC_NOMEM. */
enum rc dkim_lookup_finish(struct arena *a, struct dns_scope *dns, const struct dkim_sig *sig, unsigned min_key_bits,
                           struct dkim_lookup *out);

#endif
