/*
 * copy_row.h - a row of PostgreSQL's binary form of COPY (its manual, COPY, Binary Format), taken apart; pure.
 */
#ifndef ASSAY_DB_COPY_ROW_H
#define ASSAY_DB_COPY_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { COPY_COLUMNS_MAX = 64 };

/* What comes in pieces of a header, of rows, and of the mark at the end; begins as zero. */
struct copy_row {
    struct str column[COPY_COLUMNS_MAX]; /* those of the row at hand; NULL reads as "" */
    int columns;
    bool begun; /* the header was read */
};

/*
 * The next piece of `n` bytes, which its columns point into until the one
 * after: each ends in NUL, for which there must be room behind the piece, too.
 * *row tells whether it has a row; false when the bytes cannot be read as one.
 */
bool copy_row_take(struct copy_row *r, char *piece, size_t n, bool *row);

/* `bytes`, of at most eight, as a number in the order of the network. */
int64_t copy_row_number(struct str bytes);

#endif
