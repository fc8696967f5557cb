/* One domain: its days, its sources, why what fails fails, and what changed in DNS. */
#include <string.h>

#include "inventory/domain_run.h"
#include "report/period.h"
#include "watch/round.h"
#include "web/figures.h"
#include "web/models.h"

static void domain_html(struct html *o, const void *m)
{
    page_domain_content(o, m);
}

static const struct inventory_row *domain_entry(const struct inventory_row *row, size_t n, const char *source)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(row[i].source, source) == 0)
            return &row[i];
    return NULL;
}

static void domain_source_row(struct visit *v, struct domain_model *m, const struct views_row *r,
                              const struct inventory_row *entry)
{
    struct table *t = &m->sources;
    const char *status = entry != NULL ? entry->field[INVENTORY_status] : r->status;

    table_link(t, v->target.form == REQUEST_PAGE ? pages_source_title(v, r->source) : r->source,
               pages_source_url(v, m->domain, r->source), NULL);
    table_text(t, strcmp(r->source, "unknown") == 0 && entry == NULL ? "" : status);
    table_number(t, r->messages);
    table_share(t, r->passed, r->messages);
    table_number(t, r->parts.n[PART_FORGED]);
    table_text(t, entry != NULL ? entry->field[INVENTORY_owner] : "");
    table_text(t, entry != NULL ? entry->field[INVENTORY_ticket] : "");
    m->approved += strcmp(status, "approved") == 0;
    m->undecided += entry != NULL && strcmp(r->source, "unknown") != 0 && (strcmp(status, "unknown") == 0 ||
                                                                           strcmp(status, "pending") == 0);
}

static enum rc domain_sources(struct visit *v, struct domain_model *m, struct err *e)
{
    static const struct column columns[] = {
        {"source", "Source", CELL_TEXT}, {"status", "Status", CELL_STATUS}, {"messages", "Messages", CELL_COUNT},
        {"confirmed", "Confirmed", CELL_SHARE}, {"forged", "Forged", CELL_COUNT}, {"owner", "Owner", CELL_TEXT},
        {"ticket", "Ticket", CELL_TEXT},
    };
    const struct views_wanted w = {.first_day = m->span.first, .before_day = m->span.before, .domain = m->domain};
    const struct inventory_filter f = {.client = "", .domain = m->domain, .domain_alone = true, .status = "",
                                       .source = ""};
    struct inventory_row *entry;
    struct views_row *row;
    size_t n, kept = 0;
    enum rc rc = views_count(&v->who.scope, v->db, v->a, &w, VIEWS_BY_SOURCE, &row, &n, e);

    if (rc == RC_OK)
        rc = views_sources(&v->who.scope, v->db, v->a, &f, &entry, &kept, e);
    if (rc != RC_OK)
        return rc;
    m->sources = table_new(v, "sources", "Who sends for it", columns, 7, n + kept + 1);
    for (size_t i = 0; i < n; i++)
        domain_source_row(v, m, &row[i], domain_entry(entry, kept, row[i].source));
    for (size_t i = 0; i < kept; i++) {
        bool seen = false;

        for (size_t k = 0; k < n; k++)
            seen = seen || strcmp(row[k].source, entry[i].source) == 0;
        if (!seen)
            domain_source_row(v, m, &(struct views_row){.source = entry[i].source, .status = ""}, &entry[i]);
    }
    m->sources.empty = "No mail in its name came in here in these days.";
    m->sources.empty_next = "What other receivers saw stands below.";
    return RC_OK;
}

static enum rc domain_causes(struct visit *v, struct domain_model *m, struct err *e)
{
    static const struct column columns[] = {
        {"meaning", "What fails", CELL_TEXT}, {"cause", "Cause", CELL_TEXT}, {"source", "Source", CELL_TEXT},
        {"messages", "Messages", CELL_COUNT}, {"refused", "Refused", CELL_COUNT}, {"next", "Next step", CELL_TEXT},
        {"whose", "Whose", CELL_TEXT},
    };
    const struct views_wanted w = {.first_day = m->span.first, .before_day = m->span.before, .domain = m->domain};
    struct views_row *row;
    size_t n;
    enum rc rc = views_count(&v->who.scope, v->db, v->a, &w, VIEWS_BY_SOURCE | VIEWS_BY_CAUSE, &row, &n, e);

    if (rc != RC_OK)
        return rc;
    m->causes = table_new(v, "causes", "What is wrong", columns, 7, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (row[i].cause[0] == '\0')
            continue;
        table_text(&m->causes, pages_cause_meaning(row[i].cause));
        table_text(&m->causes, row[i].cause);
        table_link(&m->causes, pages_source_title(v, row[i].source), pages_source_url(v, m->domain, row[i].source),
                   NULL);
        table_number(&m->causes, row[i].messages);
        table_number(&m->causes, row[i].refused);
        table_text(&m->causes, pages_cause_step(row[i].cause));
        table_text(&m->causes, pages_cause_whose(row[i].cause));
    }
    m->causes.empty = "Nothing of its mail failed.";
    return RC_OK;
}

/* The policy as mail met it last. */
static enum rc domain_policy(struct visit *v, struct domain_model *m, struct err *e)
{
    const char *name = pages_printf(v, "_dmarc.%s", m->domain);
    struct dnstext_version *text;
    struct store *store;
    size_t n = 0;
    enum rc rc = visit_store(v, &store, e);

    if (rc == RC_OK)
        rc = store_dns_history(store, v->a, DNS_KIND_DMARC, name, 1, &text, &n, e);
    m->policy = "Unknown";
    m->policy_note = "no mail met a record of it";
    m->record = "";
    if (rc != RC_OK || n == 0)
        return rc;
    m->record = text[0].text;
    m->policy = text[0].text[0] == '\0' ? "None published" : strstr(text[0].text, "p=reject") != NULL ? "Reject"
              : strstr(text[0].text, "p=quarantine") != NULL ? "Quarantine" : "Monitor";
    m->policy_note = strstr(text[0].text, "t=y") != NULL ? "on trial" : pages_printf(v, "record of %s", name);
    return RC_OK;
}

/* ---- what the watch and `assay domain` say of it ---- */

static bool domain_is_listed(const struct string_list *list, const char *domain)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->item[i], domain) == 0)
            return true;
    return false;
}

static const char *domain_measure(struct visit *v, enum watch_condition c, int64_t value)
{
    bool share = c == WATCH_EACH_PASSES || c == WATCH_TOGETHER_PASS;

    if (share && value < 0)
        return "no mail";
    return share ? pages_printf(v, "%lld.%lld %%", (long long)(value / 100), (long long)(value % 100 / 10))
                 : pages_printf(v, "%lld", (long long)(value < 0 ? -value : value));
}

static void domain_conditions(struct visit *v, struct domain_model *m)
{
    static const struct column columns[] = {
        {"condition", "For the next policy", CELL_TEXT}, {"met", "Met", CELL_RESULT}, {"have", "Now", CELL_TEXT},
        {"source", "In the way", CELL_TEXT},
    };

    m->conditions = table_new(v, "conditions", "Readiness", columns, 4, WATCH_CONDITION_COUNT);
    m->conditions.about = "by received reports of 28 days";
    for (int i = 0; m->judged && i < WATCH_CONDITION_COUNT; i++) {
        table_text(&m->conditions, enum_name(&watch_condition_names, i));
        table_text(&m->conditions, m->ready.condition[i].met ? "pass" : "fail");
        table_text(&m->conditions, domain_measure(v, (enum watch_condition)i, m->ready.condition[i].have));
        table_text(&m->conditions, m->ready.condition[i].which[0] == '\0'
                                       ? "" : pages_source_title(v, m->ready.condition[i].which));
    }
}

static enum rc domain_readiness(struct visit *v, struct domain_model *m, const struct client *c, struct err *e)
{
    bool parked = domain_is_listed(&c->parked, m->domain);
    const struct watch_round round = {.db = v->db, .bounds = &watch_usual_bounds, .client = "", .now_ms = v->now_ms,
                                      .days = WATCH_USUAL_DAYS};
    struct watch_domain facts;
    struct watch_episode *found;
    size_t n;
    enum rc rc;

    if (!parked && !domain_is_listed(&c->domains, m->domain))
        return RC_OK;
    rc = watch_look(&round, c, m->domain, parked, v->a, &facts, &found, &n, e);
    m->judged = rc == RC_OK && facts.reporters > 0 && facts.policy[0] != '\0';
    if (m->judged)
        watch_readiness_of(&facts, found, n, WATCH_USUAL_DAYS - 1 - WATCH_LAG_DAYS, &m->ready);
    if (m->judged && m->record[0] == '\0') { /* no mail met it; receivers did */
        m->policy = strcmp(facts.policy, "reject") == 0 ? "Reject"
                    : strcmp(facts.policy, "quarantine") == 0 ? "Quarantine" : "Monitor";
        m->policy_note = "as receivers report it";
    }
    return rc;
}

/* Who agreed to a stricter policy so far; for the form, what was typed into it. */
static enum rc domain_approvals(struct visit *v, struct domain_model *m, struct err *e)
{
    enum { SHOWN = 5 };
    char today[PERIOD_TEXT_MAX];
    bool typed = v->q->method == HTTP_POST;
    struct approval *list = NULL;
    enum rc rc = approvals_list(v->db, v->a, m->domain, SHOWN, &list, &m->approvals, e);

    m->approval = list;
    m->operator = v->who.role >= ROLE_OPERATOR && m->judged && m->ready.now != m->ready.next;
    m->typed_approver = typed ? visit_form(v, "approver") : "";
    m->typed_ticket = typed ? visit_form(v, "ticket") : "";
    m->typed_day = typed ? visit_form(v, "day") : pages_printf(v, "%s", period_text(v->now_ms / 1000, today));
    return rc;
}

static enum rc domain_records(struct visit *v, struct domain_model *m, struct err *e)
{
    enum { FINDINGS = 60 };
    static const struct column columns[] = {{"finding", "Finding", CELL_MONO}};
    struct domain_run run;
    enum rc rc = domain_run_last(v->db, v->a, m->domain, v->now_ms, &run, e);

    m->findings = table_new(v, "findings", "Findings", columns, 1, FINDINGS);
    m->health = "";
    if (rc != RC_OK || run.time_ms == 0)
        return rc;
    m->health = run.word;
    m->health_ms = run.time_ms;
    for (struct str rest = str_of(run.findings); rest.n > 0;) {
        size_t end = str_find(rest, '\n');

        table_text(&m->findings, str_dup(v->a, str_slice(rest, 0, end)));
        rest = str_slice(rest, end + 1, rest.n);
    }
    return RC_OK;
}

static enum rc domain_watch(struct visit *v, struct domain_model *m, struct err *e)
{
    const struct client *c = pages_client(v, m->client);
    const struct episodes_wanted w = {
        .filter = {.client = m->client, .domain = m->domain, .workflow = "", .source = "", .open_only = true},
        .title = "Open episodes", .beside = true};
    struct episodes_worst worst = {.band = ""};
    enum rc rc = domain_records(v, m, e);

    if (rc == RC_OK)
        rc = episodes_table(v, &w, &m->open, e);
    if (rc == RC_OK && c != NULL)
        rc = episodes_worst(v, m->client, m->domain, &worst, e);
    m->band = worst.band;
    if (rc == RC_OK && c != NULL)
        rc = domain_readiness(v, m, c, e);
    if (rc == RC_OK && c != NULL)
        rc = domain_approvals(v, m, e);
    domain_conditions(v, m);
    return rc;
}

static const char *domain_lead(struct visit *v, const struct domain_model *m)
{
    int64_t own = parts_own(&m->week);

    if (parts_all(&m->all) == 0)
        return "No mail in its name came in here in these days.";
    if (own > 0 && m->week.n[PART_CONFIRMED] * 100 < own * 95)
        return pages_printf(v, "Of its own mail in the last seven days, %lld messages of %lld were not confirmed; "
                               "the table "
                            "“What is wrong” has the causes.", (long long)m->week.n[PART_NOT_CONFIRMED],
                                (long long)own);
    if (m->undecided > 0)
        return pages_printf(v, "%lld of its sources wait for a decision.", (long long)m->undecided);
    return own == 0 ? "None of its sources is approved: decide on them below." : "What is approved is confirmed.";
}

void page_domain(struct visit *v)
{
    struct domain_model m = {.v = v};
    struct table *tables[] = {&m.sources, &m.causes, &m.dns, &m.reported, &m.open, &m.conditions};
    struct err e = ERR_NONE;
    enum rc rc;

    v->section = "clients";
    if (!pages_domain_given(v, visit_segment(v, 1), &m.domain))
        return;
    if (!pages_may_see(v, m.domain)) {
        (void)visit_not_found(v);
        return;
    }
    m.client = pages_client_of(v, m.domain);
    m.client_title = pages_client_title(v, m.client);
    if (!pages_span(v, PAGES_DAYS_DEFAULT, &m.span) || !visit_open(v))
        return;
    rc = figures_days(v, &(struct views_wanted){.domain = m.domain}, &m.span, &m.chart, &m.week, &m.before, &m.all, &e);
    if (rc == RC_OK)
        rc = domain_sources(v, &m, &e);
    if (rc == RC_OK)
        rc = domain_causes(v, &m, &e);
    if (rc == RC_OK)
        rc = domain_policy(v, &m, &e);
    if (rc == RC_OK)
        rc = domain_watch(v, &m, &e);
    if (rc == RC_OK)
        rc = received_by_source(v, m.domain, &m.span, &m.reported, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    if (!today_dns(v, m.client, m.domain, v->now_ms - 90 * (int64_t)DAY_MS, &m.dns))
        return;
    m.chart.id = "vol";
    m.chart.title = pages_printf(v, "Messages of %s by day", m.domain);
    m.lead = domain_lead(v, &m);
    if (!table_download(v, tables, 6))
        pages_show(&(struct shell){.v = v, .title = m.domain, .content = domain_html, .model = &m});
}

void page_domain_post(struct visit *v)
{
    static const char *const fields[] = {"approver", "ticket", "day", "stage"};
    struct strbuf message = visit_message(v, "approval");

    wire_put(&message, "domain", visit_segment(v, 1));
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        wire_put(&message, fields[i], visit_form(v, fields[i]));
    if (pages_change(v, &message))
        visit_go(v, url_with(v->a, url_path(v->a, "domain", visit_segment(v, 1), NULL), "done", "approve"));
    else if (v->problem != NULL)
        page_domain(v);
}
