/*
 * body_hash.h - the body hashes that the signatures of one message ask for.
 *
 * However many signatures there are, each canonicalization is run and hashed
 * once: a signature with l= takes its digest as the stream passes that count
 * (RFC 6376 section 3.4.5).
 */
#ifndef ASSAY_DKIM_BODY_HASH_H
#define ASSAY_DKIM_BODY_HASH_H

#include "base/err.h"
#include "dkim/arc_crypto.h"
#include "dkim/dkim_canon.h"

enum { BODY_HASH_WANTS_MAX = 64 }; /* different l= per canonicalization */

#define BODY_HASH_ALL UINT64_MAX /* no l= */

struct body_hash;

struct body_hash *body_hash_new(void); /* NULL without memory */
void body_hash_free(struct body_hash *b); /* NULL is allowed */

/* Before the first byte: the hash over `length` canonical bytes will be asked for.  RC_LIMIT, RC_NOMEM. */
enum rc body_hash_want(struct body_hash *b, enum dkim_canon how, uint64_t length);

/* The body as it comes, in any pieces; then its end, after which a second one is none. */
void body_hash_add(struct body_hash *b, struct str piece);
void body_hash_end(struct body_hash *b);

/* Whether a hash of the whole body is wanted; and after the end that hash, of simple rather than relaxed, or NULL. */
bool body_hash_has_whole(const struct body_hash *b);
const unsigned char *body_hash_whole(const struct body_hash *b);

/* Whether memory ran out for digests of this canonicalization; then none of them means anything. */
bool body_hash_failed(const struct body_hash *b, enum dkim_canon how);

/*
 * After the end: the digest of a hash wanted, or NULL when the canonical body
 * has fewer than `length` bytes (l= promises more than came, which RFC 6376
 * section 3.5 forbids).  `*beyond` is how many canonical bytes follow those
 * hashed; it may be NULL.
 */
const unsigned char *body_hash_digest(const struct body_hash *b, enum dkim_canon how, uint64_t length,
                                      uint64_t *beyond);

#endif
