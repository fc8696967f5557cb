#include "web/figures.h"

enum rc figures_days(struct visit *v, const struct views_wanted *w, const struct pages_span *span,
                     struct chart_days *chart, struct parts *week, struct parts *before, struct parts *all,
                     struct err *e)
{
    struct views_wanted wanted = *w;
    struct parts *day = arena_array(v->a, (size_t)span->days, sizeof *day);
    struct views_row *row;
    size_t n;
    enum rc rc;

    *chart = (struct chart_days){.day = day, .days = (size_t)span->days, .first_day = span->first};
    *week = *before = *all = (struct parts){{0}};
    if (day == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    wanted.first_day = span->first < span->before - 14 ? span->first : span->before - 14;
    wanted.before_day = span->before;
    rc = views_count(&v->who.scope, v->db, v->a, &wanted, VIEWS_BY_DAY, &row, &n, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        if (row[i].day >= span->first) {
            parts_add(&day[row[i].day - span->first], &row[i].parts);
            parts_add(all, &row[i].parts);
        }
        if (row[i].day >= span->before - 7)
            parts_add(week, &row[i].parts);
        else if (row[i].day >= span->before - 14)
            parts_add(before, &row[i].parts);
    }
    return rc;
}
