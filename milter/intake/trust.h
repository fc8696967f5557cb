/*
 * trust.h - whether the mail that carries a report is from whom it says.
 *
 * By our own record of that mail, found by the queue id in its Received
 * fields (which a forger does not know) and its Message-ID and author; else
 * by an Authentication-Results field of our authserv-id; else by verifying
 * its DKIM signatures now.  A record or field that says otherwise decides, too.
 */
#ifndef ASSAY_INTAKE_TRUST_H
#define ASSAY_INTAKE_TRUST_H

#include "incoming/incoming.h"
#include "intake/intake_dns.h"
#include "records/store.h"

struct trust_proof {
    bool proven;             /* it passes DMARC, for the author's domain */
    const char *author;      /* domain of the author; "" none */
    const char *org;         /* its organizational domain */
    const char *by;          /* "record", "field", "dkim"; "" nothing says either way */
    bool tls_signed;         /* it has a signature of the author's domain that passes, without l= (RFC 8460, 3) */
};

/* Of a whole mail; texts in the arena.  `store` and `dns` NULL: not asked.  RC_NOMEM. */
enum rc trust_find(struct arena *a, const struct config *config, struct store *store, struct dns *dns,
                   struct intake_dns *lookup, struct str mail, const struct incoming_mail *head,
                   struct trust_proof *out);

#endif
