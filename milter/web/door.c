#include "web/door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "web/pages.h"
#include "web/worker.h"

/* ---- routes ---- */

static bool route_matches(const char *path, const struct request_target *t)
{
    size_t i = 0;

    for (const char *p = path; *p == '/' && p[1] != '\0'; i++) {
        size_t n = strcspn(++p, "/");

        if (i == t->segments || (!(n == 1 && p[0] == '+') &&
                                 (strlen(t->segment[i]) != n || strncmp(t->segment[i], p, n) != 0)))
            return false;
        if (n == 1 && p[0] == '+' && t->segment[i][0] == '\0')
            return false;
        p += n;
    }
    return i == t->segments;
}

const struct route *route_find(const struct request_target *t, bool posts, bool *known)
{
    *known = false;
    for (const struct route *r = routes; r->path != NULL; r++) {
        if (!route_matches(r->path, t))
            continue;
        if (r->posts == posts) {
            *known = false;
            return r;
        }
        *known = true;
    }
    return NULL;
}

bool door_same_origin(const char *fetch_site, const char *origin, const char *host)
{
    const char *slashes;

    if (fetch_site[0] != '\0')
        return strcmp(fetch_site, "same-origin") == 0;
    slashes = strstr(origin, "://");
    return slashes != NULL && host[0] != '\0' && strcmp(slashes + 3, host) == 0;
}

/* ---- who ---- */

static const char *door_cookie_name(const struct site *s)
{
    return s->secure ? "__Host-assay" : "assay";
}

void door_set_cookie(struct visit *v, const char *cookie)
{
    char text[200];

    (void)snprintf(text, sizeof text, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", door_cookie_name(v->site), cookie,
                   v->site->secure ? "; Secure" : "", cookie[0] == '\0' ? "; Max-Age=0" : "");
    http_field(v->out, "Set-Cookie", text);
}

static void door_scope(struct visit *v)
{
    struct str rest = str_of(v->who.clients);
    const char **name = arena_array(v->a, ACCOUNT_CLIENTS_MAX / 2 + 1, sizeof *name);
    size_t n = 0;

    v->who.scope = (struct scope){.all = rest.n == 0 && v->who.role != ROLE_CLIENT, .client = name};
    while (name != NULL && rest.n > 0 && n < ACCOUNT_CLIENTS_MAX / 2) {
        struct str one = str_slice(rest, 0, str_find(rest, ','));
        const char *copy = str_dup(v->a, one);

        rest = str_slice(rest, one.n + 1, rest.n);
        if (copy != NULL && one.n > 0)
            name[n++] = copy;
    }
    v->who.scope.n = n;
}

static void door_take_viewer(struct visit *v, const struct wire *w)
{
    char *masked = arena_alloc(v->a, TOKEN_MASKED_TEXT + 1);
    int role = ROLE_CLIENT;

    if (masked == NULL || !token_is(wire_get(w, "token")))
        return;
    token_mask(wire_get(w, "token"), masked);
    (void)enum_value(&role_names, str_of(wire_get(w, "role")), &role);
    v->who = (struct viewer){
        .signed_in = true, .name = wire_get(w, "name"), .role = (enum role)role, .clients = wire_get(w, "clients"),
        .theme = wire_get(w, "theme"), .token = masked, .proxy = wire_get(w, "proxy")[0] != '\0',
        .before_ms = wire_int(w, "before_ms", 0), .sessions = wire_int(w, "sessions", 0),
    };
    door_scope(v);
}

/* The cookie's session; false after an error page: the keeper is away. */
static bool door_who(struct visit *v)
{
    struct str cookie = request_cookie(str_of(v->q->cookie), str_of(door_cookie_name(v->site)));
    struct strbuf b = STRBUF_ON(v->cookie), message;
    struct wire *w = arena_alloc(v->a, sizeof *w);

    strbuf_put(&b, cookie);
    if (b.over || !token_is(v->cookie))
        v->cookie[0] = '\0';
    if (v->cookie[0] == '\0')
        return true;
    message = strbuf_new(v->a, 400);
    wire_begin(&message, "who");
    wire_put(&message, "cookie", v->cookie);
    if (w != NULL && visit_ask(v, &message, w)) {
        door_take_viewer(v, w);
        return true;
    }
    if (w != NULL && strcmp(wire_get(w, "why"), "signed-out") == 0) {
        v->cookie[0] = '\0';
        return true;
    }
    return visit_fail(v, 503, "Signing in and changing are not possible now",
                      "The program that keeps sessions does not answer. Try again in a moment.", "no answer to who");
}

static bool door_is_proxy(const struct visit *v)
{
    if (!v->q->by_proxy || v->q->proxy_users != 1)
        return false;
    for (size_t i = 0; i < v->site->proxy_users; i++)
        if (v->site->proxy_user[i] == v->q->peer)
            return true;
    return false;
}

/* A visitor whom the web server in front has signed in gets a session by its word. */
static bool door_by_proxy(struct visit *v)
{
    struct wire *w = arena_alloc(v->a, sizeof *w);
    struct strbuf b = strbuf_new(v->a, WIRE_MAX);

    if (v->who.signed_in && v->who.proxy && strcmp(v->who.name, v->q->proxy_user) == 0)
        return true;
    v->who = (struct viewer){.name = "", .theme = "", .token = "", .clients = ""};
    if (!door_is_proxy(v) || w == NULL)
        return visit_fail(v, 403, "You are not signed in",
                          "The web server in front did not say who you are. Tell whoever looks after it.",
                          "no user, or several, or a user of this host that is not in WebProxyUsers");
    wire_begin(&b, "proxy");
    wire_put(&b, "name", v->q->proxy_user);
    wire_put(&b, "key", v->q->proxy_key);
    if (!visit_ask(v, &b, w))
        return visit_fail(v, strcmp(wire_get(w, "why"), "failed") == 0 ? 503 : 403, "You cannot sign in",
                          wire_get(w, "text"), wire_get(w, "text"));
    (void)snprintf(v->cookie, sizeof v->cookie, "%s", wire_get(w, "cookie"));
    door_set_cookie(v, v->cookie);
    b.n = 0;
    wire_begin(&b, "who");
    wire_put(&b, "cookie", v->cookie);
    if (visit_ask(v, &b, w))
        door_take_viewer(v, w);
    return v->who.signed_in || visit_fail(v, 503, "You cannot sign in now", "Try again in a moment.", wire_get(w,
        "text"));
}

/* ---- the order of things ---- */

static bool door_read_form(struct visit *v)
{
    static const char media[] = "application/x-www-form-urlencoded";
    struct err e = ERR_NONE;

    if (!door_same_origin(v->q->fetch_site, v->q->origin, v->q->host))
        return visit_fail(v, 403, "This form did not come from here",
                          "Another site tried to send it in your name, or your browser hides where it came from. "
                          "Open the "
                          "page here, and send it from there.", "a form of another origin");
    if (strncasecmp(v->q->content_type, media, sizeof media - 1) != 0)
        return visit_fail(v, 415, "This is no form", "Open the page here, and send the form from there.", "media type");
    if (request_read_form(v->a, v->q->body, &v->form, &e) != RC_OK)
        return visit_fail(v, 400, "The form cannot be read", "Open the page again, and send the form from there.",
                          e.text);
    return true;
}

/* Whether the route takes what the address asks for; false after an error page. */
static bool door_takes(struct visit *v, const struct route *r)
{
    for (size_t i = 0; i < v->target.query.n; i++) {
        struct str rest = str_of(r->takes);
        bool taken = false;

        while (rest.n > 0 && !taken) {
            size_t end = str_find(rest, ' ');

            taken = str_eq(str_slice(rest, 0, end), str_of(v->target.query.item[i].name));
            rest = str_slice(rest, end + 1, rest.n);
        }
        if (!taken)
            return visit_fail(v, 400, "This page takes no such parameter",
                              pages_printf(v, "The address has “%.60s”, which means nothing here. Open the page "
                                              "without it, and choose from what stands there.",
                                           v->target.query.item[i].name), NULL);
    }
    return true;
}

static void door_sign_in_first(struct visit *v)
{
    if (v->q->method == HTTP_POST)
        (void)visit_fail(v, 403, "You are not signed in any more", "Sign in in another tab, and send the form again.",
                         "a form without a session");
    else
        visit_go(v, url_with(v->a, url_path(v->a, "signin", NULL), "to", str_dup(v->a, v->q->uri)));
}

static void door_enter(struct visit *v)
{
    bool posts = v->q->method == HTTP_POST, known;
    struct err e = ERR_NONE;
    enum rc rc = request_read_target(v->a, v->q->uri, &v->target, &e);
    const struct route *r = rc == RC_OK ? route_find(&v->target, posts, &known) : NULL;

    if (rc != RC_OK) {
        (void)visit_fail(v, 400, "This address cannot be read", "Take it from a page here.", e.text);
        return;
    }
    if (!door_who(v) || (v->q->by_proxy && !(r != NULL && r->open) && !door_by_proxy(v)))
        return;
    if (r == NULL) {
        if (known)
            (void)visit_fail(v, 405, "Not in this way", "Open the page, and use what is there.", NULL);
        else
            (void)visit_not_found(v);
        return;
    }
    if (posts && !door_read_form(v))
        return;
    if (!r->open && !v->who.signed_in)
        door_sign_in_first(v);
    else if (!r->open && v->who.role < r->least)
        (void)visit_not_found(v);
    else if (door_takes(v, r))
        r->handle(v);
}

static void door_log(const struct visit *v, int64_t began_ms)
{
    static const char *const words[] = {"GET", "HEAD", "POST"};
    char path[400];
    struct strbuf b = STRBUF_ON(path);

    if (str_starts_nocase(v->q->uri, STR("/link/"))) /* whoever reads the log must not set passwords */
        strbuf_puts(&b, "/link/...");
    else
        strbuf_put_escaped(&b, str_slice(v->q->uri, 0, str_find(v->q->uri, '?')), 200);
    log_write(LOG_LEVEL_INFO, NULL, "%s %s %u %zu bytes %lld ms %s", words[v->q->method], b.p, v->out->status,
              v->out->body.n, (long long)(clock_mono_ms() - began_ms), v->who.signed_in ? v->who.name : "-");
}

void door_handle(void *arg, unsigned worker, const struct http_request *q, struct http_answer *out)
{
    struct site *s = arg;
    struct arena *a = s->worker[worker].arena;
    struct visit *v = arena_alloc(a, sizeof *v);
    int64_t began = clock_mono_ms();

    out->status = 500;
    out->type = "text/plain; charset=utf-8";
    html_begin(&out->body, HTML_MAX);
    if (v == NULL)
        return;
    *v = (struct visit){.site = s, .worker = worker, .q = q, .out = out, .o = &out->body, .a = a,
                        .now_ms = clock_wall_ms(), .section = "", .who = {.name = "", .theme = "", .token = ""}};
    out->status = 200;
    out->type = "text/html; charset=utf-8";
    door_enter(v);
    visit_close(v);
    if (out->body.over || arena_ran_out(a)) {
        out->fields = 0;
        (void)visit_fail(v, 500, "This page is too long", "Choose fewer days, or one client or domain.",
                         "the page is over its bound");
    }
    door_log(v, began);
    arena_reset(a);
}

/* ---- workers ---- */

struct worker_state *workers_new(unsigned n)
{
    struct worker_state *w = calloc(n, sizeof *w);

    for (unsigned i = 0; w != NULL && i < n; i++)
        if ((w[i].arena = arena_new(VISIT_ARENA_MAX)) == NULL) {
            workers_free(w, n);
            return NULL;
        }
    return w;
}

void workers_free(struct worker_state *w, unsigned n)
{
    for (unsigned i = 0; w != NULL && i < n; i++) {
        db_close(w[i].db);
        store_close(w[i].store);
        arena_free(w[i].arena);
    }
    free(w);
}
