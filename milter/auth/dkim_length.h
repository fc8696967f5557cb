/*
 * dkim_length.h - how long a body is after canonicalization.
 *
 * For l= (RFC 6376 section 3.5): what lies beyond it is not signed, and the
 * verification library does not say how much that is.
 */
#ifndef ASSAY_AUTH_DKIM_LENGTH_H
#define ASSAY_AUTH_DKIM_LENGTH_H

#include "auth/dkim_canon.h"
#include "auth/dkim_sig.h"

struct dkim_length {
    struct dkim_canon_body body[2]; /* by enum dkim_canon */
    bool wanted[2];
    uint64_t bytes[2];              /* after dkim_length_end */
};

/* Which canonical forms are counted; then the body, in any pieces; then its end. */
void dkim_length_start(struct dkim_length *l, bool simple, bool relaxed);
void dkim_length_add(struct dkim_length *l, struct str piece);
void dkim_length_end(struct dkim_length *l);

#define DKIM_LENGTH_SHORT UINT64_MAX

/* Bytes that the l= of `sig` leaves unsigned, 0 without l=; DKIM_LENGTH_SHORT when the body has fewer than l= says. */
uint64_t dkim_length_beyond(const struct dkim_length *l, const struct dkim_sig *sig);

#endif
