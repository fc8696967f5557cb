/*
 * cause_reply.h - a cause as the sender's server is told it.
 */
#ifndef ASSAY_VERDICT_CAUSE_REPLY_H
#define ASSAY_VERDICT_CAUSE_REPLY_H

#include "verdict/verdict.h"

/*
 * Puts one clause without a full stop, in ASCII, at most 180 bytes: "sent
 * through SendGrid, which does not sign for acme.example"; nothing where the
 * cause says no more than the result.  Pure.
 */
void cause_reply(struct strbuf *b, const struct given *g, const struct verdict *v);

#endif
