/*
 * action.h - what shall be done to the message, as plain data.
 *
 * The session carries actions out in the order given: deletions first, from
 * the highest index down, then insertions (facts/libmilter: the other order
 * deletes our own field).
 */
#ifndef ASSAY_POLICY_ACTION_H
#define ASSAY_POLICY_ACTION_H

#include "verdict/verdict.h"

enum action_kind { ACTION_DELETE_HEADER, ACTION_INSERT_HEADER, ACTION_QUARANTINE, ACTION_REPLY };

struct action {
    enum action_kind kind;
    const char *name;    /* header field name (DELETE, INSERT) */
    unsigned index;      /* DELETE: which of that name, from 1.  INSERT: position, 0 is the top */
    unsigned count;      /* DELETE: that many from index on, the highest first */
    const char *text;    /* INSERT: value without leading space, LF-TAB folds; QUARANTINE, REPLY: text */
    const char *code;    /* REPLY: "550" */
    const char *xcode;   /* REPLY: "5.7.1" */
};

struct actions {
    size_t n;
    struct action *item;
};

/*
 * Header fields removed from one message.  Postfix carries each removal out
 * by itself, last first, and its cleanup gives up on ten thousand: what has
 * more in our name is refused, also where nothing else is.
 */
enum { ACTION_DELETIONS_MAX = 200 };

#define ACTION_STAMP_FIELD "Authentication-Results"
#define ACTION_QUARANTINE_FIELD "X-Assay-Quarantine" /* QuarantineBy = header */

/*
 * Stamps Authentication-Results, removing those that claim our id; or, for a
 * message that is refused or put off, the reply alone.  All in the arena.
 * Once that ran out, all Authentication-Results fields go unread.
 * RC_NOMEM; RC_LIMIT: more than ACTION_DELETIONS_MAX would have to go.
 */
enum rc actions_make(struct arena *a, const struct given *g, const struct verdict *v, struct actions *out);

/*
 * For a message that was not evaluated: removes those that claim our id, and
 * stamps that nothing was checked (RFC 8601 section 2.2, "none"); or refuses
 * it, with more than ACTION_DELETIONS_MAX.  RC_NOMEM.
 */
enum rc actions_make_unverified(struct arena *a, const struct message *m, const struct config *c,
                                struct actions *out);

enum { ACTIONS_BLIND_MAX = 2 };

/*
 * The same without memory and without a stamp: every Authentication-Results
 * field goes (RFC 8601 section 5), or the refusal takes their place.
 */
void actions_make_blind(const struct message *m, const struct config *c, struct action store[ACTIONS_BLIND_MAX],
                        struct actions *out);

/* For a message that is not ours to judge: removes those that claim our id, and does nothing else.  As actions_make. */
enum rc actions_strip(struct arena *a, const struct message *m, const struct config *c, struct actions *out);

#endif
