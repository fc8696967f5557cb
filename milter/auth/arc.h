/*
 * arc.h - validates an ARC chain (RFC 8617 section 5.2).
 */
#ifndef ASSAY_AUTH_ARC_H
#define ASSAY_AUTH_ARC_H

#include "auth/evidence.h"
#include "dns/dns.h"
#include "mail/message.h"

struct arcv; /* one message's validation */

/*
 * Starts on the complete header of `m` and asks for the keys of a
 * structurally valid chain.  `now` is seconds since the epoch, for x=.
 * NULL in `*out` with RC_OK when there is no ARC field at all (arc=none).
 */
enum rc arcv_begin(struct arcv **out, struct message *m, struct dns_scope *dns, unsigned min_key_bits, int64_t now,
                   struct err *e);

bool arcv_wants_body(const struct arcv *v);
void arcv_body(struct arcv *v, struct str chunk);
void arcv_finish(struct arcv *v, struct arc_evidence *out);
void arcv_free(struct arcv *v);

#endif
