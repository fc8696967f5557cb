/* Many rows at once, into a table and out of one, in PostgreSQL's binary form (its manual, COPY). */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <libpq-fe.h>

#include "db/postgres_internal.h"

enum {
    UNIX_DAY_2000 = 10957,     /* days from 1970-01-01 to 2000-01-01, from where PostgreSQL counts */
    READ_WAIT_MS = 60 * 1000   /* nothing comes of a row for so long: the server stands still */
};

/* A file in this form begins with it and eight bytes of zero; with the NUL that ends it: 19 bytes. */
static const char copy_header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";

/* ---- into a table ---- */

static void pg_flush_piece(struct pg *p)
{
    if (p->copy_rc == RC_OK && PQputCopyData(p->conn, p->piece, (int)p->piece_n) != 1)
        p->copy_rc = RC_TEMP;
    if (p->copy_rc == RC_OK && PQconsumeInput(p->conn) != 1) /* an early error of the server */
        p->copy_rc = RC_TEMP;
    p->piece_n = 0;
}

static void pg_copy_bytes(struct pg *p, const void *bytes, size_t n)
{
    const char *from = bytes;

    while (n > 0) {
        size_t part = n < PG_PIECE - p->piece_n ? n : PG_PIECE - p->piece_n;

        memcpy(p->piece + p->piece_n, from, part);
        p->piece_n += part;
        from += part;
        n -= part;
        if (p->piece_n == PG_PIECE)
            pg_flush_piece(p);
    }
}

static void pg_copy_be16(struct pg *p, uint16_t value)
{
    uint16_t there = htons(value);

    pg_copy_bytes(p, &there, sizeof there);
}

static void pg_copy_be32(struct pg *p, uint32_t value)
{
    uint32_t there = htonl(value);

    pg_copy_bytes(p, &there, sizeof there);
}

enum rc pg_copy_begin(struct pg *p, const char *sql, struct err *e)
{
    PGresult *r = PQexec(p->conn, sql);
    enum rc rc = PQresultStatus(r) == PGRES_COPY_IN ? RC_OK : pg_failed(p, r, e);

    PQclear(r);
    p->piece_n = 0;
    p->copy_rc = RC_OK;
    if (rc == RC_OK)
        pg_copy_bytes(p, copy_header, sizeof copy_header);
    return rc;
}

void pg_copy_row(struct pg *p, int columns)
{
    pg_copy_be16(p, (uint16_t)columns);
}

void pg_copy_int8(struct pg *p, int64_t value)
{
    uint64_t there = pg_be64(value);

    pg_copy_be32(p, sizeof there);
    pg_copy_bytes(p, &there, sizeof there);
}

void pg_copy_int4(struct pg *p, int32_t value)
{
    pg_copy_be32(p, sizeof value);
    pg_copy_be32(p, (uint32_t)value);
}

void pg_copy_date(struct pg *p, int64_t unix_day)
{
    pg_copy_int4(p, (int32_t)(unix_day - UNIX_DAY_2000));
}

void pg_copy_text(struct pg *p, struct str text)
{
    pg_copy_be32(p, (uint32_t)text.n);
    pg_copy_bytes(p, text.p, text.n);
}

enum rc pg_copy_end(struct pg *p, struct err *e)
{
    enum rc rc = RC_OK;
    PGresult *r;

    pg_copy_be16(p, 0xffff);
    pg_flush_piece(p);
    if (PQputCopyEnd(p->conn, NULL) != 1)
        p->copy_rc = RC_TEMP;
    while ((r = PQgetResult(p->conn)) != NULL) { /* errors of rows come only here */
        if (rc == RC_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
            rc = pg_failed(p, r, e);
        PQclear(r);
        if (pg_is_lost(p))
            break;
    }
    if (rc == RC_OK && (p->copy_rc != RC_OK || pg_is_lost(p)))
        rc = pg_say(p, RC_TEMP, PQerrorMessage(p->conn), e);
    return rc;
}

/* ---- out of one ---- */

/* Waits for more of the answer, but not for ever. */
static enum rc pg_await(struct pg *p, struct err *e)
{
    struct pollfd at = {.fd = PQsocket(p->conn), .events = POLLIN};
    int n;

    do
        n = poll(&at, 1, READ_WAIT_MS);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        return err_set(e, RC_TEMP, "%s: the server stopped in the middle of its answer, and said nothing for %d s",
                       p->where, READ_WAIT_MS / 1000);
    return PQconsumeInput(p->conn) == 1 ? RC_OK : pg_say(p, RC_TEMP, PQerrorMessage(p->conn), e);
}

static enum rc pg_odd_row(const struct pg *p, struct err *e)
{
    return err_set(e, RC_INTERNAL, "%s: the server sent a row that cannot be read", p->where);
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
static enum rc pg_take_row(struct pg *p, struct str rest, bool *row, struct err *e)
{
    *row = false;
    if (!p->begun) {
        if (rest.n < sizeof copy_header || memcmp(rest.p, copy_header, sizeof copy_header) != 0)
            return pg_odd_row(p, e);
        p->begun = true;
        rest = str_slice(rest, sizeof copy_header, rest.n);
    }
    if (rest.n < 2)
        return rest.n == 0 ? RC_OK : pg_odd_row(p, e);
    p->columns = (int)(int16_t)pg_number(rest.p, 2);
    if (p->columns < 0)
        return RC_OK;
    if (p->columns > PG_READ_COLUMNS_MAX)
        return pg_odd_row(p, e);
    rest = str_slice(rest, 2, rest.n);
    for (int i = 0; i < p->columns; i++) {
        int32_t n = rest.n < 4 ? 0 : (int32_t)pg_number(rest.p, 4);

        if (rest.n < 4 || (n > 0 && (size_t)n > rest.n - 4))
            return pg_odd_row(p, e);
        p->column[i] = n < 0 ? STR("") : str_slice(rest, 4, 4 + (size_t)n); /* NULL reads as "" */
        rest = str_slice(rest, 4 + (n < 0 ? 0 : (size_t)n), rest.n);
    }
    for (int i = 0; i < p->columns; i++) /* where the length of the next stood, which is read */
        if (p->column[i].n > 0)
            p->row[p->column[i].p - p->row + (ptrdiff_t)p->column[i].n] = '\0';
        else
            p->column[i] = STR("");
    *row = true;
    return rest.n == 0 ? RC_OK : pg_odd_row(p, e);
}

/* The rows are over: were they all there are? */
static enum rc pg_read_end(struct pg *p, struct err *e)
{
    enum rc rc = RC_OK;
    PGresult *r;

    while ((r = PQgetResult(p->conn)) != NULL) {
        if (rc == RC_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
            rc = pg_failed(p, r, e);
        PQclear(r);
        if (pg_is_lost(p))
            break;
    }
    return rc == RC_OK && pg_is_lost(p) ? pg_say(p, RC_TEMP, PQerrorMessage(p->conn), e) : rc;
}

enum rc pg_read_begin(struct pg *p, const char *sql, struct err *e)
{
    PGresult *r = PQexec(p->conn, sql);
    enum rc rc = PQresultStatus(r) == PGRES_COPY_OUT ? RC_OK : pg_failed(p, r, e);

    PQclear(r);
    p->begun = false;
    return rc;
}

enum rc pg_read_row(struct pg *p, bool *row, struct err *e)
{
    enum rc rc = RC_OK;

    for (*row = false; rc == RC_OK && !*row;) {
        int n;

        PQfreemem(p->row);
        p->row = NULL;
        while ((n = PQgetCopyData(p->conn, &p->row, 1)) == 0)
            if ((rc = pg_await(p, e)) != RC_OK)
                return rc;
        if (n == -1)
            return pg_read_end(p, e);
        rc = n < 0 ? pg_say(p, RC_TEMP, PQerrorMessage(p->conn), e)
                   : pg_take_row(p, (struct str){p->row, (size_t)n}, row, e);
    }
    return rc;
}

void pg_read_stop(struct pg *p)
{
    PGcancel *stop = PQgetCancel(p->conn);
    char why[256], *row = NULL;

    if (stop != NULL)
        (void)PQcancel(stop, why, sizeof why);
    PQfreeCancel(stop);
    while (PQgetCopyData(p->conn, &row, 0) > 0) {
        PQfreemem(row);
        row = NULL;
    }
    (void)pg_read_end(p, NULL);
}

int64_t pg_read_int8(const struct pg *p, int column)
{
    MUST(column < p->columns);
    return pg_number(p->column[column].p, p->column[column].n <= 8 ? p->column[column].n : 0);
}

const char *pg_read_text(const struct pg *p, int column)
{
    MUST(column < p->columns);
    return p->column[column].p;
}
