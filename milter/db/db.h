/*
 * db.h - a database and what is asked of it, for one thread at a time, whichever engine it has.
 *
 * A path is a file, which is SQLite's; a URL (base/database_url.h) is a
 * PostgreSQL server, in programs that have that engine (server.h).  What the
 * rooms with tables say in SQL is in the subset of both: numbered parameters
 * (?1), text and bytes told apart, conflict targets named, columns that are
 * raised in DO UPDATE qualified, ON CONFLICT DO NOTHING instead of OR IGNORE,
 * CASE instead of max(a, b), no bare column beside an aggregate, RETURNING id
 * where db_last_id is asked.  INDEXED BY is SQLite's, and left out for others.
 * The engine turns what it complains of into errors with a remedy.
 */
#ifndef ASSAY_DB_DB_H
#define ASSAY_DB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct db;
struct statement;

enum db_engine { DB_SQLITE, DB_POSTGRESQL };

/* A column that a table gets when it lacks it. */
struct db_column {
    const char *name;
    const char *type; /* with its default, as SQL wants it */
    bool is_text;     /* const char *, else int64_t: for whoever binds it */
    size_t offset;    /* in the struct of a row, likewise */
};

/* An index over what may be large, by which questions are quicker, and nothing else is different. */
struct db_later {
    const char *name;
    const char *sql; /* "CREATE INDEX name ON …" */
};

/* The tables a program wants; constant, and known to the rooms that own them, not here. */
struct db_schema {
    int application_id;            /* SQLite's application_id, which tells our files from others' */
    int version;                   /* migrations in the list; SQLite's user_version */
    const char *const *migration;  /* migration[n] leads from version n to n + 1 */
    const char *table;             /* the one table whose columns grow without a migration … */
    size_t columns;
    const struct db_column *column; /* … and its columns */
    const struct db_later *later;  /* not made at opening, but when there is time (db_make_later) */
    size_t laters;
};

/*
 * Opens for writing: creates the file (mode 0640) if it is not there, brings
 * its schema up to date.  RC_BAD for what is no database of ours or newer
 * than `schema`, which is borrowed for good, RC_IO for what the system
 * refuses, RC_TEMP for what may pass.  `path` is copied.  A server's tables
 * are made and brought up to date by "assay fleet" alone; what is asked of it commits as the server is set to.
 */
enum rc db_open_write(const char *path, const struct db_schema *schema, bool full_sync, struct db **out, struct err *e);

/* Opens for reading; neither creates nor changes anything.  RC_NOTFOUND when there is no file. */
enum rc db_open_read(const char *path, const struct db_schema *schema, struct db **out, struct err *e);

/* Whether db_open_write would find a database of ours, of this schema or an older one; changes nothing. */
enum rc db_check(const char *path, const struct db_schema *schema, struct err *e);

/* The first of the schema's later indexes that a file has not; *name NULL: all are there. */
enum rc db_lacks_later(struct db *d, const struct db_schema *schema, const char **name, struct err *e);

/* Makes that one, in a transaction of its own, which keeps other writers out; RC_LIMIT when it was interrupted. */
enum rc db_make_later(struct db *d, const struct db_schema *schema, struct err *e);

void db_close(struct db *d); /* NULL allowed */

/* The path or URL it was opened by; its engine, for the few who must know. */
const char *db_path(const struct db *d);
enum db_engine db_engine(const struct db *d);

/*
 * Whether it must be opened anew: the path no longer leads to the files that are open (deleted, replaced by others,
 * truncated to nothing), or the connection to the server is gone.
 */
bool db_moved(const struct db *d);

/*
 * To be called when db_moved: sets aside what must not be read as part of the
 * file that is there now.  Answers what happened, for the log; constant.
 */
const char *db_settle_moved(const struct db *d);

/* How long it waits for another program's lock, two seconds at first (a server: ten); then it answers RC_TEMP. */
void db_set_wait(struct db *d, int ms);

/* Whether `e`, of a function of this file, says that another program's lock was in the way. */
bool db_is_lock(const struct err *e);

/* Gives up what is asked after `mono_ms` (clock_mono_ms) with RC_LIMIT; 0: never. */
void db_set_deadline(struct db *d, int64_t mono_ms);

/*
 * From now on, until the end of a transaction that has begun: whose rows are seen by a role of the pages
 * (fleet/tables_rights.c), "*" all, or the names of clients with commas between.  Other roles are not bound by it, and
 * nor is a file: questions ask within a scope as well (views/views.h).
 */
enum rc db_bound(struct db *d, const char *clients, struct err *e);

/* How much of a file it keeps in memory, for whoever writes much at once; 2000 KiB at first. */
enum rc db_cache(struct db *d, int kib, struct err *e);

/* Runs SQL that answers no rows; several statements may stand in it. */
enum rc db_run(struct db *d, const char *sql, struct err *e);

/* Ends a transaction that failed; nothing when there is none. */
void db_roll_back(struct db *d);

/* Ends a transaction that only read, and every statement that still reads in it: a later one then sees what is new. */
void db_end_reading(struct db *d);

/* The first column of the first row, as a number; 0 without a row.  No parameters. */
enum rc db_ask(struct db *d, const char *sql, int64_t *out, struct err *e);

/* Rows that the last INSERT, UPDATE or DELETE touched; the id of the last row inserted, by a statement that ends in
   RETURNING id. */
int64_t db_changes(const struct db *d);
int64_t db_last_id(const struct db *d);

/* Whether there is such a table with such a column. */
bool db_has_column(struct db *d, const char *table, const char *column);

/*
 * The statement for `sql`, a constant: it is compiled once and found again by
 * its address.  It comes reset, without parameters, and belongs to `d`.
 */
enum rc db_statement(struct db *d, const char *sql, struct statement **out, struct err *e);

/*
 * Parameters count from 1.  Text and bytes are not copied: they must stay
 * until the statement is reset.  STR_NONE is NULL, a text of no bytes is ''.
 * A bind that fails shows at the next step.
 */
void statement_bind_text(struct statement *s, int at, struct str text);
void statement_bind_int(struct statement *s, int at, int64_t value);
void statement_bind_blob(struct statement *s, int at, struct str bytes);

/* The next row, or *row false when there is none and the statement is at its beginning again. */
enum rc statement_next(struct statement *s, bool *row, struct err *e);

/* Runs to the end, whatever rows there are, and resets. */
enum rc statement_run(struct statement *s, struct err *e);

/*
 * Runs it as statement_run does, in a transaction that db_begin began, but a server is not waited for: what it refuses
 * is told by whatever is asked of the database next, db_commit at the latest.  What is asked between sees its effect;
 * db_changes and db_last_id do not tell of it, and db_set_deadline does not end it.
 */
enum rc statement_run_later(struct statement *s, struct err *e);

/* Columns of the row at hand, from 0; text and bytes live until the next step or reset. */
int64_t statement_int(const struct statement *s, int column);
struct str statement_text(const struct statement *s, int column);
struct str statement_blob(const struct statement *s, int column);

/* Gives up the rows not fetched, forgets the parameters. */
void statement_reset(struct statement *s); /* NULL allowed */

#endif
