/*
 * table.h - a table described once, and written as HTML, CSV or JSON.
 */
#ifndef ASSAY_WEB_TABLE_H
#define ASSAY_WEB_TABLE_H

#include "views/views.h"
#include "web/visit.h"

enum cell_kind {
    CELL_TEXT, CELL_MONO, CELL_COUNT, CELL_SHARE, CELL_WHEN, CELL_DAY,
    CELL_STATUS, /* the inventory's word, as a badge */
    CELL_BAND,   /* the watch's word, as a badge */
    CELL_RESULT, /* pass, fail …, coloured */
    CELL_PARTS   /* the five parts, as a bar */
};

struct column {
    const char *key;     /* in CSV and JSON */
    const char *heading;
    enum cell_kind kind;
};

struct cell {
    const char *text;    /* TEXT, MONO, STATUS, BAND, RESULT */
    int64_t number, whole;
    struct url link;     /* p NULL: none */
    const char *small;   /* a second line; NULL none */
    const struct parts *parts;
};

enum { TABLE_COLUMNS_MAX = 12, TABLE_DOWNLOAD_ROWS = 100000 };

struct table {
    const char *id;      /* of its section, and "table=" in the address of its CSV */
    const char *title, *about; /* about: beside the title; "" none */
    const struct column *column;
    size_t columns;
    size_t rows, max;
    struct cell *cell;   /* rows * columns */
    size_t at;           /* the next cell */
    bool left_off;       /* there are more rows */
    struct url more;     /* where they are; p NULL none */
    const char *empty, *empty_next; /* what would stand here and why it does not; what to do */
};

/* Begins one with room for `max` rows; their cells are then put one after the other, row by row. */
struct table table_new(struct visit *v, const char *id, const char *title, const struct column *c, size_t columns,
                       size_t max);
/* The next cell; NULL and `left_off` when there is no room. */
struct cell *table_put(struct table *t);
void table_text(struct table *t, const char *text);
void table_link(struct table *t, const char *text, struct url to, const char *small);
void table_number(struct table *t, int64_t n);
void table_share(struct table *t, int64_t part, int64_t whole);

/* As a section of a page, with links to its other forms. */
void table_html(struct html *o, struct visit *v, const struct table *t);

/* The whole answer, as the address asks for it; false when a page is wanted. */
bool table_download(struct visit *v, const struct table *const *t, size_t n);

#endif
