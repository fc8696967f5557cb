/* One message: the sentences of `assay why`, for whoever has a caller on the telephone. */
#include <string.h>

#include "desk/playbook.h"
#include "desk/why.h"
#include "output/record.h"
#include "verdict/cause.h"
#include "web/models.h"

void page_story(struct html *o, const struct sheet_list *l);

static void message_html(struct html *o, const void *m)
{
    page_message_content(o, m);
}

/* ---- the story, as collected ---- */

static void story_item(struct html *o, const struct sheet_item *i, bool *pairs)
{
    if (i->kind != SHEET_PAIR && *pairs) {
        html_literal(o, "</dd></div></dl>");
        *pairs = false;
    }
    switch (i->kind) {
    case SHEET_SENTENCE:
        html_literal(o, "<p>");
        html_text(o, i->text);
        html_literal(o, "</p>\n");
        break;
    case SHEET_PAIR:
        if (!*pairs)
            html_literal(o, "<dl class=\"pairs wide\"><div><dt>");
        else if (i->label[0] != '\0')
            html_literal(o, "</dd></div>\n<div><dt>");
        if (*pairs && i->label[0] == '\0') {
            html_literal(o, "<br>");
        } else {
            html_text(o, i->label);
            html_literal(o, "</dt><dd>");
        }
        html_text(o, i->text);
        *pairs = true;
        break;
    case SHEET_LINE:
        html_literal(o, "<p class=\"small\">");
        html_text(o, i->text);
        html_literal(o, "</p>\n");
        break;
    case SHEET_HEADING: break;
    }
}

/* Sections that the page shows elsewhere, in a form of its own. */
static bool story_shown_elsewhere(const char *heading)
{
    return strcmp(heading, "What to do now") == 0 || strncmp(heading, "Closure note", 12) == 0;
}

void page_story(struct html *o, const struct sheet_list *l)
{
    bool open = false, pairs = false, skip = false; /* what stands before the first heading is the head */

    for (size_t i = 0; i < l->n; i++) {
        const struct sheet_item *it = &l->item[i];

        if (it->kind == SHEET_HEADING) {
            if (pairs)
                html_literal(o, "</dd></div></dl>");
            pairs = false;
            if (open)
                html_literal(o, "</div></section>\n");
            skip = story_shown_elsewhere(it->text);
            open = !skip;
            if (open) {
                html_literal(o, "<section class=\"sheet over\" aria-label=\"");
                html_text(o, it->text);
                html_literal(o, "\"><header><h2>");
                html_text(o, it->text);
                html_literal(o, "</h2></header><div class=\"prose\">");
            }
        } else if (!skip) {
            story_item(o, it, &pairs);
        }
    }
    if (pairs)
        html_literal(o, "</dd></div></dl>");
    if (open)
        html_literal(o, "</div></section>\n");
}

/* ---- the three questions ---- */

static void message_wrong(struct visit *v, struct message_model *m)
{
    const struct record *r = m->r;
    bool spf = strcmp(r->spf, "pass") == 0, dkim = strstr(r->dkim, "pass ") != NULL;

    m->whose = r->cause[0] == '\0' ? "Nobody" : pages_cause_whose(r->cause);
    if (strcmp(r->dmarc, "pass") == 0) {
        m->wrong = r->risk[0] == '\0' ? "Nothing" : "It only just passes";
        m->wrong_more = r->risk[0] == '\0' ? "it is confirmed" : r->risk;
        return;
    }
    m->wrong = !spf && !dkim ? "SPF and DKIM" : spf && dkim ? "Domain matching" : spf ? "DKIM, and domain matching "
                                                                                        "of SPF"
             : "SPF, and domain matching of DKIM";
    if (r->dkim_aligned || r->spf_aligned || strcmp(r->dmarc, "fail") != 0)
        m->wrong = "It could not be tested";
    m->wrong_more = pages_printf(v, "SPF %s%s%s; DKIM %s", r->spf[0] == '\0' ? "not checked" : r->spf,
                                 spf ? " for " : "", spf ? r->spf_domain : "",
                                 r->dkim[0] == '\0' ? "none" : dkim ? "passes for another name" : "fails");
}

/* What may be said to somebody who is no admin, by cause and by what was done. */
static const char *message_answer(struct visit *v, const struct record *r, const char *source)
{
    static const struct { const char *word, *text; } fates[] = {
        {"reject", "was refused; its sender was told so at once"}, {"quarantine", "was held in quarantine"},
        {"tempfail", "was deferred; the sender’s server tries again by itself"},
    };
    const char *fate = "was passed on";

    for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++)
        if (strcmp(r->disposition, fates[i].word) == 0)
            fate = fates[i].text;
    if (strcmp(r->dmarc, "pass") == 0)
        return pages_printf(v, "The message is proven to be from %s and %s by this check. If it did not arrive, "
                               "something "
                            "behind this check decided so.", r->author_domain, fate);
    if (strcmp(r->cause, "lookalike") == 0)
        return pages_printf(v, "The message comes from %s, a domain that imitates another one. It %s. Do not "
                               "answer it and "
                            "do not follow its links.", r->author_domain, fate);
    if (strcmp(r->cause, "unauthorized") == 0 || strcmp(r->cause, "parked") == 0 || strcmp(r->status, "malicious") == 0)
        return pages_printf(v, "Nothing proves that the message is from %s, and the host that sent it is not known "
                               "to send "
                            "for it. It %s. Treat it as forged until they say otherwise by another way.",
                                r->author_domain,
                            fate);
    if (strcmp(r->cause, "mailing-list") == 0 || strcmp(r->cause, "forwarded") == 0)
        return pages_printf(v, "The message of %s came by way of a list or a forwarding, which takes away the proof "
                               "of where "
                            "it is from. It %s. That is usual and no fault of the sender.", r->author_domain, fate);
    if (strcmp(r->cause, "dns-temporary") == 0)
        return pages_printf(v, "Whether the message is from %s could not be tested, because a name server did not "
                               "answer. It "
                            "%s. Ask for it to be sent again.", r->author_domain, fate);
    return pages_printf(v, "The message of %s was sent by %s, but cannot be proven to be theirs, because of how that "
                           "is set up. "
                        "It %s. It may well be genuine; the domain’s owner has to repair it, and then it arrives as "
                        "before.",
                        r->author_domain, source, fate);
}

/* ---- around it ---- */

static void message_fact(struct table *t, const char *what, const char *value)
{
    if (value[0] == '\0')
        return;
    table_text(t, what);
    table_text(t, value);
}

static void message_facts(struct visit *v, struct message_model *m)
{
    static const struct column columns[] = {{"name", "What", CELL_TEXT}, {"value", "Recorded", CELL_MONO}};
    struct table *t = &m->facts;
    const struct record *r = m->r;

    *t = table_new(v, "facts", "Recorded", columns, 2, 80);
#define FACT_TEXT(name, help) message_fact(t, help, r->name);
#define FACT_INT(name, help) message_fact(t, help, r->name == 0 ? "" : pages_printf(v, "%lld", (long long)r->name));
#define FACT(kind, name, help) FACT_##kind(name, help)
    RECORD_COLUMNS(FACT)
}

static enum rc message_lately(struct visit *v, struct message_model *m, struct err *e)
{
    enum { SHOWN = 5 };
    static const struct column columns[] = {{"time", "When", CELL_WHEN}, {"dmarc", "Result", CELL_RESULT}};
    const struct store_query q = {.key = m->r->author_domain, .kinds = 1u << STORE_KEY_DOMAIN, .limit = 30};
    struct record *r = NULL;
    struct store *store;
    size_t n = 0;
    enum rc rc = visit_store(v, &store, e);

    if (rc == RC_OK && q.key[0] != '\0')
        rc = store_find(store, v->a, &q, &r, &n, e);
    m->lately = table_new(v, "lately", "Same sender, lately", columns, 2, SHOWN);
    m->lately.empty = "None on record.";
    for (size_t i = 0; rc == RC_OK && i < n && m->lately.rows < SHOWN; i++) {
        struct cell *c;

        if (strcmp(r[i].author_domain, m->r->author_domain) != 0 || (r[i].time_ms == m->r->time_ms &&
            strcmp(r[i].queue_id, m->r->queue_id) == 0) || (!v->who.scope.all && !scope_has(&v->who.scope,
                r[i].client)))
            continue;
        c = table_put(&m->lately);
        if (c != NULL)
            *c = (struct cell){.text = "", .number = r[i].time_ms, .link = pages_message_url(v, &r[i]),
                               .small = r[i].cause[0] != '\0' ? r[i].cause : NULL};
        table_text(&m->lately, r[i].dmarc);
    }
    return rc;
}

static const char *message_playbook(struct visit *v, const struct casefile *c)
{
    const struct playbook_subject s = {.record = c->record, .sender = c->sender, .client = c->client};
    const char *text = "";
    struct err e = ERR_NONE;
    int which;

    if (c->record->playbook[0] == '\0' || !enum_value(&playbook_names, str_of(c->record->playbook), &which))
        return "";
    return playbook_read(v->a, v->site->config->playbooks, (enum playbook)which, &s, &text, &e) == RC_OK ? text
        : e.text[0] == '\0' ? "" : "This playbook cannot be read; its file is in the folder of PlaybookFolder.";
}

static void message_show(struct visit *v, const struct record *r)
{
    struct message_model m = {.v = v, .r = r};
    struct sheet_list *story = arena_alloc(v->a, sizeof *story);
    struct casefile *c = arena_alloc(v->a, sizeof *c);
    struct table *tables[] = {&m.facts, &m.lately};
    struct err e = ERR_NONE;
    struct store *store;
    enum rc rc = story == NULL || c == NULL ? RC_NOMEM : visit_store(v, &store, &e);

    if (rc == RC_OK)
        rc = casefile_open(v->a, store, v->site->config, r, c, &e);
    if (rc == RC_OK)
        rc = message_lately(v, &m, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    why_print_case(&(struct sheet){.a = v->a, .list = story}, c);
    m.c = c;
    m.story = story;
    m.title = r->ref[0] != '\0' ? r->ref : r->queue_id;
    m.source_title = c->sender != NULL ? c->sender->title : pages_source_title(v, r->source);
    m.status = c->entry != NULL ? c->entry->field[INVENTORY_status] : r->status;
    m.owner = c->entry != NULL ? c->entry->field[INVENTORY_owner] : "";
    m.source = r->author_domain[0] == '\0' || r->client[0] == '\0' ? (struct url){""}
             : pages_source_url(v, r->source_domain[0] != '\0' ? r->source_domain : r->author_domain, r->source);
    m.client = c->client == NULL ? (struct url){""} : url_path(v->a, "client", c->client->name, NULL);
    m.setup = url_https(v->a, c->sender == NULL ? "" : c->sender->setup);
    m.json = (struct url){pages_printf(v, "%s.json", pages_message_url(v, r).p)};
    m.answer = message_answer(v, r, m.source_title);
    m.playbook = message_playbook(v, c);
    m.closure = r->cause[0] != '\0' ? casefile_closure(v->a, c) : NULL;
    message_wrong(v, &m);
    message_facts(v, &m);
    if (!table_download(v, tables, 2))
        pages_show(&(struct shell){.v = v, .title = pages_printf(v, "Message %s", m.title), .content = message_html,
                                   .model = &m});
}

static void page_message_list_html(struct html *o, const void *m)
{
    page_list_content(o, m);
}

static void message_find(struct visit *v, const char *key, enum store_key by)
{
    struct record *r;
    struct store *store;
    struct err e = ERR_NONE;
    size_t n, kept = 0;
    struct table t;
    struct table *tables[] = {&t};
    enum rc rc;

    v->section = "messages";
    if (!visit_open(v))
        return;
    rc = visit_store(v, &store, &e);
    if (rc == RC_OK)
        rc = store_find(store, v->a, &(struct store_query){.key = key, .kinds = 1u << by, .limit = 50}, &r, &n, &e);
    if (rc != RC_OK) {
        (void)visit_failed(v, rc, &e);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (v->who.scope.all || scope_has(&v->who.scope, r[i].client))
            r[kept++] = r[i];
    if (kept == 0) {
        (void)visit_not_found(v);
    } else if (kept == 1) {
        message_show(v, &r[0]);
    } else {
        t = pages_message_table(v, r, kept, "Messages");
        if (!table_download(v, tables, 1))
            pages_show(&(struct shell){.v = v, .title = "Messages", .content = page_message_list_html,
                       .model = &(struct list_model){.v = v, .title = "Messages", .table = tables, .tables = 1,
                                                     .text = "",
                       .lead = "Several messages have it: the same queue id or reference came again, or one message "
                               "has "
                               "several authors."}});
    }
}

void page_message(struct visit *v)
{
    message_find(v, visit_segment(v, 1), STORE_KEY_REF);
}

void page_message_queue(struct visit *v)
{
    message_find(v, visit_segment(v, 2), STORE_KEY_QUEUE_ID);
}
