/* What has to be known and done of a client before its mail is looked after, point by point. */
#include "watch/checklist.h"
#include "web/models.h"

static void list_html(struct html *o, const void *m)
{
    page_list_content(o, m);
}

static void checklist_rows(struct table *t, const struct checklist *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct checklist_point *p = &list->point[i];

        table_text(t, p->name);
        table_text(t, p->missing[0] == '\0' ? "pass" : "fail");
        table_text(t, p->owner);
        table_text(t, p->evidence);
        table_text(t, p->missing);
    }
}

void page_checklist(struct visit *v)
{
    static const struct column columns[] = {
        {"name", "Point", CELL_TEXT}, {"met", "Met", CELL_RESULT}, {"owner", "Whose", CELL_TEXT},
        {"evidence", "What shows it", CELL_TEXT}, {"missing", "To do", CELL_TEXT},
    };
    const struct client *c = pages_client(v, visit_segment(v, 1));
    struct watch_bounds bounds;
    struct watch_round round = {.clients = v->site->config->clients, .bounds = &bounds, .now_ms = v->now_ms,
                                .days = WATCH_USUAL_DAYS};
    struct table t = table_new(v, "points", "Checklist", columns, 5, CHECKLIST_MAX);
    struct table *tables[] = {&t};
    struct checklist list;
    struct err e = ERR_NONE;
    enum rc rc;

    v->section = "clients";
    if (c == NULL) {
        (void)visit_not_found(v);
        return;
    }
    if (!visit_open(v))
        return;
    bounds = watch_bounds_of(&watch_usual_bounds, c);
    round.db = v->db;
    round.client = c->name;
    rc = checklist_of(&round, c, v->a, &list, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    checklist_rows(&t, &list);
    t.about = "by clients.conf, received reports and the records that were looked at last";
    if (!table_download(v, tables, 1))
        pages_show(&(struct shell){.v = v, .title = pages_printf(v, "Checklist of %s", pages_client_title(v, c->name)),
                   .content = list_html,
                   .model = &(struct list_model){.v = v, .table = tables, .tables = 1, .text = "",
                   .title = pages_printf(v, "Checklist of %s", pages_client_title(v, c->name)),
                   .lead = list.missing == 0 ? "Nothing is missing."
                                             : pages_printf(v, "%zu of %zu points lack something.", list.missing,
                                                            list.n)}});
}
