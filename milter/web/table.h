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

enum {
    TABLE_COLUMNS_MAX = 12, TABLE_DOWNLOAD_ROWS = 100000,
    TABLE_PAGE_ROWS = 500,     /* of a page whose address does not say "rows=" */
    TABLE_ROWS_MAX = 1000,     /* that it may say */
    TABLE_LIST_MAX = 10000     /* that a list is read up to, to be ordered and turned over */
};

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
    const char *files;   /* what files have that are not all of it; NULL as many rows as are listed */
    bool window;         /* there are cells of some rows alone, as table_window said: … */
    size_t base;         /* … this is the first of them */
    bool keyset;         /* it is a part of a longer list in the order of its keys: not ordered here, but by `more` */
    const char *usual;   /* its order when the address says none, "-band"; NULL as its rows were put */
    bool arranged;       /* table_arrange chose what is shown: */
    size_t from, to;     /* rows [from, to), at most … */
    size_t most;         /* … so many … */
    size_t at_table;     /* … of the table with this index on its page … */
    const struct column *ordered; /* … by this column, NULL as they were put … */
    bool down;           /* … the largest first */
    const char *empty, *empty_next; /* what would stand here and why it does not; what to do */
};

/*
 * What the address asks for, for a table whose page reads these rows alone: by which column (NULL the usual order), the
 * largest first, and which rows.  What is wrong in the address is taken as if it were not there; table_arrange tells.
 */
struct table_window {
    const struct column *by;
    bool down;
    size_t skip, max;
};
struct table_window table_window(struct visit *v, struct table *t, bool first_of_page);
/* The rows that it said are put; there are so many in all. */
void table_window_end(struct table *t, const struct table_window *w, int64_t all);

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

/*
 * Orders and cuts the page's tables as the address asks for it ("table=", "sort=", "rows=", "after="), and makes the
 * whole answer where it asks for a file, or for what cannot be; false when a page is wanted.  A file that has not all
 * rows is named "ID-rows-1-to-10000", and a field X-Assay-Left-Off says "true" of it.
 */
bool table_download(struct visit *v, struct table *const *t, size_t n);

/* The first part of it; false after an error page (table_order.c). */
bool table_arrange(struct visit *v, struct table *const *t, size_t n);

/* Links of a page's table (table_order.c): the heading that orders by a column; earlier and next rows. */
void table_order_heading(struct html *o, struct visit *v, const struct table *t, const struct column *c);
void table_order_turn(struct html *o, struct visit *v, const struct table *t);
/* The address of this page with that table's order and place, but for the parameters named (visit_leaving). */
struct url table_order_here(struct visit *v, const struct table *t, const char *without);

#endif
