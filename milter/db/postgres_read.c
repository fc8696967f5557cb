/* Many rows out of a table, one in memory at a time, in PostgreSQL's binary form (its manual, COPY); notifications. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "db/copy_row.h"
#include "db/postgres_internal.h"

enum { READ_WAIT_MS = 60 * 1000 /* nothing comes of a row for so long: the server stands still */ };

struct pg_reader {
    struct pg *pg;
    PGconn *conn;
    char *row;           /* the piece at hand, libpq's memory, with a NUL behind it */
    struct copy_row at;  /* what it says */
    bool over;           /* there is no more to read */
};

/* Waits for more of the answer, but not for ever. */
static enum rc pg_await(struct pg_reader *r, struct err *e)
{
    struct pollfd at = {.fd = PQsocket(r->conn), .events = POLLIN};
    int n;

    do
        n = poll(&at, 1, READ_WAIT_MS);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        return err_set(e, RC_TEMP, "%s: the server stopped in the middle of its answer, and said nothing for %d s",
                       pg_where(r->pg), READ_WAIT_MS / 1000);
    return PQconsumeInput(r->conn) == 1 ? RC_OK : pg_failed(r->pg, NULL, e);
}

/* The rows are over: were they all there are? */
static enum rc pg_finish_reading(struct pg_reader *r, struct err *e)
{
    int64_t end_ms = pg_answer_end();
    enum rc rc = RC_OK;
    PGresult *last;

    r->over = true;
    while ((last = pg_next_result(r->conn, end_ms, pg_silent(r->pg))) != NULL) {
        if (rc == RC_OK && PQresultStatus(last) != PGRES_COMMAND_OK)
            rc = pg_failed(r->pg, last, e);
        PQclear(last);
        if (pg_is_lost(r->pg))
            break;
    }
    return rc == RC_OK && pg_is_lost(r->pg) ? pg_failed(r->pg, NULL, e) : rc;
}

enum rc pg_read_begin(struct pg *p, const char *sql, struct pg_reader **out, struct err *e)
{
    struct pg_reader *r = calloc(1, sizeof *r);
    PGresult *answer;
    enum rc rc;

    *out = NULL;
    if (r == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to read its answer", pg_where(p));
    *r = (struct pg_reader){.pg = p, .conn = pg_connection(p)};
    answer = PQsendQuery(r->conn, sql) == 1 ? pg_last_result(r->conn, pg_answer_end(), pg_silent(p)) : NULL;
    rc = PQresultStatus(answer) == PGRES_COPY_OUT ? RC_OK : pg_failed(p, answer, e);
    PQclear(answer);
    if (rc == RC_OK)
        *out = r;
    else
        free(r);
    return rc;
}

enum rc pg_read_row(struct pg_reader *r, bool *row, struct err *e)
{
    enum rc rc = RC_OK;

    for (*row = false; rc == RC_OK && !*row && !r->over;) {
        int n;

        PQfreemem(r->row);
        r->row = NULL;
        while (rc == RC_OK && (n = PQgetCopyData(r->conn, &r->row, 1)) == 0)
            rc = pg_await(r, e);
        r->over = rc != RC_OK; /* it may stand still for ever */
        if (rc != RC_OK)
            return rc;
        if (n == -1)
            return pg_finish_reading(r, e);
        if (n < 0)
            rc = pg_failed(r->pg, NULL, e);
        else if (!copy_row_take(&r->at, r->row, (size_t)n, row))
            rc = err_set(e, RC_INTERNAL, "%s: the server sent a row that cannot be read", pg_where(r->pg));
    }
    return rc;
}

/* Has the server stop, and takes what is on its way. */
static void pg_give_up_reading(struct pg_reader *r)
{
    PGcancel *stop = PQgetCancel(r->conn);
    char why[256], *row = NULL;
    int n;

    if (stop != NULL)
        (void)PQcancel(stop, why, sizeof why);
    PQfreeCancel(stop);
    do {
        PQfreemem(row);
        row = NULL;
        n = PQgetCopyData(r->conn, &row, 1);
    } while (n > 0 || (n == 0 && pg_await(r, NULL) == RC_OK));
    (void)pg_finish_reading(r, NULL);
}

void pg_read_end(struct pg_reader *r)
{
    if (r == NULL)
        return;
    if (!r->over)
        pg_give_up_reading(r);
    PQfreemem(r->row);
    free(r);
}

int64_t pg_read_int8(const struct pg_reader *r, int column)
{
    return column < r->at.columns && r->at.column[column].n <= sizeof(int64_t)
               ? copy_row_number(r->at.column[column]) : 0;
}

const char *pg_read_text(const struct pg_reader *r, int column)
{
    return column < r->at.columns ? r->at.column[column].p : "";
}

bool pg_put_literal(struct pg *p, struct strbuf *b, struct str text)
{
    char *quoted = PQescapeLiteral(pg_connection(p), text.p, text.n);

    if (quoted != NULL)
        strbuf_puts(b, quoted);
    PQfreemem(quoted);
    return quoted != NULL;
}

bool pg_notified(struct pg *p)
{
    PGconn *conn = (PGconn *)pg_connection(p);
    bool any = false;

    (void)PQconsumeInput(conn);
    for (PGnotify *one; (one = PQnotifies(conn)) != NULL; any = true)
        PQfreemem(one);
    return any;
}

enum rc pg_begin_reading(struct pg *p, struct err *e)
{
    return pg_run(p, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", e);
}
