/*
 * arc.h - validates an ARC chain (RFC 8617 section 5.2).
 *
 * Every failure is arc=fail, those of DNS included (section 5.2.1); a failed
 * chain counts as none.  Nothing is asked of DNS, and no body wanted, for a
 * chain whose structure is broken.  More to examine than our limits allow is
 * arc=fail too, with MESSAGE_LIMIT_ARC noted in the message.
 */
#ifndef ASSAY_DKIM_ARC_H
#define ASSAY_DKIM_ARC_H

#include "dkim/dkim_evidence.h"
#include "dns/dns.h"
#include "mail/message.h"

struct arcv; /* one message's validation */

/*
 * Starts on the complete header of `m` and asks for the newest set's keys of a
 * structurally valid chain; for the others once that set has verified.  `now` is seconds since the epoch, for x=.
 * NULL in `*out` with RC_OK when there is no ARC field at all (arc=none).
 */
enum rc arcv_begin(struct arcv **out, struct message *m, struct dns_scope *dns, unsigned min_key_bits,
                   int64_t now, struct err *e);

/* Whether a seal waits for the body; its chunks, as they come; the finding, text in m's arena. */
bool arcv_wants_body(const struct arcv *v);
void arcv_body(struct arcv *v, struct str chunk);
void arcv_finish(struct arcv *v, struct arc_evidence *out);
void arcv_free(struct arcv *v); /* NULL is allowed */

/* At the very end of the process: forgets the keys kept. */
void arcv_shutdown(void);

#endif
