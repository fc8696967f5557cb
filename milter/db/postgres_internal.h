/*
 * postgres_internal.h - what the files of a connection share; for those of postgres.h.
 */
#ifndef ASSAY_DB_POSTGRES_INTERNAL_H
#define ASSAY_DB_POSTGRES_INTERNAL_H

#include "db/postgres.h"

enum { PG_PARAMETERS_MAX = 40, PG_NAME_SIZE = 16 };

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
