/*
 * pages.h - the pages; a handler each, named after its address (door.h, routes).
 */
#ifndef ASSAY_WEB_PAGES_H
#define ASSAY_WEB_PAGES_H

#include <string.h>

#include "web/badge.h"
#include "web/chart.h"
#include "web/table.h"
#include "web/visit.h"

/* ---- the frame around every page ---- */

struct shell {
    struct visit *v;
    const char *title;
    void (*content)(struct html *o, const void *model);
    const void *model;
    unsigned refresh_s; /* 0: never by itself */
};
/* The whole document, into v->o. */
void pages_show(const struct shell *s);

/* What of an account's address is good for a link in the bar. */
struct nav_item {
    const char *section, *words;
    struct url to;
    bool staff;
};
/* The bar's links for this visitor; how many. */
size_t pages_nav(struct visit *v, const struct nav_item **out);

struct error_model {
    const char *title, *what, *code;
    const struct visit *v;
};
/* The page of an error. */
void pages_error(struct visit *v, const struct error_model *m);

/* The style sheet and the mark. */
void pages_file(struct visit *v);

/* ---- what pages share ---- */

enum { DAY_MS = 24 * 3600 * 1000, PAGES_DAYS_DEFAULT = 28 };

/*
 * The days that the address asks for, by "days=" up to today, or by "from=" and "to=": the first, the one after the
 * last, how many.  False after an error page.
 */
struct pages_span {
    int64_t first, before, days;
    bool chosen;            /* the address says */
    const char *from, *to;  /* as it would say them: "2026-11-01" */
    bool named;             /* by from and to */
};
bool pages_span(struct visit *v, int64_t otherwise, struct pages_span *out);

/* The client of that name within the scope; NULL. */
const struct client *pages_client(const struct visit *v, const char *name);
/* Whose a domain is, "" nobody's; and whether this account may see its figures. */
const char *pages_client_of(const struct visit *v, const char *domain);
bool pages_may_see(const struct visit *v, const char *domain);
/* A domain of the address in normal form, "" none; false after an error page: it is no domain name. */
bool pages_domain_given(struct visit *v, const char *text, const char **out);
/* A source's title out of the catalogue. */
const char *pages_source_title(const struct visit *v, const char *source);
const char *pages_client_title(const struct visit *v, const char *name);
struct url pages_source_url(const struct visit *v, const char *domain, const char *source);
struct url pages_domain_url(const struct visit *v, const char *domain);
struct url pages_message_url(const struct visit *v, const struct record *r);
const char *pages_printf(struct visit *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What a cause means, what is done, and whose job that is, in general. */
const char *pages_cause_meaning(const char *cause);
const char *pages_cause_step(const char *cause);
const char *pages_cause_whose(const char *cause);

/*
 * Has the keeper make a change.  False when it did not: v->problem says why,
 * for the page that is shown again with the answer's status; or it is NULL, and
 * the answer is an error page already.
 */
bool pages_change(struct visit *v, const struct strbuf *message);

/* The sentence that a redirect's "done" stands for; "" none. */
const char *pages_done(const struct visit *v);

/* ---- items of work ---- */

enum { ITEM_DAYS = 14, ITEMS_MAX = 50 };

struct item {
    enum badge badge;
    const char *word, *title, *who, *what, *whose, *next;
    struct url to;
    int64_t since_day, messages;
    int64_t spark[ITEM_DAYS];
    enum part part;
    const char *ticket;
};

struct items {
    const char *id, *title, *empty;
    size_t n, left_off;
    struct item *item;
};

/* Everything that waits for somebody, out of tallies and inventory; of the scope, or of one client in it. */
struct work {
    struct items failing, deciding, forged;
};
bool pages_work(struct visit *v, const char *client, struct work *out);

/* Messages in a table, newest first. */
struct table pages_message_table(struct visit *v, const struct record *r, size_t n, const char *title);

/* ---- handlers ---- */

/* As door.h has them; what they show is in models.h. */
void page_today(struct visit *v);
void page_clients(struct visit *v);
void page_client(struct visit *v);
void page_checklist(struct visit *v);
void page_domain(struct visit *v);
void page_domain_post(struct visit *v);
void page_source(struct visit *v);
void page_source_post(struct visit *v);
void page_messages(struct visit *v);
void page_find(struct visit *v);
void page_message(struct visit *v);
void page_message_queue(struct visit *v);
void page_sent(struct visit *v);
void page_sent_one(struct visit *v);
void page_health(struct visit *v);
void page_words(struct visit *v);
void page_episodes(struct visit *v);
void page_episode(struct visit *v);
void page_episode_post(struct visit *v);
void page_exceptions(struct visit *v);
void page_exceptions_post(struct visit *v);
void page_exception(struct visit *v);
void page_received(struct visit *v);
void page_received_one(struct visit *v);
void page_reports(struct visit *v);
void page_report(struct visit *v);
void page_report_read(struct visit *v);
void page_report_text(struct visit *v);
void page_report_pdf(struct visit *v);
void page_signin(struct visit *v);
void page_signin_post(struct visit *v);
void page_signout_post(struct visit *v);
void page_link(struct visit *v);
void page_link_post(struct visit *v);
void page_account(struct visit *v);
void page_account_post(struct visit *v);
void page_accounts(struct visit *v);
void page_accounts_post(struct visit *v);
void page_alive(struct visit *v);

/* Sets the session's cookie; "" takes it away (door.c). */
void door_set_cookie(struct visit *v, const char *cookie);

#endif
