/* Messages: the newest, those that have something, and what a pasted text leads to. */
#include <string.h>

#include "desk/pasted.h"
#include "web/models.h"

enum { ROWS = 50, FILE_ROWS = 2000, FOUND = 200, PASTED_BYTES_MAX = 4000, KEY_BYTES_MAX = 500 };

static void page_messages_html(struct html *o, const void *m)
{
    page_list_content(o, m);
}

static void messages_show(struct visit *v, const struct list_model *m)
{
    pages_show(&(struct shell){.v = v, .title = m->title, .content = page_messages_html, .model = m});
}

struct finding_page {
    struct record *r;
    size_t n;
    const char *by;              /* "reference K7Q2M4ZD" */
    struct pasted pasted;
    const char *client_domain;   /* a client's domain that the text names; "" none */
};

/* Accounts of named clients see no list of all: messages are found there by what a ticket names, and then looked at. */
static bool messages_is_mine(const struct record *r, void *visit)
{
    const struct visit *v = visit;

    return v->who.scope.all || scope_has(&v->who.scope, r->client);
}

/* The newest that have the key, of those that may be seen. */
static enum rc messages_find(struct visit *v, const char *key, unsigned kinds, struct finding_page *p, struct err *e)
{
    const struct store_query q = {.key = key, .kinds = kinds, .limit = FOUND, .accept = messages_is_mine, .ctx = v};
    struct store *store;
    enum rc rc = visit_store(v, &store, e);

    return rc == RC_OK ? store_find(store, v->a, &q, &p->r, &p->n, e) : rc;
}

static bool messages_unknown(struct visit *v)
{
    return visit_fail(v, 400, "This filter is not known", "result is fail, or nothing; follow “More” for older ones.",
                      NULL);
}

void page_messages(struct visit *v)
{
    const char *result = visit_query(v, "result"), *next = "";
    bool failed = strcmp(result, "fail") == 0;
    size_t n = 0, rows = v->target.form == REQUEST_PAGE ? ROWS : FILE_ROWS;
    const struct views_messages_wanted w = {.after = visit_query(v, "after"), .failed_only = failed, .max = rows};
    struct record *r = NULL;
    struct store *store = NULL;
    struct err e = ERR_NONE;
    struct table t;
    struct table *tables[] = {&t};
    enum rc rc;

    v->section = "messages";
    if (result[0] != '\0' && !failed) {
        (void)messages_unknown(v);
        return;
    }
    if (!visit_open(v))
        return;
    rc = visit_store(v, &store, &e);
    if (rc == RC_OK)
        rc = views_messages(&v->who.scope, store, v->db, v->a, &w, &r, &n, &next, &e);
    if (rc != RC_OK) {
        (void)(rc == RC_BAD ? messages_unknown(v) : visit_failed(v, rc, &e));
        return;
    }
    t = pages_message_table(v, r, n, "Newest messages");
    t.left_off = next[0] != '\0';
    t.about = failed ? "that did not pass" : "as they came in";
    t.keyset = true;
    if (t.left_off) {
        t.more = visit_with(v, "after", next);
        t.files = "Files have the next 2,000.";
    }
    if (!table_download(v, tables, 1))
        messages_show(v, &(struct list_model){.v = v, .title = "Messages", .table = tables, .tables = 1, .asked = "",
                      .lead = "Look one up by whatever a ticket names, or paste the bounce.", .text = "",
                      .filter = {.shown = true, .failed = failed}});
}

/* ---- find ---- */

/* The client's domain that a bounce is about, or else the first that the text names. */
static void find_note_domain(struct visit *v, struct finding_page *p)
{
    const char *about = p->pasted.bounce.receiver == NULL ? "" : p->pasted.bounce.domain;

    for (size_t i = 0; i <= p->pasted.name_count && p->client_domain[0] == '\0'; i++) {
        const struct pasted_key *name = i == 0 ? NULL : &p->pasted.name[i - 1];
        const char *domain = name == NULL ? about : name->text;

        if (name != NULL && name->kind == STORE_KEY_ADDRESS && strchr(domain, '@') != NULL)
            domain = strchr(domain, '@') + 1;
        else if (name != NULL && name->kind != STORE_KEY_DOMAIN)
            continue;
        if (domain[0] != '\0' && pages_client_of(v, domain)[0] != '\0' && pages_may_see(v, domain))
            p->client_domain = domain;
    }
}

/* Messages by one key, unless there are some already. */
static enum rc find_by(struct visit *v, const struct pasted_key *key, struct finding_page *p, struct err *e)
{
    enum rc rc;

    if (p->n > 0)
        return RC_OK;
    rc = messages_find(v, key->text, 1u << key->kind, p, e);
    p->by = pages_printf(v, "%s %.200s", enum_name(&store_key_names, (int)key->kind), key->text);
    return rc;
}

/* Asks in the order in which what was read tells most; stops at the first that is on record. */
static enum rc find_all(struct visit *v, const char *text, struct finding_page *p, struct err *e)
{
    enum rc rc;

    *p = (struct finding_page){.by = "", .client_domain = ""};
    rc = pasted_read(v->a, str_of(text), &p->pasted);
    if (rc != RC_OK)
        return err_set(e, rc, "out of memory");
    find_note_domain(v, p);
    for (size_t i = 0; rc == RC_OK && i < p->pasted.key_count; i++)
        rc = find_by(v, &p->pasted.key[i], p, e);
    for (size_t i = 0; rc == RC_OK && i < p->pasted.name_count; i++)
        rc = find_by(v, &p->pasted.name[i], p, e);
    if (rc == RC_OK && p->n == 0 && strlen(text) <= KEY_BYTES_MAX) { /* a source, a ticket: whatever the store knows */
        rc = messages_find(v, text, 0, p, e);
        p->by = "these words";
    }
    return rc;
}

/* The table of a client's domain's failing sources, for a bounce of mail that never came here. */
static enum rc find_sources(struct visit *v, const struct finding_page *p, struct table *t, struct err *e)
{
    static const struct column columns[] = {
        {"source", "Source", CELL_TEXT}, {"cause", "What is wrong", CELL_TEXT}, {"messages", "Messages, 28 d",
                                                                                 CELL_COUNT},
        {"next", "Next step", CELL_TEXT}, {"whose", "Whose", CELL_TEXT},
    };
    int64_t before = v->now_ms / DAY_MS + 1;
    const struct views_wanted w = {.first_day = before - 28, .before_day = before, .domain = p->client_domain};
    struct views_row *row;
    size_t n;
    enum rc rc = views_count(&v->who.scope, v->db, v->a, &w, VIEWS_BY_SOURCE | VIEWS_BY_CAUSE, &row, &n, e);

    if (rc != RC_OK)
        return rc;
    *t = table_new(v, "sources", pages_printf(v, "What fails for %s", p->client_domain), columns, 5, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (row[i].cause[0] == '\0')
            continue;
        table_link(t, pages_source_title(v, row[i].source), pages_source_url(v, p->client_domain, row[i].source), NULL);
        table_text(t, pages_printf(v, "%s (%s)", pages_cause_meaning(row[i].cause), row[i].cause));
        table_number(t, row[i].messages);
        table_text(t, pages_cause_step(row[i].cause));
        table_text(t, pages_cause_whose(row[i].cause));
    }
    t->empty = "Nothing of its mail failed here in 28 days.";
    t->empty_next = "The bounce may be about a service whose mail never comes here: look at the domain’s page.";
    return RC_OK;
}

static void find_show(struct visit *v, const char *text, struct finding_page *p)
{
    struct table list = pages_message_table(v, p->r, p->n, "Messages found"), sources;
    const struct bounce_text *bounce = &p->pasted.bounce;
    struct table *tables[2];
    struct err e = ERR_NONE;
    size_t n = 0;
    const char *lead = p->n == 0 ? "No message on record has any of that." : pages_printf(v, "Found by %s.", p->by);

    if (p->client_domain[0] != '\0' && (p->n == 0 || bounce->receiver != NULL) &&
        find_sources(v, p, &sources, &e) == RC_OK)
        tables[n++] = &sources; /* a bounce of mail that went out: its messages never came here */
    if (p->n > 0)
        tables[n++] = &list;
    if (bounce->receiver != NULL)
        lead = pages_printf(v, "%s Refused with %s by %s: %s. Next: %s.", lead, bounce->code, bounce->receiver,
                            bounce->says, bounce->next);
    if (n == 0) {
        list.empty = "Nothing was found.";
        list.empty_next = "Mail of IgnoreHosts and of people who logged in has no record; nor has what is older than "
                          "is kept.";
        tables[n++] = &list;
    }
    messages_show(v, &(struct list_model){.v = v, .title = "Find", .lead = lead, .table = tables, .tables = n,
                                          .asked = text, .text = ""});
}

void page_find(struct visit *v)
{
    const char *text = visit_form(v, "q");
    struct finding_page p = {.by = ""};
    struct err e = ERR_NONE;
    enum rc rc;

    v->section = "messages";
    if (v->q->method != HTTP_POST) {
        visit_go(v, url_path(v->a, "messages", NULL));
        return;
    }
    text = str_dup(v->a, str_trim(str_of(text)));
    if (text == NULL || text[0] == '\0' || strlen(text) > PASTED_BYTES_MAX) {
        (void)visit_fail(v, 400, "There is nothing to look for", "Paste at most 4,000 characters: a reference, a "
                                                                 "queue id, "
                         "an address, a domain, or a whole bounce.", NULL);
        return;
    }
    if (!visit_open(v))
        return;
    if (pages_client_of(v, text)[0] != '\0' && pages_may_see(v, text)) {
        visit_go(v, pages_domain_url(v, text));
        return;
    }
    rc = find_all(v, text, &p, &e);
    if (rc != RC_OK)
        (void)visit_failed(v, rc, &e);
    else if (p.n == 1)
        visit_go(v, pages_message_url(v, &p.r[0]));
    else
        find_show(v, text, &p);
}
