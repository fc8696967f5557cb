/*
 * postgres.h - a connection to a PostgreSQL server, for one thread at a time.
 *
 * Only programs built with libpq have it.  Where the server is, who logs in
 * and how TLS is done is said by a URL or by an entry of pg_service.conf
 * (base/database_url.h); passwords stand in ~/.pgpass or a service file.
 * Unless one of these or the environment says otherwise, a connection over
 * the network wants TLS with a certificate of the right name
 * (sslmode=verify-full), and 5 seconds are waited for an answer.
 *
 * Answers: RC_TEMP what may work later (the server is away or stops, its disk
 * is full, a lock is taken); RC_BAD a row that will never do; RC_NOTFOUND the
 * tables are not there; RC_IO the server lets us not; RC_INTERNAL any other
 * error, such as tables of another version.  After RC_TEMP that pg_is_lost, the outcome of a commit is unknown.
 */
#ifndef ASSAY_DB_POSTGRES_H
#define ASSAY_DB_POSTGRES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "db/run.h"

struct pg;
struct pg_rows;

/* Connects; `program` is the name that administrators see.  RC_BAD too for what is no URL, or holds a password. */
enum rc pg_open(const char *where, const char *program, struct pg **out, struct err *e);
void pg_close(struct pg *p); /* NULL allowed */

/* What it was opened by; whether the connection is gone, so that another must be opened. */
const char *pg_where(const struct pg *p);
bool pg_is_lost(const struct pg *p);

/* Runs SQL that answers no rows; several statements may stand in it. */
enum rc pg_run(struct pg *p, const char *sql, struct err *e);

/*
 * Runs one statement whose parameters $1… are `values` (bigint, text or
 * bytea).  Where `sql` is a constant (pg_prepared), it is compiled once a
 * connection and found by its address.  The rows are the caller's, for pg_rows_free.
 */
enum rc pg_query(struct pg *p, const char *sql, const struct db_value *values, size_t n, struct pg_rows **out,
                 struct err *e);
enum rc pg_prepared(struct pg *p, const char *sql, const struct db_value *values, size_t n, struct pg_rows **out,
                    struct err *e);

/* The same for a constant that answers no rows; and for one number, 0 without a row. */
enum rc pg_run_with(struct pg *p, const char *sql, const struct db_value *values, size_t n, struct err *e);
enum rc pg_ask(struct pg *p, const char *sql, const struct db_value *values, size_t n, int64_t *out, struct err *e);

/*
 * Sends a constant statement whose answer nobody waits for, in a transaction; *sent counts them, 0 at first.  Before
 * anything else is asked of the connection pg_settle waits for all answers and tells the first error.  The parameters
 * are copied.
 */
enum rc pg_send(struct pg *p, const char *sql, const struct db_value *values, size_t n, size_t *sent, struct err *e);
enum rc pg_settle(struct pg *p, size_t *sent, struct err *e);

/*
 * What has not answered by `mono_ms` (clock_mono_ms) is given up with RC_LIMIT; 0: as at first.  Where the server does
 * not say so itself within half a second, the connection is given up with it (pg_is_lost).
 */
void pg_set_deadline(struct pg *p, int64_t mono_ms);

/*
 * Says whose rows this session sees where its role is one of the pages (fleet/tables_rights.c): "*" all, or names with
 * commas between; in a transaction, until it ends.
 */
enum rc pg_bound(struct pg *p, const char *clients, struct err *e);

/* How many there are; *n that the statement inserted, changed or took out, false for one that only asks. */
size_t pg_rows_count(const struct pg_rows *r);
bool pg_rows_touched(const struct pg_rows *r, int64_t *n);
void pg_rows_free(struct pg_rows *r); /* NULL allowed */

/* Row and column from 0; NULL reads as 0, false and "".  Text lives as long as the rows and ends in NUL. */
int64_t pg_int(const struct pg_rows *r, size_t row, int column);
bool pg_bool(const struct pg_rows *r, size_t row, int column);
struct str pg_text(const struct pg_rows *r, size_t row, int column);
bool pg_is_null(const struct pg_rows *r, size_t row, int column);

/* Adds a text as SQL has it, in quotes, for statements that take no parameters; false without memory. */
bool pg_put_literal(struct pg *p, struct strbuf *b, struct str text);

/* Whether somebody notified a channel that this session listens to (LISTEN) since the last call; waits for nothing. */
bool pg_notified(struct pg *p);

/* ---- a statement that takes long ---- */

/*
 * Hands it over, and does not wait; then pg_ended until *ended, with how it
 * ended, and nothing else on this connection meanwhile.  pg_ended waits for
 * that, but no longer than wait_ms.  pg_give_up asks the server to break it
 * off, for who then closes the connection: else it goes on there to its end.
 */
enum rc pg_start(struct pg *p, const char *sql, struct err *e);
enum rc pg_ended(struct pg *p, int wait_ms, bool *ended, struct err *e);
void pg_give_up(struct pg *p);

/* ---- transactions ---- */

/* Begins one; ends it, and all of it is kept; gives it up, or nothing when there is none. */
enum rc pg_begin(struct pg *p, struct err *e);
enum rc pg_begin_reading(struct pg *p, struct err *e); /* only reads, all as of one moment */
enum rc pg_commit(struct pg *p, struct err *e);
void pg_roll_back(struct pg *p);

/* ---- COPY table (columns) FROM STDIN (FORMAT binary) ---- */

/*
 * Begins; then for each row pg_copy_row with the number of its columns and
 * that many values, each of the very type of its column.  The first error
 * sticks, and pg_copy_end says it; when pg_copy_begin failed there is no more to call.
 */
enum rc pg_copy_begin(struct pg *p, const char *sql, struct err *e);
void pg_copy_row(struct pg *p, int columns);
void pg_copy_int8(struct pg *p, int64_t value);
void pg_copy_int4(struct pg *p, int32_t value);
void pg_copy_date(struct pg *p, int64_t unix_day);
void pg_copy_text(struct pg *p, struct str text);
enum rc pg_copy_end(struct pg *p, struct err *e);

/* ---- COPY (SELECT …) TO STDOUT (FORMAT binary) ---- */

struct pg_reader;

/*
 * Begins; then pg_read_row until *row is false, which it is after the last
 * row, and when it fails: whatever was read before is then not all there is.
 * Rows come as they are fetched, one in memory at a time.  Meanwhile the
 * connection can do nothing else; pg_read_end, which is to be called in any
 * case, has the server give up what was not read.
 */
enum rc pg_read_begin(struct pg *p, const char *sql, struct pg_reader **out, struct err *e);
enum rc pg_read_row(struct pg_reader *r, bool *row, struct err *e);
void pg_read_end(struct pg_reader *r); /* NULL allowed */

/* Columns of the row at hand, from 0: a bigint, or a text, which lives until the next row and ends in NUL. */
int64_t pg_read_int8(const struct pg_reader *r, int column);
const char *pg_read_text(const struct pg_reader *r, int column);

#endif
