/*
 * spf_evidence.h - what SPF and the client's reverse name said of a message (RFC 7208, RFC 8601 section 2.7.3)
 *
 * All text belongs to the message's arena.  Domains are normal names
 * (mail/domain.h) unless said otherwise; other text may hold any byte a
 * sender chose.
 */
#ifndef ASSAY_SPF_SPF_EVIDENCE_H
#define ASSAY_SPF_SPF_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/enumname.h"

/* ---- SPF, RFC 7208 ---- */

enum spf_result {
    SPF_NONE, SPF_NEUTRAL, SPF_PASS, SPF_FAIL, SPF_SOFTFAIL, SPF_TEMPERROR, SPF_PERMERROR
};
extern const struct enum_names spf_result_names; /* the words of RFC 7208 section 2.6 */

/* What keeps SPF from a result of its own, or a record from being read. */
enum spf_trouble {
    SPF_TROUBLE_NONE,
    SPF_TROUBLE_DNS,      /* temperror */
    SPF_TROUBLE_SYNTAX,   /* permerror: a record breaks the grammar */
    SPF_TROUBLE_MULTIPLE, /* permerror: a domain has several records */
    SPF_TROUBLE_LIMIT,    /* permerror: too many lookups, void lookups or names */
    SPF_TROUBLE_ABSENT,   /* permerror: include or redirect leads to a domain without a record */
    SPF_TROUBLE_OURS,     /* permerror: a limit of ours */
    SPF_TROUBLE_MEMORY    /* temperror: no memory left for this message */
};
extern const struct enum_names spf_trouble_names;

struct spf_evidence {
    bool checked;            /* false: not asked for (no client address, authenticated client …) */
    enum spf_result result;
    bool from_helo;          /* null reverse-path: postmaster@HELO was checked */
    const char *domain;      /* domain checked, as given when it is no normal name; "" unknown */
    const char *mechanism;   /* the directive that matched, as published ("include:a.example"); "" none,
                                "default" when none matched, "redirect=…" is followed into its record */
    const char *mechanism_domain; /* the domain whose record holds it ("" none) */
    const char *leaf;        /* behind an include: the innermost directive that matched; else as mechanism */
    const char *leaf_domain; /* the domain whose record holds that */
    const char *explanation; /* for fail: the publisher's text, expanded, US-ASCII; "" none */
    const char *problem;     /* for permerror, temperror: what and where, escaped; else "" */
    enum spf_trouble trouble; /* the same, for programs */
    const char *trouble_domain; /* whose record it is about, for SPF_TROUBLE_DNS the name asked, escaped; "" none */
    const char *record;      /* the record of `domain`, as published; "" none, or not known */
    bool record_known;       /* DNS said what it is, or that there is none */
    uint32_t record_ttl;     /* seconds; of its absence, too */
    bool record_over;        /* permerror because a record has more terms than are read */
    unsigned lookups;        /* terms that query DNS, RFC 7208 section 4.6.4; 11: refused the 11th */
    unsigned void_lookups;
};

/* ---- iprev, RFC 8601 section 2.7.3 ---- */

enum iprev_result { IPREV_NONE, IPREV_PASS, IPREV_FAIL, IPREV_TEMPERROR, IPREV_PERMERROR };
extern const struct enum_names iprev_result_names;

struct iprev_evidence {
    enum iprev_result result; /* IPREV_NONE: not checked */
    const char *name;        /* the verified name for pass; else the first PTR name, or "" */
};

#endif
