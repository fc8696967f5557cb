/*
 * policy.h - what the site decided about mail that fails: an ordered list of rules.
 *
 * Made of the sections of policy.conf (policy.conf(5)), immutable, counted:
 * a message keeps the one it began with.  Pure but for memory.
 *
 * A rule matches when everything it names matches.  What it does not name it
 * does not touch: without Result it is for dmarc=fail alone, and without
 * Policy for the policies quarantine and reject alone.
 *
 * Threads: a finished policy may be read, held and released by any thread.
 */
#ifndef ASSAY_VERDICT_POLICY_H
#define ASSAY_VERDICT_POLICY_H

#include "config/list.h"
#include "config/sections.h"
#include "verdict/verdict.h"

/* What a rule has done to a message. */
enum policy_action {
    POLICY_NONE,       /* nothing: it goes on as if no policy had been asked for */
    POLICY_STAMP,      /* it goes on, and the stamp tells */
    POLICY_QUARANTINE, /* held, or marked for the delivery side (QuarantineBy) */
    POLICY_REJECT,
    POLICY_TEMPFAIL    /* the sender tries again later */
};
extern const struct enum_names policy_action_names;

enum policy_answer { POLICY_EITHER, POLICY_NO, POLICY_YES };

/* What a rule looks at; an empty list, 0 or POLICY_EITHER is not looked at. */
struct policy_match {
    struct string_list author_domains; /* each stands for all below it, too */
    struct string_list clients;        /* names of clients.conf; "*" any */
    struct string_list sources;        /* names of senders.conf, or unknown */
    struct string_list sealers;        /* an ARC chain that passes, sealed last by one of them */
    struct string_list vouched_by;     /* sealers believed when they say that they saw it authenticated */
    struct string_list signed_by;      /* domains, one of which signed it, verified */
    struct string_list recipients;     /* domains; every recipient that the record names must be within */
    struct net_list networks;          /* of the client */
    unsigned results;                  /* 1u << enum dmarc_result; never 0 */
    unsigned policies;                 /* 1u << enum dmarc_policy; never 0 */
    unsigned causes;                   /* 1u << enum cause; primary or secondary */
    unsigned statuses;                 /* 1u << enum source_status */
    enum policy_answer list;           /* whether it came by a mailing list */
};

struct policy_rule {
    const char *name;
    unsigned line;
    struct policy_match match;
    enum policy_action action;
    int override;                 /* enum override_type reported where another fate was asked for; -1: what fits */
    const char *reason, *owner, *ticket; /* "" none */
    int64_t until_ms;             /* no effect from then on; 0 for ever */
};

struct policy {
    size_t n;
    const struct policy_rule *rule; /* in the order of the file */
};

/* The words of policy.conf's sections; `sections_read` wants them. */
extern const struct section_kind policy_sections;

/*
 * Makes the rules of what was read.  Text lives in `a`.  RC_BAD with
 * "file:line:column: what; remedy", RC_NOMEM.
 */
enum rc policy_make(struct arena *a, const struct sections *f, struct policy *out, struct err *e);

#endif
