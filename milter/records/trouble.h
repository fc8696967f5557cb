/*
 * trouble.h - what becomes of records that the database does not take, and what is said of it.
 *
 * While another program holds its locks they wait in a file beside it
 * (aside.h) and none is lost; what else keeps it from being written costs
 * them, and they are counted.
 *
 * Threads: one, the store's.
 */
#ifndef ASSAY_RECORDS_TROUBLE_H
#define ASSAY_RECORDS_TROUBLE_H

#include <stdbool.h>

#include "db/db.h"
#include "records/item.h"
#include "records/writer.h"

struct trouble;

/* Of the database `path`, which is borrowed; `sync`: as its own commits.  NULL without memory. */
struct trouble *trouble_new(const char *path, bool sync);
void trouble_free(struct trouble *t); /* NULL allowed */

/* Whether records wait beside the database: then others wait behind them, and the database is left alone. */
bool trouble_waits(struct trouble *t);

/*
 * These could not be written, as `e` says (it is empty when others wait
 * already).  RC_OK: they wait beside the database and are safe.  RC_TEMP:
 * they are lost, `e` says why.
 */
enum rc trouble_keep(struct trouble *t, const struct item *const *items, size_t n, struct err *e);

/* Records were written: says that it is over, and how many were lost. */
void trouble_over(struct trouble *t);

/* Writes some of those that wait into the database; *worked whether there may be more.  RC_TEMP when it cannot yet. */
enum rc trouble_catch_up(struct trouble *t, struct writer *w, struct db *d, bool *worked, struct err *e);

#endif
