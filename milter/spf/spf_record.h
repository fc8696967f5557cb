/*
 * spf_record.h - one SPF record, parsed to the letter of RFC 7208 section 12.
 *
 * Pure; linear in the text.  Everything points into the text parsed, which
 * must outlive the result.
 */
#ifndef ASSAY_SPF_SPF_RECORD_H
#define ASSAY_SPF_SPF_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

enum { SPF_TERMS_MAX = 4096 }; /* terms in one record; more is RC_LIMIT */

enum spf_term_kind {
    SPF_TERM_ALL, SPF_TERM_INCLUDE, SPF_TERM_A, SPF_TERM_MX, SPF_TERM_PTR, SPF_TERM_IP4, SPF_TERM_IP6,
    SPF_TERM_EXISTS, SPF_TERM_REDIRECT
};

struct spf_term {
    enum spf_term_kind kind;
    char qualifier;     /* one of + - ~ ?; '+' when none was written */
    uint8_t bits4;      /* prefix lengths for IPv4 and IPv6: a, mx, ip4 (bits4), ip6 (bits6) */
    uint8_t bits6;
    struct ip network;  /* ip4, ip6 */
    struct str domain;  /* domain-spec, checked; n == 0: the current domain */
    struct str text;    /* the whole term as published */
};

struct spf_record {
    size_t n;
    const struct spf_term *directive; /* in the order written */
    struct spf_term redirect;         /* text.n == 0: there is none */
    struct str exp;                   /* domain-spec of exp=; n == 0: there is none */
};

/* Section 4.5: whether a TXT record is an SPF record: "v=spf1", any case, then SP or the end. */
bool spf_record_is(struct str txt);

/*
 * Parses all of `text`, for which spf_record_is holds.  RC_BAD names the
 * first term that breaks the grammar, escaped, and says why; RC_LIMIT, RC_NOMEM.
 */
enum rc spf_record_parse(struct arena *a, struct str text, struct spf_record *out, struct err *e);

#endif
