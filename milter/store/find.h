/*
 * find.h - the messages that have a key.
 */
#ifndef ASSAY_STORE_FIND_H
#define ASSAY_STORE_FIND_H

#include "store/sqlite.h"
#include "store/store.h"

/* As store_find. */
enum rc find_messages(struct db *d, struct arena *a, const struct store_query *q, struct record **out, size_t *n,
                      struct err *e);

#endif
