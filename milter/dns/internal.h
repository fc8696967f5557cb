/*
 * internal.h - what a struct dns is made of; for dns.c and scope.c.
 */
#ifndef ASSAY_DNS_INTERNAL_H
#define ASSAY_DNS_INTERNAL_H

#include <stdatomic.h>

#include "dns/cache.h"
#include "dns/recorder.h"
#include "dns/source.h"

struct dns {
    struct cache *cache;
    struct source *source;
    struct recorder *recorder; /* NULL: nothing is recorded */
    uint64_t salt; /* of struct question */
    atomic_uint_fast64_t questions, failures, timeouts;
};

#endif
