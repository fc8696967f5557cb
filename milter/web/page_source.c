/* One source of a domain: what it sends, why it fails, what was decided of it. */
#include <string.h>

#include "desk/source_words.h"
#include "web/figures.h"
#include "web/models.h"

static void source_html(struct html *o, const void *m)
{
    page_source_content(o, m);
}

static enum rc page_source_find(struct visit *v, struct source_model *m, struct err *e)
{
    const struct inventory_filter f = {.client = "", .domain = "", .status = "", .source = m->source};
    static const struct column columns[] = {
        {"domain", "Domain", CELL_TEXT}, {"status", "Status", CELL_STATUS}, {"messages", "Messages", CELL_COUNT},
        {"confirmed", "Confirmed", CELL_SHARE},
    };
    struct inventory_row *row, *none = arena_alloc(v->a, sizeof *none);
    size_t n = 0;
    enum rc rc = views_sources(&v->who.scope, v->db, v->a, &f, &row, &n, e);

    m->others = table_new(v, "others", "Other domains with this source", columns, 4, n + 1);
    m->others.empty = "None of those you see.";
    if (none == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    *none = (struct inventory_row){.domain = m->domain, .source = m->source, .client = m->client};
    for (int i = 0; i < INVENTORY_FIELD_COUNT; i++)
        none->field[i] = "";
    m->row = none;
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        if (strcmp(row[i].domain, m->domain) == 0) {
            m->row = &row[i];
            continue;
        }
        table_link(&m->others, row[i].domain, pages_source_url(v, row[i].domain, m->source), NULL);
        table_text(&m->others, row[i].field[INVENTORY_status]);
        table_number(&m->others, row[i].volume);
        table_share(&m->others, row[i].passed, row[i].volume);
    }
    return rc;
}

/* What of its mail of the last seven days passed, whatever was decided of it. */
static enum rc source_week(struct visit *v, struct source_model *m, struct err *e)
{
    const struct views_wanted w = {.first_day = m->span.before - 7, .before_day = m->span.before, .domain = m->domain,
                                   .source = m->source};
    struct views_row *row;
    size_t n;
    enum rc rc = views_count(&v->who.scope, v->db, v->a, &w, VIEWS_BY_DOMAIN, &row, &n, e);

    if (rc == RC_OK && n > 0)
        m->passed = (struct share){row[0].passed, row[0].messages};
    return rc;
}

static enum rc source_causes(struct visit *v, struct source_model *m, struct err *e)
{
    static const struct column columns[] = {
        {"meaning", "What happened", CELL_TEXT}, {"cause", "Cause", CELL_TEXT}, {"messages", "Messages", CELL_COUNT},
        {"refused", "Refused", CELL_COUNT}, {"next", "Next step", CELL_TEXT}, {"whose", "Whose", CELL_TEXT},
    };
    const struct views_wanted w = {.first_day = m->span.first, .before_day = m->span.before, .domain = m->domain,
                                   .source = m->source};
    struct views_row *row;
    size_t n;
    enum rc rc = views_count(&v->who.scope, v->db, v->a, &w, VIEWS_BY_CAUSE, &row, &n, e);

    if (rc != RC_OK)
        return rc;
    m->causes = table_new(v, "causes", "Cause", columns, 6, n + 1);
    for (size_t i = 0; i < n; i++) {
        table_text(&m->causes, pages_cause_meaning(row[i].cause));
        table_text(&m->causes, row[i].cause);
        table_number(&m->causes, row[i].messages);
        table_number(&m->causes, row[i].refused);
        table_text(&m->causes, pages_cause_step(row[i].cause));
        table_text(&m->causes, pages_cause_whose(row[i].cause));
    }
    m->causes.empty = "It sent nothing here in these days.";
    return RC_OK;
}

static enum rc source_changes(struct visit *v, struct source_model *m, struct err *e)
{
    enum { ROWS = 50 };
    static const struct column columns[] = {
        {"time", "When", CELL_WHEN}, {"who", "Who", CELL_TEXT}, {"field", "What", CELL_TEXT}, {"old", "Old", CELL_TEXT},
        {"new", "New", CELL_TEXT},
    };
    struct inventory_change *c;
    size_t n = 0;
    enum rc rc = inventory_changes(v->db, v->a, m->domain, m->source, ROWS + 1, &c, &n, e);

    m->changes = table_new(v, "changes", "History", columns, 5, ROWS);
    m->changes.empty = "Nobody has changed anything of it.";
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct cell *cell = table_put(&m->changes);

        if (cell != NULL)
            cell->number = c[i].time_ms;
        table_text(&m->changes, c[i].who);
        table_text(&m->changes, c[i].field[0] == '\0' ? "first entry" : c[i].field);
        table_text(&m->changes, c[i].old);
        table_text(&m->changes, c[i].new);
    }
    return rc;
}

/* The last messages of this source and domain, for those who may see messages. */
static enum rc source_messages(struct visit *v, struct source_model *m, struct err *e)
{
    enum { LOOKED_AT = 300, SHOWN = 20 };
    struct record *r = NULL;
    size_t n = 0, kept = 0;
    struct store *store = NULL;
    bool shown = visit_is_staff(v) && v->who.scope.all;
    enum rc rc = shown ? visit_store(v, &store, e) : RC_OK;

    if (rc == RC_OK && shown)
        rc = store_find(store, v->a, &(struct store_query){.key = m->domain, .kinds = 1u << STORE_KEY_DOMAIN,
                        .limit = LOOKED_AT}, &r, &n, e);
    for (size_t i = 0; i < n && kept < SHOWN; i++)
        if (strcmp(r[i].author_domain, m->domain) == 0 &&
            strcmp(r[i].source[0] == '\0' ? "unknown" : r[i].source, m->source) == 0)
            r[kept++] = r[i];
    m->messages = pages_message_table(v, r, kept, "Our own mail, lately");
    m->messages.empty = "None among the last messages of the domain.";
    m->messages.empty_next = "";
    return rc;
}

static const char *source_lead(struct visit *v, const struct source_model *m)
{
    const char *worst = "";
    int64_t most = 0;

    for (size_t i = 0; i < m->causes.rows; i++) {
        const struct cell *c = &m->causes.cell[i * m->causes.columns];

        if (c[1].text[0] != '\0' && c[2].number > most) {
            most = c[2].number;
            worst = c[1].text;
        }
    }
    if (parts_all(&m->all) == 0)
        return "It sent nothing here in these days.";
    if (worst[0] == '\0')
        return "All that it sent in these days was confirmed.";
    return pages_printf(v, "%s. Next: %s. Whose: %s.", pages_cause_meaning(worst), pages_cause_step(worst),
                        pages_cause_whose(worst));
}

static void source_settle(struct visit *v, struct source_model *m)
{
    const char *ticket = m->row->field[INVENTORY_ticket], *base = v->site->config->web_ticket_url;
    bool posted = v->q->method == HTTP_POST;

    m->sender = senders_find(v->site->config->senders, str_of(m->source));
    m->setup = url_https(v->a, m->sender == NULL ? "" : m->sender->setup);
    m->title = pages_source_title(v, m->source);
    m->ticket = base[0] == '\0' || ticket[0] == '\0' ? (struct url){""}
                                                     : url_https(v->a, pages_printf(v, "%s%s", base, ticket));
    m->remark = source_words_remark(m->row);
    m->lead = source_lead(v, m);
    m->operator = v->who.role >= ROLE_OPERATOR && m->row->client[0] != '\0' && strcmp(m->source, "unknown") != 0 &&
                  m->row->field[INVENTORY_status][0] != '\0';
    for (int i = 0; i < INVENTORY_FIELD_COUNT; i++) {
        const char *sent = posted ? request_value(&v->form, inventory_field_name[i]) : NULL;

        m->was[i] = sent != NULL ? sent : m->row->field[i];
    }
    m->chart.id = "vol";
    m->chart.title = pages_printf(v, "Messages of %s for %s by day", m->title, m->domain);
}

void page_source(struct visit *v)
{
    struct source_model m = {.v = v, .source = visit_segment(v, 2)};
    struct table *tables[] = {&m.causes, &m.changes, &m.others, &m.messages};
    struct parts week, before;
    struct chart_days unused;
    struct err e = ERR_NONE;
    enum rc rc;

    v->section = "clients";
    if (!pages_domain_given(v, visit_segment(v, 1), &m.domain))
        return;
    m.client = pages_client_of(v, m.domain);
    m.client_title = pages_client_title(v, m.client);
    if (!pages_may_see(v, m.domain)) {
        (void)visit_not_found(v);
        return;
    }
    if (!pages_span(v, PAGES_DAYS_DEFAULT, &m.span) || !visit_open(v))
        return;
    rc = figures_days(v, &(struct views_wanted){.domain = m.domain}, &m.span, &unused, &week, &before, &m.whole, &e);
    if (rc == RC_OK)
        rc = figures_days(v, &(struct views_wanted){.domain = m.domain, .source = m.source}, &m.span, &m.chart, &m.week,
                          &before, &m.all, &e);
    if (rc == RC_OK)
        rc = source_week(v, &m, &e);
    if (rc == RC_OK)
        rc = page_source_find(v, &m, &e);
    if (rc == RC_OK)
        rc = source_causes(v, &m, &e);
    if (rc == RC_OK)
        rc = source_changes(v, &m, &e);
    if (rc == RC_OK)
        rc = source_messages(v, &m, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    if (parts_all(&m.all) == 0 && m.row->field[INVENTORY_status][0] == '\0') {
        (void)visit_not_found(v);
        return;
    }
    source_settle(v, &m);
    if (!table_download(v, tables, visit_is_staff(v) ? 4 : 3))
        pages_show(&(struct shell){.v = v, .title = pages_printf(v, "%s for %s", m.title, m.domain),
                                   .content = source_html, .model = &m});
}

void page_source_post(struct visit *v)
{
    static const char *const fields[] = {"status", "owner", "ticket", "note", "was_status", "was_owner", "was_ticket",
                                         "was_note"};
    struct strbuf message = visit_message(v, "source");

    if (!pages_may_see(v, visit_segment(v, 1))) {
        (void)visit_not_found(v);
        return;
    }
    wire_put(&message, "domain", visit_segment(v, 1));
    wire_put(&message, "source", visit_segment(v, 2));
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        wire_put(&message, fields[i], visit_form(v, fields[i]));
    if (pages_change(v, &message))
        visit_go(v, url_with(v->a, pages_source_url(v, visit_segment(v, 1), visit_segment(v, 2)), "done", "saved"));
    else if (v->problem != NULL)
        page_source(v);
}
