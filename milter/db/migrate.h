/*
 * migrate.h - from the tables a database file has to those of a schema.
 */
#ifndef ASSAY_DB_MIGRATE_H
#define ASSAY_DB_MIGRATE_H

#include "db/db.h"

/*
 * Brings an open, writable database up to date; an empty file gets its
 * tables.  One transaction: killed in the middle, the file is as it was.
 * RC_BAD for a database of another program or of a newer version.
 */
enum rc migrate_up(struct db *d, const struct db_schema *schema, struct err *e);

/* For readers, who change nothing: RC_BAD too when it is older than this program. */
enum rc migrate_check(struct db *d, const struct db_schema *schema, struct err *e);

/* RC_BAD when it is not of this schema or of a newer one; an older one is fine. */
enum rc migrate_known(struct db *d, const struct db_schema *s, struct err *e);

#endif
