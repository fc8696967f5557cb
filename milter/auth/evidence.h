/*
 * evidence.h - what the outside said of a message, nothing decided.
 *
 * Filled by auth/, read by verdict/ and printed by `assay check`.  All text
 * belongs to the message's arena.  Domains are normal names (mail/domain.h)
 * unless said otherwise; other text may hold any byte a sender chose.
 */
#ifndef ASSAY_AUTH_EVIDENCE_H
#define ASSAY_AUTH_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/dmarc_record.h"
#include "base/arena.h"
#include "base/enumname.h"
#include "base/err.h"
#include "base/str.h"
#include "mail/from.h"

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

/* ---- DKIM, RFC 6376 ---- */

enum dkim_result {
    DKIM_NONE, DKIM_PASS, DKIM_FAIL, DKIM_POLICY, DKIM_NEUTRAL, DKIM_TEMPERROR, DKIM_PERMERROR
};
extern const struct enum_names dkim_result_names; /* the words of RFC 8601 section 2.7.1 */

/* Why a signature is no pass. */
enum dkim_problem {
    DKIM_PROBLEM_NONE,
    DKIM_PROBLEM_BODY,       /* the body hash does not verify */
    DKIM_PROBLEM_HEADERS,    /* the body does, the signature over the header does not */
    DKIM_PROBLEM_NO_KEY,     /* nothing at the selector, or no key */
    DKIM_PROBLEM_REVOKED,    /* p= is empty */
    DKIM_PROBLEM_KEY,        /* the key record is malformed, or not for such a signature */
    DKIM_PROBLEM_WEAK,       /* too few bits, or rsa-sha1 */
    DKIM_PROBLEM_DNS,        /* temperror */
    DKIM_PROBLEM_EXPIRED,    /* x= is past, or t= in the future */
    DKIM_PROBLEM_FROM,       /* it leaves a From field unsigned */
    DKIM_PROBLEM_SYNTAX,     /* the field is malformed */
    DKIM_PROBLEM_UNCHECKED   /* a limit of ours */
};
extern const struct enum_names dkim_problem_names;

struct dkim_signature {
    enum dkim_result result;
    enum dkim_problem problem;
    const char *reason;      /* short, ours: "body hash did not verify"; "" for a plain pass */
    bool checked;            /* false: beyond MaxSignatures; result is DKIM_NEUTRAL, reason says so */
    const char *domain;      /* d=, normal; "" when unusable */
    const char *identity;    /* i=, as in the signature, "@d" by default; "" unusable */
    const char *selector;    /* s=; "" unusable */
    const char *algorithm;   /* a=; "" unusable */
    const char *b;           /* b= without white space, whole; "" unusable */
    unsigned key_bits;       /* 0 unknown; 256 for ed25519 */
    bool testing;            /* the key says t=y */
    bool from_signed;        /* h= covers every From field */
    uint64_t unsigned_bytes; /* body bytes beyond l= (0 without l=) */
    bool key_known;          /* DNS said what the key record is, or that there is none */
    const char *key_record;  /* as published; "" none, or not known */
    uint32_t key_ttl;        /* seconds; of its absence, too */
    const char *key_host;    /* where the key stood after aliases: "dkim.mcsv.net"; "" no alias, or unknown */
};

struct dkim_evidence {
    size_t n;                /* in message order, top first; 0: dkim=none */
    struct dkim_signature *sig;
};

/* ---- ARC, RFC 8617 ---- */

enum arc_result { ARC_NONE, ARC_PASS, ARC_FAIL };
extern const struct enum_names arc_result_names;

struct arc_set {             /* one per instance of a structurally valid chain, i = index + 1 */
    const char *seal_domain;   /* AS d= */
    const char *seal_selector; /* AS s= */
    const char *sign_domain;   /* AMS d= */
    struct str authres;        /* the AAR's payload after "i=N;", as received */
};

struct arc_evidence {
    enum arc_result result;
    const char *reason;      /* ours, for fail: "AMS i=2: body hash did not verify"; else "" */
    int oldest_pass;         /* header.oldest-pass; -1 when not established */
    size_t n;
    struct arc_set *set;
};

/* ---- iprev, RFC 8601 section 2.7.3 ---- */

enum iprev_result { IPREV_NONE, IPREV_PASS, IPREV_FAIL, IPREV_TEMPERROR, IPREV_PERMERROR };
extern const struct enum_names iprev_result_names;

struct iprev_evidence {
    enum iprev_result result; /* IPREV_NONE: not checked */
    const char *name;        /* the verified name for pass; else the first PTR name, or "" */
};

/* ---- DMARC: what DNS holds, RFC 9989 section 4.10 ---- */

enum { DMARC_WALK_MAX = 8 }; /* queries of one tree walk */

/* One name of a walk. */
struct dmarc_step {
    const char *domain;      /* without "_dmarc." */
    bool temp;               /* the query failed temporarily (then it is the last step) */
    const struct dmarc_record *record; /* NULL: none there (or several, see `several`) */
    bool several;            /* more than one DMARC record: all were discarded */
    bool oversized;          /* one longer than DMARC_RECORD_MAX: discarded too */
    bool exists;             /* the name asked exists, hence `domain` does (RFC 8020) */
    const char *text;        /* the record as published, NUL-terminated; "" when record is NULL */
    uint32_t ttl;            /* of the answer, seconds */
    const char *why;         /* for temp: the resolver's word */
};

struct dmarc_walk {
    const char *start;
    bool complete;           /* psd=y/n met or the top reached; false: temp, or stopped early as not needed */
    size_t n;
    struct dmarc_step step[DMARC_WALK_MAX]; /* longest name first */
};

/* A DKIM or SPF identifier that authenticated (or might have, was it not for DNS). */
struct dmarc_identifier {
    const char *domain;      /* normal */
    bool dkim;               /* else SPF */
    bool pass;               /* false: its check ended in temperror */
};

enum dmarc_existence { DMARC_EXISTS_UNASKED, DMARC_EXISTS_YES, DMARC_EXISTS_NO, DMARC_EXISTS_TEMP };

enum { DMARC_AUTHOR_MAX = FROM_DOMAINS_MAX, DMARC_IDENTIFIER_MAX = 10 };

struct dmarc_author {
    const char *domain;
    struct dmarc_walk walk;  /* begins at domain */
    enum dmarc_existence existence;
};

struct dmarc_evidence {
    enum from_problem problem;
    size_t author_count;     /* 0 when problem is not FROM_OK */
    struct dmarc_author author[DMARC_AUTHOR_MAX];
    size_t identifier_count; /* walks from authenticated identifiers that needed one */
    struct dmarc_walk identifier[DMARC_IDENTIFIER_MAX];
    bool identifiers_over;   /* more needed one: those beyond the limit do not align */
    bool starved;            /* the message's memory ran out on the way: what did not pass might have */
};

/* ---- records seen on the way, for the memory of DNS ---- */

enum dns_kind { DNS_KIND_SPF, DNS_KIND_DKIM, DNS_KIND_DMARC };
extern const struct enum_names dns_kind_names;

enum { DNS_SEEN_MAX = 24 };

/* A record whose text the verdict may hang on. */
struct dns_seen {
    enum dns_kind kind;
    const char *name;        /* the name asked: "example.com", "s1._domainkey.example.com", "_dmarc.example.com" */
    const char *text;        /* as published, NUL-terminated (cut at a NUL in it); "": there is no such record */
    uint32_t ttl;            /* seconds */
};

struct evidence {
    struct spf_evidence spf;
    struct dkim_evidence dkim;
    struct arc_evidence arc;
    struct iprev_evidence iprev;
    struct dmarc_evidence dmarc;
    const char *published_by; /* the service of the catalogue whose own SPF record holds the client; "" none asked */
    size_t seen_count;        /* at most DNS_SEEN_MAX */
    struct dns_seen *seen;
    unsigned dns_questions;
    unsigned dns_ms;
};

/*
 * Fills e->seen from the rest of `e`: the SPF record of the domain checked,
 * the key record of each signature whose key was asked for, the DMARC record
 * applied to each author.  Arena memory; pure.
 */
enum rc evidence_note_seen(struct arena *a, struct evidence *e);

/*
 * The identifiers DMARC may align (RFC 9989 section 3.2.1): the SPF domain and
 * each DKIM d= whose check passed or ended in temperror, SPF first, each
 * (domain, method) once, passing ones kept.  Arena memory; pure.
 */
enum rc evidence_identifiers(struct arena *a, const struct evidence *e, struct dmarc_identifier **out, size_t *n);

#endif
