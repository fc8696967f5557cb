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
    const struct known_gone *gone_path;  /* `path` had an SPF record, and has none; NULL */
    const struct known_gone *gone_key;   /* an own signature's key was there, and is not; NULL */
    const struct known_key *lost_key;    /* without an own signature: the key that mail of the source passed by; NULL */
    const char *waiting_for;             /* set by the rule of dns-temporary: the name not answered for */
};

/*
 * What the owner of the author's domain decided of the source, as far as that
 * matters here: STATUS_APPROVED also for domains that nobody here looks after
 * and for "unknown", which is any host at all and cannot be asked about.
 */
enum source_status cause_standing(const struct verdict *v);

/* Whether the step against it makes mail of this source pass, and so is only for a source that somebody wants. */
bool cause_helps_source(enum cause cause);

/* Puts the question of who wants the source before the step in `out->next`, or instead of it.  RC_NOMEM. */
enum rc cause_ask_first(const struct cause_facts *f, struct finding *out);

/* Finds what once was in DNS, or was used, and explains a failure: gone_path, gone_key, lost_key. */
void cause_look_for_vanished(struct cause_facts *f);

/* "it was there until 2026-11-20 and has been missing since 2026-11-21" */
void cause_put_gone(struct strbuf *b, const struct known_gone *gone);

/* The key's name with what it is an alias of; the day on which mail last passed by it. */
void cause_put_lost_key(struct strbuf *b, const struct known_key *key);
void cause_put_lost_day(struct strbuf *b, const struct known_key *key);

/* finding.detail and finding.next for `out`'s cause and risk.  RC_NOMEM. */
enum rc cause_words(const struct cause_facts *f, struct finding *out);

#endif
