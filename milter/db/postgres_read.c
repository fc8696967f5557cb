/* Many rows out of a table, one in memory at a time, in PostgreSQL's binary form (its manual, COPY); notifications. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "db/postgres_internal.h"

enum {
    COLUMNS_MAX = 64,
    READ_WAIT_MS = 60 * 1000 /* nothing comes of a row for so long: the server stands still */
};

struct pg_reader {
    struct pg *pg;
    PGconn *conn;
    char *row;                       /* the one at hand, libpq's memory */
    struct str column[COLUMNS_MAX];  /* its columns, which point into it */
    int columns;
    bool begun;                      /* the header was read */
    bool over;                       /* there is no more to read */
};

/* A file in this form begins with it and eight bytes of zero; with the NUL that ends it: 19 bytes. */
static const char read_header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";

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

static enum rc pg_odd_row(const struct pg_reader *r, struct err *e)
{
    return err_set(e, RC_INTERNAL, "%s: the server sent a row that cannot be read", pg_where(r->pg));
}

/* A number of `n` bytes, in the order of the network. */
static int64_t pg_number(const char *from, size_t n)
{
    uint64_t value = 0;

    for (size_t i = 0; i < n; i++)
        value = value << 8 | (unsigned char)from[i];
    return (int64_t)value;
}

/* One piece of the answer: *row false for the mark at its end. */
static enum rc pg_take_row(struct pg_reader *r, struct str rest, bool *row, struct err *e)
{
    *row = false;
    if (!r->begun) {
        if (rest.n < sizeof read_header || memcmp(rest.p, read_header, sizeof read_header) != 0)
            return pg_odd_row(r, e);
        r->begun = true;
        rest = str_slice(rest, sizeof read_header, rest.n);
    }
    if (rest.n < 2)
        return rest.n == 0 ? RC_OK : pg_odd_row(r, e);
    r->columns = (int)(int16_t)pg_number(rest.p, 2);
    if (r->columns < 0)
        return RC_OK;
    if (r->columns > COLUMNS_MAX)
        return pg_odd_row(r, e);
    rest = str_slice(rest, 2, rest.n);
    for (int i = 0; i < r->columns; i++) {
        int32_t n = rest.n < 4 ? 0 : (int32_t)pg_number(rest.p, 4);

        if (rest.n < 4 || (n > 0 && (size_t)n > rest.n - 4))
            return pg_odd_row(r, e);
        r->column[i] = n < 0 ? STR("") : str_slice(rest, 4, 4 + (size_t)n); /* NULL reads as "" */
        rest = str_slice(rest, 4 + (n < 0 ? 0 : (size_t)n), rest.n);
    }
    for (int i = 0; i < r->columns; i++) /* where the length of the next stood, which is read */
        if (r->column[i].n > 0)
            r->row[r->column[i].p - r->row + (ptrdiff_t)r->column[i].n] = '\0';
        else
            r->column[i] = STR("");
    *row = true;
    return rest.n == 0 ? RC_OK : pg_odd_row(r, e);
}

/* The rows are over: were they all there are? */
static enum rc pg_finish_reading(struct pg_reader *r, struct err *e)
{
    enum rc rc = RC_OK;
    PGresult *last;

    r->over = true;
    while ((last = PQgetResult(r->conn)) != NULL) {
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
    answer = PQexec(r->conn, sql);
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
        rc = n < 0 ? pg_failed(r->pg, NULL, e) : pg_take_row(r, (struct str){r->row, (size_t)n}, row, e);
    }
    return rc;
}

/* Has the server stop, and takes what is on its way. */
static void pg_give_up_reading(struct pg_reader *r)
{
    PGcancel *stop = PQgetCancel(r->conn);
    char why[256], *row = NULL;

    if (stop != NULL)
        (void)PQcancel(stop, why, sizeof why);
    PQfreeCancel(stop);
    while (PQgetCopyData(r->conn, &row, 0) > 0) {
        PQfreemem(row);
        row = NULL;
    }
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
    MUST(column < r->columns);
    return pg_number(r->column[column].p, r->column[column].n <= 8 ? r->column[column].n : 0);
}

const char *pg_read_text(const struct pg_reader *r, int column)
{
    MUST(column < r->columns);
    return r->column[column].p;
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
