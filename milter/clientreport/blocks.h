/*
 * blocks.h - a client's report as a list of blocks, which the writers of HTML, text and PDF walk.
 *
 * Texts are final, in the report's language, and so are numbers: no writer
 * counts anything or has words of its own.  An edition is kept in this form,
 * encoded, and every form of it is written from there.
 */
#ifndef ASSAY_CLIENTREPORT_BLOCKS_H
#define ASSAY_CLIENTREPORT_BLOCKS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/enumname.h"
#include "base/err.h"
#include "base/str.h"

enum {
    BLOCKS_BYTES_MAX = 4 * 1024 * 1024, /* encoded */
    BLOCKS_MAX = 200, BLOCK_ROWS_MAX = 2000, BLOCK_CELLS_MAX = 8, BLOCK_SERIES_MAX = 4, BLOCK_POINTS_MAX = 366,
    BLOCKS_LOGO_MAX = 256 * 1024        /* bytes of a PNG file */
};

/* What the texts, rows and cells of each kind are. */
enum block_kind {
    BLOCK_HEADING,  /* text */
    BLOCK_TEXT,     /* text */
    BLOCK_SMALL,    /* text, in small letters */
    BLOCK_SHORT,    /* the summary: a row a paragraph, the first of which matters most */
    BLOCK_TILES,    /* a row each: label, figure, beside it */
    BLOCK_CHART,    /* text: what is seen; a row for each series with its name, in BLOCK_ROW_HEAD; then marks: of the
                       scale (ROW_SUM: label and its number), of days (ROW_PART: label and the day's index) */
    BLOCK_TABLE,    /* text: its name for who cannot see it; columns: a letter each, see below */
    BLOCK_ITEMS,    /* a row each: heading, text, when */
    BLOCK_ACCEPTED, /* a row each: heading, text */
    BLOCK_DECISION, /* a row each: question, then what can be ticked */
    BLOCK_SIGN,     /* a row: what is written on each line */
    BLOCK_WORDS,    /* a row each: word, meaning */
    BLOCK_NOTE      /* a row each: bold words, text; stands at the end */
};
extern const struct enum_names block_kind_names;

enum block_row_kind {
    BLOCK_ROW,      /* as any other */
    BLOCK_ROW_HEAD, /* headings of the columns */
    BLOCK_ROW_PART, /* one cell over all columns, which begins a part of the table */
    BLOCK_ROW_SUM   /* all of them together */
};

/*
 * Kinds of column: 'l' text, 'r' a number, 's' a share whose cell's number is
 * in thousandths (-1 none), 'p' a policy whose number is how many of four steps
 * are reached (-1 none), 'b' a state whose number is one of enum block_band.
 */
enum block_band { BLOCK_BAND_NONE, BLOCK_BAND_HEALTHY, BLOCK_BAND_WATCH, BLOCK_BAND_TICKET, BLOCK_BAND_ESCALATE };

/* The series of a chart and the bars of tables, in this order; 0xRRGGBB. */
extern const unsigned block_ink[BLOCK_SERIES_MAX];

struct block_cell {
    const char *text, *small; /* never NULL; small: a second line */
    int64_t number;
};

struct block_row {
    enum block_row_kind kind;
    size_t cells;
    struct block_cell *cell;
};

struct block {
    enum block_kind kind;
    const char *text, *columns; /* never NULL */
    size_t rows;
    struct block_row *row;
    size_t series, points;
    const int64_t *value; /* series * points, one series after the other */
};

struct document {
    const char *title, *sub;  /* "Email protection, November 2026"; for whom, which days */
    const char *by, *about;   /* who made it; its name, date and how to reach them */
    const char *language;     /* "en" */
    const char *page;         /* "Page %d of %d", for paper: holds "{n}" and "{all}" */
    const char *date;         /* made: "2026-12-03T06:00:00Z" */
    struct str logo;          /* a PNG file; none: n 0 */
    size_t blocks;
    struct block *block;
};

/* Encoded, in the arena; bytes of texts that are no UTF-8: U+FFFD.  RC_LIMIT beyond BLOCKS_BYTES_MAX, RC_NOMEM. */
enum rc blocks_encode(struct arena *a, const struct document *d, struct str *out, struct err *e);

/* Takes any bytes; texts are UTF-8 then.  RC_BAD, RC_LIMIT, RC_NOMEM.  In the arena. */
enum rc blocks_decode(struct arena *a, struct str bytes, struct document *out, struct err *e);

/* Whether these are the bytes of a PNG file of sane measures, at most BLOCKS_LOGO_MAX of them. */
bool blocks_is_png(struct str bytes);

#endif
