#include "web/chart.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { HEIGHT = 196, PLOT = 170, TOP = 8 };

/* From the ground up, and their classes in the style sheet. */
static const struct { enum part part; const char *class, *words; } series[PART_COUNT] = {
    {PART_CONFIRMED, "pass", "Approved, confirmed"}, {PART_NOT_CONFIRMED, "fail", "Approved, not confirmed"},
    {PART_OPEN, "open", "Not decided"}, {PART_FORGED, "forged", "Forged"}, {PART_LOST, "lost", "Lost on the way"},
};

static void chart_putf(struct html *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void chart_putf(struct html *o, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    html_raw(o, text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* ---- days ---- */

/* A round step of which a few reach `most`. */
static int64_t chart_step(int64_t most)
{
    int64_t step = 1;

    for (;; step *= 10) {
        if (step * 4 >= most)
            return step;
        if (step * 2 * 4 >= most)
            return step * 2;
        if (step * 5 * 4 >= most)
            return step * 5;
    }
}

static double chart_y(int64_t n, int64_t top)
{
    return (double)PLOT - (double)n * (double)(PLOT - TOP) / (double)top;
}

static void chart_axis(struct html *o, int64_t step, int64_t top)
{
    chart_putf(o, "<svg class=\"days axis-y\" width=\"44\" height=\"%d\" aria-hidden=\"true\">", HEIGHT);
    for (int64_t k = 0; k <= top; k += step) {
        chart_putf(o, "<text x=\"38\" y=\"%.1f\" text-anchor=\"end\">", chart_y(k, top) + 4);
        html_int(o, k);
        html_literal(o, "</text>");
    }
    html_literal(o, "</svg>");
}

static void chart_day_words(struct html *o, const struct chart_days *c, size_t i)
{
    const struct parts *p = &c->day[i];
    bool first = true;

    html_day(o, (struct day){c->first_day + (int64_t)i});
    html_literal(o, ": ");
    html_int(o, parts_all(p));
    html_literal(o, " messages");
    for (int k = 0; k < PART_COUNT; k++) {
        if (p->n[k] == 0)
            continue;
        html_literal(o, first ? ": " : "; ");
        first = false;
        html_int(o, p->n[k]);
        html_literal(o, " ");
        html_text(o, series[k].words);
    }
    if (i + c->late >= c->days)
        html_literal(o, "; still arriving");
}

static void chart_day(struct html *o, const struct chart_days *c, size_t i, int64_t top)
{
    double n = (double)c->days, x = 100 * ((double)i + .14) / n, w = 72 / n;
    int64_t at = 0;

    html_literal(o, "<g><title>");
    chart_day_words(o, c, i);
    html_literal(o, "</title>");
    for (int k = 0; k < PART_COUNT; k++) {
        double low = chart_y(at, top), high = chart_y(at + c->day[i].n[k], top), tall = low - high;

        at += c->day[i].n[k];
        if (c->day[i].n[k] == 0)
            continue;
        chart_putf(o, "<rect class=\"f-%s\" x=\"%.3f%%\" width=\"%.3f%%\" y=\"%.1f\" height=\"%.1f\"/>",
                   series[k].class, x, w,
                   high, tall < .8 ? .8 : tall);
        if (k == PART_NOT_CONFIRMED && tall > 3)
            chart_putf(o, "<rect fill=\"url(#%s-h)\" x=\"%.3f%%\" width=\"%.3f%%\" y=\"%.1f\" height=\"%.1f\"/>",
                       c->id, x, w,
                       high, tall);
    }
    chart_putf(o, "<rect fill=\"transparent\" x=\"%.3f%%\" width=\"%.3f%%\" y=\"0\" height=\"%d\"/></g>",
               100 * (double)i / n,
               100 / n, PLOT);
}

static void chart_legend(struct html *o, const char *id)
{
    html_literal(o, "<ul class=\"legend\">");
    for (int k = 0; k < PART_COUNT; k++) {
        chart_putf(o, "<li><svg viewBox=\"0 0 12 12\" aria-hidden=\"true\"><rect class=\"f-%s\" width=\"12\" "
                      "height=\"12\" "
                   "rx=\"2\"/>", series[k].class);
        if (k == PART_NOT_CONFIRMED)
            chart_putf(o, "<rect fill=\"url(#%s-h)\" width=\"12\" height=\"12\"/>", id);
        html_literal(o, "</svg>");
        html_text(o, series[k].words);
        html_literal(o, "</li>");
    }
    html_literal(o, "</ul>");
}

static void chart_dates(struct html *o, const struct chart_days *c)
{
    size_t step = c->days <= 10 ? 1 : c->days <= 62 ? 7 : c->days <= 190 ? 28 : 61;

    for (size_t i = step / 2; i < c->days; i += step) {
        time_t t = (time_t)((c->first_day + (int64_t)i) * 86400);
        char text[16] = "";
        struct tm tm;

        if (gmtime_r(&t, &tm) != NULL)
            (void)strftime(text, sizeof text, "%e %b", &tm);
        chart_putf(o, "<text x=\"%.3f%%\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                   100 * ((double)i + .5) / (double)c->days, HEIGHT - 8, text);
    }
}

static void chart_table(struct html *o, const struct chart_days *c)
{
    html_literal(o, "<details class=\"table\"><summary>The same as a table</summary><div class=\"scroll\" "
                    "tabindex=\"0\" "
                    "role=\"region\" aria-label=\"");
    html_text(o, c->title);
    html_literal(o, ", table\"><table><thead><tr><th scope=\"col\">Day</th>");
    for (int k = 0; k < PART_COUNT; k++) {
        html_literal(o, "<th scope=\"col\" class=\"n\">");
        html_text(o, series[k].words);
        html_literal(o, "</th>");
    }
    html_literal(o, "</tr></thead><tbody>");
    for (size_t i = 0; i < c->days; i++) {
        if (parts_all(&c->day[i]) == 0)
            continue;
        html_literal(o, "<tr><th scope=\"row\">");
        html_day(o, (struct day){c->first_day + (int64_t)i});
        html_literal(o, "</th>");
        for (int k = 0; k < PART_COUNT; k++) {
            html_literal(o, "<td class=\"n\">");
            html_int(o, c->day[i].n[k]);
            html_literal(o, "</td>");
        }
        html_literal(o, "</tr>");
    }
    html_literal(o, "</tbody></table></div></details>");
}

static void chart_sentence(struct html *o, const struct chart_days *c)
{
    struct parts all = {{0}};
    size_t peak = 0;

    for (size_t i = 0; i < c->days; i++) {
        parts_add(&all, &c->day[i]);
        if (parts_all(&c->day[i]) > parts_all(&c->day[peak]))
            peak = i;
    }
    html_int(o, parts_all(&all));
    html_literal(o, " messages in all; the most on ");
    html_day(o, (struct day){c->first_day + (int64_t)peak});
    html_literal(o, ", ");
    html_int(o, parts_all(&c->day[peak]));
    html_literal(o, ". Of the approved mail ");
    html_share(o, (struct share){all.n[PART_CONFIRMED], parts_own(&all)});
    html_literal(o, " was confirmed.");
}

void chart_days(struct html *o, const struct chart_days *c)
{
    int64_t most = 0, step, top;

    for (size_t i = 0; i < c->days; i++)
        most = parts_all(&c->day[i]) > most ? parts_all(&c->day[i]) : most;
    if (most == 0) {
        html_literal(o, "<p>No mail in these days.</p>");
        return;
    }
    step = chart_step(most);
    top = (most + step - 1) / step * step;
    chart_legend(o, c->id);
    html_literal(o, "<figure><div class=\"plot\">");
    chart_axis(o, step, top);
    chart_putf(o, "<svg class=\"days\" width=\"100%%\" height=\"%d\" role=\"img\" aria-labelledby=\"%s-t "
                  "%s-d\"><title id=\"%s-t\">",
               HEIGHT, c->id, c->id, c->id);
    html_text(o, c->title);
    chart_putf(o, "</title><desc id=\"%s-d\">", c->id);
    chart_sentence(o, c);
    chart_putf(o, "</desc><defs><pattern id=\"%s-h\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" "
               "patternTransform=\"rotate(45)\"><line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" "
               "y2=\"5\"/></pattern></defs>", c->id);
    if (c->late > 0)
        chart_putf(o, "<rect class=\"late\" x=\"%.3f%%\" y=\"0\" width=\"%.3f%%\" height=\"%d\"/>",
                   100 * (double)(c->days - c->late) / (double)c->days, 100 * (double)c->late / (double)c->days, PLOT);
    for (int64_t k = step; k <= top; k += step)
        chart_putf(o, "<line x1=\"0\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>", chart_y(k, top), chart_y(k, top));
    for (size_t i = 0; i < c->days; i++)
        chart_day(o, c, i, top);
    chart_putf(o, "<line class=\"axis\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>", PLOT, PLOT);
    chart_dates(o, c);
    html_literal(o, "</svg></div></figure>");
    chart_table(o, c);
}

/* ---- small ones ---- */

void chart_spark(struct html *o, const int64_t *n, size_t days, enum part part)
{
    int64_t most = 1;

    for (size_t i = 0; i < days; i++)
        most = n[i] > most ? n[i] : most;
    chart_putf(o, "<svg class=\"spark\" viewBox=\"0 0 %zu 28\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
               days * 10);
    for (size_t i = 0; i < days; i++) {
        double h = n[i] == 0 ? 1 : 2 + 24 * (double)n[i] / (double)most;

        chart_putf(o, "<rect class=\"f-%s\" x=\"%zu\" y=\"%.1f\" width=\"8\" height=\"%.1f\"/>",
                   n[i] == 0 ? "lost" : series[part].class, i * 10 + 1, 28 - h, h);
    }
    html_literal(o, "</svg>");
}

void chart_parts(struct html *o, const struct parts *p)
{
    int64_t all = parts_all(p);
    double x = 0;

    html_literal(o, "<svg class=\"split\" role=\"img\" aria-label=\"");
    for (int k = 0; k < PART_COUNT; k++) {
        if (p->n[k] == 0)
            continue;
        html_int(o, p->n[k]);
        html_literal(o, " ");
        html_text(o, series[k].words);
        html_literal(o, "; ");
    }
    html_literal(o, all == 0 ? "no mail\">" : "\">");
    for (int k = 0; k < PART_COUNT; k++) {
        double w = all == 0 ? 0 : 100 * (double)p->n[k] / (double)all;

        if (p->n[k] == 0)
            continue;
        chart_putf(o, "<rect class=\"f-%s\" x=\"%.2f%%\" width=\"%.2f%%\" height=\"100%%\"/>", series[k].class, x,
                   w > .8 ? w - .4 : w);
        x += w;
    }
    html_literal(o, "</svg>");
}
