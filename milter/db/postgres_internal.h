/*
 * postgres_internal.h - what the files of a connection share; for postgres.c, postgres_read.c and postgres_wait.c.
 */
#ifndef ASSAY_DB_POSTGRES_INTERNAL_H
#define ASSAY_DB_POSTGRES_INTERNAL_H

#include "db/postgres.h"

struct pg_conn;   /* libpq's, which calls it PGconn … */
struct pg_result; /* … and PGresult */

/* As long as `p`. */
struct pg_conn *pg_connection(const struct pg *p);

/* What an answer says that is no success, or the connection where there is none (NULL). */
enum rc pg_failed(const struct pg *p, const struct pg_result *r, struct err *e);

/*
 * The last answer to what was sent, or the first error, for PQclear.  Half a second after `deadline_ms`
 * (clock_mono_ms) the connection is given up, and *too_late set.
 */
struct pg_result *pg_wait(struct pg_conn *c, int64_t deadline_ms, bool *too_late);

#endif
