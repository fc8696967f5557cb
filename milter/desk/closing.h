/*
 * closing.h - may the ticket of a message be closed?  What DNS says now, and what became of newer mail.
 */
#ifndef ASSAY_DESK_CLOSING_H
#define ASSAY_DESK_CLOSING_H

#include "desk/casefile.h"
#include "dns/dns.h"

enum { CLOSING_CHANGES_MAX = CASEFILE_NAMES_MAX };

struct closing {
    bool ready;            /* newer mail of the same source passes, and none failed since something changed */
    size_t passed, failed; /* newer messages of the same author domain and source, up to STORE_FIND_MAX */
    size_t failed_since;   /* of these, since the change, or since the first that passed */
    int64_t last_passed_ms, last_failed_ms; /* 0 none */
    const char *last_failed;        /* reference or queue id of that; "" */
    size_t change_count;
    const char *change[CLOSING_CHANGES_MAX]; /* what DNS says now and did not say then, a clause each */
    bool dns_failed;       /* a question had no answer, so that a change may not be seen */
};

/* `dns` NULL: DNS is not asked.  Errors as store_find. */
enum rc closing_look(struct arena *a, struct store *s, const struct casefile *c, struct dns_scope *dns,
                     struct closing *out, struct err *e);

/* "not yet: 3 failed since …", or that it may be closed; a sentence.  NULL without memory. */
const char *closing_answer(struct arena *a, const struct casefile *c, const struct closing *k);

/* The note of casefile_closure with all that was found filled in.  NULL without memory. */
const char *closing_note(struct arena *a, const struct casefile *c, const struct closing *k);

#endif
