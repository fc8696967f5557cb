/*
 * ip.h - IPv4 and IPv6 addresses and networks as values.
 */
#ifndef ASSAY_BASE_IP_H
#define ASSAY_BASE_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum ip_family { IP_NONE = 0, IP_V4 = 4, IP_V6 = 6 };

enum {
    IP_TEXT_MAX = 46,  /* INET6_ADDRSTRLEN, NUL included */
    IP_ARPA_MAX = 80   /* longest reverse name, NUL included */
};

struct ip {
    enum ip_family family; /* IP_NONE: unknown, as from a local submission */
    uint8_t b[16];         /* network order; 4 bytes used for IP_V4, the rest 0 */
};

struct ip_net {
    struct ip addr;
    uint8_t bits; /* prefix length, 0..32 or 0..128 */
};

/*
 * Parses dotted-quad or RFC 4291 text (no brackets, no zone).  An
 * IPv4-mapped IPv6 address becomes IP_V4 (RFC 7208 section 5).
 */
bool ip_parse(struct str text, struct ip *out);

/* "192.0.2.0/24", "2001:db8::/32", or an address alone (all bits). */
bool ip_net_parse(struct str text, struct ip_net *out);

/* Writes the canonical text (RFC 5952), or "unknown" for IP_NONE; returns `buf`. */
const char *ip_text(const struct ip *ip, char buf[static IP_TEXT_MAX]);

/* The name PTR is asked for, without trailing dot; `ip` must not be IP_NONE. */
const char *ip_arpa(const struct ip *ip, char buf[static IP_ARPA_MAX]);

/* Same family and same address. */
bool ip_eq(const struct ip *a, const struct ip *b);

/* One number for whoever is behind an address: IPv4 the address, IPv6 its /64; 0 where it is unknown. */
uint64_t ip_client(const struct ip *ip);

/* Whether the first `bits` bits agree; families must be equal. */
bool ip_in_prefix(const struct ip *ip, const struct ip *net, unsigned bits);
bool ip_in_net(const struct ip *ip, const struct ip_net *net);

#endif
