/* In which order a table's rows stand, and which of them are shown: as the address says. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "watch/watch.h"
#include "web/pages.h"

/* ---- two cells ---- */

static int order_number(int64_t x, int64_t y)
{
    return (x > y) - (x < y);
}

/* Where there is no mail there is no share: below all others. */
static int order_share(const struct cell *x, const struct cell *y)
{
    double a = x->whole > 0 ? (double)x->number / (double)x->whole : -1,
           b = y->whole > 0 ? (double)y->number / (double)y->whole : -1;

    return (a > b) - (a < b);
}

/* The worst is the largest, whatever its word. */
static int order_band(const char *x, const char *y)
{
    int a = -1, b = -1;

    (void)enum_value(&watch_band_names, str_of(x), &a);
    (void)enum_value(&watch_band_names, str_of(y), &b);
    return order_number(a, b);
}

static int order_cells(enum cell_kind kind, const struct cell *x, const struct cell *y)
{
    switch (kind) {
    case CELL_COUNT:
    case CELL_WHEN:
    case CELL_DAY: return order_number(x->number, y->number);
    case CELL_SHARE: return order_share(x, y);
    case CELL_BAND: return order_band(x->text, y->text);
    default: return strcasecmp(x->text, y->text);
    }
}

struct order {
    const struct table *t;
    size_t column;
};

static int order_rows(const void *x, const void *y, void *arg)
{
    const struct order *k = arg;
    size_t a = *(const size_t *)x, b = *(const size_t *)y, n = k->t->columns;
    int c = order_cells(k->t->column[k->column].kind, &k->t->cell[a * n + k->column], &k->t->cell[b * n + k->column]);

    if (c != 0)
        return k->t->down ? -c : c;
    return (a > b) - (a < b); /* equal ones as they were put */
}

/* Puts its rows in order; without memory as they are, and the page fails for that. */
static void order_table(struct visit *v, struct table *t, size_t column)
{
    size_t n = t->columns, *row = arena_array(v->a, t->rows + 1, sizeof *row);
    struct cell *cell = arena_array(v->a, t->rows * n + 1, sizeof *cell);

    if (row == NULL || cell == NULL)
        return;
    for (size_t i = 0; i < t->rows; i++)
        row[i] = i;
    qsort_r(row, t->rows, sizeof *row, order_rows, &(struct order){t, column});
    for (size_t i = 0; i < t->rows; i++)
        memcpy(&cell[i * n], &t->cell[row[i] * n], n * sizeof *cell);
    t->cell = cell;
}

/* ---- what the address says ---- */

static bool order_can(const struct table *t, const struct column *c)
{
    return !t->keyset && c->kind != CELL_PARTS;
}

/* "-messages": by this column, the largest first.  False: there is no such column. */
static bool order_by(struct visit *v, struct table *t, const char *sort)
{
    bool down = sort[0] == '-';

    for (size_t i = 0; i < t->columns; i++)
        if (strcmp(t->column[i].key, sort + down) == 0 && order_can(t, &t->column[i])) {
            t->ordered = &t->column[i];
            t->down = down;
            if (!t->window)
                order_table(v, t, i);
            return true;
        }
    return false;
}

static bool order_chosen(struct visit *v, struct table *t)
{
    const char *sort = visit_query(v, "sort"), *rows = visit_query(v, "rows"), *after = visit_query(v, "after");
    uint32_t most = v->target.form == REQUEST_PAGE ? TABLE_PAGE_ROWS : TABLE_DOWNLOAD_ROWS, first = 0;

    if (t->keyset) /* the page has looked at "after" itself, and takes no other */
        return true;
    if (sort[0] != '\0' && !order_by(v, t, sort))
        return visit_fail(v, 400, "The table has no such column", "Follow the heading of a column to order by it.",
                          NULL);
    if (rows[0] != '\0' && (!str_to_u32(str_of(rows), &most) || most == 0 || most > TABLE_ROWS_MAX))
        return visit_fail(v, 400, "So many rows cannot be shown", "rows= is 1 to 1000.", NULL);
    if (after[0] != '\0' && !str_to_u32(str_of(after), &first))
        return visit_fail(v, 400, "This place in the list is not known", "Follow “Next rows”.", NULL);
    t->from = first < t->rows ? first : t->rows;
    t->most = most;
    t->to = t->rows - t->from < most ? t->rows : t->from + most;
    return true;
}

struct table_window table_window(struct visit *v, struct table *t, bool first_of_page)
{
    struct table_window w = {.max = v->target.form == REQUEST_PAGE ? TABLE_PAGE_ROWS : TABLE_DOWNLOAD_ROWS};
    const char *wanted = visit_query(v, "table"), *sort = visit_query(v, "sort");
    uint32_t first = 0, most = 0;

    t->window = true;
    if (wanted[0] == '\0' ? !first_of_page : strcmp(wanted, t->id) != 0)
        return w;
    w.down = sort[0] == '-';
    for (size_t i = 0; i < t->columns; i++)
        if (sort[0] != '\0' && strcmp(t->column[i].key, sort + w.down) == 0)
            w.by = &t->column[i];
    if (str_to_u32(str_of(visit_query(v, "after")), &first))
        w.skip = first;
    if (str_to_u32(str_of(visit_query(v, "rows")), &most) && most > 0 && most <= TABLE_ROWS_MAX)
        w.max = most;
    return w;
}

void table_window_end(struct table *t, const struct table_window *w, int64_t all)
{
    t->base = w->skip < (size_t)all ? w->skip : (size_t)all;
    t->rows = (size_t)all;
}

bool table_arrange(struct visit *v, struct table *const *t, size_t n)
{
    const char *wanted = visit_query(v, "table");
    bool found = wanted[0] == '\0';

    for (size_t i = 0; i < n; i++) {
        bool chosen = wanted[0] == '\0' ? i == 0 : strcmp(t[i]->id, wanted) == 0;

        found = found || chosen;
        t[i]->arranged = true;
        t[i]->at_table = i;
        t[i]->to = !chosen && t[i]->rows > TABLE_PAGE_ROWS ? TABLE_PAGE_ROWS : t[i]->rows;
        if (t[i]->usual != NULL && (!chosen || visit_query(v, "sort")[0] == '\0'))
            (void)order_by(v, t[i], t[i]->usual);
        if (chosen && !order_chosen(v, t[i]))
            return false;
    }
    return found || visit_not_found(v);
}

/* ---- links ---- */

/* Whether the address is about this table. */
static bool order_is_chosen(struct visit *v, const struct table *t)
{
    const char *wanted = visit_query(v, "table");

    return wanted[0] == '\0' ? t->at_table == 0 : strcmp(wanted, t->id) == 0;
}

struct url table_order_here(struct visit *v, const struct table *t, const char *without)
{
    return visit_leaving(v, order_is_chosen(v, t) || t->keyset ? without : "table sort rows after");
}

/* With the table's name, where it is not the page's first. */
static struct url order_address(struct visit *v, const struct table *t, const char *without, const char *name,
                                const char *value)
{
    struct url u = table_order_here(v, t, without);

    return url_fragment(v->a, url_with(v->a, url_with(v->a, u, "table", t->at_table == 0 ? "" : t->id), name, value),
                        pages_printf(v, "t-%s", t->id));
}

static void order_link(struct html *o, struct url u, const char *words)
{
    html_literal(o, "<a href=\"");
    html_url(o, u);
    html_literal(o, "\">");
    html_text(o, words);
    html_literal(o, "</a>");
}

void table_order_heading(struct html *o, struct visit *v, const struct table *t, const struct column *c)
{
    bool text = c->kind == CELL_TEXT || c->kind == CELL_MONO || c->kind == CELL_STATUS || c->kind == CELL_RESULT;
    bool down = t->ordered == c ? !t->down : !text;

    if (!t->arranged || !order_can(t, c) || t->rows < 2) {
        html_text(o, c->heading);
        return;
    }
    order_link(o, order_address(v, t, "table sort after", "sort", pages_printf(v, "%s%s", down ? "-" : "", c->key)),
               c->heading);
    if (t->ordered == c)
        html_literal(o, t->down ? "<span aria-hidden=\"true\"> ▼</span>" : "<span aria-hidden=\"true\"> ▲</span>");
}

void table_order_turn(struct html *o, struct visit *v, const struct table *t)
{
    size_t back = t->from < t->most ? 0 : t->from - t->most;

    if (t->arranged && (t->from > 0 || t->to < t->rows)) {
        html_literal(o, "<span>Rows ");
        html_size(o, t->from + 1);
        html_literal(o, " to ");
        html_size(o, t->to);
        html_literal(o, " of ");
        html_size(o, t->rows);
        html_literal(o, "</span>");
        if (t->from > 0)
            order_link(o, order_address(v, t, "table after", "after", back == 0 ? "" : pages_printf(v, "%zu", back)),
                       "Earlier rows");
        if (t->to < t->rows)
            order_link(o, order_address(v, t, "table after", "after", pages_printf(v, "%zu", t->to)), "Next rows");
    }
    if (t->files != NULL) {
        html_literal(o, "<span>");
        html_text(o, t->files);
        html_literal(o, "</span>");
    } else if (t->left_off && t->more.p == NULL) {
        html_literal(o, "<span>There are more: the first ");
        html_size(o, t->rows);
        html_literal(o, " are listed, here and in files.</span>");
    }
}
