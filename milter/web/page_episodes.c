/* Episodes: what the watch found, and what people say of it. */
#include <string.h>

#include "watch/round.h"
#include "web/models.h"

enum { BESIDE = 500 /* rows on a page that is about more */ };

static void page_episodes_html(struct html *o, const void *m)
{
    page_list_content(o, m);
}

static void episode_html(struct html *o, const void *m)
{
    page_episode_content(o, m);
}

/* ---- rows ---- */

const char *episodes_sentence(struct visit *v, const struct episode *p)
{
    char mem[1200];
    struct strbuf b = STRBUF_ON(mem);

    watch_sentence(p, &b);
    return pages_printf(v, "%s", mem);
}

static struct url episode_url(struct visit *v, const struct episode *p)
{
    return url_path(v->a, "episode", p->ref, NULL);
}

/* On pages that are about more, a row has less; files have all of it. */
static bool episodes_are_short(const struct visit *v, const struct episodes_wanted *w)
{
    return w->beside && v->target.form == REQUEST_PAGE;
}

static void episode_row(struct visit *v, struct table *t, const struct episodes_wanted *w, const struct episode *p)
{
    const char *next = p->state == EPISODE_OPEN ? watch_next_step(p->workflow, p->cause)
                                                : enum_name(&episode_state_names, (int)p->state);
    bool brief = episodes_are_short(v, w);
    struct cell *c;

    table_text(t, enum_name(&watch_band_names, (int)p->band));
    table_link(t, episodes_sentence(v, p), episode_url(v, p),
               v->target.form != REQUEST_PAGE ? NULL : brief ? next : p->workflow);
    table_link(t, p->domain, pages_domain_url(v, p->domain), NULL);
    if (!brief) {
        table_number(t, p->messages);
        table_text(t, next);
        table_text(t, p->ticket);
    }
    c = table_put(t);
    if (c != NULL)
        c->number = p->since_day;
}

/* Those of one client of the scope. */
static enum rc episodes_add(struct visit *v, struct table *t, const struct episodes_wanted *w, const char *client,
                            struct err *e)
{
    struct episode_filter f = w->filter;
    struct episode *row;
    size_t n = 0;
    enum rc rc;

    f.client = client;
    rc = episodes_list(v->db, v->a, &f, t->max + 1, &row, &n, e); /* one more, to see that there is more */
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        episode_row(v, t, w, &row[i]);
    return rc;
}

static struct table episodes_new(struct visit *v, const struct episodes_wanted *w, size_t max)
{
    static const struct column columns[] = {
        {"band", "Band", CELL_BAND}, {"what", "What", CELL_TEXT}, {"domain", "Domain", CELL_TEXT},
        {"messages", "Messages", CELL_COUNT}, {"next", "Next", CELL_TEXT}, {"ticket", "Ticket", CELL_TEXT},
        {"since", "Since", CELL_DAY},
    };
    static const struct column few[] = {
        {"band", "Band", CELL_BAND}, {"what", "What", CELL_TEXT}, {"domain", "Domain", CELL_TEXT},
        {"since", "Since", CELL_DAY},
    };
    bool brief = episodes_are_short(v, w);
    struct table t = table_new(v, "episodes", w->title, brief ? few : columns, brief ? 4 : 7, max);

    if (w->beside)
        t.more = url_with(v->a, url_with(v->a, url_path(v->a, "episodes", NULL), "client", w->filter.client), "domain",
                          w->filter.domain);
    t.about = "of received reports";
    t.empty = "Nothing is open.";
    t.empty_next = "The watch looks each hour at what receivers report; it tells an episode once, and closes it "
                   "when the reports say that it is over.";
    return t;
}

static enum episode_order episodes_order(const struct column *by)
{
    static const struct {
        const char *key;
        enum episode_order order;
    } orders[] = {{"band", EPISODES_BY_BAND}, {"what", EPISODES_BY_KIND}, {"domain", EPISODES_BY_DOMAIN},
                  {"messages", EPISODES_BY_MESSAGES}, {"next", EPISODES_BY_CAUSE}, {"ticket", EPISODES_BY_TICKET},
                  {"since", EPISODES_BY_SINCE}};

    for (size_t i = 0; by != NULL && i < sizeof orders / sizeof orders[0]; i++)
        if (strcmp(orders[i].key, by->key) == 0)
            return orders[i].order;
    return EPISODES_BY_USUAL;
}

/* Of one client, or of all where the scope is all: the rows that the address asks for. */
static enum rc episodes_window(struct visit *v, struct table *t, const struct episodes_wanted *w, struct err *e)
{
    const struct table_window window = table_window(v, t, w->first);
    const struct episodes_part part = {.order = episodes_order(window.by), .down = window.down, .skip = window.skip,
                                       .max = window.max};
    struct episode *row;
    int64_t all = 0;
    size_t n = 0;
    enum rc rc = RC_OK;

    if (v->who.scope.all || scope_has(&v->who.scope, w->filter.client))
        rc = episodes_part(v->db, v->a, &w->filter, &part, &row, &n, &all, e);
    *t = episodes_new(v, w, n + 1);
    t->window = true;
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        episode_row(v, t, w, &row[i]);
    table_window_end(t, &window, all);
    return rc;
}

enum rc episodes_table(struct visit *v, const struct episodes_wanted *w, struct table *out, struct err *e)
{
    const struct scope *s = &v->who.scope;
    bool each = !s->all && w->filter.client[0] == '\0';
    enum rc rc = RC_OK;

    *out = episodes_new(v, w, each ? (w->beside ? BESIDE : TABLE_LIST_MAX) : 1);
    if (!each)
        return episodes_window(v, out, w, e);
    out->usual = "-band"; /* client after client */
    for (size_t i = 0; rc == RC_OK && !out->left_off && i < s->n; i++)
        rc = episodes_add(v, out, w, s->client[i], e);
    return rc;
}

enum rc episodes_worst(struct visit *v, const char *client, const char *domain, struct episodes_worst *out,
                       struct err *e)
{
    struct episode_filter f = EPISODE_ANY;
    struct episode *row;
    size_t n = 0;
    enum rc rc;

    *out = (struct episodes_worst){.band = ""};
    if (!scope_has(&v->who.scope, client))
        return RC_OK;
    f.client = client;
    f.domain = domain;
    f.open_only = true;
    rc = episodes_part(v->db, v->a, &f, &(struct episodes_part){.max = 1}, &row, &n, &out->open, e);
    if (rc == RC_OK && n > 0)
        out->band = enum_name(&watch_band_names, (int)row[0].band);
    return rc;
}

/* ---- all ---- */

/* The names, and NULL at their end; NULL without memory. */
static const char *const *episode_words(struct visit *v, const struct enum_names *names)
{
    const char **word = arena_array(v->a, (size_t)names->count + 1, sizeof *word);

    for (int i = 0; word != NULL && i < names->count; i++)
        word[i] = enum_name(names, i);
    return word;
}

static bool episodes_wanted_of(struct visit *v, struct episodes_wanted *w)
{
    const char *band = visit_query(v, "band"), *workflow = visit_query(v, "workflow"), *state = visit_query(v, "state"),
               *client = visit_query(v, "client");
    int value = 0;

    *w = (struct episodes_wanted){.filter = EPISODE_ANY, .title = "Episodes", .first = true};
    if (band[0] != '\0' && (!enum_value(&watch_band_names, str_of(band), &value) || value == WATCH_NOT_JUDGED))
        return visit_fail(v, 400, "There is no such band", "Choose one of those on the page.", NULL);
    w->filter.band = band[0] == '\0' ? 0 : value;
    if (workflow[0] != '\0' && !enum_value(&watch_workflow_names, str_of(workflow), &value))
        return visit_fail(v, 400, "There is no such kind of episode", "Choose one of those on the page.", NULL);
    if (state[0] != '\0' && strcmp(state, "all") != 0)
        return visit_fail(v, 400, "There is no such state", "Episodes are shown that are open, or all.", NULL);
    if (client[0] != '\0' && pages_client(v, client) == NULL)
        return visit_not_found(v);
    w->filter.client = client;
    w->filter.workflow = workflow;
    w->filter.open_only = state[0] == '\0';
    return pages_domain_given(v, visit_query(v, "domain"), &w->filter.domain);
}

void page_episodes(struct visit *v)
{
    static const char *const bands[] = {"escalate", "ticket", "watch", NULL};
    static const char *const states[] = {"all", NULL};
    struct episodes_wanted w;
    struct table t;
    struct table *tables[] = {&t};
    const struct choice choices[] = {{"Band", "band", "any", bands}, {"State", "state", "open", states},
                                     {"Kind", "workflow", "any", episode_words(v, &watch_workflow_names)}};
    struct err e = ERR_NONE;
    enum rc rc;

    v->section = "episodes";
    if (!episodes_wanted_of(v, &w) || !visit_open(v))
        return;
    rc = episodes_table(v, &w, &t, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    if (!table_download(v, tables, 1))
        pages_show(&(struct shell){.v = v, .title = "Episodes", .content = page_episodes_html,
                   .model = &(struct list_model){.v = v, .title = "Episodes", .table = tables, .tables = 1, .text = "",
                   .choice = choices, .choices = 3,
                   .lead = "One trouble each, from its first day to its last, however many messages it has."}});
}

/* ---- one ---- */

static enum rc episode_events(struct visit *v, struct episode_model *m, struct err *e)
{
    static const struct column columns[] = {
        {"time", "When", CELL_WHEN}, {"who", "Who", CELL_TEXT}, {"what", "What", CELL_TEXT},
        {"text", "Text", CELL_TEXT},
    };
    struct episode_event *row;
    size_t n = 0;
    enum rc rc = episodes_history(v->db, v->a, m->p.id, &row, &n, e);

    m->events = table_new(v, "events", "What happened to it", columns, 4, n + 1);
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct cell *c = table_put(&m->events);

        if (c != NULL)
            c->number = row[i].time_ms;
        table_text(&m->events, row[i].who);
        table_text(&m->events, row[i].what);
        table_text(&m->events, row[i].text);
    }
    m->events.empty = "Nothing is noted.";
    return rc;
}

/* What speaks for and against its end, for who may end it; DNS is not asked from a page. */
static enum rc episode_closing(struct visit *v, struct episode_model *m, struct err *e)
{
    const struct clients *all = v->site->config->clients;
    const struct watch_round round = {.db = v->db, .clients = all, .bounds = &watch_usual_bounds, .client = "",
                                      .now_ms = v->now_ms, .days = WATCH_USUAL_DAYS};
    bool parked;
    const struct client *client = clients_listing(all, m->p.domain, &parked);

    m->operator = v->who.role >= ROLE_OPERATOR;
    if (!m->operator || m->p.state != EPISODE_OPEN)
        return RC_OK;
    m->closes = true;
    return closure_look(&round, client, parked, &m->p, NULL, v->a, &m->closing, e);
}

/* What a form that was not taken held, for the form of that act alone. */
static const char *episode_typed(const struct visit *v, const char *act)
{
    return v->q->method == HTTP_POST && strcmp(visit_form(v, "act"), act) == 0 ? visit_form(v, "text") : NULL;
}

static void episode_settle(struct visit *v, struct episode_model *m)
{
    const char *ticket = episode_typed(v, "ticket"), *note = episode_typed(v, "note"),
               *end = episode_typed(v, "close"), *base = v->site->config->web_ticket_url;

    m->sentence = episodes_sentence(v, &m->p);
    m->client_title = pages_client_title(v, m->p.client);
    m->next = watch_next_step(m->p.workflow, m->p.cause);
    m->source = m->p.source[0] == '\0' || strcmp(m->p.workflow, "reports-missing") == 0
                    ? (struct url){""} : pages_source_url(v, m->p.domain, m->p.source);
    m->here = episode_url(v, &m->p);
    m->ticket = base[0] == '\0' || m->p.ticket[0] == '\0' ? (struct url){""}
                                                           : url_https(v->a, pages_printf(v, "%s%s", base,
                                                                                          m->p.ticket));
    m->typed_ticket = ticket == NULL ? m->p.ticket : ticket;
    m->typed_note = note == NULL ? "" : note;
    m->typed_end = end == NULL ? "" : end;
}

void page_episode(struct visit *v)
{
    struct episode_model m = {.v = v};
    struct table *tables[] = {&m.events};
    struct err e = ERR_NONE;
    enum rc rc;

    v->section = "episodes";
    if (!visit_open(v))
        return;
    rc = episodes_get(v->db, v->a, visit_segment(v, 1), &m.p, &e);
    if (rc == RC_NOTFOUND || rc == RC_LIMIT || (rc == RC_OK && !scope_has(&v->who.scope, m.p.client))) {
        (void)visit_not_found(v);
        return;
    }
    if (rc == RC_OK)
        rc = episode_events(v, &m, &e);
    if (rc == RC_OK)
        rc = episode_closing(v, &m, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    episode_settle(v, &m);
    if (!table_download(v, tables, 1))
        pages_show(&(struct shell){.v = v, .title = pages_printf(v, "Episode %s", m.p.ref), .content = episode_html,
                                   .model = &m});
}

void page_episode_post(struct visit *v)
{
    static const char *const fields[] = {"act", "text", "force", "was_ticket"};
    struct strbuf message = visit_message(v, "episode");

    wire_put(&message, "episode", visit_segment(v, 1));
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        wire_put(&message, fields[i], visit_form(v, fields[i]));
    if (pages_change(v, &message))
        visit_go(v, url_with(v->a, url_path(v->a, "episode", visit_segment(v, 1), NULL), "done", visit_form(v, "act")));
    else if (v->problem != NULL)
        page_episode(v);
}
