#include "web/visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "db/run.h"
#include "db/sqlite.h"
#include "keeper/server.h"
#include "records/schema.h"
#include "web/pages.h"
#include "web/worker.h"

/* ---- what was asked ---- */

const char *visit_segment(const struct visit *v, size_t i)
{
    return i < v->target.segments ? v->target.segment[i] : "";
}

const char *visit_query(const struct visit *v, const char *name)
{
    const char *value = request_value(&v->target.query, name);

    return value == NULL ? "" : value;
}

const char *visit_form(const struct visit *v, const char *name)
{
    const char *value = request_value(&v->form, name);

    return value == NULL ? "" : value;
}

bool visit_is_staff(const struct visit *v)
{
    return v->who.signed_in && v->who.role != ROLE_CLIENT;
}

static struct url visit_here(const struct visit *v)
{
    const struct request_target *t = &v->target;

    return url_path(v->a, visit_segment(v, 0), visit_segment(v, 1), visit_segment(v, 2), visit_segment(v, 3),
                    t->segments > 4 ? visit_segment(v, 4) : NULL, NULL);
}

static bool visit_is_named(const char *names, const char *name)
{
    for (struct str rest = str_of(names); rest.n > 0;) {
        size_t end = str_find(rest, ' ');

        if (str_eq(str_slice(rest, 0, end), str_of(name)))
            return true;
        rest = str_slice(rest, end + 1, rest.n);
    }
    return false;
}

struct url visit_leaving(const struct visit *v, const char *names)
{
    struct url u = visit_here(v);

    for (size_t i = 0; i < v->target.query.n; i++) {
        const struct request_parameter *p = &v->target.query.item[i];

        if (!visit_is_named(names, p->name) && strcmp(p->name, "done") != 0)
            u = url_with(v->a, u, p->name, p->value);
    }
    return u;
}

struct url visit_with(const struct visit *v, const char *name, const char *value)
{
    return url_with(v->a, visit_leaving(v, name), name, value);
}

/* ---- errors ---- */

bool visit_fail(struct visit *v, unsigned status, const char *title, const char *what, const char *why)
{
    char code[12];

    (void)snprintf(code, sizeof code, "%08llX", (unsigned long long)(random_bits() & 0xffffffffu));
    if (status >= 500 || why != NULL)
        log_write(status >= 500 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, NULL, "page %s answered %u: %s", code, status,
                  why != NULL ? why : title);
    html_free(v->o);
    html_begin(v->o, HTML_MAX);
    v->out->status = status;
    v->out->type = "text/html; charset=utf-8";
    v->target.form = REQUEST_PAGE;
    pages_error(v, &(struct error_model){.title = title, .what = what,
                                         .code = status >= 500 || why != NULL ? code : ""}); /* as it is logged */
    return false;
}

bool visit_failed(struct visit *v, enum rc rc, const struct err *e)
{
    if (rc == RC_LIMIT)
        return visit_fail(v, 504, "That took over two seconds",
                          "Choose fewer days, or one client or domain, and try again.", e->text);
    if (rc == RC_TEMP || rc == RC_NOTFOUND)
        return visit_fail(v, 503, "The records cannot be read now",
                          "Nothing is lost: mail is tested and recorded by another program. Try again in a moment; "
                          "if it "
                          "stays so, tell whoever looks after this server.", e->text);
    return visit_fail(v, 500, "Something went wrong here", "Tell whoever looks after this server the code below.",
                      e->text);
}

bool visit_not_found(struct visit *v)
{
    return visit_fail(v, 404, "There is no such page",
                      "It may be about a client that is not yours, or its records may be older than is kept. Look it "
                      "up "
                      "in the search field.", NULL);
}

void visit_go(struct visit *v, struct url to)
{
    v->out->status = 303;
    http_field(v->out, "Location", to.p[0] == '\0' ? "/" : to.p);
}

/* ---- records ---- */

static void visit_let_go(struct worker_state *w)
{
    db_close(w->db);
    store_close(w->store);
    w->db = NULL;
    w->store = NULL;
}

static enum rc visit_reopen(struct visit *v, struct worker_state *w, struct err *e)
{
    if (w->db != NULL && (db_is_frozen(w->db) || db_moved(w->db)))
        visit_let_go(w);
    return w->db != NULL ? RC_OK : db_open_read(v->site->config->database, &records_schema, &w->db, e);
}

static enum rc visit_begin(struct visit *v, struct worker_state *w, struct err *e)
{
    enum rc rc = visit_reopen(v, w, e);

    if (rc != RC_OK)
        return rc;
    v->until_ms = clock_mono_ms() + PAGE_MS;
    db_set_deadline(w->db, v->until_ms);
    return db_begin_reading(w->db, e);
}

bool visit_open(struct visit *v)
{
    struct worker_state *w = &v->site->worker[v->worker];
    bool was_open = w->db != NULL;
    struct err e = ERR_NONE;
    enum rc rc = visit_begin(v, w, &e);

    if (rc != RC_OK && was_open && w->db != NULL && db_moved(w->db) && clock_mono_ms() < v->until_ms) /* a new server */
        rc = visit_begin(v, w, &e);
    if (rc == RC_OK && (rc = views_begin(&v->who.scope, w->db, v->a, &e)) != RC_OK)
        db_end_reading(w->db);
    if (rc != RC_OK)
        return visit_failed(v, rc, &e);
    v->db = w->db;
    return true;
}

void visit_close(struct visit *v)
{
    if (v->db == NULL)
        return;
    db_end_reading(v->db);
    db_set_deadline(v->db, 0);
    v->db = NULL;
}

/* A connection that was lost is opened anew once. */
enum rc visit_store(struct visit *v, struct store **out, struct err *e)
{
    struct worker_state *w = &v->site->worker[v->worker];
    const char *clients = scope_text(&v->who.scope, v->a);
    enum rc rc = RC_TEMP;

    *out = NULL;
    if (clients == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    if (v->store_bound) {
        *out = w->store;
        return RC_OK;
    }
    for (int tries = 0; rc == RC_TEMP && tries < 2; tries++) {
        bool was_open = w->store != NULL;

        rc = was_open ? RC_OK : store_open(v->site->config->database, STORE_READ, false, &w->store, e);
        if (rc == RC_OK)
            rc = store_bound(w->store, clients, v->until_ms, e);
        if (rc != RC_OK) {
            store_close(w->store);
            w->store = NULL;
        }
        if (!was_open)
            break;
    }
    v->store_bound = rc == RC_OK;
    *out = w->store;
    return rc;
}

/* ---- the keeper ---- */

struct strbuf visit_message(struct visit *v, const char *verb)
{
    struct strbuf b = strbuf_new(v->a, WIRE_MAX);

    wire_begin(&b, verb);
    if (v->cookie[0] != '\0')
        wire_put(&b, "cookie", v->cookie);
    if (v->q->method == HTTP_POST)
        wire_put(&b, "token", visit_form(v, "token"));
    return b;
}

bool visit_ask(struct visit *v, const struct strbuf *message, struct wire *answer)
{
    struct strbuf got = strbuf_new(v->a, WIRE_MAX);
    struct err e = ERR_NONE;
    enum rc rc = message->over ? err_set(&e, RC_LIMIT, "the form is too long")
                               : server_ask(v->site->config->keeper_socket, strbuf_str(message), &got, &e);

    if (rc == RC_OK)
        rc = wire_read(got.p, got.n, answer, &e);
    if (rc == RC_OK)
        return strcmp(answer->verb, "ok") == 0;
    log_write(LOG_LEVEL_ERROR, NULL, "%s", e.text);
    *answer = (struct wire){.verb = "no", .n = 2, .field = {{"why", rc == RC_LIMIT ? "refused" : "failed"},
                            {"text", rc == RC_LIMIT ? "The form is too long."
                                                    : "Signing in and changing are not possible now: the program "
                                                      "that does "
                                                      "it does not answer. Looking at pages works as before."}}};
    return false;
}

unsigned visit_refusal_status(const struct wire *answer)
{
    int why = WIRE_FAILED;

    (void)enum_value(&wire_why_names, str_of(wire_get(answer, "why")), &why);
    switch ((enum wire_why)why) {
    case WIRE_CHANGED: return 409;
    case WIRE_SIGNED_OUT:
    case WIRE_FORBIDDEN: return 403;
    case WIRE_BUSY:
    case WIRE_FAILED: return 503;
    case WIRE_REFUSED: break;
    }
    return 400;
}
