/*
 * schema.h - the tables, as SQL text made from RECORD_COLUMNS.
 *
 * A new column of the record needs nothing here: what the table lacks is
 * added when it is opened for writing, with '' or 0 in the rows it has.  Any
 * other change is a further migration at the end of the list; but an index over
 * messages or tallies is made later, while mail goes on (schema_later).
 */
#ifndef ASSAY_RECORDS_SCHEMA_H
#define ASSAY_RECORDS_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "db/db.h"
#include "output/record.h"

enum {
    SCHEMA_APPLICATION_ID = 0x41535359, /* "ASSY", SQLite's application_id */
#define SCHEMA_COUNT(kind, name, help) +1
    SCHEMA_COLUMNS = 0 RECORD_COLUMNS(SCHEMA_COUNT),
#undef SCHEMA_COUNT
    SCHEMA_VERSION = 21 /* migrations in the list; SQLite's user_version */
};

/* The part of a day that a message came in, four hours; an index is found by this very text. */
#define SCHEMA_PART "time_ms / 14400000"

/* The columns of `message`; offsets are those in struct record. */
extern const struct db_column schema_column[SCHEMA_COLUMNS];

/* All tables of a database of ours, for db_open_write and db_open_read. */
extern const struct db_schema records_schema;

/* schema_migration[n] leads from version n to n + 1. */
extern const char *const schema_migration[SCHEMA_VERSION];

/* Parameters 1… are the columns in order. */
extern const char schema_insert[];

/* The columns in order, of the row with id ?1; id first, then the columns in order, of ?2 rows after id ?1. */
extern const char schema_fetch[];
extern const char schema_fetch_after[];

/* The same, newest first: ?2 rows after id ?1. */
extern const char schema_fetch_last[];

/* ?1 time in ms, ?2 program version. */
extern const char schema_note_run[];

#endif
