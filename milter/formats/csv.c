#include "formats/csv.h"

#include <csv.h>
#include <string.h>

struct reading {
    struct arena *arena;
    struct csv_table *out;
    size_t room;        /* rows that out->row has room for */
    struct str cell[CSV_CELLS_MAX];
    size_t n;           /* cells of the row at hand */
    unsigned row_line;  /* where it began */
    bool ended;         /* a row ended in what was fed last */
    enum rc rc;
};

/* ---- apostrophes ---- */

/* Whether it begins with apostrophes, maybe none, and then what makes a formula. */
static bool is_formula(struct str s)
{
    size_t i = 0;

    while (i < s.n && s.p[i] == '\'')
        i++;
    return i < s.n && strchr("=+-@\t\r", s.p[i]) != NULL && s.p[i] != '\0';
}

static struct str unguarded(struct str s)
{
    return s.n > 0 && s.p[0] == '\'' && is_formula(s) ? str_slice(s, 1, s.n) : s;
}

/* ---- reading ---- */

static void take_cell(void *bytes, size_t n, void *ctx)
{
    struct reading *r = ctx;
    const char *copy;

    if (r->rc != RC_OK)
        return;
    if (r->n == CSV_CELLS_MAX) {
        r->rc = RC_LIMIT;
        return;
    }
    copy = str_dup(r->arena, (struct str){n == 0 ? "" : bytes, n});
    if (copy == NULL)
        r->rc = RC_NOMEM;
    else
        r->cell[r->n++] = unguarded((struct str){copy, n});
}

static enum rc csv_make_room(struct reading *r)
{
    size_t room = r->room == 0 ? 64 : 2 * r->room;
    struct csv_row *grown;

    if (r->out->n < r->room)
        return RC_OK;
    grown = arena_array(r->arena, room, sizeof *grown);
    if (grown == NULL)
        return RC_NOMEM;
    if (r->out->n > 0)
        memcpy(grown, r->out->row, r->out->n * sizeof *grown);
    r->out->row = grown;
    r->room = room;
    return RC_OK;
}

static void csv_take_row(int terminator, void *ctx)
{
    struct reading *r = ctx;
    struct csv_row *row;

    (void)terminator;
    r->ended = true;
    if (r->rc == RC_OK && r->out->n == CSV_ROWS_MAX)
        r->rc = RC_LIMIT;
    if (r->rc == RC_OK)
        r->rc = csv_make_room(r);
    if (r->rc != RC_OK)
        return;
    row = &r->out->row[r->out->n];
    *row = (struct csv_row){r->row_line, r->n, arena_array(r->arena, r->n + 1, sizeof *row->cell)};
    if (row->cell == NULL) {
        r->rc = RC_NOMEM;
        return;
    }
    memcpy(row->cell, r->cell, r->n * sizeof *row->cell);
    r->out->n++;
    r->n = 0;
}

/* Blanks are part of a cell, RFC 4180 section 2.4. */
static int no_space(unsigned char c)
{
    (void)c;
    return 0;
}

static enum rc csv_complain(const struct reading *r, const struct csv_parser *p, unsigned line, struct err *e)
{
    if (r->rc == RC_NOMEM)
        return err_set(e, RC_NOMEM, "no memory for the table");
    if (r->rc == RC_LIMIT && r->n == CSV_CELLS_MAX)
        return err_set(e, RC_LIMIT, "line %u: more than %d cells; is a quote missing?", line, CSV_CELLS_MAX);
    if (r->rc == RC_LIMIT)
        return err_set(e, RC_LIMIT, "line %u: more than %d rows; split the file", line, CSV_ROWS_MAX);
    if (csv_error((struct csv_parser *)p) == CSV_EPARSE)
        return err_set(e, RC_BAD, "line %u: a quote stands where none may; write \"\" for one inside quotes", line);
    return err_set(e, RC_NOMEM, "line %u: %s", line, csv_strerror(csv_error((struct csv_parser *)p)));
}

/* Line by line, so that each row is known by its line. */
static enum rc csv_feed(struct reading *r, struct csv_parser *p, struct str text, struct err *e)
{
    bool inside = false; /* a quoted cell goes on in the next line */
    unsigned line = 0;

    while (text.n > 0) {
        size_t n = str_find(text, '\n');
        size_t size = n < text.n ? n + 1 : n;

        line++;
        if (!inside)
            r->row_line = line;
        r->ended = false;
        if (csv_parse(p, text.p, size, take_cell, csv_take_row, r) != size || r->rc != RC_OK)
            return csv_complain(r, p, line, e);
        inside = !r->ended && (inside || str_trim(str_slice(text, 0, size)).n > 0);
        text = str_slice(text, size, text.n);
    }
    if (csv_fini(p, take_cell, csv_take_row, r) != 0)
        return err_set(e, RC_BAD, "line %u: a quote is not closed", r->row_line);
    return r->rc == RC_OK ? RC_OK : csv_complain(r, p, line, e);
}

enum rc csv_read(struct arena *a, struct str text, struct csv_table *out, struct err *e)
{
    struct reading r = {.arena = a, .out = out, .rc = RC_OK};
    struct csv_parser p;
    enum rc rc;

    *out = (struct csv_table){0, NULL};
    if (text.n > CSV_BYTES_MAX)
        return err_set(e, RC_LIMIT, "it is larger than %d MB; split it", CSV_BYTES_MAX >> 20);
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
        text = str_slice(text, 3, text.n);
    if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return err_set(e, RC_NOMEM, "no memory for the table");
    csv_set_space_func(&p, no_space);
    rc = csv_feed(&r, &p, text, e);
    csv_free(&p);
    return rc;
}

/* ---- writing ---- */

void csv_put(FILE *to, const char *cell, bool first)
{
    bool quoted = strpbrk(cell, ",\"\r\n") != NULL;

    if (!first)
        (void)fputc(',', to);
    if (quoted)
        (void)fputc('"', to);
    if (is_formula(str_of(cell)))
        (void)fputc('\'', to);
    for (; *cell != '\0'; cell++) {
        if (*cell == '"')
            (void)fputc('"', to);
        (void)fputc(*cell, to);
    }
    if (quoted)
        (void)fputc('"', to);
}

void csv_end_row(FILE *to)
{
    (void)fputs("\r\n", to);
}
