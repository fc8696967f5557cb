/*
 * source.h - where answers come from when the cache has none: libunbound, or a master file.
 */
#ifndef ASSAY_DNS_SOURCE_H
#define ASSAY_DNS_SOURCE_H

#include "base/err.h"
#include "dns/cache.h"
#include "dns/dns.h"

/* Embedded first in each source's own struct. */
struct source {
    size_t room; /* questions it carries at once */
    /* Takes over a reference to `f` and lands it, now or later; any thread. */
    void (*ask)(struct source *s, struct flight *f);
    /* As dns_look; NULL: there is nothing to look at. */
    enum dns_servers (*look)(struct source *s, struct err *e);
    /* Lands what is still in flight, then frees. */
    void (*close)(struct source *s);
};

/* NULL with the reason. */
struct source *zone_source(const char *path, struct err *e);
struct source *unbound_source(const struct dns_settings *settings, struct err *e);

#endif
