/*
 * ranges.h - exact sets of addresses, both families, as sorted ranges.
 */
#ifndef ASSAY_HEALTH_RANGES_H
#define ASSAY_HEALTH_RANGES_H

#include "base/arena.h"
#include "base/ip.h"

enum { RANGES_MAX = 65536 };

/* IPv4 first; both ends belong to it. */
struct range {
    enum ip_family family;
    uint8_t low[16], high[16];
};

/* Sorted, none touches another once ranges_sort was called. */
struct ranges {
    struct arena *arena;
    struct range *at;
    size_t n, room;
    bool over; /* more than RANGES_MAX, or no memory */
};

/* Adds a network. */
void ranges_add(struct ranges *r, const struct ip *addr, unsigned bits);
/* Adds all of `more`. */
void ranges_join(struct ranges *r, const struct ranges *more);
/* Sorts and merges. */
void ranges_sort(struct ranges *r);
/* a without b, both sorted. */
void ranges_cut(const struct ranges *a, const struct ranges *b, struct ranges *out);
/* Whether both sorted sets hold the same. */
bool ranges_same(const struct ranges *a, const struct ranges *b);
/* The fewest prefixes of a sorted set, at most `max`; their number, SIZE_MAX when there are more. */
size_t ranges_prefixes(const struct ranges *r, struct ip_net *out, size_t max);

#endif
