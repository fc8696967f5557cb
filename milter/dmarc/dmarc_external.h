/*
 * dmarc_external.h - may reports about a domain go to this URI? (RFC 9990 section 4, RFC 9991 section 5)
 *
 * A URI whose host shares the policy domain's organizational domain is
 * internal.  Any other host must say in DNS that it wants the reports, and
 * may name other addresses of its own for them.
 */
#ifndef ASSAY_DMARC_DMARC_EXTERNAL_H
#define ASSAY_DMARC_DMARC_EXTERNAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/enumname.h"
#include "base/err.h"
#include "dns/dns.h"

enum dmarc_destination {
    DMARC_DESTINATION_INTERNAL,   /* no leave needed */
    DMARC_DESTINATION_AUTHORIZED, /* the host gives leave */
    DMARC_DESTINATION_REFUSED,    /* it does not: ignore the URI */
    DMARC_DESTINATION_TEMPERROR   /* DNS failed: ask again later */
};
extern const struct enum_names dmarc_destination_names;

struct dmarc_external {
    enum dmarc_destination decision;
    const char *name;    /* the name asked for leave; "" when none was */
    const char *why;     /* one plain clause */
    size_t send_count;   /* 0 unless internal or authorized */
    const char **send_to; /* the URI itself, or what the host wants instead */
};

/*
 * Decides about `uri` (from dmarc_record_parse), found in the record at
 * `policy_domain` (normal).  `ruf` tells failure reports from aggregate ones.
 * All in the arena.  RC_NOMEM.
 */
enum rc dmarc_external_check(struct arena *a, const char *policy_domain, const char *uri, bool ruf,
                             struct dns_scope *dns, struct dmarc_external *out);

#endif
