/*
 * postgres_internal.h - what a connection is made of; for postgres.c and postgres_copy.c.
 */
#ifndef ASSAY_DB_POSTGRES_INTERNAL_H
#define ASSAY_DB_POSTGRES_INTERNAL_H

#include "db/postgres.h"

enum {
    PG_STATEMENTS_MAX = 64,    /* compiled of one connection */
    PG_PIECE = 64 * 1024,      /* bytes of COPY handed over at once */
    PG_READ_COLUMNS_MAX = 64   /* of a row that is read by COPY */
};

struct pg_conn;   /* libpq's, which calls it PGconn … */
struct pg_result; /* … and PGresult */

struct pg {
    char *where;
    struct pg_conn *conn;
    const char *statement[PG_STATEMENTS_MAX]; /* compiled ones; their place is their name */
    size_t statements;
    /* of a COPY into a table */
    char *piece;
    size_t piece_n;
    enum rc copy_rc;
    /* of a COPY out of one: the row at hand, libpq's memory, and its columns, which point into it */
    char *row;
    struct str column[PG_READ_COLUMNS_MAX];
    int columns;
    bool begun; /* the header was read */
};

/* In the order of the network, as binary values are sent. */
uint64_t pg_be64(int64_t value);

/* `words` are the server's or libpq's, of several lines; no password ever stands in them. */
enum rc pg_say(const struct pg *p, enum rc rc, const char *words, struct err *e);

/* What an answer says that is no success, or the connection where there is none (NULL). */
enum rc pg_failed(const struct pg *p, const struct pg_result *r, struct err *e);

#endif
