/*
 * chart.h - pictures: SVG without script, style attribute or outside reference.
 *
 * Each has its words beside it: a title for each day, a sentence for the
 * whole, and a table of the same figures.
 */
#ifndef ASSAY_WEB_CHART_H
#define ASSAY_WEB_CHART_H

#include "views/views.h"
#include "web/html.h"

struct chart_days {
    const char *id;      /* unique on its page */
    const char *title;   /* "Messages of a.example by day" */
    const struct parts *day;
    size_t days;
    int64_t first_day;   /* days since the epoch */
    size_t late;         /* of them, at the end, are not whole yet */
};

/* Stacked bars a day, a legend before and a table of the same behind. */
void chart_days(struct html *o, const struct chart_days *c);

/* Fourteen small bars: of one part, by day. */
void chart_spark(struct html *o, const int64_t *n, size_t days, enum part part);

/* A bar split into the five parts, with its words for who cannot see it. */
void chart_parts(struct html *o, const struct parts *p);

#endif
