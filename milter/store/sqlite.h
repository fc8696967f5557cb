/*
 * sqlite.h - the database file, for one thread at a time.
 */
#ifndef ASSAY_STORE_SQLITE_H
#define ASSAY_STORE_SQLITE_H

#include "base/arena.h"
#include "base/err.h"
#include "verdict/record.h"

struct db;

/*
 * Opens for writing: creates the file (mode 0640) if it is not there, brings
 * its schema up to date.  RC_BAD for what is no database of ours or newer
 * than this program, RC_IO for what the system refuses, RC_TEMP for what may
 * pass.  `path` is copied.
 */
enum rc db_open_write(const char *path, bool full_sync, struct db **out, struct err *e);

/* Opens for reading; neither creates nor changes anything.  RC_NOTFOUND when there is no file. */
enum rc db_open_read(const char *path, struct db **out, struct err *e);

void db_close(struct db *d); /* NULL allowed */

/* Whether the path no longer leads to the files that are open: deleted, or replaced by others. */
bool db_moved(const struct db *d);

/* Writes all of them in one transaction, or none. */
enum rc db_insert(struct db *d, const struct record *const *rows, size_t n, struct err *e);

/* Notes that this version of the program begins to write. */
enum rc db_note_run(struct db *d, struct err *e);

/* As store_find; `key` is not empty. */
enum rc db_find(struct db *d, struct arena *a, struct str key, size_t max, struct record **out, size_t *n,
                struct err *e);

#endif
