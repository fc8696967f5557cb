/*
 * lookup_entry.h - one entry of a lookup blob, as bytes; for lookup.c and lookup_probe.c.
 */
#ifndef ASSAY_RECORDS_LOOKUP_ENTRY_H
#define ASSAY_RECORDS_LOOKUP_ENTRY_H

#include <stdint.h>

enum { LOOKUP_ENTRY_BYTES = 12 };

struct lookup_entry {
    int64_t hash;
    uint32_t offset; /* of the id, from the blob's or segment's first */
};

/* Both in little-endian order, whatever the machine's. */
static inline void lookup_entry_put(unsigned char *to, const struct lookup_entry *entry)
{
    for (int i = 0; i < 8; i++)
        to[i] = (unsigned char)((uint64_t)entry->hash >> 8 * i);
    for (int i = 0; i < 4; i++)
        to[8 + i] = (unsigned char)(entry->offset >> 8 * i);
}

static inline struct lookup_entry lookup_entry_get(const unsigned char *from)
{
    uint64_t hash = 0;
    uint32_t offset = 0;

    for (int i = 7; i >= 0; i--)
        hash = hash << 8 | from[i];
    for (int i = 3; i >= 0; i--)
        offset = offset << 8 | from[8 + i];
    return (struct lookup_entry){(int64_t)hash, offset};
}

#endif
