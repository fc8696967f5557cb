/*
 * spf.h - check_host() of RFC 7208 section 4.
 */
#ifndef ASSAY_SPF_SPF_H
#define ASSAY_SPF_SPF_H

#include "base/arena.h"
#include "base/ip.h"
#include "dns/dns.h"
#include "spf/spf_evidence.h"

struct spf_request {
    struct ip ip;            /* the SMTP client, not IP_NONE */
    struct str helo;         /* as sent */
    struct str mail_from;    /* reverse-path without brackets; empty: postmaster@HELO (section 2.4) */
    const char *receiver;    /* for %{r}: our authserv-id */
    int64_t now;             /* seconds since the epoch, for %{t} */
};

/* Once a process, before threads start. */
enum rc spf_init(struct err *e);

/* Fills `out` with text from the arena.  Asks DNS through `dns`; bounded by its deadline. */
void spf_evaluate(struct arena *a, const struct spf_request *req, struct dns_scope *dns, struct spf_evidence *out);

#endif
