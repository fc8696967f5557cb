/*
 * terms.h - words that a page explains at its foot.
 */
#ifndef ASSAY_WEB_TERMS_H
#define ASSAY_WEB_TERMS_H

#include <stddef.h>

/* X(name, anchor, word, meaning) */
#define TERMS(X) \
    X(DMARC, "dmarc", "DMARC", "the rule by which a receiver tests whether mail is really from the domain in its " \
                               "From line: " \
      "SPF or DKIM must pass, for that domain.") \
    X(SPF, "spf", "SPF", "a list in DNS of the servers that may send for a domain.") \
    X(DKIM, "dkim", "DKIM", "a signature that the sending service puts on each message; its key stands in DNS.") \
    X(ARC, "arc", "ARC", "what a forwarder or list saw of a message before it changed it, under its own signature.") \
    X(MATCH, "match", "Domain matching", "what passes must be of the domain in the From line; a service that " \
                                         "passes only for " \
      "its own name does not count. Also called alignment.") \
    X(CONFIRMED, "confirmed", "Confirmed", "DMARC passes: the mail is proven to be from the domain in its From line.") \
    X(FORGED, "forged", "Forged", "nothing confirms it and no known service sent it, or it comes from a source " \
                                  "marked as " \
      "malicious, a parked domain or a look-alike.") \
    X(OPEN, "open", "Not decided", "from a source that nobody has approved or refused yet, or that was retired.") \
    X(LOST, "lost", "Lost on the way", "a mailing list or a forwarder changed it, so that it is no longer confirmed.") \
    X(SOURCE, "source", "Source", "whoever sent the mail: a service such as Mailchimp, a server of the client’s " \
                                  "own, or " \
      "addresses that nobody has named.") \
    X(APPROVED, "approved", "Approved", "the client named an owner for the source, and wants its mail.") \
    X(POLICY, "policy", "Policy", "what the domain’s owner asks receivers to do with mail that is not confirmed: " \
                                  "nothing, " \
      "treat as suspicious, or refuse.") \
    X(TRIAL, "trial", "On trial", "the policy is published with t=y: receivers report what it would catch, and do " \
                                  "not act " \
      "on it.") \
    X(EPISODE, "episode", "Episode", "one trouble from its first day to its last, however many messages it has.") \
    X(BAND, "band", "Band", "how well a domain’s approved mail is confirmed over seven days: healthy from 95 %, " \
                            "watch from " \
      "90 %, ticket from 80 %, escalate below.") \
    X(LATE, "late", "Still arriving", "receivers send their reports one to three days later, so the last two days " \
                                      "are not " \
      "counted yet.") \
    X(CATCH, "catch", "Safety catch", "when refusals turn on mail that used to be welcome, they stop for that " \
                                      "domain.") \
    X(REPORT, "report", "Aggregate report", "a day’s counts that one receiver sends to the owner of a domain.")

enum term {
#define TERM_NUMBER(name, anchor, word, meaning) TERM_##name,
    TERMS(TERM_NUMBER)
#undef TERM_NUMBER
    TERM_COUNT
};

struct term_words {
    const char *anchor, *word, *meaning;
};
extern const struct term_words term_words[TERM_COUNT];

struct html;
struct visit;

/* A link to the word's explanation at the page's foot, which then stands there. */
void term_link(struct html *o, struct visit *v, enum term t);
/* The same with words of the sentence's own. */
void term_link_as(struct html *o, struct visit *v, enum term t, const char *words);

/* "Words on this page": those that were linked; all of them on /words. */
void term_list(struct html *o, const struct visit *v);
void term_list_all(struct html *o);

#endif
