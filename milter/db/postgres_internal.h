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

/* Where it is noted that the server of `p` was hung up on, since it did not answer. */
bool *pg_silent(struct pg *p);

/*
 * What was sent is answered: the next result as PQgetResult gives it, and the
 * last as PQexec does, the caller's to clear; NULL when there is none.  A
 * server that has not come to its end by `end_ms` (clock_mono_ms), or 90
 * seconds, is hung up on, and *silent set.  The third has the statement
 * cancelled at a deadline, *too_late set, and waits a second for that.
 */
struct pg_result *pg_next_result(struct pg_conn *conn, int64_t end_ms, bool *silent);
struct pg_result *pg_last_result(struct pg_conn *conn, bool *silent);
struct pg_result *pg_last_result_until(struct pg_conn *conn, int64_t deadline_ms, bool *too_late, bool *silent);

/* By when what is sent now is to be answered, in clock_mono_ms. */
int64_t pg_answer_end(void);

#endif
