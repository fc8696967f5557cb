/*
 * postgres_internal.h - what the files of a connection share; for postgres.c and postgres_read.c.
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

#endif
