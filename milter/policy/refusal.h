/*
 * refusal.h - what a client is told whose message is refused or put off.
 *
 * Pure.  One sentence for people who know no DMARC, the reference by which
 * the help desk finds the message, and the site's own line (HelpText).
 */
#ifndef ASSAY_POLICY_REFUSAL_H
#define ASSAY_POLICY_REFUSAL_H

#include "policy/action.h"

/* The reason of the refusal that is made also where nothing is enforced. */
#define REFUSAL_FORGED_FIELDS "more than 200 of its header fields pass themselves off as this server's"

/*
 * The reply for a verdict that is to refuse or to put off, with the codes of
 * RFC 7372; printable ASCII, and with codes and CRLF at most 512 bytes (RFC
 * 5321 section 4.5.3.1.5).  RC_NOMEM.
 */
enum rc refusal_make(struct arena *a, const struct given *g, const struct verdict *v, struct action *out);

/* Why a message is held, in a line for the MTA's log and queue; NULL without memory. */
const char *refusal_quarantine(struct arena *a, const struct verdict *v);

#endif
