/*
 * relay.h - whether a mailing list or a forwarder had the message before us.
 *
 * Pure.  Told from what a relay leaves behind and, of that, only from what is
 * proven: a stranger can write any header field and any return path.
 */
#ifndef ASSAY_VERDICT_RELAY_H
#define ASSAY_VERDICT_RELAY_H

#include "verdict/verdict.h"

/* `v` has the DMARC verdict and the source.  RC_NOMEM. */
enum rc relay_find(struct arena *a, const struct given *g, const struct verdict *v, struct relay *out);

/* The domain that SPF was asked about, where it is a normal name; else "". */
const char *relay_path(struct arena *a, const struct spf_evidence *spf);

/* Whether `domain` (normal, or "") belongs to the organization of the author, alignment modes aside. */
bool relay_is_own(const struct dmarc_verdict *d, const char *domain);

/* Whether a service of the catalogue sends what its customers write, and passes on nothing. */
bool relay_is_sending_service(const struct sender *s);

#endif
