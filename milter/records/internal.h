/*
 * internal.h - the databases behind a struct store; for store.c and ask.c.
 */
#ifndef ASSAY_RECORDS_INTERNAL_H
#define ASSAY_RECORDS_INTERNAL_H

#include "db/db.h"
#include "records/store.h"

/* The store's reader, for the caller alone until store_give_reader; opened if need be. */
enum rc store_take_reader(struct store *s, struct db **out, struct err *e);
void store_give_reader(struct store *s);

/* Where the store is a server (records/engine.h): that, for the caller alone until store_give_reader; else NULL. */
struct centre;
struct centre *store_take_centre(struct store *s);

/* The database of a store opened STORE_EDIT, opened anew when its file was replaced; then store_counts tells so. */
enum rc store_editor(struct store *s, struct db **out, struct err *e);

#endif
