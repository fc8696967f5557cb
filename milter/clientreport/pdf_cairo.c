/* What of a PDF's page is drawn by cairo and pango, which no other file knows. */
#include "clientreport/pdf_draw.h"

#include <string.h>

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

/* ---- text and lines ---- */

static void pdf_ink(struct pdf *o, unsigned rgb)
{
    cairo_set_source_rgb(o->c, (rgb >> 16 & 255) / 255., (rgb >> 8 & 255) / 255., (rgb & 255) / 255.);
}

/* What hides itself or turns the direction of text is drawn as what it is, as the page in HTML has it. */
static void pdf_set_text(PangoLayout *l, const char *text)
{
    GString *shown = g_string_new(NULL);
    struct str rest = str_of(text);
    char mem[STR_SHOWN_MAX];

    while (rest.n > 0) {
        struct str next = str_take_shown(&rest, mem);

        (void)g_string_append_len(shown, next.p, (gssize)next.n);
    }
    pango_layout_set_text(l, shown->str, (int)shown->len);
    (void)g_string_free(shown, TRUE);
}

static PangoLayout *pdf_layout(struct pdf *o, const char *text, const struct pdf_style *s, double width)
{
    PangoLayout *l = pango_cairo_create_layout(o->c);
    PangoFontDescription *font = pango_font_description_from_string("Liberation Sans, DejaVu Sans");
    cairo_font_options_t *options = cairo_font_options_create();

    /* paper has no pixels that letters could stand on */
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(pango_layout_get_context(l), options);
    pango_context_set_round_glyph_positions(pango_layout_get_context(l), FALSE);
    cairo_font_options_destroy(options);
    pango_font_description_set_absolute_size(font, s->size * PANGO_SCALE);
    pango_font_description_set_weight(font, s->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(l, font);
    pango_font_description_free(font);
    pdf_set_text(l, text);
    pango_layout_set_width(l, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(l, s->right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_line_spacing(l, 1.25f);
    pango_layout_set_auto_dir(l, FALSE);
    return l;
}

double pdf_measure(struct pdf *o, const char *text, const struct pdf_style *s, double width)
{
    PangoLayout *l = pdf_layout(o, text, s, width);
    int w, h;

    pango_layout_get_size(l, &w, &h);
    g_object_unref(l);
    return text[0] == '\0' ? 0 : (double)h / PANGO_SCALE;
}

double pdf_put(struct pdf *o, double x, double y, double width, const char *text, const struct pdf_style *s)
{
    PangoLayout *l = pdf_layout(o, text, s, width);
    int w, h;

    pango_layout_get_size(l, &w, &h);
    pdf_ink(o, s->ink);
    cairo_move_to(o->c, x, y);
    pango_cairo_show_layout(o->c, l);
    g_object_unref(l);
    return text[0] == '\0' ? 0 : (double)h / PANGO_SCALE;
}

void pdf_line(struct pdf *o, double x1, double x2, double y, unsigned ink, double wide)
{
    pdf_ink(o, ink);
    cairo_set_line_width(o->c, wide);
    cairo_move_to(o->c, x1, y);
    cairo_line_to(o->c, x2, y);
    cairo_stroke(o->c);
}

void pdf_box(struct pdf *o, double x, double y, double w, double h, unsigned ink)
{
    pdf_ink(o, ink);
    cairo_rectangle(o->c, x, y, w, h);
    cairo_fill(o->c);
}

void pdf_frame(struct pdf *o, double x, double y, double w, double h, unsigned ink)
{
    pdf_ink(o, ink);
    cairo_set_line_width(o->c, .8);
    cairo_rectangle(o->c, x, y, w, h);
    cairo_stroke(o->c);
}

double pdf_width(struct pdf *o, const char *text, const struct pdf_style *s)
{
    PangoLayout *l = pdf_layout(o, text, s, PDF_WIDTH);
    PangoRectangle r;

    pango_layout_get_pixel_extents(l, NULL, &r);
    g_object_unref(l);
    return r.width;
}

void pdf_begin(struct pdf *o, const char *tag)
{
    cairo_tag_begin(o->c, tag, NULL);
}

void pdf_end(struct pdf *o, const char *tag)
{
    cairo_tag_end(o->c, tag);
}

/* ---- pages ---- */

void pdf_turn(struct pdf *o)
{
    const struct pdf_style small = {7.5, false, PDF_SOFT, false}, right = {7.5, false, PDF_SOFT, true};
    char text[200], number[12];
    struct strbuf b = STRBUF_ON(text);
    const char *p = o->d->page;

    while (*p != '\0') {
        bool all = strncmp(p, "{all}", 5) == 0, n = strncmp(p, "{n}", 3) == 0;
        struct strbuf digits = STRBUF_ON(number);

        strbuf_putf(&digits, "%d", all ? o->pages : o->page);
        if (all || n)
            strbuf_put(&b, strbuf_str(&digits));
        else
            strbuf_putc(&b, *p);
        p += all ? 5 : n ? 3 : 1;
    }
    (void)pdf_put(o, PDF_LEFT, PDF_H - 38, PDF_WIDTH * .75, o->d->title, &small);
    (void)pdf_put(o, PDF_LEFT, PDF_H - 38, PDF_WIDTH, text, &right);
    cairo_show_page(o->c);
    o->page++;
    o->y = PDF_TOP;
}

/* ---- the logo ---- */

struct pdf_bytes {
    struct str rest;
};

static cairo_status_t pdf_read(void *arg, unsigned char *to, unsigned n)
{
    struct pdf_bytes *b = arg;

    if (b->rest.n < n)
        return CAIRO_STATUS_READ_ERROR;
    memcpy(to, b->rest.p, n);
    b->rest = str_slice(b->rest, n, b->rest.n);
    return CAIRO_STATUS_SUCCESS;
}

double pdf_logo(struct pdf *o)
{
    static const double HIGH = 34, WIDE = 150;
    struct pdf_bytes b = {o->d->logo};
    cairo_surface_t *image = cairo_image_surface_create_from_png_stream(pdf_read, &b);
    double w = 0, h, scale;

    if (cairo_surface_status(image) == CAIRO_STATUS_SUCCESS) {
        w = cairo_image_surface_get_width(image);
        h = cairo_image_surface_get_height(image);
        scale = w * HIGH > h * WIDE ? WIDE / w : HIGH / h;
        cairo_save(o->c);
        cairo_translate(o->c, PDF_LEFT, o->y);
        cairo_scale(o->c, scale, scale);
        cairo_set_source_surface(o->c, image, 0, 0);
        cairo_paint(o->c);
        cairo_restore(o->c);
        w = w * scale + 10;
    }
    cairo_surface_destroy(image);
    return w;
}

/* ---- the whole ---- */

static cairo_status_t pdf_write(void *arg, const unsigned char *bytes, unsigned n)
{
    return fwrite(bytes, 1, n, arg) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

/* All pages; how many, 0 after saying what is wrong. */
static int pdf_round(const struct document *d, cairo_surface_t *s, int pages, struct err *e)
{
    struct pdf o = {.c = cairo_create(s), .d = d, .y = PDF_TOP, .page = 1, .pages = pages};
    cairo_status_t status;

    cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_TITLE, d->title);
    cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_AUTHOR, d->by);
    cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, d->date);
    pdf_walk(&o);
    status = cairo_status(o.c);
    cairo_destroy(o.c);
    cairo_surface_finish(s);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(s);
    cairo_surface_destroy(s);
    if (status == CAIRO_STATUS_SUCCESS)
        return o.page - 1;
    (void)err_set(e, RC_INTERNAL, "%s", cairo_status_to_string(status));
    return 0;
}

enum rc report_pdf(const struct document *d, FILE *to, struct err *e)
{
    int pages = pdf_round(d, cairo_pdf_surface_create(NULL, PDF_W, PDF_H), 1, e);

    if (pages == 0 || pdf_round(d, cairo_pdf_surface_create_for_stream(pdf_write, to, PDF_W, PDF_H), pages, e) == 0)
        return RC_INTERNAL;
    return fflush(to) == 0 ? RC_OK : err_set(e, RC_IO, "the PDF cannot be written");
}
