/* Where the blocks of a report go on its pages, and what they look like there. */
#include <string.h>

#include "clientreport/pdf_draw.h"

enum { INK = 0x14202c, LINE = 0xd3dae1, STRONG = 0x7d8b99, BLUE = 0x0b57a4, NAVY = 0x12344d };

static void pdf_room(struct pdf *o, double need)
{
    if (o->y + need > PDF_H - PDF_BOTTOM && o->y > PDF_TOP)
        pdf_turn(o);
}

static void pdf_para(struct pdf *o, const char *tag, const char *text, const struct pdf_style *s, double before,
                     double after)
{
    double h = pdf_measure(o, text, s, PDF_WIDTH);

    pdf_room(o, before + h);
    o->y += o->y > PDF_TOP ? before : 0;
    pdf_begin(o, tag);
    (void)pdf_put(o, PDF_LEFT, o->y, PDF_WIDTH, text, s);
    pdf_end(o, tag);
    o->y += h + after;
}

/* ---- the head ---- */

static void pdf_head(struct pdf *o)
{
    const struct pdf_style by = {13, true, NAVY, false}, about = {8, false, PDF_SOFT, true},
                           title = {22, true, INK, false}, sub = {10, false, PDF_SOFT, false};
    double x = o->d->logo.n > 0 ? pdf_logo(o) : 0; /* of no tag: it says the same as the name beside it */

    pdf_begin(o, "P");
    (void)pdf_put(o, PDF_LEFT + x, o->y + 8, PDF_WIDTH * .5 - x, o->d->by, &by);
    (void)pdf_put(o, PDF_LEFT + PDF_WIDTH * .5, o->y + 6, PDF_WIDTH * .5, o->d->about, &about);
    pdf_end(o, "P");
    o->y += 42;
    pdf_line(o, PDF_LEFT, PDF_LEFT + PDF_WIDTH, o->y, NAVY, 1.6);
    pdf_para(o, "H1", o->d->title, &title, 20, 2);
    pdf_para(o, "P", o->d->sub, &sub, 0, 12);
}

/* ---- short, tiles ---- */

static void pdf_short(struct pdf *o, const struct block *b)
{
    const struct pdf_style first = {12, true, INK, false}, more = {9.8, false, INK, false};
    const double pad = 13, inner = PDF_WIDTH - 2 * pad - 4;
    double h = 2 * pad - 4, y;

    for (size_t i = 0; i < b->rows; i++)
        h += pdf_measure(o, b->row[i].cell[0].text, i == 0 ? &first : &more, inner) + 4;
    pdf_room(o, h);
    pdf_box(o, PDF_LEFT, o->y, PDF_WIDTH, h, 0xeef4fa);
    pdf_box(o, PDF_LEFT, o->y, 4, h, BLUE);
    y = o->y + pad;
    for (size_t i = 0; i < b->rows; i++) {
        pdf_begin(o, "P");
        y += pdf_put(o, PDF_LEFT + 4 + pad, y, inner, b->row[i].cell[0].text, i == 0 ? &first : &more) + 4;
        pdf_end(o, "P");
    }
    o->y += h + 12;
}

static void pdf_tiles(struct pdf *o, const struct block *b)
{
    const struct pdf_style label = {8, false, PDF_SOFT, false}, figure = {17, true, INK, false};
    double w = (double)PDF_WIDTH / (double)(b->rows == 0 ? 1 : b->rows), h = 58;

    pdf_room(o, h + 6);
    pdf_frame(o, PDF_LEFT, o->y, PDF_WIDTH, h, LINE);
    for (size_t i = 0; i < b->rows; i++) {
        double x = PDF_LEFT + (double)i * w;

        if (i > 0)
            pdf_box(o, x, o->y, .8, h, LINE);
        pdf_begin(o, "P");
        for (size_t k = 0; k < b->row[i].cells && k < 3; k++)
            (void)pdf_put(o, x + 10, o->y + (k == 0 ? 8 : k == 1 ? 18 : 41), w - 14, b->row[i].cell[k].text,
                          k == 1 ? &figure : &label);
        pdf_end(o, "P");
    }
    o->y += h + 4;
}

/* ---- chart ---- */

static const double CHART_HIGH = 98, CHART_LEFT = 36;

static void pdf_chart_legend(struct pdf *o, const struct block *b)
{
    const struct pdf_style small = {8, false, PDF_SOFT, false};
    double x = PDF_LEFT;
    size_t k = 0;

    for (size_t i = 0; i < b->rows; i++)
        if (b->row[i].kind == BLOCK_ROW_HEAD && k < b->series) {
            pdf_box(o, x, o->y + 2, 7, 7, block_ink[k++]);
            (void)pdf_put(o, x + 11, o->y, PDF_WIDTH, b->row[i].cell[0].text, &small);
            x += 25 + pdf_width(o, b->row[i].cell[0].text, &small);
        }
    o->y += 18;
}

static void pdf_chart_marks(struct pdf *o, const struct block *b, double base, double top, double w)
{
    const struct pdf_style scale = {7.5, false, PDF_SOFT, true}, day = {7.5, false, PDF_SOFT, false};

    for (size_t i = 0; i < b->rows; i++) {
        const struct block_cell *c = &b->row[i].cell[0];
        double y = base - (double)c->number * CHART_HIGH / top;

        if (b->row[i].kind == BLOCK_ROW_SUM) {
            pdf_line(o, PDF_LEFT + CHART_LEFT, PDF_LEFT + PDF_WIDTH, y, c->number == 0 ? STRONG : 0xdfe5ea, .7);
            (void)pdf_put(o, PDF_LEFT, y - 5, CHART_LEFT - 6, c->text, &scale);
        } else if (b->row[i].kind == BLOCK_ROW_PART) {
            (void)pdf_put(o, PDF_LEFT + CHART_LEFT + ((double)c->number + .14) * w, base + 3, 60, c->text, &day);
        }
    }
}

/* What is seen stands below it in words: cairo writes no alternative text into a PDF. */
static void pdf_chart(struct pdf *o, const struct block *b)
{
    const struct pdf_style small = {8, false, PDF_SOFT, false};
    double w = (double)(PDF_WIDTH - CHART_LEFT) / (double)b->points, top = 1, base;

    pdf_room(o, CHART_HIGH + 46 + pdf_measure(o, b->text, &small, PDF_WIDTH));
    for (size_t i = 0; i < b->rows; i++)
        if (b->row[i].kind == BLOCK_ROW_SUM && (double)b->row[i].cell[0].number > top)
            top = (double)b->row[i].cell[0].number;
    pdf_begin(o, "Figure");
    pdf_chart_legend(o, b);
    base = o->y + CHART_HIGH;
    pdf_chart_marks(o, b, base, top, w);
    for (size_t i = 0; i < b->points; i++) {
        double at = base;

        for (size_t k = 0; k < b->series; k++) {
            double h = (double)b->value[k * b->points + i] * CHART_HIGH / top;

            pdf_box(o, PDF_LEFT + CHART_LEFT + ((double)i + .14) * w, at - h, .72 * w, h, block_ink[k]);
            at -= h;
        }
    }
    pdf_end(o, "Figure");
    o->y = base + 18;
    pdf_para(o, "P", b->text, &small, 0, 8);
}

/* ---- tables ---- */

static const struct { unsigned ink, ground; } pdf_bands[] = {
    {PDF_SOFT, 0xeef1f4}, {0x17693a, 0xe2f3e8}, {0x6b4e00, 0xfff2cc}, {0x943b00, 0xffe7d6}, {0xa01722, 0xfde3e4},
};

/* Shares of the width for each kind of column; texts share what is left. */
static void pdf_columns(const char *columns, double w[BLOCK_CELLS_MAX])
{
    double left = PDF_WIDTH;
    size_t n = strlen(columns), texts = 0;

    for (size_t i = 0; i < n; i++) {
        w[i] = columns[i] == 'r' ? 68 : columns[i] == 's' ? 84 : columns[i] == 'b' ? 92 : 0;
        left -= w[i];
        texts += columns[i] == 'l' || columns[i] == 'p';
    }
    for (size_t i = 0; i < n; i++)
        if (w[i] <= 0)
            w[i] = left / (double)texts;
}

/* Shapes beside a cell's text; how far it moves to the right. */
static double pdf_cell_mark(struct pdf *o, char kind, const struct block_cell *c, double x, double w)
{
    if (kind == 's' && c->number >= 0) {
        pdf_box(o, x + w - 52, o->y + 17.5, 44, 3, LINE);
        pdf_box(o, x + w - 52, o->y + 17.5, .044 * (double)c->number, 3, block_ink[c->number < 950]);
    } else if (kind == 'p' && c->number >= 0) {
        for (int i = 0; i < 4; i++)
            pdf_box(o, x + 9 * i, o->y + 5.5, 7.5, 6.5, i < c->number ? block_ink[0] : LINE);
        return 42;
    }
    return 0;
}

static void pdf_band(struct pdf *o, const struct block_cell *c, double x, double w)
{
    size_t i = c->number < 0 || c->number > BLOCK_BAND_ESCALATE ? 0 : (size_t)c->number;
    const struct pdf_style s = {8, true, pdf_bands[i].ink, false};
    double h = pdf_measure(o, c->text, &s, w - 14);

    pdf_box(o, x, o->y + 2.5, w, h + 3, pdf_bands[i].ground);
    pdf_box(o, x, o->y + 2.5, 3, h + 3, pdf_bands[i].ink);
    (void)pdf_put(o, x + 8, o->y + 4, w - 14, c->text, &s);
}

static struct pdf_style pdf_cell_style(const struct block *b, const struct block_row *r, size_t i)
{
    bool head = r->kind == BLOCK_ROW_HEAD, number = b->columns[i] == 'r' || b->columns[i] == 's';

    return (struct pdf_style){head ? 7.8 : 9, head || i == 0 || r->kind == BLOCK_ROW_SUM, head ? PDF_SOFT : INK,
                              number ? true : false};
}

static double pdf_row_height(struct pdf *o, const struct block *b, const struct block_row *r, const double *w)
{
    const struct pdf_style small = {7.5, false, PDF_SOFT, false};
    double high = 0;

    for (size_t i = 0; i < r->cells; i++) {
        const struct pdf_style s = pdf_cell_style(b, r, i);
        double inner = w[i] - 8 - (b->columns[i] == 'p' && r->cell[i].number >= 0 ? 42 : 0);
        double h = pdf_measure(o, r->cell[i].text, &s, inner) + pdf_measure(o, r->cell[i].small, &small, inner) +
                   (b->columns[i] == 's' && r->cell[i].number >= 0 ? 6 : 0);

        high = h > high ? h : high;
    }
    return high + 8;
}

static void pdf_cells(struct pdf *o, const struct block *b, const struct block_row *r, const double *w)
{
    const struct pdf_style small = {7.5, false, PDF_SOFT, false};
    double x = PDF_LEFT;

    pdf_begin(o, "TR");
    for (size_t i = 0; i < r->cells; x += w[i++]) {
        const struct pdf_style s = pdf_cell_style(b, r, i);
        const char *tag = r->kind == BLOCK_ROW_HEAD || i == 0 ? "TH" : "TD";
        bool band = b->columns[i] == 'b' && r->kind == BLOCK_ROW;
        double shift = r->kind == BLOCK_ROW ? pdf_cell_mark(o, b->columns[i], &r->cell[i], x, w[i]) : 0, h;

        pdf_begin(o, tag);
        if (band) {
            pdf_band(o, &r->cell[i], x + 4, w[i] - 4);
        } else {
            h = pdf_put(o, x + shift, o->y + 4, w[i] - 8 - shift, r->cell[i].text, &s);
            (void)pdf_put(o, x + shift, o->y + 4 + h, w[i] - 8 - shift, r->cell[i].small, &small);
        }
        pdf_end(o, tag);
    }
    pdf_end(o, "TR");
}

static void pdf_row(struct pdf *o, const struct block *b, const struct block_row *r, const double *w)
{
    const struct pdf_style part = {8.6, true, INK, false};
    double h = r->kind == BLOCK_ROW_PART ? 19 : pdf_row_height(o, b, r, w);

    if (r->kind == BLOCK_ROW_PART) {
        pdf_box(o, PDF_LEFT, o->y, PDF_WIDTH, h, 0xf4f6f8);
        pdf_begin(o, "TR");
        pdf_begin(o, "TH");
        (void)pdf_put(o, PDF_LEFT + 6, o->y + 4, PDF_WIDTH - 12, r->cell[0].text, &part);
        pdf_end(o, "TH");
        pdf_end(o, "TR");
    } else {
        pdf_cells(o, b, r, w);
    }
    o->y += h;
    pdf_line(o, PDF_LEFT, PDF_LEFT + PDF_WIDTH, o->y, r->kind == BLOCK_ROW_HEAD ? STRONG : LINE, .6);
}

static void pdf_table(struct pdf *o, const struct block *b)
{
    double w[BLOCK_CELLS_MAX];
    const struct block_row *head = NULL;

    pdf_columns(b->columns, w);
    pdf_room(o, 64);
    pdf_begin(o, "Table");
    for (size_t i = 0; i < b->rows; i++) {
        const struct block_row *r = &b->row[i];
        double h = r->kind == BLOCK_ROW_PART ? 50 : pdf_row_height(o, b, r, w);

        if (r->kind == BLOCK_ROW_HEAD)
            head = r;
        if (o->y + h > PDF_H - PDF_BOTTOM && o->y > PDF_TOP) {
            pdf_end(o, "Table");
            pdf_turn(o);
            pdf_begin(o, "Table");
            if (head != NULL && r != head)
                pdf_row(o, b, head, w);
        }
        pdf_row(o, b, r, w);
    }
    pdf_end(o, "Table");
    o->y += 6;
}

/* ---- items, decisions, words ---- */

static void pdf_items(struct pdf *o, const struct block *b, bool boxed)
{
    const struct pdf_style head = {9.8, true, INK, false}, text = {9.4, false, INK, false},
                           when = {8, false, PDF_SOFT, true};
    const double aside = boxed ? 0 : 130, pad = boxed ? 12 : 0;

    for (size_t i = 0; i < b->rows; i++) {
        const struct block_row *r = &b->row[i];
        const char *more = r->cells > 1 ? r->cell[1].text : "", *day = r->cells > 2 ? r->cell[2].text : "";
        double w = PDF_WIDTH - aside - 2 * pad, h = pdf_measure(o, r->cell[0].text, &head, w) +
                                                pdf_measure(o, more, &text, w) + 12, high;

        pdf_room(o, h);
        if (boxed)
            pdf_box(o, PDF_LEFT, o->y, 4, h, 0xb98a00);
        else
            pdf_line(o, PDF_LEFT, PDF_LEFT + PDF_WIDTH, o->y, i == 0 ? STRONG : LINE, .6);
        pdf_begin(o, "P");
        high = pdf_put(o, PDF_LEFT + pad, o->y + 5, w, r->cell[0].text, &head);
        (void)pdf_put(o, PDF_LEFT + pad, o->y + 5 + high, w, more, &text);
        (void)pdf_put(o, PDF_LEFT + PDF_WIDTH - aside + 6, o->y + 6, aside - 6, day, &when);
        pdf_end(o, "P");
        o->y += h;
    }
    o->y += 2;
}

static void pdf_decision(struct pdf *o, const struct block *b)
{
    const struct pdf_style ask = {9.8, true, INK, false}, box = {9.4, false, INK, false};

    for (size_t i = 0; i < b->rows; i++) {
        const struct block_row *r = &b->row[i];
        double h = pdf_measure(o, r->cell[0].text, &ask, PDF_WIDTH - 28), half = (PDF_WIDTH - 28) / 2.;

        pdf_room(o, h + 44);
        pdf_frame(o, PDF_LEFT, o->y, PDF_WIDTH, h + 36, STRONG);
        pdf_begin(o, "P");
        (void)pdf_put(o, PDF_LEFT + 14, o->y + 9, PDF_WIDTH - 28, r->cell[0].text, &ask);
        for (size_t k = 1; k < r->cells && k < 3; k++) {
            double x = PDF_LEFT + 14 + (double)(k - 1) * half;

            pdf_frame(o, x, o->y + h + 16.5, 8, 8, PDF_SOFT);
            (void)pdf_put(o, x + 14, o->y + h + 14, half - 16, r->cell[k].text, &box);
        }
        pdf_end(o, "P");
        o->y += h + 44;
    }
}

static void pdf_sign(struct pdf *o, const struct block *b)
{
    const struct pdf_style small = {8, false, PDF_SOFT, false};

    pdf_room(o, 58);
    o->y += 36;
    for (size_t k = 0; b->rows > 0 && k < b->row[0].cells && k < 3; k++) {
        double x = PDF_LEFT + (double)k * (PDF_WIDTH + 16) / 3.;

        pdf_line(o, x, x + (PDF_WIDTH - 32) / 3., o->y, STRONG, .7);
        pdf_begin(o, "P");
        (void)pdf_put(o, x, o->y + 3, 150, b->row[0].cell[k].text, &small);
        pdf_end(o, "P");
    }
    o->y += 22;
}

/* "Word: meaning", a paragraph each, small. */
static void pdf_words(struct pdf *o, const struct block *b, const char *between)
{
    const struct pdf_style small = {8.6, false, PDF_SOFT, false};

    for (size_t i = 0; i < b->rows; i++) {
        char text[4000];
        struct strbuf s = STRBUF_ON(text);

        strbuf_puts(&s, b->row[i].cell[0].text);
        if (b->row[i].cells > 1)
            strbuf_putf(&s, "%s%s", between, b->row[i].cell[1].text);
        pdf_para(o, "P", text, &small, 0, 3);
    }
}

/* ---- the whole ---- */

/* What a heading must have below it on its page: the beginning of what it heads. */
static double pdf_below(const struct block *b, bool last)
{
    return last ? 40 : b[1].kind == BLOCK_TABLE ? 130 : b[1].kind == BLOCK_CHART ? CHART_HIGH + 84 : 84;
}

static void pdf_block(struct pdf *o, const struct block *b)
{
    const struct pdf_style h2 = {13, true, INK, false}, text = {9.8, false, INK, false},
                           small = {8, false, PDF_SOFT, false};

    switch (b->kind) {
    case BLOCK_HEADING:
        pdf_room(o, pdf_below(b, b == &o->d->block[o->d->blocks - 1]));
        pdf_para(o, "H2", b->text, &h2, 15, 5);
        break;
    case BLOCK_TEXT: pdf_para(o, "P", b->text, &text, 0, 5); break;
    case BLOCK_SMALL: pdf_para(o, "P", b->text, &small, 0, 4); break;
    case BLOCK_SHORT: pdf_short(o, b); break;
    case BLOCK_TILES: pdf_tiles(o, b); break;
    case BLOCK_CHART: pdf_chart(o, b); break;
    case BLOCK_TABLE: pdf_table(o, b); break;
    case BLOCK_ITEMS: pdf_items(o, b, false); break;
    case BLOCK_ACCEPTED: pdf_items(o, b, true); break;
    case BLOCK_DECISION: pdf_decision(o, b); break;
    case BLOCK_SIGN: pdf_sign(o, b); break;
    case BLOCK_WORDS: pdf_words(o, b, ": "); break;
    case BLOCK_NOTE: o->y += 10; pdf_words(o, b, " "); break;
    }
}

void pdf_walk(struct pdf *o)
{
    pdf_head(o);
    for (size_t i = 0; i < o->d->blocks; i++)
        pdf_block(o, &o->d->block[i]);
    pdf_turn(o);
}
