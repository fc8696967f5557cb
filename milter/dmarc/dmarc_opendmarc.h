/*
 * dmarc_opendmarc.h - libopendmarc's decision on a policy that is already worked out.
 *
 * The library knows RFC 7489 only, and its alignment can be bypassed.  It is
 * told nothing but our own findings: the effective policy as a record of
 * ours, and passes only for what RFC 9989 aligns, under the author domain's
 * own name.  No text of a publisher reaches it, and it asks no DNS.
 */
#ifndef ASSAY_DMARC_DMARC_OPENDMARC_H
#define ASSAY_DMARC_DMARC_OPENDMARC_H

#include <stdbool.h>

#include "base/err.h"
#include "dmarc/dmarc_record.h"

/* Once per process, before threads start; and at the very end. */
enum rc dmarc_opendmarc_init(struct err *e);
void dmarc_opendmarc_shutdown(void);

/*
 * Tells whether the message passes and, if not, the policy to enforce.
 * `author` is normal; `policy` is the assessment policy with sp, np and t
 * mapped into it.  RC_INTERNAL when the library does not follow.
 * Threads: any, at once.
 */
enum rc dmarc_opendmarc_decide(const char *author, enum dmarc_policy policy, bool spf_aligned, bool dkim_aligned,
                               bool *pass, enum dmarc_policy *enforce);

#endif
