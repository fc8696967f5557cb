/*
 * item.h - what is to be kept of one message, in memory of its own.
 */
#ifndef ASSAY_RECORDS_ITEM_H
#define ASSAY_RECORDS_ITEM_H

#include "output/failure.h"
#include "records/store.h"

struct item {
    struct record record;
    struct failure failure; /* the record's, when it has one */
    size_t seen_count;
    struct dns_seen seen[]; /* its text, and the record's, follow */
};

/* A copy of all of it in one block, for free(); NULL without memory. */
struct item *item_new(const struct store_item *from);

#endif
