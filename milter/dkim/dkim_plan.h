/*
 * dkim_plan.h - which of a message's signatures are verified, and what is known of the others.
 *
 * Pure.  The work that a sender can cause is decided here, before any of it
 * is done.
 */
#ifndef ASSAY_DKIM_DKIM_PLAN_H
#define ASSAY_DKIM_DKIM_PLAN_H

#include "dkim/dkim.h"
#include "dkim/dkim_evidence.h"
#include "dkim/dkim_sig.h"
#include "mail/message.h"

enum { DKIM_FUTURE_SLACK = 24 * 60 * 60 }; /* seconds that t= may be ahead of us */

struct dkim_entry {
    size_t header;           /* index of the field in the message */
    struct dkim_sig sig;
    bool check;              /* to be verified; else result and reason stand */
    bool over;               /* left out because of the limit */
    enum dkim_result result; /* meaningful unless check, or once verified */
    enum dkim_problem problem;
    const char *reason;
    uint64_t open;           /* once verified: canonical body bytes that l= leaves unsigned */
};

struct dkim_plan {
    size_t n;                /* every DKIM-Signature field, in message order */
    struct dkim_entry *entry;
    size_t checked;          /* entries with `check` */
    size_t from_count;       /* From fields in the message */
    size_t names;            /* in h= of entries with `check`, all together */
};

/*
 * Reads all signatures and picks at most limits->signatures to verify: those
 * whose d= is, is within or contains limits->author first, then in message
 * order.  A message without From has none to verify.  RC_NOMEM.
 */
enum rc dkim_plan_make(struct message *m, const struct dkimv_limits *limits, struct dkim_plan *out);

/*
 * Whether a verifier of the entries with `check` needs `h`, which is none of
 * their own: it is From, or one of them names it.  With many names it is
 * always so: nobody shall make us compare them all with each field.
 */
bool dkim_plan_needs(const struct dkim_plan *p, const struct header *h);

/* Whether `h` is a DKIM-Signature field, blanks before its colon aside. */
bool dkim_is_signature(const struct header *h);

#endif
