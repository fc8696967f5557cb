/*
 * zone.h - reading master files (RFC 1035 section 5, and the pseudo-types of dns.h).
 */
#ifndef ASSAY_DNS_ZONE_H
#define ASSAY_DNS_ZONE_H

#include "dns/zonetree.h"

enum { ZONE_FILE_MAX = 16 << 20, ZONE_TTL = 3600 };

/* The names in `text`, which errors call `path`; NULL with line and remedy. */
struct zonetree *zone_parse(const char *path, struct str text, struct err *e);

#endif
