/* Statements of a transaction one after the other, whose answers are waited for together (libpq's pipeline mode). */
#include <libpq-fe.h>

#include "db/postgres_internal.h"

enum { SENT_MAX = 500 /* without a look at the answers, which libpq and the server keep meanwhile */ };

static bool later_is_good(const PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);

    /* what follows an error is aborted with it */
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC ||
           status == PGRES_PIPELINE_ABORTED;
}

/* Each statement's answers end in NULL; two of these in a row come of a connection that is gone. */
static enum rc later_answers(struct pg *p, struct err *e)
{
    PGconn *conn = pg_connection(p);
    enum rc rc = RC_OK;
    bool over = false;

    for (int nothing = 0; !over && nothing < 2;) {
        PGresult *r = pg_next_result(conn, pg_answer_end(), pg_silent(p));

        nothing = r == NULL ? nothing + 1 : 0;
        over = r != NULL && PQresultStatus(r) == PGRES_PIPELINE_SYNC;
        if (r != NULL && rc == RC_OK && !later_is_good(r))
            rc = pg_failed(p, r, e);
        PQclear(r);
    }
    return rc == RC_OK && !over ? pg_failed(p, NULL, e) : rc;
}

enum rc pg_settle(struct pg *p, size_t *sent, struct err *e)
{
    PGconn *conn = pg_connection(p);
    enum rc rc;

    if (*sent == 0)
        return RC_OK;
    *sent = 0;
    if (PQpipelineSync(conn) != 1)
        return pg_failed(p, NULL, e); /* it is lost */
    rc = later_answers(p, e);
    if (PQexitPipelineMode(conn) != 1 && rc == RC_OK)
        rc = pg_failed(p, NULL, e);
    return rc;
}

enum rc pg_send(struct pg *p, const char *sql, const struct db_value *values, size_t n, size_t *sent, struct err *e)
{
    PGconn *conn = pg_connection(p);
    struct pg_parameters with;
    char name[PG_NAME_SIZE];
    enum rc rc = RC_OK;

    if (*sent == 0 && PQtransactionStatus(conn) != PQTRANS_INTRANS)
        return pg_run_with(p, sql, values, n, e); /* each would be kept or lost by itself */
    if (*sent >= SENT_MAX || !pg_is_compiled(p, sql))
        rc = pg_settle(p, sent, e);
    pg_bind(&with, values, n);
    if (rc == RC_OK)
        rc = pg_compile(p, sql, &with, n, name, e);
    if (rc != RC_OK)
        return rc;
    if (*sent == 0 && PQenterPipelineMode(conn) != 1)
        return pg_failed(p, NULL, e);
    if (PQsendQueryPrepared(conn, name, (int)n, with.value, with.length, with.format, 0) != 1)
        rc = pg_failed(p, NULL, e);
    ++*sent; /* so that the mode is left in any case */
    return rc;
}
