/* The clients, and one of them. */
#include <stdlib.h>
#include <string.h>

#include "web/figures.h"
#include "web/models.h"

static void page_clients_html(struct html *o, const void *m)
{
    page_list_content(o, m);
}

static void client_html(struct html *o, const void *m)
{
    page_client_content(o, m);
}

/* ---- all ---- */

/* What the list has of all clients, each in the order of their names. */
struct clients_facts {
    struct views_row *all, *week; /* by client: of the span, of its last seven days */
    struct views_number *undecided;
    struct episode_number *open;
    size_t alls, weeks, undecideds, opens;
};

static int clients_row_order(const void *name, const void *row)
{
    return strcmp(name, ((const struct views_row *)row)->client);
}

static int clients_number_order(const void *name, const void *number)
{
    return strcmp(name, ((const struct views_number *)number)->client);
}

static int clients_episodes_order(const void *name, const void *number)
{
    return strcmp(name, ((const struct episode_number *)number)->client);
}

static enum rc clients_ask(struct visit *v, const struct pages_span *span, struct clients_facts *f, struct err *e)
{
    struct views_wanted w = {.first_day = span->first, .before_day = span->before, .clients_only = true};
    enum rc rc = views_count(&v->who.scope, v->db, v->a, &w, VIEWS_BY_CLIENT, &f->all, &f->alls, e);

    w.first_day = span->days < 7 ? span->first : span->before - 7;
    if (rc == RC_OK)
        rc = views_count(&v->who.scope, v->db, v->a, &w, VIEWS_BY_CLIENT, &f->week, &f->weeks, e);
    if (rc == RC_OK)
        rc = views_undecided_of_each(&v->who.scope, v->db, v->a, &f->undecided, &f->undecideds, e);
    return rc == RC_OK ? episodes_open_of_each(v->db, v->a, &f->open, &f->opens, e) : rc;
}

static void clients_row(struct visit *v, struct table *t, const struct client *c, const struct clients_facts *f)
{
    static const struct views_row none = {.client = ""};
    const struct views_row *all = bsearch(c->name, f->all, f->alls, sizeof *all, clients_row_order),
                           *week = bsearch(c->name, f->week, f->weeks, sizeof *week, clients_row_order);
    const struct views_number *undecided = bsearch(c->name, f->undecided, f->undecideds, sizeof *undecided,
                                                   clients_number_order);
    const struct episode_number *open = bsearch(c->name, f->open, f->opens, sizeof *open, clients_episodes_order);
    struct cell *cell;

    all = all == NULL ? &none : all;
    week = week == NULL ? &none : week;
    table_link(t, c->title[0] != '\0' ? c->title : c->name, url_path(v->a, "client", c->name, NULL),
               v->target.form == REQUEST_PAGE ? c->name : NULL);
    table_text(t, open == NULL ? "healthy" : enum_name(&watch_band_names, (int)open->band));
    table_number(t, open == NULL ? 0 : open->open);
    table_number(t, (int64_t)c->domains.n);
    table_share(t, week->parts.n[PART_CONFIRMED], parts_own(&week->parts));
    table_number(t, parts_all(&all->parts));
    table_number(t, all->parts.n[PART_FORGED]);
    table_number(t, undecided == NULL ? 0 : undecided->n);
    cell = table_put(t);
    if (cell != NULL)
        cell->parts = &all->parts;
}

void page_clients(struct visit *v)
{
    static const struct column columns[] = {
        {"client", "Client", CELL_TEXT}, {"band", "Worst open", CELL_BAND}, {"open", "Open", CELL_COUNT},
        {"domains", "Domains", CELL_COUNT}, {"confirmed_7d", "Confirmed, 7 d",
                                                                              CELL_SHARE},
        {"messages", "Messages", CELL_COUNT}, {"forged", "Forged", CELL_COUNT}, {"undecided", "To decide", CELL_COUNT},
        {"parts", "What became of it", CELL_PARTS},
    };
    const struct clients *all = v->site->config->clients;
    struct table t = table_new(v, "clients", "Clients", columns, 9, clients_count(all) + 1);
    struct table *tables[] = {&t};
    struct pages_span span;
    struct clients_facts facts = {.alls = 0};
    struct err e = ERR_NONE;
    enum rc rc;

    v->section = "clients";
    if (!pages_span(v, PAGES_DAYS_DEFAULT, &span) || !visit_open(v))
        return;
    rc = clients_ask(v, &span, &facts, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    for (size_t i = 0; i < clients_count(all); i++)
        if (scope_has(&v->who.scope, clients_at(all, i)->name))
            clients_row(v, &t, clients_at(all, i), &facts);
    t.about = pages_printf(v, "%lld days, as tested here", (long long)span.days);
    t.empty = "No client is named in clients.conf.";
    t.empty_next = "clients.conf(5) has the form; assay-milter reads it anew on reload.";
    if (table_download(v, tables, 1))
        return;
    pages_show(&(struct shell){.v = v, .title = "Clients", .content = page_clients_html,
                               .model = &(struct list_model){.v = v, .title = "Clients", .table = tables, .tables = 1,
                                                             .span = &span,
                                                             .lead = "Whose mail is looked after here.", .text = ""}});
}

/* ---- one ---- */

static void client_domains(struct visit *v, struct client_model *m, const struct views_row *row, size_t n)
{
    for (size_t i = 0; i < n;) {
        struct parts week = {{0}}, *all = arena_alloc(v->a, sizeof *all);
        const char *domain = row[i].domain;
        struct cell *cell;

        for (; i < n && strcmp(row[i].domain, domain) == 0; i++) {
            if (all != NULL)
                parts_add(all, &row[i].parts);
            if (row[i].day >= m->span.before - 7)
                parts_add(&week, &row[i].parts);
        }
        if (all == NULL)
            return;
        table_link(&m->domains, domain, pages_domain_url(v, domain), NULL);
        table_share(&m->domains, week.n[PART_CONFIRMED], parts_own(&week));
        table_number(&m->domains, parts_all(all));
        table_number(&m->domains, all->n[PART_NOT_CONFIRMED]);
        table_number(&m->domains, all->n[PART_FORGED]);
        cell = table_put(&m->domains);
        if (cell != NULL)
            cell->parts = all;
    }
}

static const char *client_lead(struct visit *v, const struct client_model *m)
{
    if (m->work.failing.n > 0)
        return m->work.failing.n == 1
                   ? pages_printf(v, "%s.", m->work.failing.item[0].title)
                   : pages_printf(v, "%s; %zu approved senders fail in all.", m->work.failing.item[0].title,
                                  m->work.failing.n + m->work.failing.left_off);
    if (m->work.deciding.n > 0)
        return m->work.deciding.n == 1
                   ? "A sender waits for a decision; what is approved is confirmed."
                   : pages_printf(v, "%zu senders wait for a decision; what is approved is confirmed.",
                                  m->work.deciding.n + m->work.deciding.left_off);
    return parts_all(&m->all) == 0 ? "No mail of its domains came in here in these days."
                                   : "Nothing of it needs anybody now.";
}

static enum rc client_episodes(struct visit *v, struct client_model *m, struct err *e)
{
    const struct episodes_wanted w = {
        .filter = {.client = m->client->name, .domain = "", .workflow = "", .source = "", .open_only = true},
        .title = "Open episodes", .beside = true};
    struct episodes_worst worst = {.band = ""};
    enum rc rc = episodes_table(v, &w, &m->open, e);

    if (rc == RC_OK)
        rc = episodes_worst(v, m->client->name, "", &worst, e);
    m->band = worst.band;
    return rc == RC_OK ? exceptions_table(v, m->client->name, "", "", &m->accepted, e) : rc;
}

void page_client(struct visit *v)
{
    static const struct column columns[] = {
        {"domain", "Domain", CELL_TEXT}, {"confirmed_7d", "Confirmed, 7 d", CELL_SHARE},
        {"messages", "Messages", CELL_COUNT}, {"not_confirmed", "Not confirmed", CELL_COUNT},
        {"forged", "Forged", CELL_COUNT}, {"parts", "What became of it", CELL_PARTS},
    };
    struct client_model m = {.v = v, .client = pages_client(v, visit_segment(v, 1))};
    struct table *tables[] = {&m.domains, &m.open, &m.accepted};
    struct inventory_row *entry;
    struct views_row *row;
    struct err e = ERR_NONE;
    size_t n, entries = 0;
    enum rc rc;

    v->section = "clients";
    if (m.client == NULL) {
        (void)visit_not_found(v);
        return;
    }
    if (!pages_span(v, PAGES_DAYS_DEFAULT, &m.span) || !visit_open(v) || !pages_work(v, m.client->name, &m.work))
        return;
    m.title = pages_client_title(v, m.client->name);
    rc = figures_days(v, &(struct views_wanted){.client = m.client->name}, &m.span, &m.chart, &m.week, &m.before,
                      &m.all,
                      &e);
    if (rc == RC_OK)
        rc = views_count(&v->who.scope, v->db, v->a,
                         &(struct views_wanted){.first_day = m.span.first, .before_day = m.span.before,
                                                .client = m.client->name},
                         VIEWS_BY_DOMAIN | VIEWS_BY_DAY, &row, &n, &e);
    if (rc == RC_OK)
        rc = views_sources(&v->who.scope, v->db, v->a, &(struct inventory_filter){.client = m.client->name,
                                                                                  .domain = "",
                           .status = "", .source = ""}, &entry, &entries, &e);
    if (rc == RC_OK)
        rc = client_episodes(v, &m, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    m.sources = (int64_t)entries;
    m.domains = table_new(v, "domains", "Domains", columns, 6, n + 1);
    client_domains(v, &m, row, n);
    m.domains.about = pages_printf(v, "%lld days, as tested here", (long long)m.span.days);
    m.domains.empty = "No mail of its domains came in here in these days.";
    m.chart.id = "vol";
    m.chart.title = pages_printf(v, "Messages of %s by day", m.title);
    m.lead = client_lead(v, &m);
    if (!table_download(v, tables, 3))
        pages_show(&(struct shell){.v = v, .title = m.title, .content = client_html, .model = &m});
}
