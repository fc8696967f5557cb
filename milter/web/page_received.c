/* Reports that others send about our clients' domains: all of them, one of them, and their sums on a domain's page. */
#include <stdlib.h>
#include <string.h>

#include "received/reports.h"
#include "received/sums.h"
#include "report/period.h"
#include "web/models.h"

enum { LISTED = 2000, SUMS_MAX = 20000, REPORT_ROWS = 2000 };

static void page_received_html(struct html *o, const void *m)
{
    page_list_content(o, m);
}

/* ---- the list ---- */

static void received_row_of(struct visit *v, struct table *t, const struct received_report *r)
{
    struct cell *c;

    table_link(t, r->domain, url_path(v->a, "received", pages_printf(v, "%lld", (long long)r->id), NULL),
               v->target.form == REQUEST_PAGE ? pages_client_title(v, r->client) : NULL);
    table_text(t, r->reporter);
    c = table_put(t);
    if (c != NULL)
        c->number = r->begin_s * 1000;
    table_number(t, r->messages);
    table_number(t, r->rows);
    table_text(t, enum_name(&received_outcome_names, (int)r->state));
    table_text(t, enum_name(&received_trust_names, (int)r->trust));
    table_text(t, r->repairs[0] != '\0' ? r->repairs : r->errors);
}

static enum rc received_list(struct visit *v, const char *client, const char *domain, const struct pages_span *span,
                             struct table *t, struct err *e)
{
    struct received_reports_wanted w = RECEIVED_ANY_REPORT;
    struct received_report *r;
    size_t n = 0;
    enum rc rc;

    w.client = client;
    w.domain = domain;
    w.reporter = visit_query(v, "reporter");
    w.since_s = span->chosen ? span->first * PERIOD_DAY_S : 0;
    w.until_s = span->chosen ? span->before * PERIOD_DAY_S : 0;
    rc = received_reports(v->db, v->a, &w, LISTED + 1, &r, &n, e); /* one more, to see that there is more */
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        if (scope_has(&v->who.scope, r[i].client))
            received_row_of(v, t, &r[i]);
    return rc;
}

void page_received(struct visit *v)
{
    static const struct column columns[] = {
        {"domain", "About", CELL_TEXT}, {"reporter", "Reporter", CELL_TEXT}, {"begin", "Period from", CELL_WHEN},
        {"messages", "Messages", CELL_COUNT}, {"rows", "Rows", CELL_COUNT}, {"outcome", "Outcome", CELL_TEXT},
        {"trust", "Trust", CELL_TEXT}, {"why", "Repairs, errors", CELL_TEXT},
    };
    const struct scope *s = &v->who.scope;
    struct table t = table_new(v, "received", "Received reports", columns, 8, LISTED);
    struct table *tables[] = {&t};
    const char *client = visit_query(v, "client"), *domain;
    bool each = !s->all && client[0] == '\0';
    struct pages_span span;
    struct err e = ERR_NONE;
    enum rc rc = RC_OK;

    v->section = "received";
    if (client[0] != '\0' && pages_client(v, client) == NULL) {
        (void)visit_not_found(v);
        return;
    }
    if (!pages_domain_given(v, visit_query(v, "domain"), &domain) || !pages_span(v, PAGES_DAYS_DEFAULT, &span) ||
        !visit_open(v))
        return;
    if (!span.chosen)
        span.days = 0; /* all that there are */
    if (!each)
        rc = received_list(v, client, domain, &span, &t, &e);
    for (size_t i = 0; rc == RC_OK && each && i < s->n; i++)
        rc = received_list(v, s->client[i], domain, &span, &t, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    t.about = span.chosen ? pages_printf(v, "%lld days", (long long)span.days) : "newest period first";
    t.usual = "-begin"; /* client after client, else */
    t.empty = "No report came yet.";
    t.empty_next = "Receivers send them to the address that rua= in a domain’s DMARC record names; the first come a "
                   "day or two "
                   "after it is published there. “assay received” reads them in.";
    if (!table_download(v, tables, 1))
        pages_show(&(struct shell){.v = v, .title = "Received reports", .content = page_received_html,
                   .model = &(struct list_model){.v = v, .title = "Received reports", .table = tables, .tables = 1,
                   .span = &span,
                   .lead = "What other receivers counted of your clients’ mail. It stands beside our own figures and "
                           "is never "
                           "added to them.", .text = ""}});
}

/* ---- one ---- */

struct taker {
    struct visit *v;
    struct table *t;
};

static enum rc received_take(void *arg, const struct received_row *r)
{
    struct taker *k = arg;
    struct visit *v = k->v;
    char ip[IP_TEXT_MAX];

    if (k->t->rows >= REPORT_ROWS) {
        k->t->left_off = true;
        return RC_OK;
    }
    table_text(k->t, visit_is_staff(v) ? str_dup(v->a, str_of(ip_text(&r->address, ip))) : pages_source_title(v,
        r->source));
    table_text(k->t, str_dup(v->a, str_of(r->source)));
    table_number(k->t, r->messages);
    table_text(k->t, str_dup(v->a, str_of(r->header_from)));
    table_text(k->t, str_dup(v->a, str_of(r->disposition)));
    table_text(k->t, r->passes & (RECEIVED_PASS_SPF | RECEIVED_PASS_DKIM) ? "pass" : "fail");
    table_text(k->t, str_dup(v->a, str_of(r->spf)));
    table_text(k->t, str_dup(v->a, str_of(r->dkim)));
    table_text(k->t, str_dup(v->a, str_of(r->cause)));
    return RC_OK;
}

static const char *received_lead(struct visit *v, const struct received_report *r)
{
    char from[HTML_VALUE_MAX], to[HTML_VALUE_MAX], n[HTML_VALUE_MAX];

    return pages_printf(v, "%s counted %s messages of %s from %s to %s. Trust: %s. The policy it saw: p=%s%s%s.",
                        r->reporter, html_int_text(r->messages, n), r->domain,
                        html_when_text((struct when){r->begin_s * 1000}, from),
                        html_when_text((struct when){r->end_s * 1000}, to),
                        enum_name(&received_trust_names, (int)r->trust), r->p, r->repairs[0] != '\0' ? ". Repaired: "
                            "" : "",
                        r->repairs);
}

void page_received_one(struct visit *v)
{
    static const struct column columns[] = {
        {"address", "Address", CELL_MONO}, {"source", "Source", CELL_TEXT}, {"messages", "Messages", CELL_COUNT},
        {"header_from", "From", CELL_TEXT}, {"disposition", "Done", CELL_TEXT}, {"dmarc", "DMARC", CELL_RESULT},
        {"spf", "SPF", CELL_MONO}, {"dkim", "DKIM", CELL_MONO}, {"cause", "Cause", CELL_TEXT},
    };
    struct table t = table_new(v, "rows", "Rows", columns, 9, REPORT_ROWS);
    struct table *tables[] = {&t};
    struct received_report r;
    struct err e = ERR_NONE;
    uint32_t id = 0;
    enum rc rc = RC_NOTFOUND;

    v->section = "received";
    if (!visit_open(v))
        return;
    if (str_to_u32(str_of(visit_segment(v, 1)), &id))
        rc = received_get(v->db, v->a, id, &r, &e);
    if (rc == RC_NOTFOUND || (rc == RC_OK && !scope_has(&v->who.scope, r.client))) {
        (void)visit_not_found(v);
        return;
    }
    if (rc == RC_OK)
        rc = received_rows(v->db, &r, received_take, &(struct taker){v, &t}, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    t.empty = r.rows_kept ? "It counts nothing." : "Its rows are older than is kept; its sums are on the domain’s "
                                                   "page.";
    if (!table_download(v, tables, 1))
        pages_show(&(struct shell){.v = v, .title = "Received report", .content = page_received_html,
                   .model = &(struct list_model){.v = v, .title = pages_printf(v, "Report of %s", r.reporter),
                   .lead = received_lead(v, &r), .table = tables, .tables = 1, .text = ""}});
}

/* ---- on a domain's page ---- */

enum rc received_by_source(struct visit *v, const char *domain, const struct pages_span *span, struct table *t,
                           struct err *e)
{
    static const struct column columns[] = {
        {"source", "Source", CELL_TEXT}, {"messages", "Messages", CELL_COUNT}, {"confirmed", "Confirmed", CELL_SHARE},
        {"quarantined", "Put aside", CELL_COUNT}, {"rejected", "Refused", CELL_COUNT}, {"forwarded", "Forwarded",
                                                                                        CELL_COUNT},
        {"reporters", "Receivers", CELL_COUNT},
    };
    const char *client = pages_client_of(v, domain);
    struct received_wanted w = RECEIVED_ANYTHING;
    struct received_sum *s;
    size_t n = 0;
    enum rc rc = RC_OK;

    w.by = RECEIVED_BY_SOURCE;
    w.client = client;
    w.domain = domain;
    w.first_day = span->first;
    w.end_day = span->before;
    if (client[0] != '\0' && scope_has(&v->who.scope, client))
        rc = received_sums(v->db, v->a, &w, SUMS_MAX, &s, &n, e);
    *t = table_new(v, "reported", "What others report", columns, 7, n + 1);
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        table_link(t, v->target.form == REQUEST_PAGE ? pages_source_title(v, s[i].source) : s[i].source,
                   pages_source_url(v, domain, s[i].source), NULL);
        table_number(t, s[i].counts.messages);
        table_share(t, s[i].counts.passed, s[i].counts.messages);
        table_number(t, s[i].counts.quarantined);
        table_number(t, s[i].counts.rejected);
        table_number(t, s[i].counts.forwarded);
        table_number(t, s[i].reporters);
    }
    t->about = "their reports, beside our own figures";
    t->more = url_with(v->a, url_path(v->a, "received", NULL), "domain", domain);
    t->empty = "No report about it came for these days.";
    t->empty_next = "First reports come a day or two after rua= of its DMARC record names an address that is read "
                    "here.";
    return rc;
}
