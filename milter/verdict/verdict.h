/*
 * verdict.h - what we make of the evidence.
 *
 * Pure: no clock, no randomness, no network, no file, no log.  The same
 * evidence and settings always give the same verdict.
 */
#ifndef ASSAY_VERDICT_VERDICT_H
#define ASSAY_VERDICT_VERDICT_H

#include "auth/evidence.h"
#include "catalogue/clients.h"
#include "config/config.h"
#include "dmarc/dmarc_discover.h"
#include "mail/message.h"
#include "verdict/background.h"
#include "verdict/cause.h"
#include "verdict/source.h"

/* RFC 9989 section 9.2 */
enum dmarc_result { DMARC_NONE, DMARC_PASS, DMARC_FAIL, DMARC_TEMPERROR, DMARC_PERMERROR };
extern const struct enum_names dmarc_result_names;

/* What was done with a message. */
enum disposition { DISPOSITION_NONE, DISPOSITION_QUARANTINE, DISPOSITION_REJECT, DISPOSITION_TEMPFAIL };
extern const struct enum_names disposition_names;

/* What the rules want done with a message. */
enum policy_action {
    POLICY_NONE,       /* nothing: it goes on as if no policy had been asked for */
    POLICY_STAMP,      /* it goes on, and the stamp tells */
    POLICY_QUARANTINE, /* held, or marked for the delivery side (QuarantineBy) */
    POLICY_REJECT,
    POLICY_TEMPFAIL    /* the sender tries again later */
};
extern const struct enum_names policy_action_names;

/* Whether that is done; the first three are the words of the option Enforce. */
enum enforcement {
    ENFORCEMENT_NO,       /* rules are not asked */
    ENFORCEMENT_REHEARSE, /* asked, and nothing is done */
    ENFORCEMENT_YES,
    ENFORCEMENT_CAUGHT    /* asked, and the safety catch lets nothing be done to its author's mail from there */
};
extern const struct enum_names enforcement_names;

/* Whether a mailing list or a forwarder had the message before us; verdict/relay.h tells. */
enum relay_kind { RELAY_NONE, RELAY_LIST, RELAY_FORWARDER };

struct relay {
    enum relay_kind kind;
    const char *by; /* the list's or forwarder's name or domain; "" for RELAY_NONE */
};

/* The DMARC evaluation of one author domain (of the strictest, if several). */
struct dmarc_verdict {
    enum dmarc_result result;
    const char *author_domain;  /* "" when there is none */
    const char *org_domain;     /* "" when unknown */
    const char *policy_domain;  /* where the record is; "" without */
    const char *record_text;    /* the record as published; "" without */
    const struct dmarc_record *record; /* NULL without */
    enum dmarc_source source;
    enum dmarc_tag tag;
    enum dmarc_policy requested; /* that tag's value; NONE without a record */
    enum dmarc_policy policy;    /* requested after t=y */
    bool testing;
    bool spf_aligned;            /* an SPF pass that aligns */
    bool dkim_aligned;           /* a DKIM pass that aligns */
    const char *why;             /* one plain clause for log and explanation; never "" but for pass */
};

/* Why the disposition differs from the policy asked for, RFC 9990 section 3.1.1.9. */
enum override_type {
    OVERRIDE_LOCAL_POLICY, OVERRIDE_MAILING_LIST, OVERRIDE_OTHER, OVERRIDE_POLICY_TEST_MODE, OVERRIDE_TRUSTED_FORWARDER
};
extern const struct enum_names override_type_names; /* the words of the RFC's schema */

struct override {
    enum override_type type;
    const char *comment; /* "" none; our own words */
};

enum { VERDICT_OVERRIDES_MAX = 4 };

/* All that a verdict is made of; nothing else may change it. */
struct given {
    const struct message *message;
    const struct evidence *evidence;
    const struct background *background; /* NULL: nothing is known beside the message */
    const struct config *config;
    const struct policy *policy; /* the site's rules (policy/policy.h); NULL: none, the built-in default */
};

struct verdict {
    struct dmarc_verdict dmarc;
    struct source source;
    const struct client *client;  /* whose the author domain is; NULL nobody's here */
    enum client_domain client_domain;
    const struct known_source *known; /* the inventory's entry for it; NULL none */
    struct relay relay;
    struct finding finding;
    /* policy/judge.h decides what follows */
    enum policy_action action;    /* what the rules want */
    const char *rule;             /* the rule that said so; "" when none was asked */
    enum enforcement enforcement;
    enum disposition disposition; /* what we do about it; DISPOSITION_NONE: mail goes on */
    size_t override_count;
    struct override override[VERDICT_OVERRIDES_MAX];
    const char *ref;              /* what finds the message again (output/ref.h); "" for one that has no need */
};

/* Evaluates RFC 9989 section 5.3 on gathered evidence. */
enum rc dmarc_evaluate(struct arena *a, const struct dmarc_evidence *e, const struct dmarc_identifier *ids,
                       size_t id_count, const struct config *c, struct dmarc_verdict *out);

/* Why it failed or might, from what is already in `v`.  RC_NOMEM. */
enum rc cause_find(struct arena *a, const struct given *g, const struct verdict *v, struct finding *out);

/*
 * DMARC, who sent it, and why it failed; what is done about it is decided in
 * policy/judge.h.  What it points to lives as long as what was given, and
 * the arena.  RC_NOMEM.
 */
enum rc verdict_decide(struct arena *a, const struct given *g, struct verdict *out);

/*
 * The domain under which the inventory has, or would have, its source: that of
 * the entry known; else the client's that covers the author domain, which a
 * sender cannot invent; "" when the inventory has no place for it.
 */
const char *verdict_source_domain(const struct verdict *v);

/* The inventory's word for its source: "approved" …; "" when it has none and the domain is nobody's here. */
const char *verdict_status(const struct verdict *v);

#endif
