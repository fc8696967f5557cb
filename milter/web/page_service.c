/* Reports sent, and the health of the service itself. */
#include <stdlib.h>
#include <string.h>

#include "outbox/outbox.h"
#include "outbox/reports.h"
#include "web/models.h"

static void page_service_html(struct html *o, const void *m)
{
    page_list_content(o, m);
}

/* ---- reports sent ---- */

static void sent_row(struct visit *v, struct table *t, const struct report *r)
{
    struct dispatch d;
    struct err e = ERR_NONE;
    enum rc rc = outbox_find(v->db, v->a, OUTBOX_AGGREGATE, r->id, &d, &e);
    struct cell *c = table_put(t);

    if (c != NULL)
        *c = (struct cell){.text = r->policy_domain, .link = url_path(v->a, "sent", r->report_id, NULL)};
    c = table_put(t);
    if (c != NULL)
        c->number = r->begin_s / 86400;
    table_number(t, r->messages);
    table_number(t, r->rows);
    table_number(t, r->size);
    table_text(t, rc == RC_OK ? enum_name(&delivery_state_names, (int)d.state) : "built");
    table_text(t, rc == RC_OK ? d.error : "");
}

void page_sent(struct visit *v)
{
    enum { ROWS = 100, FILE_ROWS = 5000 };
    static const struct column columns[] = {
        {"policy_domain", "Domain", CELL_TEXT}, {"day", "Day", CELL_DAY}, {"messages", "Messages", CELL_COUNT},
        {"rows", "Rows", CELL_COUNT}, {"size", "Bytes", CELL_COUNT}, {"state", "State", CELL_TEXT},
        {"error", "Why", CELL_TEXT},
    };
    size_t n = 0, rows = v->target.form == REQUEST_PAGE ? ROWS : FILE_ROWS;
    struct table t = table_new(v, "sent", "Reports sent", columns, 7, rows);
    struct table *tables[] = {&t};
    struct reports_wanted w = {.policy_domain = STR_NONE};
    const char *domain;
    struct report *r;
    struct err e = ERR_NONE;
    uint32_t skip = 0;
    enum rc rc;

    v->section = "reports";
    if (visit_query(v, "after")[0] != '\0' && !str_to_u32(str_of(visit_query(v, "after")), &skip)) {
        (void)visit_fail(v, 400, "This place in the list is not known", "Follow “More”.", NULL);
        return;
    }
    if (!pages_domain_given(v, visit_query(v, "domain"), &domain) || !visit_open(v))
        return;
    w.policy_domain = str_of(domain);
    rc = reports_list(v->db, v->a, &w, skip, rows + 1, &r, &n, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    for (size_t i = 0; i < n && i < rows; i++)
        sent_row(v, &t, &r[i]);
    t.keyset = true;
    t.left_off = n > rows;
    if (t.left_off) {
        t.more = visit_with(v, "after", pages_printf(v, "%zu", (size_t)skip + rows));
        t.files = "Files have the next 5,000.";
    }
    t.empty = "No report was built yet.";
    t.empty_next = "“assay report build” makes those of yesterday, by its timer; ReportEmail must be set.";
    if (!table_download(v, tables, 1))
        pages_show(&(struct shell){.v = v, .title = "Reports sent", .content = page_service_html,
                   .model = &(struct list_model){.v = v, .title = "Reports sent", .table = tables, .tables = 1,
                                                 .text = "",
                   .lead = "What we reported to the owners of other domains, newest day first."}});
}

void page_sent_one(struct visit *v)
{
    static const struct column columns[] = {
        {"address", "Address", CELL_MONO}, {"state", "State", CELL_TEXT}, {"attempts", "Attempts", CELL_COUNT},
        {"last", "Last try", CELL_WHEN}, {"error", "Why", CELL_TEXT},
    };
    struct delivery *d = NULL;
    struct report r;
    struct err e = ERR_NONE;
    struct table t;
    struct table *tables[] = {&t};
    size_t n = 0;
    enum rc rc;

    v->section = "reports";
    if (!visit_open(v))
        return;
    rc = reports_find(v->db, v->a, str_of(visit_segment(v, 1)), &r, &e);
    if (rc == RC_NOTFOUND) {
        (void)visit_not_found(v);
        return;
    }
    if (rc == RC_OK)
        rc = outbox_deliveries(v->db, v->a, OUTBOX_AGGREGATE, r.id, &d, &n, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    t = table_new(v, "deliveries", "To whom", columns, 5, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct cell *c;

        table_text(&t, d[i].address);
        table_text(&t, enum_name(&delivery_state_names, (int)d[i].state));
        table_number(&t, d[i].attempts);
        c = table_put(&t);
        if (c != NULL)
            c->number = d[i].last_ms;
        table_text(&t, d[i].error);
    }
    t.empty = "It was not sent to anybody yet.";
    if (!table_download(v, tables, 1))
        pages_show(&(struct shell){.v = v, .title = "Report sent", .content = page_service_html,
                   .model = &(struct list_model){.v = v, .title = pages_printf(v, "Report about %s", r.policy_domain),
                   .table = tables, .tables = 1, .lead = pages_printf(v, "%lld messages in %lld rows, in the file %s.",
                   (long long)r.messages, (long long)r.rows, r.filename),
                   .text = pages_printf(v, "On the server, to read it:\n  assay report show %s", r.report_id)}});
}

/* ---- health ---- */

static void health_row(struct table *t, const char *part, const char *state, const char *what)
{
    table_text(t, part);
    table_text(t, state);
    table_text(t, what);
}

static const char *health_when(struct visit *v, int64_t ms)
{
    char text[HTML_VALUE_MAX];

    return pages_printf(v, "%s", html_when_text((struct when){ms}, text));
}

static void health_rows(struct visit *v, const struct views_health *h, struct table *t)
{
    struct http_counts c = v->site->http == NULL ? (struct http_counts){.open = 0} : http_counts(v->site->http);
    bool quiet = v->now_ms - h->newest_ms > 3600 * 1000;

    health_row(t, "Mail", quiet ? "look" : "well", pages_printf(v, "last message %s", health_when(v, h->newest_ms)));
    health_row(t, "Service", "", pages_printf(v, "version %s, started %s", h->version, health_when(v, h->started_ms)));
    health_row(t, "Records", "", pages_printf(v, "%lld kept, the oldest of %s", (long long)h->messages,
                                              health_when(v, h->oldest_ms)));
    health_row(t, "Tallies", h->behind > 1000 ? "behind" : "well",
               pages_printf(v, "%lld messages not counted yet", (long long)h->behind));
    health_row(t, "Reports to send", h->failed > 0 ? "look" : "well",
               pages_printf(v, "%lld wait, %lld were given up; the last was made %s", (long long)h->waiting,
                            (long long)h->failed, health_when(v, h->built_ms)));
    health_row(t, "Safety catch", h->caught > 0 ? "look" : "well",
               pages_printf(v, "holds for %lld domains", (long long)h->caught));
    health_row(t, "These pages", c.busy > 0 ? "look" : "well",
               pages_printf(v, "%llu requests, 95 of 100 within %llu ms; %llu connections; %llu refused, %llu turned "
                               "away "
                            "because all workers were busy", (unsigned long long)c.requests,
                                (unsigned long long)c.p95_ms,
                            (unsigned long long)c.open, (unsigned long long)c.refused, (unsigned long long)c.busy));
    health_row(t, "This program", "", pages_printf(v, "version %s, started %s", ASSAY_VERSION,
                                                   health_when(v, v->site->started_ms)));
}

void page_health(struct visit *v)
{
    static const struct column columns[] = {
        {"part", "Part", CELL_TEXT}, {"state", "State", CELL_TEXT}, {"what", "What", CELL_TEXT},
    };
    struct table t = table_new(v, "health", "Parts", columns, 3, 20);
    struct table *tables[] = {&t};
    struct views_health h;
    struct err e = ERR_NONE;
    enum rc rc;

    v->section = "health";
    if (!visit_open(v))
        return;
    rc = views_health(&v->who.scope, v->db, v->a, &h, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    if (v->who.scope.all)
        health_rows(v, &h, &t);
    t.empty = "Accounts of named clients do not see it.";
    if (!table_download(v, tables, 1))
        pages_show(&(struct shell){.v = v, .title = "Health", .content = page_service_html,
                   .model = &(struct list_model){.v = v, .title = "Health of the service", .table = tables, .tables = 1,
                   .lead = "Whether everything does what it should. Reports sent stand on a page of their own: see "
                           "Reports.",
                   .text = ""}});
}
