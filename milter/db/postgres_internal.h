/*
 * postgres_internal.h - what the files of a connection share; for those of postgres.h.
 */
#ifndef ASSAY_DB_POSTGRES_INTERNAL_H
#define ASSAY_DB_POSTGRES_INTERNAL_H

#include "db/postgres.h"

enum { PG_PARAMETERS_MAX = 40, PG_NAME_SIZE = 16 };

struct pg_conn;   /* libpq's, which calls it PGconn … */
struct pg_result; /* … and PGresult */

/* A PGresult, ours to clear. */
struct pg_rows {
    struct pg_result *result;
};

/* As long as `p`. */
struct pg_conn *pg_connection(const struct pg *p);

/* What an answer says that is no success, or the connection where there is none (NULL). */
enum rc pg_failed(const struct pg *p, const struct pg_result *r, struct err *e);

/* Where it is noted that the server of `p` was hung up on, since it did not answer. */
bool *pg_silent(struct pg *p);

/*
 * The next answer to what was sent, or the last one or first error, for PQclear; NULL when there is none.  A server
 * that has not come to its end by `end_ms` (clock_mono_ms) is hung up on, and *silent set.
 */
struct pg_result *pg_next_result(struct pg_conn *conn, int64_t end_ms, bool *silent);
struct pg_result *pg_last_result(struct pg_conn *conn, int64_t end_ms, bool *silent);

/* By when what is sent now is to be answered where there is no deadline: in 90 seconds, in clock_mono_ms. */
int64_t pg_answer_end(void);

/* The parameters as libpq wants them; numbers are kept in `number`, all else stays the caller's. */
struct pg_parameters {
    const char *value[PG_PARAMETERS_MAX];
    int length[PG_PARAMETERS_MAX], format[PG_PARAMETERS_MAX];
    unsigned type[PG_PARAMETERS_MAX]; /* as Oid */
    uint64_t number[PG_PARAMETERS_MAX];
};
void pg_bind(struct pg_parameters *to, const struct db_value *values, size_t n);

/* The name under which `sql` is compiled there; it is, and that is waited for, when it was not. */
bool pg_is_compiled(const struct pg *p, const char *sql);
enum rc pg_compile(struct pg *p, const char *sql, const struct pg_parameters *with, size_t n,
                   char name[static PG_NAME_SIZE], struct err *e);

#endif
