/*
 * arc_chain.h - the ARC sets of a message and whether they form a chain
 * (RFC 8617 sections 4 and 5.2, steps 1 to 3).
 *
 * Pure: no DNS, no cryptography.
 */
#ifndef ASSAY_DKIM_ARC_CHAIN_H
#define ASSAY_DKIM_ARC_CHAIN_H

#include "base/arena.h"
#include "base/err.h"
#include "dkim/dkim_sig.h"
#include "mail/message.h"

/* One ARC Set.  In a valid chain all three fields are there and the seal has no fault. */
struct arc_link {
    const struct header *results, *signature, *seal_field; /* AAR, AMS, AS */
    struct str payload;      /* of the AAR: what follows "i=N;" */
    struct dkim_sig sign;    /* the AMS read; it may have a fault */
    struct dkim_sig seal;    /* the AS read */
};

struct arc_chain {
    size_t fields;           /* ARC fields in the message; 0: no chain at all */
    bool over;               /* more of one kind than a chain may have, which were not read, or more in one field */
    size_t n;                /* the highest instance */
    const char *problem;     /* why these fields are no valid chain, "AS i=2: missing"; "" when they are */
    struct arc_link *link;   /* DKIM_SIG_INSTANCE_MAX of them by instance - 1; NULL when n is 0 */
};

/* Reads the ARC fields among `headers`, which must outlive `out`.  RC_OK whatever they are like; RC_NOMEM. */
enum rc arc_chain_read(struct arena *a, const struct header *headers, size_t count, struct arc_chain *out);

#endif
