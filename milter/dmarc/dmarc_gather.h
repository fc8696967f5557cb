/*
 * dmarc_gather.h - asks DNS what a DMARC evaluation needs, and nothing else (RFC 9989 section 5.3).
 */
#ifndef ASSAY_DMARC_DMARC_GATHER_H
#define ASSAY_DMARC_DMARC_GATHER_H

#include "dmarc/dmarc_evidence.h"
#include "dns/dns.h"

struct dmarc_request {
    const struct from_domains *from;
    size_t max_authors;      /* MaxAuthorDomains: more distinct domains are not evaluated at all */
    const struct dmarc_identifier *ids; /* evidence_identifiers() */
    size_t id_count;
    bool whole_walk;         /* finish the author's walk even where nothing depends on it, to tell the
                                organizational domain to a human reader */
};

/*
 * Fills `out`: the walk of each author domain as far as it matters, then just
 * those questions whose answer can change the outcome (section 5.3.6): walks
 * of identifiers, and for np the existence of the author domain.
 * RC_NOMEM: what is there evaluates to temperror.
 */
enum rc dmarc_gather(struct arena *a, const struct dmarc_request *r, struct dns_scope *dns, struct dmarc_evidence *out);

/* Sets the questions of the author's walk going at once, as soon as From is known. */
void dmarc_prefetch(const char *author, struct dns_scope *dns);

#endif
