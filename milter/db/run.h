/*
 * run.h - one statement prepared, bound and run; transactions.
 *
 *     rc = db_run_with(d, "UPDATE report SET rows = ?2 WHERE id = ?1", DB_VALUES(DB_INT(id), DB_INT(rows)), e);
 *     rc = db_query(d, "SELECT id FROM report WHERE begin_s >= ?1", DB_VALUES(DB_INT(since_s)), &s, e);
 *
 * The text is a constant, by whose address it is found compiled.  Threads: as
 * the database, one at a time.
 */
#ifndef ASSAY_DB_RUN_H
#define ASSAY_DB_RUN_H

#include "db/db.h"

/* A parameter; text and bytes are borrowed until the statement ran, or its rows were read. */
struct db_value {
    enum { DB_VALUE_INT, DB_VALUE_TEXT, DB_VALUE_BLOB, DB_VALUE_NULL } kind;
    int64_t number;
    struct str bytes; /* STR_NONE is NULL, a text of no bytes is '' */
};

#define DB_INT(n) ((struct db_value){.kind = DB_VALUE_INT, .number = (int64_t)(n)})
#define DB_TEXT(...) ((struct db_value){.kind = DB_VALUE_TEXT, .bytes = __VA_ARGS__})
#define DB_BLOB(...) ((struct db_value){.kind = DB_VALUE_BLOB, .bytes = __VA_ARGS__})

/* The parameters from 1 on, as the two arguments that the functions below take. */
#define DB_VALUES(...) \
    (const struct db_value[]){__VA_ARGS__}, sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value)

/* Binds and runs to the end, whatever rows there are. */
enum rc db_run_with(struct db *d, const char *sql, const struct db_value *values, size_t n, struct err *e);

/* Binds; the rows are the caller's to fetch (statement_next), and to give up (statement_reset). */
enum rc db_query(struct db *d, const char *sql, const struct db_value *values, size_t n, struct statement **out,
                 struct err *e);

/* ---- transactions ---- */

/*
 * Begins one that writes: with the lock for writing from the start, so that what is read in it stays true.  On a server
 * it is a lock of those who change its tables by this function, and hosts ship records meanwhile.
 */
enum rc db_begin(struct db *d, struct err *e);

/* Ends it, and all of it is kept.  When it answers anything but RC_OK, db_roll_back (db.h) is still to come. */
enum rc db_commit(struct db *d, struct err *e);

/* Begins one that only reads, all as of one moment; db_roll_back or db_end_reading ends it. */
enum rc db_begin_reading(struct db *d, struct err *e);

#endif
