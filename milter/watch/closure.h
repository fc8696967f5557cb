/*
 * closure.h - may an episode be closed?  What reports of later days say, what newer mail of our own says, and DNS now.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_WATCH_CLOSURE_H
#define ASSAY_WATCH_CLOSURE_H

#include "dns/dns.h"
#include "watch/round.h"

/* Texts are never NULL, and in the arena. */
struct closure {
    const char *not_yet;    /* why it may not be closed; "" it may */
    const char *change;     /* what changed in DNS, before it and since, and what DNS says now; "" nothing known */
    const char *validation; /* which later reports and mail passed; "" none came */
    const char *inventory;  /* whether the inventory was brought up to date, and what it says */
    bool dns_failed;        /* a question had no answer */
};

/*
 * Looks at an episode of that client's domain, which a person would close.
 * `dns` NULL: DNS is not asked.  A client of NULL (it left) leaves nothing to
 * look at but what came in, of an episode about that: else it may be closed.
 */
enum rc closure_look(const struct watch_round *round, const struct client *client, bool parked,
                     const struct episode *p, struct dns_scope *dns, struct arena *a, struct closure *out,
                     struct err *e);

/*
 * The note for the ticket: source, domain, root cause, change, validation,
 * inventory, and what a person adds.  In the arena; NULL without memory.
 */
const char *closure_note(struct arena *a, const struct episode *p, const struct closure *c, const char *by_hand);

#endif
