#include "web/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "formats/csv.h"
#include "formats/json.h"
#include "web/badge.h"
#include "web/chart.h"

struct table table_new(struct visit *v, const char *id, const char *title, const struct column *c, size_t columns,
                       size_t max)
{
    struct cell *cell = arena_array(v->a, max * columns, sizeof *cell);

    return (struct table){.id = id, .title = title, .about = "", .column = c, .columns = columns,
                          .max = cell == NULL ? 0 : max, .cell = cell, .empty = "", .empty_next = ""};
}

struct cell *table_put(struct table *t)
{
    if (t->at == t->max * t->columns) {
        t->left_off = true;
        return NULL;
    }
    t->rows = t->at / t->columns + 1;
    t->cell[t->at] = (struct cell){.text = ""};
    return &t->cell[t->at++];
}

void table_text(struct table *t, const char *text)
{
    struct cell *c = table_put(t);

    if (c != NULL)
        c->text = text;
}

void table_link(struct table *t, const char *text, struct url to, const char *small)
{
    struct cell *c = table_put(t);

    if (c != NULL)
        *c = (struct cell){.text = text, .link = to, .small = small};
}

void table_number(struct table *t, int64_t n)
{
    struct cell *c = table_put(t);

    if (c != NULL)
        c->number = n;
}

void table_share(struct table *t, int64_t part, int64_t whole)
{
    struct cell *c = table_put(t);

    if (c != NULL)
        *c = (struct cell){.number = part, .whole = whole};
}

static const struct cell *table_at(const struct table *t, size_t row, size_t column)
{
    return &t->cell[(row - t->base) * t->columns + column];
}

/* ---- HTML ---- */

static bool table_is_number(enum cell_kind k)
{
    return k == CELL_COUNT || k == CELL_SHARE;
}

static void table_html_value(struct html *o, enum cell_kind kind, const struct cell *c)
{
    switch (kind) {
    case CELL_COUNT: html_int(o, c->number); break;
    case CELL_SHARE: html_share(o, (struct share){c->number, c->whole}); break;
    case CELL_WHEN: html_when(o, (struct when){c->number}); break;
    case CELL_DAY: html_day(o, (struct day){c->number}); break;
    case CELL_STATUS: badge_status(o, c->text); break;
    case CELL_BAND: badge_band(o, c->text); break;
    case CELL_RESULT: badge_result(o, c->text); break;
    case CELL_PARTS:
        if (c->parts != NULL)
            chart_parts(o, c->parts);
        break;
    case CELL_TEXT:
    case CELL_MONO: html_text(o, c->text); break;
    }
}

static void table_html_cell(struct html *o, const struct column *col, const struct cell *c, bool head)
{
    const char *class = table_is_number(col->kind) ? " class=\"n\"" : col->kind == CELL_MONO ? " class=\"mono\""
                        : col->kind == CELL_WHEN || col->kind == CELL_DAY ? " class=\"nowrap\"" : "";
    bool linked = c->link.p != NULL && c->link.p[0] != '\0';

    html_literal(o, head ? "<th scope=\"row\"" : "<td");
    html_literal(o, class);
    html_literal(o, ">");
    if (linked) {
        html_literal(o, "<a href=\"");
        html_url(o, c->link);
        html_literal(o, "\">");
    }
    table_html_value(o, col->kind, c);
    if (linked)
        html_literal(o, "</a>");
    if (c->small != NULL && c->small[0] != '\0') {
        html_literal(o, "<span class=\"small\">");
        html_text(o, c->small);
        html_literal(o, "</span>");
    }
    html_literal(o, head ? "</th>" : "</td>");
}

/* The row after the last one shown. */
static size_t table_end(const struct table *t)
{
    return t->arranged ? t->to : t->rows;
}

static void table_html_rows(struct html *o, struct visit *v, const struct table *t)
{
    html_literal(o, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    html_text(o, t->title);
    html_literal(o, ", table\"><table><thead><tr>");
    for (size_t i = 0; i < t->columns; i++) {
        const struct column *c = &t->column[i];

        html_literal(o, table_is_number(c->kind) ? "<th scope=\"col\" class=\"n\"" : "<th scope=\"col\"");
        html_literal(o, t->ordered != c ? ">" : t->down ? " aria-sort=\"descending\">" : " aria-sort=\"ascending\">");
        table_order_heading(o, v, t, c);
        html_literal(o, "</th>");
    }
    html_literal(o, "</tr></thead><tbody>\n");
    for (size_t r = t->from; r < table_end(t); r++) {
        html_literal(o, "<tr>");
        for (size_t i = 0; i < t->columns; i++)
            table_html_cell(o, &t->column[i], table_at(t, r, i), i == 0);
        html_literal(o, "</tr>\n");
    }
    html_literal(o, "</tbody></table></div>");
}

static void table_html_download(struct html *o, struct visit *v, const struct table *t, const char *end,
                                const char *words)
{
    struct url here = url_with(v->a, table_order_here(v, t, "table"), "table", t->id);
    size_t path = strcspn(here.p, "?");
    struct strbuf b = strbuf_new(v->a, strlen(here.p) + 16);

    strbuf_put(&b, (struct str){here.p, path == 1 ? 0 : path});
    strbuf_puts(&b, path == 1 ? "/today" : "");
    strbuf_puts(&b, end);
    strbuf_puts(&b, here.p + path);
    html_literal(o, "<a href=\"");
    html_text(o, b.p);
    html_literal(o, "\" aria-label=\"");
    html_text(o, t->title);
    html_literal(o, " as ");
    html_text(o, words);
    html_literal(o, "\">");
    html_text(o, words);
    html_literal(o, "</a>");
}

static void table_html_empty(struct html *o, const struct table *t)
{
    html_literal(o, "<div class=\"pad\"><p>");
    html_text(o, t->empty[0] == '\0' ? "Nothing stands here." : t->empty);
    html_literal(o, "</p><p class=\"small soft\">");
    html_text(o, t->empty_next);
    html_literal(o, "</p></div>");
}

void table_html(struct html *o, struct visit *v, const struct table *t)
{
    html_literal(o, "<section class=\"sheet flush over\" aria-labelledby=\"t-");
    html_text(o, t->id);
    html_literal(o, "\"><header><h2 id=\"t-");
    html_text(o, t->id);
    html_literal(o, "\">");
    html_text(o, t->title);
    html_literal(o, "</h2><p>");
    html_text(o, t->about);
    html_literal(o, "</p></header>\n");
    if (t->rows == 0) {
        table_html_empty(o, t);
        html_literal(o, "</section>\n");
        return;
    }
    table_html_rows(o, v, t);
    html_literal(o, "<div class=\"tools\">");
    table_html_download(o, v, t, ".csv", "CSV");
    table_html_download(o, v, t, ".json", "JSON");
    if (t->more.p != NULL) {
        html_literal(o, "<a href=\"");
        html_url(o, t->more);
        html_literal(o, "\">More</a>");
    }
    table_order_turn(o, v, t);
    html_literal(o, "</div></section>\n");
}

/* ---- CSV and JSON ---- */

/* As ISO 8601 has it, which spreadsheets know and which orders as text; of UTC. */
static const char *table_file_time(int64_t s, const char *form, char buf[static HTML_VALUE_MAX])
{
    time_t t = (time_t)s;
    struct tm tm = {0};

    (void)gmtime_r(&t, &tm);
    return strftime(buf, HTML_VALUE_MAX, form, &tm) == 0 ? "" : buf;
}

/* The cell as text for a file: numbers plain. */
static const char *table_file_text(const struct column *col, const struct cell *c, char buf[static HTML_VALUE_MAX])
{
    switch (col->kind) {
    case CELL_COUNT: (void)snprintf(buf, HTML_VALUE_MAX, "%lld", (long long)c->number); return buf;
    case CELL_SHARE:
        if (c->whole <= 0)
            return "";
        (void)snprintf(buf, HTML_VALUE_MAX, "%.4f", (double)c->number / (double)c->whole);
        return buf;
    case CELL_WHEN: return c->number == 0 ? "" : table_file_time(c->number / 1000, "%Y-%m-%d %H:%M:%S", buf);
    case CELL_DAY: return table_file_time(c->number * 86400, "%Y-%m-%d", buf);
    default: return c->text;
    }
}

static void table_csv(const struct table *t, FILE *to)
{
    char buf[HTML_VALUE_MAX];
    bool first = true;

    for (size_t i = 0; i < t->columns; i++)
        if (t->column[i].kind != CELL_PARTS) {
            csv_put(to, t->column[i].key, first);
            first = false;
        }
    csv_end_row(to);
    for (size_t r = t->from; r < table_end(t); r++) {
        first = true;
        for (size_t i = 0; i < t->columns; i++)
            if (t->column[i].kind != CELL_PARTS) {
                csv_put(to, table_file_text(&t->column[i], table_at(t, r, i), buf), first);
                first = false;
            }
        csv_end_row(to);
    }
}

static void table_json_cell(struct jnode *o, const struct column *col, const struct cell *c)
{
    char buf[HTML_VALUE_MAX];

    switch (col->kind) {
    case CELL_COUNT: jnode_int(o, col->key, c->number); break;
    case CELL_WHEN: jnode_int(o, col->key, c->number); break;
    case CELL_PARTS:
        for (int i = 0; c->parts != NULL && i < PART_COUNT; i++)
            jnode_int(o, enum_name(&part_names, i), c->parts->n[i]);
        break;
    default: jnode_text(o, col->key, table_file_text(col, c, buf)); break;
    }
}

static void table_json(const struct table *t, FILE *to)
{
    struct jnode *root = jnode_object(), *list = jnode_array();

    for (size_t r = t->from; r < table_end(t); r++) {
        struct jnode *o = jnode_object();

        for (size_t i = 0; i < t->columns; i++)
            table_json_cell(o, &t->column[i], table_at(t, r, i));
        jnode_append(list, o);
    }
    jnode_put(root, t->id, list);
    jnode_bool(root, "left_off", t->left_off || table_end(t) < t->rows);
    jnode_print(root, to);
}

/* Whoever opens a file sees its name: one that is not all says so there, as CSV cannot within. */
static void table_name_file(struct visit *v, const struct table *t, const char *end)
{
    char name[160], rows[60] = "";
    bool part = t->left_off || t->from > 0 || table_end(t) < t->rows;

    if (part)
        (void)snprintf(rows, sizeof rows, "-rows-%zu-to-%zu", t->from + (table_end(t) > t->from), table_end(t));
    (void)snprintf(name, sizeof name, "attachment; filename=\"%.40s%s.%s\"", t->id, rows, end);
    http_field(v->out, "Content-Disposition", name);
    http_field(v->out, "X-Assay-Left-Off", t->left_off || table_end(t) < t->rows ? "true" : "false");
}

bool table_download(struct visit *v, struct table *const *t, size_t n)
{
    const char *wanted = visit_query(v, "table");
    const struct table *chosen = n > 0 ? t[0] : NULL;
    bool csv = v->target.form == REQUEST_CSV;
    char *text = NULL;
    size_t size = 0;
    FILE *to;

    if (!table_arrange(v, t, n))
        return true;
    if (v->target.form == REQUEST_PAGE)
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(t[i]->id, wanted) == 0)
            chosen = t[i];
    if (chosen == NULL || (wanted[0] != '\0' && strcmp(chosen->id, wanted) != 0) ||
        (to = open_memstream(&text, &size)) == NULL)
        return !visit_not_found(v);
    if (csv)
        table_csv(chosen, to);
    else
        table_json(chosen, to);
    (void)fclose(to);
    html_free(v->o);
    html_begin(v->o, (size_t)32 * 1024 * 1024);
    html_raw(v->o, text, size);
    free(text);
    v->out->type = csv ? "text/csv; charset=utf-8" : "application/json";
    table_name_file(v, chosen, csv ? "csv" : "json");
    return true;
}
