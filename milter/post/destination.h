/*
 * destination.h - where reports about a domain go, as DNS says now (RFC 9990 sections 3.5 and 4, RFC 9991 section 5).
 *
 * The record is looked up again each time reports are sent: the policy they
 * tell of is yesterday's, the addresses are today's.
 */
#ifndef ASSAY_POST_DESTINATION_H
#define ASSAY_POST_DESTINATION_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/enumname.h"
#include "base/err.h"
#include "config/config.h"
#include "dns/dns.h"

enum { DESTINATIONS_MAX = 10 }; /* URIs of one record that are tried, and addresses that come of them */

enum destination_state {
    DESTINATION_SEND,    /* the address wants it */
    DESTINATION_REFUSED, /* nothing is sent there */
    DESTINATION_LATER    /* DNS did not answer: ask again */
};
extern const struct enum_names destination_state_names; /* "send", "refused", "later" */

struct destination {
    enum destination_state state;
    const char *address; /* where to; "" unless DESTINATION_SEND */
    const char *uri;     /* the URI it comes from, made safe to show */
    const char *why;     /* one clause */
    const char *mend;    /* one clause: the record that would change that; "" none would */
};

struct destinations {
    enum destination_state state; /* of the whole: SEND when an item is; else LATER when anything may change */
    const char *why;              /* "" for SEND; else why nothing is sent (now) */
    const char *mend;             /* as that of an item */
    bool open;                    /* an item, or the record itself, is LATER */
    size_t n;
    struct destination item[DESTINATIONS_MAX];
};

struct destination_question {
    const char *policy_domain; /* normal */
    bool failure;              /* ruf is asked for, not rua */
    const struct config *config; /* ReportOptOut; ReportEmail, ReportSender: ours, never written to */
};

/* Asks DNS and fills `out`; text in the arena.  RC_NOMEM. */
enum rc destinations_find(struct arena *a, const struct destination_question *q, struct dns_scope *dns,
                          struct destinations *out);

/* Whether ReportOptOut names this domain or one above it; this address or its host (as "@host"). */
bool destination_domain_opted_out(const struct config *c, const char *policy_domain);
bool destination_address_opted_out(const struct config *c, const char *address);

#endif
