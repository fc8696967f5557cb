/*
 * carry.h - carries out at the MTA what was decided about a message.
 *
 * Threads: that of the context's callback.
 */
#ifndef ASSAY_MTA_CARRY_H
#define ASSAY_MTA_CARRY_H

#include "policy/action.h"

struct smfi_str; /* libmilter's SMFICTX */

/* While the MTA negotiates: which macros we want, and when. */
void carry_ask_macros(struct smfi_str *ctx);

/*
 * Does what it can of `todo`, in its order; `done` gets that, in the
 * message's arena (nothing without memory), and the log what the MTA did not
 * take.  Values get a blank in front with `leading_space` (SMFIP_HDR_LEADSPC).
 * What to answer the MTA, an sfsistat: SMFIS_CONTINUE unless there is a reply in `todo`.
 */
int carry_out(struct smfi_str *ctx, const struct message *m, bool leading_space, const struct actions *todo,
              struct actions *done);

/* Stamps that nothing was checked, "none" (RFC 8601 section 2.2); takes no memory of the message. */
void carry_stamp_none(struct smfi_str *ctx, const struct message *m, bool leading_space, const char *authserv_id);

/* Puts a message off for want of memory, 451 4.3.2; what to answer. */
int carry_put_off(struct smfi_str *ctx);

#endif
