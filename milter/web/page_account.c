/* Signing in and out, one's own account, and everybody's. */
#include <stdio.h>
#include <string.h>

#include "web/models.h"

static void signin_html(struct html *o, const void *m)
{
    page_signin_content(o, m);
}

static void link_html(struct html *o, const void *m)
{
    page_link_content(o, m);
}

static void account_html(struct html *o, const void *m)
{
    page_account_content(o, m);
}

static void accounts_html(struct html *o, const void *m)
{
    page_accounts_content(o, m);
}

/* A path of ours to go to after signing in: nothing that leads elsewhere. */
static struct url signin_to(struct visit *v, const char *to)
{
    struct request_target t;
    struct err e = ERR_NONE;
    struct url u;

    if (to[0] != '/' || to[1] == '/' || to[1] == '\\' || request_read_target(v->a, str_of(to), &t, &e) != RC_OK ||
        t.segments > 4)
        return (struct url){"/"};
    u = url_path(v->a, t.segments > 0 ? t.segment[0] : "", t.segments > 1 ? t.segment[1] : "",
                 t.segments > 2 ? t.segment[2] : "", t.segments > 3 ? t.segment[3] : "", NULL);
    for (size_t i = 0; i < t.query.n; i++)
        u = url_with(v->a, u, t.query.item[i].name, t.query.item[i].value);
    return u;
}

static void signin_show(struct visit *v, const char *problem)
{
    const char *name = visit_form(v, "name"), *to = visit_form(v, "to");

    pages_show(&(struct shell){.v = v, .title = "Sign in", .content = signin_html, .model = &(struct form_model){
        .v = v, .problem = problem, .name = name, .to = to[0] != '\0' ? to : visit_query(v, "to"), .link = ""}});
}

void page_signin(struct visit *v)
{
    if (v->who.signed_in)
        visit_go(v, (struct url){"/"});
    else
        signin_show(v, NULL);
}

void page_signin_post(struct visit *v)
{
    struct strbuf message = strbuf_new(v->a, WIRE_MAX);
    struct wire *answer = arena_alloc(v->a, sizeof *answer);

    wire_begin(&message, "signin");
    wire_put(&message, "name", visit_form(v, "name"));
    wire_put(&message, "password", visit_form(v, "password"));
    if (answer != NULL && visit_ask(v, &message, answer)) {
        door_set_cookie(v, wire_get(answer, "cookie"));
        visit_go(v, signin_to(v, visit_form(v, "to")));
        return;
    }
    v->out->status = answer == NULL ? 503 : visit_refusal_status(answer);
    signin_show(v, answer == NULL ? "No memory; try again." : wire_get(answer, "text"));
}

void page_signout_post(struct visit *v)
{
    struct strbuf message = visit_message(v, "signout");
    struct wire *answer = arena_alloc(v->a, sizeof *answer);

    if (answer == NULL || !visit_ask(v, &message, answer)) {
        (void)visit_fail(v, answer == NULL ? 503 : visit_refusal_status(answer), "You are still signed in",
                         answer == NULL ? "" : wire_get(answer, "text"), "sign-out refused");
        return;
    }
    door_set_cookie(v, "");
    visit_go(v, url_path(v->a, "signin", NULL));
}

/* ---- a link that sets a password ---- */

static void link_ask(struct visit *v, const char *password, struct wire *answer, bool *good)
{
    struct strbuf message = strbuf_new(v->a, WIRE_MAX);

    wire_begin(&message, "link");
    wire_put(&message, "link", visit_segment(v, 1));
    wire_put(&message, "password", password);
    *good = visit_ask(v, &message, answer);
}

static void link_show(struct visit *v, const char *name, const char *problem)
{
    pages_show(&(struct shell){.v = v, .title = "Choose a password", .content = link_html,
                               .model = &(struct form_model){
        .v = v, .problem = problem, .name = name, .link = visit_segment(v, 1), .to = ""}});
}

void page_link(struct visit *v)
{
    struct wire *answer = arena_alloc(v->a, sizeof *answer);
    bool good = false;

    if (answer != NULL)
        link_ask(v, "", answer, &good);
    if (good)
        link_show(v, wire_get(answer, "name"), NULL);
    else
        (void)visit_fail(v, answer == NULL ? 503 : visit_refusal_status(answer) == 503 ? 503 : 404,
                         "This link cannot be used", answer == NULL ? "" : wire_get(answer, "text"), NULL);
}

void page_link_post(struct visit *v)
{
    struct wire *answer = arena_alloc(v->a, sizeof *answer);
    const char *password = visit_form(v, "password");
    bool good = false;

    if (strcmp(password, visit_form(v, "again")) != 0 || password[0] == '\0' || answer == NULL) {
        v->out->status = 400;
        link_show(v, visit_form(v, "name"), "The two passwords are not the same.");
        return;
    }
    link_ask(v, password, answer, &good);
    if (good) {
        door_set_cookie(v, wire_get(answer, "cookie"));
        visit_go(v, (struct url){"/"});
        return;
    }
    v->out->status = visit_refusal_status(answer);
    link_show(v, visit_form(v, "name"), wire_get(answer, "text"));
}

/* ---- one's own ---- */

static void account_show(struct visit *v, const char *problem)
{
    pages_show(&(struct shell){.v = v, .title = "Your account", .content = account_html, .model = &(struct form_model){
        .v = v, .problem = problem, .name = "", .to = "", .link = ""}});
}

void page_account(struct visit *v)
{
    account_show(v, NULL);
}

void page_account_post(struct visit *v)
{
    static const char *const fields[] = {"act", "old", "password", "theme"};
    struct strbuf message = visit_message(v, "mine");
    struct wire *answer = arena_alloc(v->a, sizeof *answer);

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        wire_put(&message, fields[i], visit_form(v, fields[i]));
    if (answer != NULL && visit_ask(v, &message, answer)) {
        if (wire_get(answer, "cookie")[0] != '\0')
            door_set_cookie(v, wire_get(answer, "cookie"));
        visit_go(v, url_with(v->a, url_path(v->a, "account", NULL), "done", visit_form(v, "act")));
        return;
    }
    v->out->status = answer == NULL ? 503 : visit_refusal_status(answer);
    account_show(v, answer == NULL ? "No memory; try again." : wire_get(answer, "text"));
}

/* ---- everybody's ---- */

static void accounts_rows(const struct wire *w, struct table *t)
{
    for (size_t i = 0; i + 5 < w->n; i += 6) { /* as verb_accounts puts them */
        struct cell *c;

        table_text(t, w->field[i].value);
        table_text(t, w->field[i + 1].value);
        table_text(t, w->field[i + 2].value[0] == '\0' ? "all" : w->field[i + 2].value);
        table_text(t, w->field[i + 3].value);
        c = table_put(t);
        if (c != NULL)
            c->number = wire_int(&(struct wire){.n = 1, .field = {{"n", w->field[i + 5].value}}}, "n", 0);
    }
}

static void accounts_show(struct visit *v, const char *problem, const char *name, const char *link)
{
    static const struct column columns[] = {
        {"name", "Name", CELL_TEXT}, {"role", "Role", CELL_TEXT}, {"clients", "Clients", CELL_TEXT},
        {"state", "Signs in by", CELL_TEXT}, {"seen", "Last", CELL_WHEN},
    };
    struct strbuf message = strbuf_new(v->a, 400);
    struct wire *answer = arena_alloc(v->a, sizeof *answer);
    struct form_model m = {.v = v, .problem = problem, .name = name, .to = "", .link = link,
                           .table = table_new(v, "accounts", "Accounts", columns, 5, WIRE_FIELDS_MAX / 6)};
    struct table *tables[] = {&m.table};

    wire_begin(&message, "accounts");
    wire_put(&message, "cookie", v->cookie);
    if (answer == NULL || !visit_ask(v, &message, answer)) {
        (void)visit_fail(v, answer == NULL ? 503 : visit_refusal_status(answer), "The accounts cannot be shown",
                         answer == NULL ? "" : wire_get(answer, "text"), "accounts");
        return;
    }
    accounts_rows(answer, &m.table);
    if (!table_download(v, tables, 1))
        pages_show(&(struct shell){.v = v, .title = "Accounts", .content = accounts_html, .model = &m});
}

void page_accounts(struct visit *v)
{
    accounts_show(v, NULL, "", "");
}

void page_accounts_post(struct visit *v)
{
    static const char *const fields[] = {"act", "name", "role", "clients", "proxy"};
    struct strbuf message = visit_message(v, "account");
    struct wire *answer = arena_alloc(v->a, sizeof *answer);
    const char *link;

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        wire_put(&message, fields[i], visit_form(v, fields[i]));
    if (answer == NULL || !visit_ask(v, &message, answer)) {
        v->out->status = answer == NULL ? 503 : visit_refusal_status(answer);
        accounts_show(v, answer == NULL ? "No memory; try again." : wire_get(answer, "text"), "", "");
        return;
    }
    link = wire_get(answer, "link");
    if (link[0] == '\0')
        visit_go(v, url_with(v->a, url_path(v->a, "accounts", NULL), "done", "account"));
    else
        accounts_show(v, NULL, visit_form(v, "name"), pages_printf(v, "%s/link/%s", v->site->config->web_url, link));
}
