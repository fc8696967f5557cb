/*
 * iprev.h - the reverse-path check of RFC 8601 section 2.7.3.
 */
#ifndef ASSAY_SPF_IPREV_H
#define ASSAY_SPF_IPREV_H

#include "base/ip.h"
#include "dns/dns.h"
#include "spf/spf_evidence.h"

enum { IPREV_NAMES_MAX = 10 }; /* PTR names tried, as in RFC 7208 section 4.6.4 */

/*
 * Reverse name(s) of `ip`, which is not IP_NONE, then their addresses; names
 * belong to `dns`'s scope and must be copied to outlive it.
 */
void iprev_check(const struct ip *ip, struct dns_scope *dns, struct iprev_evidence *out);

#endif
