/*
 * sqlite.h - SQLite as an engine of db.h, and what is a file's alone.
 */
#ifndef ASSAY_DB_SQLITE_H
#define ASSAY_DB_SQLITE_H

#include "db/db.h"

/* The file, opened; its tables are as they were.  As db_open_write and db_open_read otherwise. */
enum rc sqlite_open_write(const char *path, bool full_sync, struct db **out, struct err *e);
enum rc sqlite_open_read(const char *path, struct db **out, struct err *e);

/* After sqlite_open_write, once the tables are made: notes which files these are, for db_moved. */
void sqlite_note_files(struct db *d);

/* A database for scratch: in a file without a name that ends with it, no transaction survives anything. */
enum rc db_open_scratch(struct db **out, struct err *e);

/* Bytes of a file's write-ahead log, which grows while another program reads in one transaction; a server: 0. */
int64_t db_log_bytes(const struct db *d);

/* Whether a file was opened for reading while nobody wrote, and may not show what was written since: open it anew. */
bool db_is_frozen(const struct db *d);

/* Of a file: ends what runs there now, from another thread, while it is not closed: RC_LIMIT for whoever waits. */
void sqlite_interrupt(struct db *d);

#endif
