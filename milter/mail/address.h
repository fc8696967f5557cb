/*
 * address.h - the parts of an SMTP path (RFC 5321 section 4.1.2).
 */
#ifndef ASSAY_MAIL_ADDRESS_H
#define ASSAY_MAIL_ADDRESS_H

#include "base/arena.h"
#include "base/str.h"

struct address {
    struct str local;  /* as written, quotes included; points into the path */
    struct str domain; /* as written; may be a literal; empty when there is none */
};

/* Splits a reverse- or forward-path without angle brackets at its last unquoted "@"; a source route is dropped. */
void address_split(struct str path, struct address *out);

/* The normal domain of a path; NULL when it has none that DNS can carry.  Arena text. */
const char *address_domain(struct arena *a, struct str path);

#endif
