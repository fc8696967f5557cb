/*
 * snapshot.h - what verdicts are told beside the message, out of the tables.
 */
#ifndef ASSAY_INVENTORY_SNAPSHOT_H
#define ASSAY_INVENTORY_SNAPSHOT_H

#include "db/db.h"
#include "verdict/background.h"

enum {
    SNAPSHOT_SOURCES_MAX = 50000, /* entries of the inventory that are held */
    SNAPSHOT_CHANGE_HOURS = 48    /* how long a change of DNS is news */
};

/* As store_generation and store_background. */
enum rc snapshot_generation(struct db *d, int64_t *out, struct err *e);
enum rc snapshot_make(struct db *d, int64_t now_ms, struct background **out, struct err *e);

/* Of the inventory only the addresses that people entered, into `b`. */
enum rc snapshot_networks(struct db *d, struct background *b, struct err *e);

#endif
