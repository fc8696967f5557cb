/*
 * cause.h - why a message failed, from a closed list.
 *
 * Pure.  The rules are in cause.c; cause_about() has the rule of each in
 * words, what it means, what is done about it and its playbook, as
 * assay-milter(8) prints them.
 */
#ifndef ASSAY_VERDICT_CAUSE_H
#define ASSAY_VERDICT_CAUSE_H

#include "base/enumname.h"

/* In the order in which the rules are asked, so that the first of several is the one to act on. */
enum cause {
    CAUSE_NONE,             /* nothing failed */
    CAUSE_LOOKALIKE,        /* the author domain is marked as made to be taken for a client's */
    CAUSE_PARKED,           /* the author domain is marked as one that never sends */
    CAUSE_DNS_TEMPORARY,    /* DNS did not answer what the verdict hangs on */
    CAUSE_AUTHOR_UNREADABLE, /* no From, several, or one that cannot be read */
    CAUSE_MAILING_LIST,     /* a list changed it */
    CAUSE_FORWARDED,        /* a forwarder passed it on */
    CAUSE_DNS_CHANGED,      /* a record in question changed within 48 hours */
    CAUSE_DKIM_BROKEN,      /* an own signature does not verify: body or headers changed */
    CAUSE_DKIM_WEAK_KEY,    /* an own signature's key is too short, or its algorithm too old */
    CAUSE_DKIM_NO_KEY,      /* an own signature's selector has no key, or a revoked or unusable one */
    CAUSE_DKIM_INVALID,     /* an own signature is malformed, expired, or leaves From unsigned */
    CAUSE_SPF_MULTIPLE,     /* the domain, or one it includes, publishes several SPF records */
    CAUSE_SPF_SYNTAX,       /* its SPF record breaks the grammar, or includes what has none */
    CAUSE_SPF_LIMIT,        /* its SPF record needs too many lookups */
    CAUSE_SPF_NO_INCLUDE,   /* a known service sent it, and the SPF record lacks its include */
    CAUSE_DKIM_UNALIGNED,   /* signed and verified, but for another domain only */
    CAUSE_DKIM_ABSENT,      /* a known service sent it without a signature */
    CAUSE_SPF_UNALIGNED,    /* SPF passes, but for another domain only */
    CAUSE_UNAUTHORIZED,     /* nothing authenticates and nothing names a known sender */
    CAUSE_COUNT
};
extern const struct enum_names cause_names; /* "", "lookalike", … */

enum playbook { PLAYBOOK_NONE, PLAYBOOK_NEW_SENDER, PLAYBOOK_SPF_FAIL, PLAYBOOK_DKIM_FAIL, PLAYBOOK_MISALIGN,
                PLAYBOOK_SPOOFING };
extern const struct enum_names playbook_names; /* "", "new-sender", … */

struct cause_about {
    const char *rule;    /* when it is given */
    const char *meaning; /* to somebody who does not know DMARC */
    const char *step;    /* the next step, in general */
    enum playbook playbook; /* that it leads to, unless the source's status or namelessness says otherwise */
};

/* Of a cause; for CAUSE_NONE all is empty. */
const struct cause_about *cause_about(enum cause cause);

/* A message that passes, but is one step from failing. */
enum risk { RISK_NONE, RISK_SPF_ONLY, RISK_DKIM_ONLY, RISK_WEAK_KEY, RISK_TESTING_KEY };
extern const struct enum_names risk_names; /* "", "spf-only", … */

struct finding {
    enum cause cause;       /* the one to act on */
    unsigned secondary;     /* 1u << enum cause: what else is wrong */
    const char *detail;     /* what in particular: "body changed", "servers.mcsv.net"; "" none */
    enum playbook playbook;
    enum risk risk;
    const char *next;       /* the next step, one clause, names filled in; "" none */
};

#endif
