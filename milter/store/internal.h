/*
 * internal.h - the databases behind a struct store; for store.c and ask.c.
 */
#ifndef ASSAY_STORE_INTERNAL_H
#define ASSAY_STORE_INTERNAL_H

#include "store/sqlite.h"
#include "store/store.h"

/* The store's reader, for the caller alone until store_give_reader; opened if need be. */
enum rc store_take_reader(struct store *s, struct db **out, struct err *e);
void store_give_reader(struct store *s);

/* The database of a store opened STORE_EDIT. */
struct db *store_editor(struct store *s);

#endif
