/*
 * spf_eval.h - one run of check_host(): all that fetches, asks, counts or stops.
 *
 * libspf2 (spf_libspf2.c) walks the records: order, qualifiers, addresses
 * against prefixes, include, redirect, falling off the end.  It is never shown
 * a byte that a publisher or sender wrote.  Each record is laid out as a few
 * numbered steps, it asks about those by number, and here the number is
 * turned back into the published term, its macros are expanded, DNS is asked
 * and the limits of RFC 7208 section 4.6.4 are kept.
 *
 * When something ends the evaluation early (an error, a limit, a deadline)
 * the run is `stopped`: its result stands and every further question is
 * answered with nothing.
 */
#ifndef ASSAY_SPF_SPF_EVAL_H
#define ASSAY_SPF_SPF_EVAL_H

#include "base/arena.h"
#include "dns/dns.h"
#include "spf/spf.h"
#include "spf/spf_evidence.h"
#include "spf/spf_macro.h"
#include "spf/spf_record.h"

enum {
    SPF_LOOKUPS_MAX = 10, /* terms that query DNS */
    SPF_VOIDS_MAX = 2,    /* of them, answered with nothing */
    SPF_MX_MAX = 10,      /* exchanges of one mx whose addresses are asked */
    SPF_PTR_MAX = 10,     /* names of the client that are looked at */
    SPF_STEPS_MAX = SPF_LOOKUPS_MAX + 1, /* of one record: the last is over the limit, or ends it */
    SPF_POLICIES_MAX = SPF_LOOKUPS_MAX + 1
};

/* A term that has to be evaluated. */
struct spf_step {
    const struct spf_term *term;
    const struct spf_policy *policy; /* whose record holds it */
    const struct dns_answer *mx;     /* mx: its exchanges, once asked */
};

/* A domain's record, laid out. */
struct spf_policy {
    const char *domain;
    const struct spf_step *via; /* the include or redirect that led here; NULL: the sender's domain */
    struct spf_record record;
    size_t first, n;            /* its steps, in spf_eval.step */
};

struct spf_eval {
    struct arena *arena;
    struct dns_scope *dns;
    enum dns_type address_type;     /* DNS_A or DNS_AAAA, as the client */
    struct spf_macro_values values; /* domain and validated are set before each expansion */
    const char *domain;             /* the sender's, normal */
    size_t policies, steps;
    struct spf_policy policy[SPF_POLICIES_MAX];
    struct spf_step step[SPF_POLICIES_MAX * SPF_STEPS_MAX];
    const struct spf_policy *outer; /* the record that counts: the sender's domain's, or where redirect went */
    const struct spf_step *last;    /* evaluated last */
    unsigned lookups, voids;
    bool stopped;
    bool record_over;               /* stopped by a record of more than SPF_TERMS_MAX terms */
    enum spf_result result;         /* when stopped, or set by spf_libspf2_run */
    bool matched;                   /* a mechanism matched, and it is `last`; false: fell off the end */
    const char *problem;            /* when stopped: why, escaped; NULL for none */
    enum spf_trouble trouble;       /* the same; with whose record it is about, "" unknown */
    const char *trouble_domain;
    struct str record;              /* of the sender's domain, as published; with its TTL in seconds */
    bool record_known;              /* DNS said what it is, or that there is none */
    uint32_t record_ttl;
};

/*
 * Ends the run with the result that `trouble` means (SPF_TROUBLE_NONE: none);
 * the first stop counts.  `domain`: whose record it is about, "" unknown.
 * `step` (or NULL) is named after the text.
 */
void spf_eval_stop(struct spf_eval *e, enum spf_trouble trouble, const char *domain, const struct spf_step *step,
                   const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/*
 * Fetches, selects, parses and lays out the record that `via` leads to (NULL:
 * that of the sender's domain).  NULL: stopped.
 */
const struct spf_policy *spf_eval_open(struct spf_eval *e, const struct spf_step *via);

/* a: addresses of its name.  NULL: stopped. */
const struct dns_answer *spf_eval_hosts(struct spf_eval *e, struct spf_step *step);

/* mx: its exchanges, to be asked for one by one with spf_eval_exchange.  NULL: stopped. */
const struct dns_answer *spf_eval_exchanges(struct spf_eval *e, struct spf_step *step);

/* Addresses of exchange `index` of a step that spf_eval_exchanges answered.  NULL: stopped. */
const struct dns_answer *spf_eval_exchange(struct spf_eval *e, const struct spf_step *step, size_t index);

/* ptr, exists: whether it matches; all, ip4, ip6: yes, as others are not laid out.  False when stopped. */
bool spf_eval_matches(struct spf_eval *e, struct spf_step *step);

/* Name of a checked domain-spec in the record of `policy`; STR_NONE as spf_macro_domain, and when stopped. */
struct str spf_eval_name(struct spf_eval *e, const struct spf_policy *policy, struct str spec);

/* Whether DNS can be asked for `name` (STR_NONE: no). */
bool spf_eval_askable(struct str name);

/* The values for an expansion in the record of `policy`, %{p} looked up if `text` has it. */
const struct spf_macro_values *spf_eval_values(struct spf_eval *e, const struct spf_policy *policy, struct str text);

#endif
