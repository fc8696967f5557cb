/*
 * dmarc_walk.h - the DNS Tree Walk (RFC 9989 section 4.10), and what follows from it.
 *
 * Gathering asks DNS; the functions that read a finished walk are pure.
 */
#ifndef ASSAY_AUTH_DMARC_WALK_H
#define ASSAY_AUTH_DMARC_WALK_H

#include "auth/evidence.h"
#include "dns/dns.h"

/*
 * The organizational domain a complete walk shows (section 4.10.2), a normal
 * name; NULL when the walk is not complete.  Pure.
 */
const char *dmarc_org_domain(const struct dmarc_walk *w);

/*
 * Fills `out` for the author domains (normal, distinct, at most
 * DMARC_AUTHOR_MAX): walks, and just those further questions the evaluation
 * of these identifiers can need (section 5.3.6): walks of identifiers, and
 * the existence of an author domain for np.  `problem` is left alone.
 */
enum rc dmarc_gather(struct arena *a, const char *const *authors, size_t author_count,
                     const struct dmarc_identifier *ids, size_t id_count, struct dns_scope *dns,
                     struct dmarc_evidence *out);

/* Sets the questions of the author walk going at once, as soon as From is known. */
void dmarc_prefetch(const char *author, struct dns_scope *dns);

#endif
