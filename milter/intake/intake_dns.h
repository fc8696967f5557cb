/*
 * intake_dns.h - what intake asks of DNS, with a bound on the time that it waits, and remembered.
 *
 * A folder of ten thousand reports must not take hours since a name server is
 * down: once INTAKE_DNS_WAIT_MS were waited in all, nothing more is asked until
 * the next intake_dns_fresh.  Whatever is not answered is not known; it is never
 * an error.
 *
 * Threads: one.
 */
#ifndef ASSAY_INTAKE_INTAKE_DNS_H
#define ASSAY_INTAKE_INTAKE_DNS_H

#include "config/config.h"
#include "dns/dns.h"
#include "intake/as_table.h"
#include "spf/spf_evidence.h"

enum {
    INTAKE_DNS_WAIT_MS = 20000,
    INTAKE_DNS_KEPT_MAX = 100000 /* answers remembered; then all are forgotten */
};

struct intake_dns;

/* `dns` NULL: nothing is asked.  Both are borrowed.  NULL without memory. */
struct intake_dns *intake_dns_new(const struct config *config, struct dns *dns);
void intake_dns_free(struct intake_dns *l); /* NULL allowed */

/* A new item begins: time may be waited again. */
void intake_dns_fresh(struct intake_dns *l);

/* A scope to ask through, until the next call; NULL: nothing is asked now. */
struct dns_scope *intake_dns_scope(struct intake_dns *l);

/* SPF for the domain from that address, as it is now; result SPF_TEMPERROR when it could not be asked. */
const struct spf_evidence *intake_dns_spf(struct intake_dns *l, const char *domain, const struct ip *ip);

/* A DKIM key: where its name leads to by an alias ("" none), and whether there is one. */
struct intake_dns_key {
    bool asked, absent;
    const char *host;
};
const struct intake_dns_key *intake_dns_key(struct intake_dns *l, const char *domain, const char *selector);

/*
 * The organizational domain (RFC 9989 section 4.10); as long as `l` lives.
 * When DNS does not say: the last two labels, or three where the last two are
 * short as in "co.uk".
 */
const char *intake_dns_org(struct intake_dns *l, const char *domain);

/* The network of an address, by NetworksFile; false where there is none. */
bool intake_dns_network(struct intake_dns *l, const struct ip *ip, struct network *out);

/* Why NetworksFile is not used; "" it is, or nobody has asked. */
const char *intake_dns_trouble(const struct intake_dns *l);

/* What hosts are put together by: that, or where no record says so the guess, for few hosts' networks have any. */
const char *intake_dns_host_org(struct intake_dns *l, const char *host);

#endif
