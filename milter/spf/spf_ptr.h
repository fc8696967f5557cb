/*
 * spf_ptr.h - the client's names, forward-confirmed (RFC 7208 section 5.5).
 *
 * At most the first SPF_PTR_MAX names are looked at, and only those that can
 * matter are confirmed.
 */
#ifndef ASSAY_SPF_SPF_PTR_H
#define ASSAY_SPF_SPF_PTR_H

#include <stdbool.h>

#include "base/ip.h"
#include "dns/dns.h"

/* The PTR answer for `client`. */
const struct dns_answer *spf_ptr_ask(struct dns_scope *dns, const struct ip *client);

/* The first confirmed name of `names` that is `domain` or below it ("": any); NULL when there is none. */
const char *spf_ptr_within(struct dns_scope *dns, const struct ip *client, const struct dns_answer *names,
                           const char *domain);

/* What %{p} stands for (section 7.3): `domain` itself, a name below it, any, "unknown". */
const char *spf_ptr_validated(struct dns_scope *dns, const struct ip *client, const char *domain);

#endif
