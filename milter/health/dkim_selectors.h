/*
 * dkim_selectors.h - the selectors of a domain that are known, and from whom.
 *
 * Of this room alone.
 */
#ifndef ASSAY_HEALTH_DKIM_SELECTORS_H
#define ASSAY_HEALTH_DKIM_SELECTORS_H

#include "health/judge.h"

struct selector {
    const char *name;     /* S._domainkey.DOMAIN */
    const char *selector;
    const char *source;   /* "" typed only */
    bool in_use, typed;   /* neither: it signed once, long ago */
    bool guessed;         /* of the catalogue alone: what is not there is no finding */
    bool answered, bad;   /* bad: no signature by it can pass */
    bool ed25519;
    const char *p;        /* "" no key */
    struct str text;      /* of the key */
    const char *state;    /* in a word or two */
};

struct selectors {
    struct selector s[HEALTH_SELECTORS_MAX];
    size_t n;
};

/* Signed lately enough. */
bool dkim_in_use(const struct health_judge *j, const struct health_signature *sig);

/* From mail, typed, from the memory of DNS, and, unless any name answers (`wildcard`), from the catalogue. */
void dkim_selectors_collect(struct health_judge *j, struct selectors *all, bool wildcard);

#endif
