/* What pages share: the frame, errors, files, spans of days, names and addresses. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mail/domain.h"
#include "report/period.h"
#include "verdict/cause.h"
#include "web/files.h"
#include "web/models.h"

void page_shell(struct html *o, const struct shell *s, const struct nav_item *nav, size_t nav_n);
void page_error_content(struct html *o, const struct error_model *m);

size_t pages_nav(struct visit *v, const struct nav_item **out)
{
    static const struct { const char *section, *words; bool staff; } items[] = {
        {"today", "Today", false}, {"clients", "Clients", false}, {"episodes", "Episodes", false},
        {"messages", "Messages", true}, {"received", "Received", false}, {"reports", "Reports", false},
        {"health", "Health", true},
    };
    enum { ITEMS = sizeof items / sizeof items[0] };
    struct nav_item *list = arena_array(v->a, ITEMS, sizeof *list);
    size_t n = 0;

    for (size_t i = 0; list != NULL && i < ITEMS; i++)
        if (!items[i].staff || visit_is_staff(v))
            list[n++] = (struct nav_item){.section = items[i].section, .words = items[i].words,
                                          .to = i == 0 ? (struct url){"/"} : url_path(v->a, items[i].section, NULL)};
    *out = list;
    return n;
}

void pages_show(const struct shell *s)
{
    const struct nav_item *nav;
    size_t n = pages_nav(s->v, &nav);

    page_shell(s->v->o, s, nav, n);
}

static void pages_error_html(struct html *o, const void *m)
{
    page_error_content(o, m);
}

void pages_error(struct visit *v, const struct error_model *m)
{
    v->terms = 0;
    pages_show(&(struct shell){.v = v, .title = m->title, .content = pages_error_html, .model = m});
}

void pages_file(struct visit *v)
{
    bool mark = strcmp(visit_segment(v, 0), "mark.svg") == 0;

    v->out->type = mark ? "image/svg+xml" : "text/css; charset=utf-8";
    v->out->public = true;
    html_raw(v->o, mark ? file_mark : file_style, mark ? file_mark_size : file_style_size);
}

void page_alive(struct visit *v)
{
    v->out->type = "text/plain; charset=utf-8";
    html_literal(v->o, "alive\n");
}

/* ---- what the address says ---- */

static const char *pages_day(struct visit *v, int64_t day)
{
    char text[PERIOD_TEXT_MAX];

    return pages_printf(v, "%s", period_text(day * PERIOD_DAY_S, text));
}

/* From the one day to the other, both within; each has its usual where it is left out. */
static bool pages_span_named(struct visit *v, int64_t otherwise, struct pages_span *out)
{
    const char *from = visit_query(v, "from"), *to = visit_query(v, "to");
    int64_t first_s, last_s, today = v->now_ms / DAY_MS;
    bool good = (from[0] == '\0' || period_parse(str_of(from), &first_s)) &&
                (to[0] == '\0' || period_parse(str_of(to), &last_s)) && visit_query(v, "days")[0] == '\0';

    if (!good)
        return visit_fail(v, 400, "These are no days",
                          "Write from= and to= as 2026-12-31, without days= beside them.", NULL);
    out->before = (to[0] == '\0' ? today : last_s / PERIOD_DAY_S) + 1;
    out->first = from[0] == '\0' ? out->before - otherwise : first_s / PERIOD_DAY_S;
    out->days = out->before - out->first;
    if (out->days < 1 || out->days > VIEWS_DAYS_MAX || out->before > today + 1)
        return visit_fail(v, 400, "These days cannot be shown",
                          "Choose at most 366 days, up to today, the first before the last.", NULL);
    return true;
}

static bool pages_span_days(struct visit *v, int64_t otherwise, struct pages_span *out)
{
    static const int64_t choices[] = {7, 28, 90, 365};
    const char *text = visit_query(v, "days");
    uint32_t days = (uint32_t)otherwise;
    bool known = text[0] == '\0';

    if (text[0] != '\0' && str_to_u32(str_of(text), &days))
        for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
            known = known || choices[i] == (int64_t)days;
    if (!known)
        return visit_fail(v, 400, "That many days cannot be shown", "Choose 7, 28, 90 or 365 days.", NULL);
    out->before = v->now_ms / DAY_MS + 1;
    out->first = out->before - (int64_t)days;
    out->days = (int64_t)days;
    return true;
}

bool pages_span(struct visit *v, int64_t otherwise, struct pages_span *out)
{
    *out = (struct pages_span){.named = visit_query(v, "from")[0] != '\0' || visit_query(v, "to")[0] != '\0'};
    if (!(out->named ? pages_span_named : pages_span_days)(v, otherwise, out))
        return false;
    out->chosen = out->named || visit_query(v, "days")[0] != '\0';
    out->from = pages_day(v, out->first);
    out->to = pages_day(v, out->before - 1);
    return true;
}

const char *pages_done(const struct visit *v)
{
    static const struct { const char *word, *sentence; } rows[] = {
        {"saved", "Saved."}, {"password", "The password is changed; other browsers are signed out."},
        {"theme", "Saved."}, {"others", "Signed out everywhere else."}, {"account", "Done."},
        {"note", "Noted."}, {"ticket", "Saved."}, {"close", "Closed. Its note for the ticket stands in the history."},
        {"add", "Written down."}, {"remove", "Taken out."}, {"approve", "Noted who agreed."},
    };
    const char *word = visit_query(v, "done");

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(word, rows[i].word) == 0)
            return rows[i].sentence;
    return "";
}

bool pages_change(struct visit *v, const struct strbuf *message)
{
    struct wire *answer = arena_alloc(v->a, sizeof *answer);
    bool good = answer != NULL && visit_ask(v, message, answer);

    if (good)
        return true;
    v->problem = answer == NULL ? "No memory; try again." : wire_get(answer, "text");
    v->out->status = answer == NULL ? 503 : visit_refusal_status(answer);
    if (v->out->status == 403) {
        (void)visit_fail(v, 403, "You may not do that", v->problem, "refused by the keeper");
        v->problem = NULL;
    }
    return false;
}

size_t choice_words(const struct choice *c)
{
    size_t n = 0;

    while (c->word != NULL && c->word[n] != NULL)
        n++;
    return n;
}

/* ---- names and addresses ---- */

const struct client *pages_client(const struct visit *v, const char *name)
{
    const struct clients *all = v->site->config->clients;

    if (!scope_has(&v->who.scope, name))
        return NULL;
    for (size_t i = 0; i < clients_count(all); i++)
        if (strcmp(clients_at(all, i)->name, name) == 0)
            return clients_at(all, i);
    return NULL;
}

const char *pages_client_of(const struct visit *v, const char *domain)
{
    enum client_domain kind;
    const struct client *c = clients_of(v->site->config->clients, domain, &kind);

    return c == NULL ? "" : c->name;
}

bool pages_may_see(const struct visit *v, const char *domain)
{
    enum client_domain kind;
    const struct client *c = clients_of(v->site->config->clients, domain, &kind);

    /* a look-alike is somebody else's: its figures are the client's business all the same */
    return v->who.scope.all || (c != NULL && scope_has(&v->who.scope, c->name));
}

bool pages_domain_given(struct visit *v, const char *text, const char **out)
{
    *out = "";
    if (text[0] == '\0' || domain_normalize(v->a, str_of(text), out) == RC_OK)
        return true;
    return visit_fail(v, 400, "This is no domain name", "Take it from a page here, or look it up.", NULL);
}

const char *pages_source_title(const struct visit *v, const char *source)
{
    const struct sender *s = senders_find(v->site->config->senders, str_of(source));

    if (s != NULL)
        return s->title;
    return source[0] == '\0' || strcmp(source, "unknown") == 0 ? "Unknown hosts" : source;
}

const char *pages_client_title(const struct visit *v, const char *name)
{
    const struct client *c = pages_client(v, name);

    return c == NULL ? name : c->title[0] != '\0' ? c->title : c->name;
}

struct url pages_source_url(const struct visit *v, const char *domain, const char *source)
{
    return url_path(v->a, "source", domain, source[0] == '\0' ? "unknown" : source, NULL);
}

struct url pages_domain_url(const struct visit *v, const char *domain)
{
    return domain[0] == '\0' ? (struct url){""} : url_path(v->a, "domain", domain, NULL);
}

struct url pages_message_url(const struct visit *v, const struct record *r)
{
    if (r->ref[0] != '\0')
        return url_path(v->a, "message", r->ref, NULL);
    return r->queue_id[0] == '\0' ? (struct url){""} : url_path(v->a, "message", "q", r->queue_id, NULL);
}

const char *pages_printf(struct visit *v, const char *fmt, ...)
{
    const char *text;
    va_list ap;

    va_start(ap, fmt);
    text = str_vprintf(v->a, fmt, ap);
    va_end(ap);
    return text;
}

/* ---- causes ---- */

static enum cause pages_cause(const char *word)
{
    int value = CAUSE_NONE;

    (void)enum_value(&cause_names, str_of(word), &value);
    return (enum cause)value;
}

const char *pages_cause_meaning(const char *cause)
{
    enum cause c = pages_cause(cause);

    return c == CAUSE_NONE ? "nothing failed" : cause_about(c)->meaning;
}

const char *pages_cause_step(const char *cause)
{
    enum cause c = pages_cause(cause);

    return c == CAUSE_NONE ? "" : cause_about(c)->step;
}

const char *pages_cause_whose(const char *cause)
{
    switch (pages_cause(cause)) {
    case CAUSE_NONE: return "Nobody";
    case CAUSE_LOOKALIKE: return "Client to be told";
    case CAUSE_PARKED:
    case CAUSE_UNAUTHORIZED: return "Nothing to repair";
    case CAUSE_MAILING_LIST:
    case CAUSE_FORWARDED: return "Nothing to repair";
    case CAUSE_DNS_TEMPORARY: return "Wait";
    case CAUSE_AUTHOR_UNREADABLE:
    case CAUSE_DKIM_BROKEN: return "Sender";
    case CAUSE_DKIM_UNALIGNED:
    case CAUSE_DKIM_ABSENT:
    case CAUSE_SPF_UNALIGNED: return "Vendor set-up";
    default: return "DNS change";
    }
}

/* ---- messages ---- */

struct table pages_message_table(struct visit *v, const struct record *r, size_t n, const char *title)
{
    static const struct column columns[] = {
        {"time", "When", CELL_WHEN}, {"header_from", "From", CELL_TEXT}, {"rcpt", "To", CELL_TEXT},
        {"dmarc", "Result", CELL_RESULT}, {"cause", "Cause", CELL_TEXT}, {"source", "Source", CELL_TEXT},
        {"disposition", "What we did", CELL_TEXT}, {"ref", "Reference", CELL_MONO},
    };
    struct table t = table_new(v, "messages", title, columns, sizeof columns / sizeof columns[0], n == 0 ? 1 : n);

    for (size_t i = 0; i < n; i++) {
        struct cell *c = table_put(&t);

        if (c != NULL)
            *c = (struct cell){.text = "", .number = r[i].time_ms, .link = pages_message_url(v, &r[i])};
        table_text(&t, r[i].header_from);
        table_text(&t, r[i].rcpt);
        table_text(&t, r[i].dmarc);
        table_text(&t, r[i].cause);
        table_text(&t, v->target.form == REQUEST_PAGE ? pages_source_title(v, r[i].source) : r[i].source);
        table_text(&t, r[i].disposition);
        table_text(&t, r[i].ref[0] != '\0' ? r[i].ref : r[i].queue_id);
    }
    t.empty = "No message is on record.";
    t.empty_next = "Mail that comes in is recorded; that of IgnoreHosts and of people who logged in is not.";
    return t;
}
