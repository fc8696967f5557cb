/*
 * pasted.h - what stands in a text that somebody pasted: a bounce, a log line, a header, part of a ticket.
 *
 * Pure.  It finds the keys by which a message of ours may be found, what
 * another receiver's refusal means, and what other servers wrote into
 * Authentication-Results.
 */
#ifndef ASSAY_DESK_PASTED_H
#define ASSAY_DESK_PASTED_H

#include "desk/bounce_text.h"
#include "mail/authres.h"
#include "records/store.h"

enum {
    PASTED_MAX = 1024 * 1024, /* bytes; what is behind is not looked at */
    PASTED_KEYS_MAX = 40,
    PASTED_NAMES_MAX = 40,
    PASTED_SAID_MAX = 10
};

struct pasted_key {
    enum store_key kind;
    const char *text;
};

/* One Authentication-Results field, or one of an ARC chain. */
struct pasted_said {
    struct authres res;  /* id: who wrote it */
    bool arc;
};

struct pasted {
    size_t key_count;
    struct pasted_key key[PASTED_KEYS_MAX]; /* of one message, the surest first: references, queue ids, Message-IDs */
    size_t name_count;
    struct pasted_key name[PASTED_NAMES_MAX]; /* of many: addresses, then hosts, then domains; in lower case */
    struct bounce_text bounce;              /* receiver NULL: no bounce */
    size_t said_count;
    struct pasted_said said[PASTED_SAID_MAX]; /* as they stand, the newest first */
    const char *author;                     /* the domain in From, as far as the text tells; "" */
    enum cause cause;                       /* what the newest field amounts to; CAUSE_NONE: it passes, or none */
};

/* Text lives in the arena.  RC_NOMEM. */
enum rc pasted_read(struct arena *a, struct str text, struct pasted *out);

/* The value of a property of a method's result, as "d" of "header"; empty when there is none. */
struct str pasted_prop(const struct authres_result *r, const char *ptype, const char *property);

#endif
