/*
 * vouch.h - asks a service that may have sent a message whether it knows the client.
 *
 * A customer whose own SPF record forgot a service gets no pass that names
 * it.  When nothing proves who sent a message that DMARC did not pass, and a
 * claim in it names a service of the catalogue, that service's own SPF record
 * says whether the client is one of its machines.  What mail claims decides
 * whom we ask, never what we believe.
 */
#ifndef ASSAY_AUTH_VOUCH_H
#define ASSAY_AUTH_VOUCH_H

#include "auth/evidence.h"
#include "catalogue/senders.h"
#include "dns/dns.h"
#include "mail/message.h"

enum {
    VOUCH_CANDIDATES_MAX = 2, /* services asked */
    VOUCH_NAMES_MAX = 2       /* SPF names asked of each */
};

/*
 * The service whose SPF record holds the client of `m`, in the message's
 * arena; "" when none does, or there was no need to ask.  `ids` are those of
 * `e` (evidence_identifiers), whose DMARC part is complete.  Waits for DNS
 * within the deadline of the scope.
 */
const char *vouch_ask(const struct message *m, const struct evidence *e, const struct dmarc_identifier *ids,
                      size_t id_count, const struct senders *s, struct dns_scope *dns);

#endif
