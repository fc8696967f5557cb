#include "clientreport/html.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "clientreport/style.h"

const char report_html_policy[] = "default-src 'none'; style-src 'sha256-" REPORT_STYLE_SHA256
                                  "'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/* ---- text ---- */

static void report_put(FILE *to, const char *text)
{
    struct str rest = str_of(text);
    char mem[STR_SHOWN_MAX];

    while (rest.n > 0) {
        struct str shown = str_take_shown(&rest, mem);

        if (shown.n == 1 && strchr("&<>\"'", shown.p[0]) != NULL)
            (void)fprintf(to, "&#%d;", shown.p[0]);
        else
            (void)fwrite(shown.p, 1, shown.n, to);
    }
}

/* Literals as they are, and texts between them. */
static void report_in(FILE *to, const char *before, const char *text, const char *after)
{
    (void)fputs(before, to);
    report_put(to, text);
    (void)fputs(after, to);
}

static void report_cell(FILE *to, const char *tag, const char *more, const struct block_cell *c)
{
    (void)fprintf(to, "<%s%s>", tag, more);
    report_put(to, c->text);
    if (c->small[0] != '\0')
        report_in(to, "<span class=\"small\">", c->small, "</span>");
    (void)fprintf(to, "</%s>\n", tag);
}

static void report_base64(FILE *to, struct str bytes)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)bytes.p;

    for (size_t i = 0; i < bytes.n; i += 3) {
        unsigned v = (unsigned)p[i] << 16 | (i + 1 < bytes.n ? (unsigned)p[i + 1] << 8 : 0) |
                     (i + 2 < bytes.n ? p[i + 2] : 0);

        (void)fprintf(to, "%c%c%c%c", letters[v >> 18], letters[v >> 12 & 63],
                      i + 1 < bytes.n ? letters[v >> 6 & 63] : '=', i + 2 < bytes.n ? letters[v & 63] : '=');
    }
}

/* ---- chart ---- */

enum { CHART_W = 690, CHART_H = 150, CHART_LEFT = 44 };

static double report_chart_y(const struct block *b, int64_t value)
{
    int64_t top = 1;

    for (size_t i = 0; i < b->rows; i++)
        if (b->row[i].kind == BLOCK_ROW_SUM && b->row[i].cell[0].number > top)
            top = b->row[i].cell[0].number;
    return 6 + (double)(CHART_H - 6) * (1 - (double)value / (double)top);
}

static void report_chart_marks(FILE *to, const struct block *b, double width)
{
    for (size_t i = 0; i < b->rows; i++) {
        const struct block_cell *c = &b->row[i].cell[0];
        double y = report_chart_y(b, c->number);

        if (b->row[i].kind == BLOCK_ROW_SUM) {
            (void)fprintf(to, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>", CHART_LEFT,
                          CHART_W, y, y, c->number == 0 ? "#7d8b99" : "#dfe5ea");
            (void)fprintf(to, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#4c5a68\">", CHART_LEFT - 6,
                          y + 3.6);
            report_in(to, "", c->text, "</text>\n");
        } else if (b->row[i].kind == BLOCK_ROW_PART) {
            (void)fprintf(to, "<text x=\"%.1f\" y=\"%d\" fill=\"#4c5a68\">",
                          (double)CHART_LEFT + ((double)c->number + .14) * width, CHART_H + 16);
            report_in(to, "", c->text, "</text>\n");
        }
    }
}

static void report_chart_bars(FILE *to, const struct block *b, double width)
{
    for (size_t i = 0; i < b->points; i++) {
        int64_t below = 0;

        for (size_t k = 0; k < b->series; k++) {
            int64_t v = b->value[k * b->points + i];
            double low = report_chart_y(b, below), high = report_chart_y(b, below + v);

            below += v;
            if (v > 0)
                (void)fprintf(to, "<rect x=\"%.1f\" width=\"%.1f\" y=\"%.1f\" height=\"%.1f\" fill=\"#%06x\"/>",
                              (double)CHART_LEFT + ((double)i + .14) * width, .72 * width,
                              low - high < .8 ? low - .8 : high,
                              low - high < .8 ? .8 : low - high, block_ink[k]);
        }
    }
}

static void report_chart(FILE *to, const struct block *b)
{
    double width = (double)(CHART_W - CHART_LEFT) / (double)b->points;
    size_t k = 0;

    (void)fputs("<p class=\"legend\">", to);
    for (size_t i = 0; i < b->rows; i++)
        if (b->row[i].kind == BLOCK_ROW_HEAD && k < b->series) {
            (void)fprintf(to, "<span><svg width=\"10\" height=\"10\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect "
                          "width=\"10\" height=\"10\" rx=\"2\" fill=\"#%06x\"/></svg> ", block_ink[k++]);
            report_in(to, "", b->row[i].cell[0].text, "</span>\n");
        }
    (void)fprintf(to, "</p><figure class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"ct\"><svg "
                  "viewBox=\"0 0 %d %d\" width=\"100%%\" role=\"img\" aria-labelledby=\"ct\" font-size=\"10.5\">",
                  CHART_W, CHART_H + 20);
    report_in(to, "<title id=\"ct\">", b->text, "</title>\n");
    report_chart_marks(to, b, width);
    report_chart_bars(to, b, width);
    (void)fputs("</svg></figure>\n", to);
}

/* ---- tables ---- */

static void report_share(FILE *to, const struct block_cell *c)
{
    report_in(to, "<td class=\"n\">", c->text, "");
    if (c->number >= 0)
        (void)fprintf(to, "<svg class=\"bar\" width=\"64\" height=\"7\" aria-hidden=\"true\"><rect width=\"64\" "
                      "height=\"7\" rx=\"3.5\" fill=\"#d3dae1\"/><rect width=\"%.1f\" height=\"7\" rx=\"3.5\" "
                      "fill=\"#%06x\"/></svg>", .064 * (double)c->number, block_ink[c->number < 950]);
    (void)fputs("</td>\n", to);
}

static void report_steps(FILE *to, const struct block_cell *c)
{
    (void)fputs("<td>", to);
    if (c->number >= 0) {
        (void)fputs("<svg class=\"stage\" width=\"52\" height=\"9\" aria-hidden=\"true\">", to);
        for (int i = 0; i < 4; i++)
            (void)fprintf(to, "<rect x=\"%d\" width=\"11\" height=\"9\" rx=\"2\" fill=\"%s\"/>", 13 * i,
                          i < c->number ? "#2f7f6f" : "#d3dae1");
        (void)fputs("</svg>", to);
    }
    report_put(to, c->text);
    (void)fputs("</td>\n", to);
}

static void report_band(FILE *to, const struct block_cell *c)
{
    static const struct { const char *name, *ink, *shape; } bands[] = {
        {"none", "#4c5a68", "<path d=\"M1 4.8h10v2.4H1z\"/>"},
        {"healthy", "#17693a", "<circle cx=\"6\" cy=\"6\" r=\"5.2\"/>"},
        {"watch", "#6b4e00", "<path d=\"M6 .8 11.6 11H.4z\"/>"},
        {"ticket", "#943b00", "<path d=\"M6 .3 11.7 6 6 11.7.3 6z\"/>"},
        {"escalate", "#a01722", "<path d=\"M3.6.3h4.8l3.3 3.3v4.8l-3.3 3.3H3.6L.3 8.4V3.6z\"/>"},
    };
    size_t i = c->number < 0 || c->number > BLOCK_BAND_ESCALATE ? 0 : (size_t)c->number;

    (void)fprintf(to, "<td><span class=\"band %s\"><svg width=\"9\" height=\"9\" viewBox=\"0 0 12 12\" fill=\"%s\" "
                  "aria-hidden=\"true\">%s</svg> ", bands[i].name, bands[i].ink, bands[i].shape);
    report_in(to, "", c->text, "</span></td>\n");
}

static void report_row(FILE *to, const struct block *b, const struct block_row *r)
{
    (void)fputs("<tr>", to);
    for (size_t i = 0; i < r->cells; i++) {
        const struct block_cell *c = &r->cell[i];
        char kind = b->columns[i];

        if (r->kind == BLOCK_ROW_HEAD)
            report_cell(to, "th", kind == 'r' || kind == 's' ? " scope=\"col\" class=\"n\"" : " scope=\"col\"", c);
        else if (i == 0)
            report_cell(to, "th", " scope=\"row\"", c);
        else if (kind == 's')
            report_share(to, c);
        else if (kind == 'p')
            report_steps(to, c);
        else if (kind == 'b')
            report_band(to, c);
        else
            report_cell(to, "td", kind == 'r' ? " class=\"n\"" : "", c);
    }
    (void)fputs("</tr>\n", to);
}

/* Rows of one kind after the other are in one part of the table: head, body, foot. */
static void report_table(FILE *to, const struct block *b)
{
    const char *part = "";

    report_in(to, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", b->text, "\"><table>\n");
    for (size_t i = 0; i < b->rows; i++) {
        const struct block_row *r = &b->row[i];
        const char *wanted = r->kind == BLOCK_ROW_HEAD ? "thead" : r->kind == BLOCK_ROW_SUM ? "tfoot" : "tbody";

        if (strcmp(part, wanted) != 0) {
            if (part[0] != '\0')
                (void)fprintf(to, "</%s>", part);
            (void)fprintf(to, "<%s>\n", wanted);
            part = wanted;
        }
        if (r->kind == BLOCK_ROW_PART) {
            (void)fprintf(to, "<tr class=\"part\"><th colspan=\"%zu\" scope=\"colgroup\">", strlen(b->columns));
            report_in(to, "", r->cell[0].text, "</th></tr>\n");
        } else {
            report_row(to, b, r);
        }
    }
    if (part[0] != '\0')
        (void)fprintf(to, "</%s>", part);
    (void)fputs("</table></div>\n", to);
}

/* ---- the rest ---- */

static const char *report_text_of(const struct block_row *r, size_t i)
{
    return i < r->cells ? r->cell[i].text : "";
}

/* Blocks whose rows are all written alike: what stands before, between and after the texts of a row. */
struct report_shape {
    const char *begin, *row[4], *end;
};

static void report_rows(FILE *to, const struct block *b, const struct report_shape *s)
{
    (void)fputs(s->begin, to);
    for (size_t i = 0; i < b->rows; i++) {
        for (size_t k = 0; k < 3 && s->row[k + 1] != NULL; k++)
            report_in(to, s->row[k], report_text_of(&b->row[i], k), "");
        for (size_t k = 3; k > 0; k--)
            if (s->row[k] != NULL) {
                (void)fputs(s->row[k], to);
                break;
            }
        (void)fputs("\n", to);
    }
    (void)fputs(s->end, to);
}

static void report_block(FILE *to, const struct block *b)
{
    static const struct report_shape shape[] = {
        [BLOCK_SHORT] = {"<div class=\"short\">\n", {"<p>", "</p>"}, "</div>\n"},
        [BLOCK_TILES] = {"<dl class=\"tiles\">\n", {"<div><dt>", "</dt><dd>", "</dd><dd>", "</dd></div>"}, "</dl>\n"},
        [BLOCK_ITEMS] = {"<ul class=\"items\">\n", {"<li><h3>", "</h3><p>", "</p><p class=\"when\">", "</p></li>"},
                         "</ul>\n"},
        [BLOCK_ACCEPTED] = {"<div class=\"accept\">\n", {"<h3>", "</h3><p>", "</p>"}, "</div>\n"},
        [BLOCK_DECISION] = {"<div class=\"decide\">\n", {"<p class=\"ask\">", "</p><p class=\"boxes\"><span>\u2610 ",
                            "</span> <span>\u2610 ", "</span></p>"}, "</div>\n"},
        [BLOCK_SIGN] = {"<div class=\"sign\">\n", {"<div>", "</div><div class=\"gap\"></div><div>",
                        "</div><div class=\"gap\"></div><div>", "</div>"}, "</div>\n"},
        [BLOCK_WORDS] = {"<dl class=\"words\">\n", {"<div><dt>", "</dt><dd>: ", "</dd></div>"}, "</dl>\n"},
        [BLOCK_NOTE] = {"<div class=\"end\">\n", {"<p><b>", "</b> ", "</p>"}, "</div>\n"},
    };

    switch (b->kind) {
    case BLOCK_HEADING: report_in(to, "<h2>", b->text, "</h2>\n"); break;
    case BLOCK_TEXT: report_in(to, "<p>", b->text, "</p>\n"); break;
    case BLOCK_SMALL: report_in(to, "<p class=\"small\">", b->text, "</p>\n"); break;
    case BLOCK_CHART: report_chart(to, b); break;
    case BLOCK_TABLE: report_table(to, b); break;
    default: report_rows(to, b, &shape[b->kind]); break;
    }
}

void report_html(const struct document *d, FILE *to)
{
    report_in(to, "<!doctype html>\n<html lang=\"", d->language, "\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-"
              REPORT_STYLE_SHA256 "'; img-src data:\">\n<meta name=\"robots\" content=\"noindex\">\n<title>");
    report_in(to, "", d->title, "</title>\n<style>");
    (void)fputs(report_style, to);
    (void)fputs("</style>\n</head>\n<body>\n<header class=\"top\"><div class=\"logo\">", to);
    if (d->logo.n > 0) {
        (void)fputs("<img alt=\"\" src=\"data:image/png;base64,", to);
        report_base64(to, d->logo);
        (void)fputs("\"> ", to);
    }
    report_in(to, "", d->by, "</div><div class=\"by\">");
    report_in(to, "", d->about, "</div></header>\n<main>\n");
    report_in(to, "<h1>", d->title, "</h1>\n");
    report_in(to, "<p class=\"sub\">", d->sub, "</p>\n");
    for (size_t i = 0; i < d->blocks; i++)
        report_block(to, &d->block[i]);
    (void)fputs("</main>\n</body>\n</html>\n", to);
}
