/*
 * cause_facts.h - what the rules of cause.c found, for the words of cause_words.c.
 */
#ifndef ASSAY_VERDICT_CAUSE_FACTS_H
#define ASSAY_VERDICT_CAUSE_FACTS_H

#include "verdict/relay.h"

struct cause_facts {
    struct arena *arena;
    const struct given *g;
    const struct verdict *v;
    const char *path;                    /* the domain that SPF was asked about, normal; "" none */
    bool own_path;                       /* it is of the author's organization */
    const struct dkim_signature *other;  /* a signature that passes, of another domain or not as strictly the same */
    const struct dkim_signature *failed; /* set by a rule about the author's signatures: that one */
    const struct known_change *change;   /* set by the rule of dns-changed: what changed, where */
    enum dns_kind changed_kind;
    const char *changed_name;
    const char *waiting_for;             /* set by the rule of dns-temporary: the name not answered for */
};

/* finding.detail and finding.next for `out`'s cause and risk.  RC_NOMEM. */
enum rc cause_words(const struct cause_facts *f, struct finding *out);

#endif
