/*
 * sigverify.h - verifies signatures of the DKIM family over one message
 * (RFC 6376 section 6, RFC 8617 section 5.2).
 *
 * Puts together what dkim_sig reads, what dkim_key accepts, canonicalization
 * and crypto.  Knows nothing of ARC's sets: an ARC-Message-Signature and a
 * DKIM-Signature are verified alike, and a seal by its digest.
 *
 * Use: new; want for every signature; the body; end; then message or digest.
 * Threads: one at a time.
 */
#ifndef ASSAY_DKIM_SIGVERIFY_H
#define ASSAY_DKIM_SIGVERIFY_H

#include "dkim/arc_crypto.h"
#include "dkim/dkim_canon.h"
#include "dkim/dkim_key.h"
#include "dkim/dkim_sig.h"
#include "dns/dns.h"
#include "mail/message.h"

/*
 * Bytes of header fields hashed for all signatures of one message.  Fifty
 * signatures that each cover a whole megabyte of header would cost half a
 * second; those of real mail cover some 20 kB each.
 */
enum { SIGVERIFY_HEADER_BYTES_MAX = 8 * 1024 * 1024 };

enum sigverify_result {
    SIGVERIFY_PASS,
    SIGVERIFY_BODY,      /* body hash did not verify */
    SIGVERIFY_SIGNATURE, /* signature did not verify */
    SIGVERIFY_KEY,       /* no key that may verify it */
    SIGVERIFY_DNS,       /* DNS did not say what the key is */
    SIGVERIFY_LIMIT      /* SIGVERIFY_HEADER_BYTES_MAX, or memory */
};

struct sigverify_outcome {
    enum sigverify_result result;
    const char *reason;      /* printable, in the message's arena; "" for SIGVERIFY_PASS */
    unsigned key_bits;       /* 0 unknown */
    uint64_t unsigned_bytes; /* canonical body bytes beyond l= */
};

struct sigverify;

/* `m`, whose header is complete, and `dns` must outlive it.  RC_NOMEM. */
enum rc sigverify_new(struct sigverify **out, struct message *m, struct dns_scope *dns,
                      unsigned min_key_bits);
void sigverify_free(struct sigverify *v); /* NULL is allowed */

/* Sets the question for the key of `sig` going; `sig` has no fault. */
void sigverify_prefetch(struct sigverify *v, const struct dkim_sig *sig);

/* Before the body: `sig` will be verified.  RC_NOMEM, RC_LIMIT. */
enum rc sigverify_want(struct sigverify *v, const struct dkim_sig *sig);

/* The body as it comes, in any pieces; then its end, after which a second one is none. */
void sigverify_body(struct sigverify *v, struct str chunk);
void sigverify_body_end(struct sigverify *v);

/* As body_hash_has_whole and body_hash_whole. */
bool sigverify_has_whole(const struct sigverify *v);
struct str sigverify_whole(const struct sigverify *v); /* STR_NONE for NULL */

/* Whether the body is what the bh= of a signature wanted says; if not, `out` says so, which is else left as it is. */
bool sigverify_body_matches(struct sigverify *v, const struct dkim_sig *sig, struct sigverify_outcome *out);

/* Verifies a signature wanted, which stands in the field `own`. */
void sigverify_message(struct sigverify *v, const struct dkim_sig *sig, const struct header *own,
                       struct sigverify_outcome *out);

/* The same of the header alone, with a key that dkim_key_select gave and had nothing against. */
void sigverify_header(struct sigverify *v, const struct dkim_sig *sig, const struct header *own,
                      const struct dkim_key *key, struct sigverify_outcome *out);

/* Verifies `sig` over a digest made elsewhere: the key and the arithmetic alone. */
void sigverify_digest(struct sigverify *v, const struct dkim_sig *sig,
                      const unsigned char digest[CRYPTO_SHA256_SIZE], struct sigverify_outcome *out);

/*
 * Adds one field to `h`, canonicalized; `sig` is NULL, or what stands in it,
 * and then its b= is emptied and no CRLF follows.  False when the bytes
 * allowed are used up.
 */
bool sigverify_hash_field(struct sigverify *v, struct crypto_hash *h, enum dkim_canon how,
                          const struct header *field, const struct dkim_sig *sig);

#endif
