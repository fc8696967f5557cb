/*
 * spf_macro.h - macro-strings of SPF: their syntax and their expansion (RFC 7208 section 7).
 *
 * Pure: no DNS, no clock, no memory but what is passed in.  Time is linear in
 * the text plus what it expands to, which the caller bounds.
 */
#ifndef ASSAY_SPF_SPF_MACRO_H
#define ASSAY_SPF_SPF_MACRO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

/* Where a macro-string stands decides what it may hold. */
enum spf_macro_place {
    SPF_MACRO_DOMAIN,   /* domain-spec: no SP, no %{c}, %{r}, %{t} */
    SPF_MACRO_MODIFIER, /* value of an unknown modifier: no SP */
    SPF_MACRO_EXPLAIN   /* explain-string: all of it */
};

/* What the letters stand for; the strings may hold any byte a sender chose. */
struct spf_macro_values {
    struct str sender;        /* s: local-part@domain */
    struct str local;         /* l */
    struct str sender_domain; /* o */
    struct str domain;        /* d: the domain whose record is evaluated */
    struct str helo;          /* h */
    struct str validated;     /* p: validated name of the client, or "unknown" */
    struct ip ip;             /* i, c, v; not IP_NONE */
    struct str receiver;      /* r */
    int64_t now;              /* t: seconds since the epoch */
};

enum {
    SPF_MACRO_EXPANDED_MAX = 4096, /* bytes a domain-spec may expand to, before truncation to 253 */
    SPF_MACRO_PIECES_MAX = 500     /* macros, and literals between them, that one text may expand */
};

/* RC_BAD with the reason unless all of `text` is a macro-string (explain-string) fit for its place. */
enum rc spf_macro_check(struct str text, enum spf_macro_place place, struct err *e);

/* RC_BAD with the reason unless all of `text` is a domain-spec (section 7.1). */
enum rc spf_macro_check_domain(struct str text, struct err *e);

/* Whether a checked macro-string has the macro-letter `letter` (lower case), in either case. */
bool spf_macro_uses(struct str text, char letter);

/* Appends the expansion of a checked macro-string; too much of it, either way, shows in out->over. */
void spf_macro_expand(struct strbuf *out, struct str text, const struct spf_macro_values *values);

/*
 * The name a checked domain-spec stands for: expanded, in lower case, without
 * trailing dot, cut from the left at label boundaries to 253 bytes (section
 * 7.3).  It need not be a name that DNS can carry; beyond
 * these limits it is STR_NONE.  NUL-terminated.  RC_OK or RC_NOMEM.
 */
enum rc spf_macro_domain(struct arena *a, struct str spec, const struct spf_macro_values *values, struct str *out);

#endif
