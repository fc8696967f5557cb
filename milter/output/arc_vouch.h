/*
 * arc_vouch.h - what each sealer of an ARC chain says that it saw of the author.
 *
 * Pure.  A chain that verifies says who handled a message, not that it is
 * good; whether a sealer is believed is policy (policy/disposition.h).
 */
#ifndef ASSAY_OUTPUT_ARC_VOUCH_H
#define ASSAY_OUTPUT_ARC_VOUCH_H

#include "verdict/verdict.h"

/* What one set of the chain has to say. */
struct arc_voucher {
    struct str seal_domain; /* AS d= */
    struct str sign_domain; /* AMS d= */
    bool vouches; /* its AAR has dmarc=pass for this author domain, or an spf or dkim pass that aligns with it */
};

/*
 * A text for the record, newest set first: "seal sign yes; seal sign no"; ""
 * unless arc=pass.  Whole entries only, within RECORD_TEXT_MAX.  NULL without memory.
 */
const char *arc_vouch_text(struct arena *a, const struct evidence *e, const struct dmarc_verdict *d);

/* The first entry of `*text`, which moves behind it; false at the end, and for what is no entry. */
bool arc_vouch_next(struct str *text, struct arc_voucher *out);

/* The address that the first sealer had the message from, as its AAR says, [0-9A-Fa-f:.] only; "" unknown. */
const char *arc_vouch_origin(struct arena *a, const struct evidence *e);

#endif
