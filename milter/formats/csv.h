/*
 * csv.h - tables as comma-separated values (RFC 4180), for people with spreadsheets.
 *
 * A cell that a spreadsheet would take for a formula (it begins with = + - @,
 * a tab or a carriage return) is written with an apostrophe before it, and
 * read back without; a cell that begins with apostrophes and then such a
 * character gets one more, so that all come back as they were.
 */
#ifndef ASSAY_FORMATS_CSV_H
#define ASSAY_FORMATS_CSV_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum {
    CSV_BYTES_MAX = 32 * 1024 * 1024, /* of a file */
    CSV_ROWS_MAX = 100000,
    CSV_CELLS_MAX = 64                /* of a row */
};

struct csv_row {
    unsigned line;  /* of the file, where it begins; from 1 */
    size_t n;
    struct str *cell;
};

struct csv_table {
    size_t n;
    struct csv_row *row;
};

/*
 * Reads all of `text`; blank lines are passed over, and so is a byte order
 * mark.  RC_BAD with "line N: what; remedy", RC_LIMIT, RC_NOMEM.
 */
enum rc csv_read(struct arena *a, struct str text, struct csv_table *out, struct err *e);

/* Writes one cell, after a comma unless it is the `first`; ends a row. */
void csv_put(FILE *to, const char *cell, bool first);
void csv_end_row(FILE *to);

#endif
