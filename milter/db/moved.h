/*
 * moved.h - a database whose path leads to another file by now: deleted, truncated, or a backup put in its place.
 */
#ifndef ASSAY_DB_MOVED_H
#define ASSAY_DB_MOVED_H

#include <stdbool.h>

#include "db/db.h"

/*
 * For one who writes, before each use.  Where the path of *d no longer leads to what is open, sets aside what must not
 * be read as part of the file that is there now (SQLite would go on writing into a file that was deleted, and take the
 * log of the file before for that of the one in its place), says so in the log, and closes it: *d is NULL then, to be
 * opened again.  Whether it was so; *d may be NULL.  Any thread, but one at a time with the same database.
 */
bool db_drop_moved(struct db **d);

#endif
