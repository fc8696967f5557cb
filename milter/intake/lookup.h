/*
 * lookup.h - what intake asks of DNS, with a bound on the time that it waits, and remembered.
 *
 * A folder of ten thousand reports must not take hours since a name server is
 * down: once LOOKUP_WAIT_MS were waited in all, nothing more is asked until
 * the next lookup_fresh.  Whatever is not answered is not known; it is never
 * an error.
 *
 * Threads: one.
 */
#ifndef ASSAY_INTAKE_LOOKUP_H
#define ASSAY_INTAKE_LOOKUP_H

#include "config/config.h"
#include "dns/dns.h"
#include "intake/networks.h"
#include "spf/spf_evidence.h"

enum {
    LOOKUP_WAIT_MS = 20000,
    LOOKUP_KEPT_MAX = 100000 /* answers remembered; then all are forgotten */
};

struct lookup;

/* `dns` NULL: nothing is asked.  Both are borrowed.  NULL without memory. */
struct lookup *lookup_new(const struct config *config, struct dns *dns);
void lookup_free(struct lookup *l); /* NULL allowed */

/* A new item begins: time may be waited again. */
void lookup_fresh(struct lookup *l);

/* A scope to ask through, until the next call; NULL: nothing is asked now. */
struct dns_scope *lookup_scope(struct lookup *l);

/* SPF for the domain from that address, as it is now; result SPF_TEMPERROR when it could not be asked. */
const struct spf_evidence *lookup_spf(struct lookup *l, const char *domain, const struct ip *ip);

/* A DKIM key: where its name leads to by an alias ("" none), and whether there is one. */
struct lookup_key {
    bool asked, absent;
    const char *host;
};
const struct lookup_key *lookup_key(struct lookup *l, const char *domain, const char *selector);

/*
 * The organizational domain (RFC 9989 section 4.10); as long as `l` lives.
 * When DNS does not say: the last two labels, or three where the last two are
 * short as in "co.uk".
 */
const char *lookup_org(struct lookup *l, const char *domain);

/* The network of an address, by NetworksFile; false where there is none. */
bool lookup_network(struct lookup *l, const struct ip *ip, struct network *out);

/* Why NetworksFile is not used; "" it is, or nobody has asked. */
const char *lookup_trouble(const struct lookup *l);

/* What hosts are put together by: that, or where no record says so the guess, for few hosts' networks have any. */
const char *lookup_host_org(struct lookup *l, const char *host);

#endif
