/*
 * figures.h - the figures of a span of days, as facts and charts of pages show them.
 */
#ifndef ASSAY_WEB_FIGURES_H
#define ASSAY_WEB_FIGURES_H

#include "web/pages.h"

/*
 * Counts what `w` wants (its days are set here) by day: the chart of the span,
 * the sums of the last seven days, of the seven before, and of the span.
 */
enum rc figures_days(struct visit *v, const struct views_wanted *w, const struct pages_span *span,
                     struct chart_days *chart, struct parts *week, struct parts *before, struct parts *all,
                     struct err *e);

#endif
