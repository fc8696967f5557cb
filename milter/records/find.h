/*
 * find.h - the messages that have a key.
 */
#ifndef ASSAY_RECORDS_FIND_H
#define ASSAY_RECORDS_FIND_H

#include "db/db.h"
#include "records/store.h"

/* As store_find. */
enum rc find_messages(struct db *d, struct arena *a, const struct store_query *q, struct record **out, size_t *n,
                      struct err *e);

/* As store_oldest. */
enum rc find_oldest(struct db *d, int64_t *out_ms, struct err *e);

#endif
