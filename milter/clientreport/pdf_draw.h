/*
 * pdf_draw.h - text, lines and boxes on pages of A4; between pdf.c, which knows what goes where, and pdf_cairo.c.
 *
 * Measures are points (1/72 inch); y grows downwards.
 */
#ifndef ASSAY_CLIENTREPORT_PDF_DRAW_H
#define ASSAY_CLIENTREPORT_PDF_DRAW_H

#include "clientreport/pdf.h"

/* The sheet, where text may stand on it, and the grey of what matters less. */
static const double PDF_W = 595, PDF_H = 842, PDF_LEFT = 48, PDF_TOP = 50, PDF_BOTTOM = 58, PDF_WIDTH = 595 - 2 * 48;
enum { PDF_SOFT = 0x4c5a68 };

struct pdf {
    struct _cairo *c;
    const struct document *d;
    double y;        /* what comes next begins here */
    int page, pages; /* pages: how many there are, known in the second round */
};

struct pdf_style {
    double size;
    bool bold;
    unsigned ink;    /* 0xRRGGBB */
    bool right;      /* set at the right */
};

/* How high text is in that width, 0 for none; and how wide on one line. */
double pdf_measure(struct pdf *o, const char *text, const struct pdf_style *s, double width);
double pdf_width(struct pdf *o, const char *text, const struct pdf_style *s);

/* Draws it with its upper left corner there; how high it is. */
double pdf_put(struct pdf *o, double x, double y, double width, const char *text, const struct pdf_style *s);

/* A line across; a box that is filled; one that is not. */
void pdf_line(struct pdf *o, double x1, double x2, double y, unsigned ink, double wide);
void pdf_box(struct pdf *o, double x, double y, double w, double h, unsigned ink);
void pdf_frame(struct pdf *o, double x, double y, double w, double h, unsigned ink);

/* The logo at o->y, at most 34 points high; how much room it takes at the left. */
double pdf_logo(struct pdf *o);

/* What is drawn between the two is one part of the document's structure: "P", "H1", "Table" … */
void pdf_begin(struct pdf *o, const char *tag);
void pdf_end(struct pdf *o, const char *tag);

/* Ends the page with its foot. */
void pdf_turn(struct pdf *o);

/* Draws the document on o's pages, the last one ended (pdf.c). */
void pdf_walk(struct pdf *o);

#endif
