/*
 * dkim_evidence.h - what DKIM and ARC said of a message (RFC 6376, RFC 8617)
 *
 * All text belongs to the message's arena.  Domains are normal names
 * (mail/domain.h) unless said otherwise; other text may hold any byte a
 * sender chose.
 */
#ifndef ASSAY_DKIM_DKIM_EVIDENCE_H
#define ASSAY_DKIM_DKIM_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/enumname.h"
#include "base/str.h"

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

#endif
