/*
 * dkim_sign.h - signs mail of our own (RFC 6376 section 5), so that reports pass the DMARC they tell of.
 *
 * Threads: one at a time per signer.
 */
#ifndef ASSAY_DKIM_DKIM_SIGN_H
#define ASSAY_DKIM_DKIM_SIGN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct dkim_signer;

/*
 * A signer with the private key `pem` (RSA, PEM as openssl writes it; copied)
 * for d=`domain`, s=`selector`.  It signs once to try the key: RC_BAD when
 * that fails.  The key is never shown, in an error neither.
 */
enum rc dkim_signer_new(struct str pem, const char *domain, const char *selector, struct dkim_signer **out,
                        struct err *e);
void dkim_signer_free(struct dkim_signer *s); /* NULL allowed; wipes the key */

/* `message` (header, blank line, body; lines end in CRLF) with a DKIM-Signature on top, in the arena. */
enum rc dkim_signer_sign(struct dkim_signer *s, struct arena *a, struct str message, struct str *out, struct err *e);

#endif
