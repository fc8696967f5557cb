/*
 * models.h - what each page shows, and the templates (pages/NAME.page) that show it.
 */
#ifndef ASSAY_WEB_MODELS_H
#define ASSAY_WEB_MODELS_H

#include <string.h>

#include "desk/casefile.h"
#include "desk/sheet.h"
#include "clientreport/blocks.h"
#include "episodes/approvals.h"
#include "episodes/episodes.h"
#include "episodes/exceptions.h"
#include "outbox/editions.h"
#include "watch/closure.h"
#include "watch/watch.h"
#include "web/pages.h"

struct today_model {
    struct visit *v;
    struct work work;
    struct parts week;
    struct table dns, open;
    int64_t forged, newest_ms, new_sources;
    int64_t new_dns, dns_7d, dns_most; /* since the last visit, in seven days; no more than dns_most + 1 are counted */
};

struct client_model {
    struct visit *v;
    const struct client *client;
    const char *title, *lead;
    struct pages_span span;
    struct parts week, before, all;
    struct chart_days chart;
    struct table domains, open, accepted;
    const char *band;    /* the worst of its open episodes; "" none */
    struct work work;
    int64_t sources;
};

struct domain_model {
    struct visit *v;
    const char *domain, *client, *client_title, *lead, *policy, *policy_note, *record;
    struct pages_span span;
    struct parts week, before, all;
    struct chart_days chart;
    struct table sources, causes, dns, reported, open, conditions, findings;
    const char *band;    /* as of a client */
    struct watch_readiness ready;
    bool judged;         /* there are reports to judge readiness by */
    const char *health;  /* the word of the last `assay domain`; "" it never ran */
    int64_t health_ms;
    int64_t approved, undecided;
    const struct approval *approval; /* who agreed to which policy, the newest first */
    size_t approvals;
    bool operator;                   /* may note that somebody did */
    const char *typed_approver, *typed_ticket, *typed_day;
};

struct source_model {
    struct visit *v;
    const char *domain, *source, *title, *client, *client_title, *lead, *remark;
    struct url ticket, setup;
    const struct inventory_row *row;
    const struct sender *sender; /* NULL: not in the catalogue */
    struct pages_span span;
    struct parts week, all, whole; /* whole: of the domain, all sources */
    struct chart_days chart;
    struct table causes, messages, others, changes;
    const char *was[INVENTORY_FIELD_COUNT]; /* what the form shows */
    struct share passed; /* of the last seven days */
    bool operator;
};

struct message_model {
    struct visit *v;
    const struct record *r;
    const struct casefile *c;
    const struct sheet_list *story;
    const char *title, *source_title, *status, *owner, *wrong, *wrong_more, *whose, *answer, *playbook, *closure;
    struct url source, client, json, setup;
    struct table lately, facts;
};

/* A parameter of the address and the words it takes. */
struct choice {
    const char *title, *name, *usual; /* usual: what it is without the parameter, in words */
    const char *const *word;   /* the last is NULL */
};

/* How many words it has (page_common.c). */
size_t choice_words(const struct choice *c);

struct list_model {
    struct visit *v;
    const char *title, *lead;
    struct table *const *table;
    size_t tables;
    const char *text;    /* preformatted, "" none */
    const char *asked;   /* what was looked for; NULL: no search field */
    struct { bool shown, failed; } filter;
    const struct pages_span *span; /* its days can be chosen; NULL not */
    const struct choice *choice; /* filters with their words */
    size_t choices;
};

struct episode_model {
    struct visit *v;
    struct episode p;
    const char *sentence, *client_title, *next;
    struct url source;   /* p "" none */
    struct url here, ticket; /* ticket: where tickets are; p "" none */
    struct table events;
    bool operator, closes;   /* may change it; may end it, and so `closing` says how it stands */
    struct closure closing;
    const char *typed_ticket, *typed_note, *typed_end; /* what the forms show */
};

struct exception_model {
    struct visit *v;
    struct exception now;  /* as it is kept; id 0: the list of all */
    struct exception x;    /* what the form shows … */
    const char *until;     /* … and its last day, as text */
    const char *client_title, *source_title, *state;
    struct table table;
    bool operator;
};

struct report_model {
    struct visit *v;
    struct edition p;
    const char *title, *sub, *client_title, *state, *month;
    struct url read, text, pdf;
    const struct block *shown; /* its summary; NULL none */
};

struct form_model {
    struct visit *v;
    const char *name, *to, *link;
    const char *problem;
    struct table table;
};

/* Changes of DNS records since then, as a table (page_today.c); false after an error page. */
bool today_dns(struct visit *v, const char *client, const char *domain, int64_t since_ms, struct table *out);

/* What received reports say of a domain, by source (page_received.c). */
enum rc received_by_source(struct visit *v, const char *domain, const struct pages_span *span, struct table *t,
                           struct err *e);

/* Which episodes (page_episodes.c). */
struct episodes_wanted {
    struct episode_filter filter; /* client "": all of the scope */
    const char *title;
    bool beside;                  /* on a page that is about more */
    bool first;                   /* it is the first table of its page */
};
enum rc episodes_table(struct visit *v, const struct episodes_wanted *w, struct table *out, struct err *e);

/* How many are open, and the worst one's band, "" none; nothing outside the scope. */
struct episodes_worst {
    int64_t open;
    const char *band;
};
enum rc episodes_worst(struct visit *v, const char *client, const char *domain, struct episodes_worst *out,
                       struct err *e);

/* Accepted risks, of the whole scope for client "", of any domain or source for "" (page_exceptions.c). */
enum rc exceptions_table(struct visit *v, const char *client, const char *domain, const char *source,
                         struct table *out, struct err *e);

/* One line on an episode (page_episodes.c). */
const char *episodes_sentence(struct visit *v, const struct episode *p);

/* Templates of pages/NAME.page. */
void page_items(struct html *o, const struct items *m);
void page_days(struct html *o, const struct visit *v, const struct pages_span *s);
void page_days_form(struct html *o, const struct visit *v, const struct pages_span *s);
void page_today_content(struct html *o, const struct today_model *m);
void page_client_content(struct html *o, const struct client_model *m);
void page_domain_content(struct html *o, const struct domain_model *m);
void page_source_content(struct html *o, const struct source_model *m);
void page_message_content(struct html *o, const struct message_model *m);
void page_list_content(struct html *o, const struct list_model *m);
void page_choices(struct html *o, const struct list_model *m);
void page_exceptions_content(struct html *o, const struct exception_model *m);
void page_exception_content(struct html *o, const struct exception_model *m);
void page_episode_content(struct html *o, const struct episode_model *m);
void page_report_content(struct html *o, const struct report_model *m);
void page_words_content(struct html *o, const struct list_model *m);
void page_signin_content(struct html *o, const struct form_model *m);
void page_link_content(struct html *o, const struct form_model *m);
void page_account_content(struct html *o, const struct form_model *m);
void page_accounts_content(struct html *o, const struct form_model *m);
void page_done(struct html *o, const char *words);
void page_problem(struct html *o, const char *words);

#endif
