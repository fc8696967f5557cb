/* Exceptions: what a client decided not to mend, or not yet; written down, renewed, taken out. */
#include <stdio.h>
#include <string.h>

#include "episodes/exceptions.h"
#include "report/period.h"
#include "web/models.h"

static void exceptions_html(struct html *o, const void *m)
{
    page_exceptions_content(o, m);
}

static void exception_html(struct html *o, const void *m)
{
    page_exception_content(o, m);
}

static struct url exception_url(struct visit *v, int64_t id)
{
    return url_path(v->a, "exception", pages_printf(v, "%lld", (long long)id), NULL);
}

/* ---- rows ---- */

static enum rc exceptions_add_rows(struct visit *v, struct table *t, const char *client, const char *domain,
                                   const char *source, struct err *e)
{
    const struct exception_filter f = {.client = client, .domain = domain, .source = source,
                                       .any_source = source[0] == '\0'};
    struct exception *row;
    size_t n = 0;
    enum rc rc = exceptions_list(v->db, v->a, &f, TABLE_LIST_MAX + 1, &row, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct cell *c;

        if (!scope_has(&v->who.scope, row[i].client))
            continue;
        table_link(t, row[i].domain, pages_domain_url(v, row[i].domain),
                   row[i].source[0] == '\0' ? "all of it" : pages_source_title(v, row[i].source));
        table_link(t, row[i].risk, exception_url(v, row[i].id), NULL);
        table_text(t, row[i].owner);
        table_text(t, row[i].reason);
        c = table_put(t);
        if (c != NULL)
            c->number = row[i].until_day;
        table_text(t, row[i].until_day < v->now_ms / DAY_MS ? "over" : "in force");
    }
    return rc;
}

enum rc exceptions_table(struct visit *v, const char *client, const char *domain, const char *source,
                         struct table *out, struct err *e)
{
    static const struct column columns[] = {
        {"domain", "Domain, source", CELL_TEXT}, {"risk", "Risk", CELL_TEXT}, {"owner", "Accepted by", CELL_TEXT},
        {"reason", "Why", CELL_TEXT}, {"until", "Until", CELL_DAY}, {"state", "State", CELL_TEXT},
    };
    const struct scope *s = &v->who.scope;
    bool each = !s->all && client[0] == '\0';
    enum rc rc = RC_OK;

    *out = table_new(v, "exceptions", "Accepted risks", columns, 6, TABLE_LIST_MAX);
    out->usual = each ? "until" : NULL; /* client after client */
    out->empty = "No risk is accepted.";
    out->empty_next = "What a client decided not to mend, or not yet, is written down here: with its risk, whose it "
                      "is, why, and until when.";
    if (!each)
        return exceptions_add_rows(v, out, client, domain, source, e);
    for (size_t i = 0; rc == RC_OK && !out->left_off && i < s->n; i++)
        rc = exceptions_add_rows(v, out, s->client[i], domain, source, e);
    return rc;
}

/* ---- forms ---- */

static const char *exception_day(struct visit *v, int64_t day)
{
    char text[PERIOD_TEXT_MAX];

    return day == 0 ? "" : pages_printf(v, "%s", period_text(day * PERIOD_DAY_S, text));
}

/* What the form shows: what was typed into one that was not taken; else what the address or the exception says. */
static void exception_form(struct visit *v, struct exception_model *m)
{
    const struct {
        const char *name, **to;
    } fields[] = {{"domain", &m->x.domain}, {"source", &m->x.source}, {"risk", &m->x.risk}, {"owner", &m->x.owner},
                  {"reason", &m->x.reason}, {"until", &m->until}};

    for (size_t i = 0; v->q->method == HTTP_POST && i < sizeof fields / sizeof fields[0]; i++)
        *fields[i].to = visit_form(v, fields[i].name);
    m->operator = v->who.role >= ROLE_OPERATOR;
}

/* ---- all ---- */

void page_exceptions(struct visit *v)
{
    struct exception_model m = {.v = v, .until = "", .x = {
                                .source = visit_query(v, "source"), .risk = "", .owner = "", .reason = ""}};
    struct table *tables[] = {&m.table};
    const char *client = visit_query(v, "client");
    struct err e = ERR_NONE;
    enum rc rc;

    v->section = "clients";
    if (client[0] != '\0' && pages_client(v, client) == NULL) {
        (void)visit_not_found(v);
        return;
    }
    if (!pages_domain_given(v, visit_query(v, "domain"), &m.x.domain) || !visit_open(v))
        return;
    rc = exceptions_table(v, client, m.x.domain, m.x.source, &m.table, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    exception_form(v, &m);
    if (!table_download(v, tables, 1))
        pages_show(&(struct shell){.v = v, .title = "Exceptions", .content = exceptions_html, .model = &m});
}

/* ---- one ---- */

static void exception_show(struct visit *v, const char *number)
{
    struct exception_model m = {.v = v};
    struct err e = ERR_NONE;
    uint32_t id = 0;
    enum rc rc = RC_NOTFOUND;

    v->section = "clients";
    if (!visit_open(v))
        return;
    if (str_to_u32(str_of(number), &id))
        rc = exceptions_get(v->db, v->a, id, &m.now, &e);
    if (rc == RC_NOTFOUND || (rc == RC_OK && !scope_has(&v->who.scope, m.now.client))) {
        (void)visit_not_found(v);
        return;
    }
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    m.x = m.now;
    m.until = exception_day(v, m.now.until_day);
    exception_form(v, &m);
    m.client_title = pages_client_title(v, m.now.client);
    m.state = m.now.removed_ms != 0 ? "taken out" : m.now.until_day < v->now_ms / DAY_MS ? "over" : "in force";
    m.source_title = m.now.source[0] == '\0' ? "all of it" : pages_source_title(v, m.now.source);
    pages_show(&(struct shell){.v = v, .title = pages_printf(v, "Accepted risk of %s", m.now.domain),
                               .content = exception_html, .model = &m});
}

void page_exception(struct visit *v)
{
    exception_show(v, visit_segment(v, 1));
}

/* Of both pages: `was` is the exception that the form was about, none for a new one. */
void page_exceptions_post(struct visit *v)
{
    static const char *const fields[] = {"act", "domain", "source", "risk", "owner", "reason", "until", "was"};
    struct strbuf message = visit_message(v, "exception");
    const char *was = visit_form(v, "was");

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        wire_put(&message, fields[i], visit_form(v, fields[i]));
    if (pages_change(v, &message))
        visit_go(v, url_with(v->a, url_path(v->a, "exceptions", NULL), "done", visit_form(v, "act")));
    else if (v->problem != NULL && was[0] != '\0')
        exception_show(v, was);
    else if (v->problem != NULL)
        page_exceptions(v);
}
