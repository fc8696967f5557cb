/*
 * migrate.h - from the tables a database file has to those this program wants.
 */
#ifndef ASSAY_STORE_MIGRATE_H
#define ASSAY_STORE_MIGRATE_H

#include "store/sqlite.h"

/*
 * Brings an open, writable database up to date; an empty file gets its
 * tables.  One transaction: killed in the middle, the file is as it was.
 * RC_BAD for a database of another program or of a newer version.
 */
enum rc migrate_up(struct db *d, struct err *e);

/* For readers, who change nothing: RC_BAD too when it is older than this program. */
enum rc migrate_check(struct db *d, struct err *e);

#endif
