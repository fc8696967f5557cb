/* The monthly reports to clients: the list, one of them, and the documents themselves. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clientreport/figures.h"
#include "clientreport/html.h"
#include "clientreport/make.h"
#include "clientreport/text.h"
#include "web/models.h"

static void page_reports_html(struct html *o, const void *m)
{
    page_list_content(o, m);
}

static void report_page_html(struct html *o, const void *m)
{
    page_report_content(o, m);
}

static const char *report_state(const struct edition *p)
{
    return p->sent_ms == 0 ? "draft" : p->sent > 0 ? "sent" : "released";
}

/* "2026-11" of a report's name; "" without memory. */
static const char *report_month(struct visit *v, const struct edition *p)
{
    struct str name = str_of(make_name(v->a, p->client, p->first_day));

    return name.n == 0 ? "" : name.p + strlen(p->client) + 1;
}

static struct url report_url(struct visit *v, const struct edition *p, const char *what)
{
    return url_with_int(v->a, url_path(v->a, "report", p->client, report_month(v, p), what, NULL), "edition",
                        (long long)p->number);
}

/* ---- the list ---- */

static void page_reports_row(struct visit *v, struct table *t, const struct edition *p)
{
    struct cell *c;

    table_link(t, pages_client_title(v, p->client), report_url(v, p, ""), NULL);
    table_text(t, report_month(v, p));
    table_number(t, p->number);
    table_number(t, p->messages);
    table_share(t, p->confirmed, p->own);
    table_number(t, p->forged);
    c = table_put(t);
    if (c != NULL)
        c->number = p->made_ms;
    table_text(t, report_state(p));
    table_number(t, p->sent);
}

static enum rc page_reports_rows(struct visit *v, struct table *t, const char *client, struct err *e)
{
    const struct editions_wanted w = {.client = client, .released = !visit_is_staff(v)};
    struct edition *row;
    size_t n = 0;
    enum rc rc = editions_list(v->db, v->a, &w, TABLE_LIST_MAX + 1, &row, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        if (scope_has(&v->who.scope, row[i].client))
            page_reports_row(v, t, &row[i]);
    return rc;
}

void page_reports(struct visit *v)
{
    static const struct column columns[] = {
        {"client", "Client", CELL_TEXT}, {"month", "Month", CELL_TEXT}, {"edition", "Edition", CELL_COUNT},
        {"messages", "Messages", CELL_COUNT}, {"confirmed", "Confirmed", CELL_SHARE}, {"forged", "Forged", CELL_COUNT},
        {"made", "Made", CELL_WHEN}, {"state", "State", CELL_TEXT}, {"sent_to", "Mailed to", CELL_COUNT},
    };
    const struct scope *s = &v->who.scope;
    struct table t = table_new(v, "reports", "Reports", columns, 9, TABLE_LIST_MAX);
    struct table *tables[] = {&t};
    const char *client = visit_query(v, "client");
    struct err e = ERR_NONE;
    enum rc rc = RC_OK;

    v->section = "reports";
    t.usual = s->all || client[0] != '\0' ? NULL : "-month"; /* client after client */
    if (client[0] != '\0' && pages_client(v, client) == NULL) {
        (void)visit_not_found(v);
        return;
    }
    if (!visit_open(v))
        return;
    if (s->all || client[0] != '\0')
        rc = page_reports_rows(v, &t, client, &e);
    for (size_t i = 0; rc == RC_OK && !s->all && client[0] == '\0' && !t.left_off && i < s->n; i++)
        rc = page_reports_rows(v, &t, s->client[i], &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    t.empty = "No report was made yet.";
    t.empty_next = visit_is_staff(v) ? "“assay report-client --client NAME --month YYYY-MM” makes one; its timer makes "
                                       "last month’s from the 3rd on." : "The first comes when a month is over.";
    if (!table_download(v, tables, 1))
        pages_show(&(struct shell){.v = v, .title = "Client reports", .content = page_reports_html,
                   .model = &(struct list_model){.v = v, .title = "Client reports", .table = tables, .tables = 1,
                   .text = "", .lead = "What a client reads each month. The figures of an edition never change."}});
}

/* ---- one ---- */

/* The edition that the address asks for; false after an error page. */
static bool report_find(struct visit *v, struct edition *out)
{
    const char *client = visit_segment(v, 1), *number = visit_query(v, "edition");
    struct editions_wanted w = {.client = client, .released = !visit_is_staff(v)};
    int64_t before;
    uint32_t edition = 0;
    struct err e = ERR_NONE;
    enum rc rc;

    v->section = "reports";
    if (number[0] != '\0' && (!str_to_u32(str_of(number), &edition) || edition == 0))
        return visit_fail(v, 400, "This is no edition", "Take it from the list of reports.", NULL);
    if (pages_client(v, client) == NULL || !figures_month(visit_segment(v, 2), &w.first_day, &before))
        return visit_not_found(v);
    if (!visit_open(v))
        return false;
    w.number = edition;
    rc = editions_get(v->db, v->a, &w, out, &e);
    if (rc == RC_NOTFOUND)
        return visit_not_found(v);
    return rc == RC_OK || visit_failed(v, rc, &e);
}

static bool report_blocks(struct visit *v, const struct edition *p, struct document *out)
{
    struct err e = ERR_NONE;
    enum rc rc = blocks_decode(v->a, p->blocks, out, &e);

    return rc == RC_OK || visit_failed(v, rc, &e);
}

void page_report(struct visit *v)
{
    struct report_model m = {.v = v};
    struct document d;

    if (!report_find(v, &m.p) || !report_blocks(v, &m.p, &d))
        return;
    m.title = d.title;
    m.sub = d.sub;
    m.client_title = pages_client_title(v, m.p.client);
    m.state = report_state(&m.p);
    m.month = report_month(v, &m.p);
    m.read = report_url(v, &m.p, "read");
    m.text = report_url(v, &m.p, "text");
    m.pdf = m.p.pdf.n > 0 ? report_url(v, &m.p, "pdf") : (struct url){""};
    for (size_t i = 0; i < d.blocks && m.shown == NULL; i++)
        if (d.block[i].kind == BLOCK_SHORT)
            m.shown = &d.block[i];
    pages_show(&(struct shell){.v = v, .title = d.title, .content = report_page_html, .model = &m});
}

/* The document itself, by one of its writers. */
static void report_write(struct visit *v, void (*write)(const struct document *, FILE *))
{
    struct edition p;
    struct document d;
    char *text = NULL;
    size_t n = 0;
    FILE *to;

    if (!report_find(v, &p) || !report_blocks(v, &p, &d))
        return;
    to = open_memstream(&text, &n);
    if (to != NULL)
        write(&d, to);
    if (to == NULL || fclose(to) != 0)
        (void)visit_failed(v, RC_NOMEM, &ERR_NONE);
    else
        html_raw(v->o, text, n);
    free(text);
}

void page_report_read(struct visit *v)
{
    report_write(v, report_html);
    if (v->out->status == 200)
        v->out->policy = report_html_policy;
}

void page_report_text(struct visit *v)
{
    report_write(v, report_text);
    if (v->out->status == 200)
        v->out->type = "text/plain; charset=utf-8";
}

void page_report_pdf(struct visit *v)
{
    struct edition p;

    if (!report_find(v, &p))
        return;
    if (p.pdf.n == 0) {
        (void)visit_not_found(v);
        return;
    }
    v->out->type = "application/pdf";
    http_field(v->out, "Content-Disposition",
               pages_printf(v, "inline; filename=\"%s.pdf\"", make_name(v->a, p.client, p.first_day)));
    html_raw(v->o, p.pdf.p, p.pdf.n);
}
