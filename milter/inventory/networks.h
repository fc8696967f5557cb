/*
 * networks.h - the addresses and networks of an entry of the inventory: "203.0.113.0/28, 2001:db8::/48".
 *
 * Pure.
 */
#ifndef ASSAY_INVENTORY_NETWORKS_H
#define ASSAY_INVENTORY_NETWORKS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/ip.h"

enum {
    NETWORKS_MAX = 32,        /* of one entry */
    NETWORKS_V4_BITS_MIN = 16, /* an entry is a service's hosts, and not half of the internet */
    NETWORKS_V6_BITS_MIN = 32
};

/*
 * Reads what commas and blanks separate into `net`, *n of them, 0 for an empty
 * text.  RC_BAD for what is no address or network, has bits behind its prefix
 * or is too wide, RC_LIMIT for more than NETWORKS_MAX; what is wrong is in `e`.
 */
enum rc networks_read(struct str text, struct ip_net net[NETWORKS_MAX], size_t *n, struct err *e);

/* As they are stored: canonical (RFC 5952), ", " between them; NULL without memory. */
const char *networks_text(struct arena *a, const struct ip_net *net, size_t n);

#endif
