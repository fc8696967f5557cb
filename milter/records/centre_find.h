/*
 * centre_find.h - messages that have a key, out of the centre; for centre.c.
 */
#ifndef ASSAY_RECORDS_CENTRE_FIND_H
#define ASSAY_RECORDS_CENTRE_FIND_H

#include "base/siphash.h"
#include "records/engine.h"
#include "records/schema.h"

struct centre {
    struct pg *pg;
    unsigned char secret[SIPHASH_KEY_BYTES]; /* of the keys that are found by their hash */
    bool has[SCHEMA_COLUMNS];                /* columns of a record that are there; others read as '' and 0 */
};

/* Learns which columns are there. */
enum rc centre_columns(struct centre *c, struct err *e);

/* As store_find; goes back in slices of time and stops when enough was found. */
enum rc centre_find(struct centre *c, struct arena *a, const struct store_query *q, struct record **out, size_t *n,
                    struct err *e);

#endif
