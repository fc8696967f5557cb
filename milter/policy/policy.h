/*
 * policy.h - what the site decided about mail that fails: an ordered list of rules.
 *
 * Made of the sections of policy.conf (policy.conf(5)), immutable, counted:
 * a message keeps the one it began with.  Pure, but that policy_load has its
 * file read by syntax/sections.h.
 *
 * A rule matches when everything it names matches.  What it does not name it
 * does not touch: without Result it is for dmarc=fail alone, and without
 * Policy for the policies quarantine and reject alone.
 *
 * Threads: a finished policy may be read, held and released by any thread.
 */
#ifndef ASSAY_POLICY_POLICY_H
#define ASSAY_POLICY_POLICY_H

#include "syntax/list.h"
#include "syntax/sections.h"
#include "verdict/verdict.h"

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
    enum policy_answer confirmed;      /* whether SPF or DKIM confirms the author's domain, policy or not */
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

/*
 * The rules of the file `path`, for policy_free; "": none.  RC_BAD or
 * RC_LIMIT as above, RC_NOTFOUND when there is no such file, RC_NOMEM.
 */
enum rc policy_load(const char *path, struct policy **out, struct err *e);

/*
 * Whether every Source and Client of the rules, read from `path`, is in the
 * catalogues (NULL: there is none); for what is asked before rules are put in
 * force.  RC_BAD with "path:line: what; did you mean …?".
 */
enum rc policy_check_names(const struct policy *p, const char *path, const struct senders *senders,
                           const struct clients *clients, struct err *e);

/* Frees what policy_load made; NULL allowed.  Who shares rules counts their holders (service/site.h). */
void policy_free(struct policy *p);

#endif
