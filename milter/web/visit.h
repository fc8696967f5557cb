/*
 * visit.h - one request while its page is made: who asks, what for, and what may be looked at.
 *
 * A visit belongs to one worker's thread.
 */
#ifndef ASSAY_WEB_VISIT_H
#define ASSAY_WEB_VISIT_H

#include "base/arena.h"
#include "config/config.h"
#include "db/db.h"
#include "keeper/accounts.h"
#include "keeper/wire.h"
#include "records/store.h"
#include "views/views.h"
#include "web/http.h"
#include "web/request.h"
#include "web/terms.h"

enum { VISIT_ARENA_MAX = 96 * 1024 * 1024, PAGE_MS = 2000 /* what a page's questions may take */ };

/* What all workers share. */
struct site {
    const struct config *config;
    struct http *http;
    bool secure;              /* cookies are marked so: a web server with TLS is in front */
    const char *style;        /* path of the style sheet, with its hash */
    const uid_t *proxy_user;  /* of WebProxyUsers */
    size_t proxy_users;
    struct worker_state *worker; /* a worker's own: see visit.c */
    int64_t started_ms;
};

/* Who is signed in. */
struct viewer {
    bool signed_in;
    const char *name, *theme, *token; /* token: as forms show it, under a mask */
    enum role role;
    const char *clients;      /* as the account has them */
    struct scope scope;
    bool proxy;
    int64_t before_ms;        /* the visit before this one; 0 none */
    int64_t sessions;
};

struct visit {
    struct site *site;
    unsigned worker;
    const struct http_request *q;
    struct http_answer *out;
    struct html *o;           /* the answer's body */
    struct arena *a;
    struct request_target target;
    struct request_list form; /* of a POST */
    struct viewer who;
    char cookie[TOKEN_TEXT + 1]; /* "" none */
    int64_t now_ms;
    struct db *db;            /* open, in one read transaction, once visit_open answered true */
    int64_t until_ms;         /* of clock_mono_ms: until then what is asked of it must be answered */
    bool store_bound;         /* visit_store was called */
    unsigned long long terms; /* words that the page used (terms.h) */
    const char *section;      /* which part of the bar is the page's: "today", "clients" … */
    const char *problem;      /* why a form was not taken; NULL none */
};

/* A segment of the path, "" beyond its end; a parameter of the query or of the form, "" when it is not there. */
const char *visit_segment(const struct visit *v, size_t i);
const char *visit_query(const struct visit *v, const char *name);
const char *visit_form(const struct visit *v, const char *name);
bool visit_is_staff(const struct visit *v);

/* The address of this page with one parameter more or other, "" takes it out. */
struct url visit_with(const struct visit *v, const char *name, const char *value);

/* The address of this page without those parameters, whose names stand with a space between. */
struct url visit_leaving(const struct visit *v, const char *names);

/*
 * Opens the records for reading within PAGE_MS and begins their transaction;
 * false after an error page was made.  visit_close ends it.
 */
bool visit_open(struct visit *v);
void visit_close(struct visit *v);

/* The store of these records, for questions to messages (records/store.h), in the time that visit_open began. */
enum rc visit_store(struct visit *v, struct store **out, struct err *e);

/* Ends in a page that says what happened, what to do, and a code that is in the log with `why`; always false. */
bool visit_fail(struct visit *v, unsigned status, const char *title, const char *what, const char *why);
/* The one that `rc` of a question asks for. */
bool visit_failed(struct visit *v, enum rc rc, const struct err *e);
/* 404: what is not theirs is like what is not there. */
bool visit_not_found(struct visit *v);
/* 303. */
void visit_go(struct visit *v, struct url to);

/* Asks the keeper; false, with why and text in `answer`, when it says no or is away. */
bool visit_ask(struct visit *v, const struct strbuf *message, struct wire *answer);
/* A message that names this session, for a change or not; with room for WIRE_MAX. */
struct strbuf visit_message(struct visit *v, const char *verb);

/* The status of a page that answers a form the keeper did not take: 409, 403, 503 or 400. */
unsigned visit_refusal_status(const struct wire *answer);

#endif
