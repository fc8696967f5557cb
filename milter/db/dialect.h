/*
 * dialect.h - SQL that is written for SQLite, as PostgreSQL reads it.  Pure.
 *
 * Not any SQL: what our rooms write (db.h), and the tables, indexes and
 * triggers of a schema, of which there is one definition for both engines.
 */
#ifndef ASSAY_DB_DIALECT_H
#define ASSAY_DB_DIALECT_H

#include <stdbool.h>

#include "base/str.h"

/*
 * One statement: "?1" becomes "$1", "?" the next number, INDEXED BY and its index go; *parameters is the
 * highest number, and *named has the bit 1 << number of each that it names, up to 63.  What stands between
 * quotes stays.  `out` tells when it had no room.
 */
void dialect_statement(const char *sql, struct strbuf *out, int *parameters, uint64_t *named);

/*
 * A migration, statement by statement: INTEGER becomes bigint, TEXT text in
 * the order of its bytes, BLOB bytea, INTEGER PRIMARY KEY an identity; a
 * trigger becomes one with a function of its name.  Statements about a table
 * for which `is_left_out` answers true go, and triggers of which it is so of any table that they name.
 */
void dialect_tables(const char *migration, bool (*is_left_out)(struct str table), struct strbuf *out);

#endif
