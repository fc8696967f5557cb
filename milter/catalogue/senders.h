/*
 * senders.h - the catalogue of sending services: what tells each, and where its customers set it up.
 *
 * Read from senders.conf and a folder of local entries (senders.conf(5)); an
 * entry of the folder takes the place of one of the same name.  Immutable
 * once loaded; belongs to a configuration snapshot.
 *
 * Domains are normal names (mail/domain.h) and stand for themselves and all
 * below them; where two entries match, the longer name wins.  One name tells
 * one service: that two entries of a file claim it is an error, and of two
 * files the later has it.  Networks likewise.
 *
 * Threads: a loaded catalogue may be read by any thread.
 */
#ifndef ASSAY_CATALOGUE_SENDERS_H
#define ASSAY_CATALOGUE_SENDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/enumname.h"
#include "base/err.h"
#include "base/ip.h"
#include "syntax/list.h"

enum sender_kind {
    SENDER_MAILBOX, SENDER_MARKETING, SENDER_TRANSACTIONAL, SENDER_CRM, SENDER_TICKETING, SENDER_BILLING, SENDER_HR,
    SENDER_SURVEY, SENDER_COMMERCE, SENDER_GATEWAY, SENDER_LIST, SENDER_FORWARDING, SENDER_HOSTING,
    SENDER_COLLABORATION, SENDER_EDUCATION, SENDER_EVENTS, SENDER_SOCIAL, SENDER_DEVELOPER
};
extern const struct enum_names sender_kind_names; /* "mailbox", "marketing" … */

/* What a service is told by. */
enum sender_mark {
    SENDER_BY_DKIM,        /* DKIM: signing domains of its own */
    SENDER_BY_SPF,         /* SPF: names whose SPF records hold its addresses */
    SENDER_BY_NETWORK,     /* Networks */
    SENDER_BY_PTR,         /* PTR */
    SENDER_BY_RETURN_PATH, /* ReturnPath */
    SENDER_BY_KEY_CNAME,   /* KeyCNAME: where its customers' selectors point */
    SENDER_BY_SELECTOR,    /* Selectors: a hint only */
    SENDER_MARK_COUNT
};
extern const struct enum_names sender_mark_names; /* the fields of senders.conf */

struct sender {
    const char *name;        /* "mailchimp" */
    const char *title;       /* "Mailchimp" */
    enum sender_kind kind;
    struct string_list mark[SENDER_MARK_COUNT]; /* by enum sender_mark; that of SENDER_BY_NETWORK is empty */
    struct net_list networks;
    const char *include;     /* the SPF term its customers publish; "" none */
    const char *setup;       /* URL of the vendor's own instructions */
    const char *setup_words; /* the vendor's words for where authentication is set up; "" unknown */
    const char *document;    /* URL the entry rests on */
    const char *document_date;
    const char *note;        /* "" none */
    unsigned unconfirmed;    /* 1u << enum sender_mark: what the document does not confirm; weighs less */
};

struct senders;

/*
 * Reads `file` and every *.conf of `folder`, in the order of their names;
 * "" for either: none.  RC_BAD or RC_LIMIT with "file:line:column: what;
 * remedy", RC_NOTFOUND when one of the two is not there, RC_NOMEM.
 */
enum rc senders_load(const char *file, const char *folder, struct senders **out, struct err *e);

/* NULL allowed. */
void senders_free(struct senders *s);

/* All of them, in the order read. */
size_t senders_count(const struct senders *s);
const struct sender *senders_at(const struct senders *s, size_t i);

/* By its name, case aside; NULL when there is none. */
const struct sender *senders_find(const struct senders *s, struct str name);

/*
 * The service that `by` tells from `domain`; NULL when none does.  `*confirmed`
 * whether the catalogue's document confirms it.  Constant time in the size of
 * the catalogue.
 */
const struct sender *senders_by_domain(const struct senders *s, enum sender_mark by, const char *domain,
                                       bool *confirmed);

/* The service whose published network holds `ip`; the longest prefix wins. */
const struct sender *senders_by_address(const struct senders *s, const struct ip *ip, bool *confirmed);

#endif
