/*
 * dkim.h - verifies DKIM signatures (RFC 6376, 8301, 8463, 8616).
 */
#ifndef ASSAY_DKIM_DKIM_H
#define ASSAY_DKIM_DKIM_H

#include "dkim/dkim_evidence.h"
#include "dns/dns.h"
#include "mail/message.h"

struct dkimv; /* one message's verification */

struct dkimv_limits {
    unsigned signatures;     /* verified at most; those that could align with `author` first */
    unsigned min_key_bits;   /* RSA below: permerror; never under 1024 */
    const char *author;      /* normal author domain, or NULL */
};

/* Once a process, before threads start; and at its very end. */
enum rc dkimv_init(struct err *e);
void dkimv_shutdown(void);

/*
 * Starts on the complete header of `m` and asks for the keys.  NULL in `*out`
 * with RC_OK when there is no DKIM-Signature at all.
 */
enum rc dkimv_begin(struct dkimv **out, struct message *m, const struct dkimv_limits *limits,
                    struct dns_scope *dns, struct err *e);

/* Whether a signature waits for the body; then its chunks, as they come. */
bool dkimv_wants_body(const struct dkimv *v);
void dkimv_body(struct dkimv *v, struct str chunk);

/*
 * Whether the whole body is hashed for a signature, which the header alone decides; and after the last chunk that
 * hash, of the body canonicalized.  STR_NONE: none, or no memory for it.
 */
bool dkimv_hashes_body(const struct dkimv *v);
struct str dkimv_body_hash(struct dkimv *v);

/* Every DKIM-Signature field gets an entry, in message order; text in m's arena. */
void dkimv_finish(struct dkimv *v, struct dkim_evidence *out);
void dkimv_free(struct dkimv *v);

/* Signatures since the start of the process; any thread. */
struct dkimv_counts {
    uint64_t verified; /* with a key to verify them by */
    uint64_t again;    /* of these, not passed by libopendkim and judged anew by sigverify */
    uint64_t differ;   /* of these, passed by sigverify */
};
struct dkimv_counts dkimv_counts(void);

#endif
