/*
 * dnschange.h - what changed in DNS before a failure began, in words: "the key s1._domainkey.acme.example was taken out
 * on Tue 2026-11-24 09:12 UTC".
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_WATCH_DNSCHANGE_H
#define ASSAY_WATCH_DNSCHANGE_H

#include "db/db.h"
#include "dns/dns.h"
#include "watch/watch.h"

/*
 * Sets p->dns_change of a failure or drift: the changes of records that its
 * cause has to do with, from four days before its first day to the day after
 * it was opened; "" none are remembered.  Text in the arena.
 */
enum rc dnschange_find(struct db *d, struct arena *a, const char *domain, struct watch_episode *p, struct err *e);

/* About an episode that a person would close. */
struct dnschange_question {
    struct db *db;
    struct arena *a;
    const char *domain;
    enum cause cause;
    int64_t first_day, opened_day; /* of the episode */
    int64_t now_ms;
};

/* Adds what changed since the day after it was opened to `out`; nothing when nothing did. */
enum rc dnschange_since(const struct dnschange_question *q, struct strbuf *out, struct err *e);

/*
 * Asks for the records that changed before it, and for its own SPF record
 * where the cause is about that: what each says now is added to `out`, and
 * what is still wrong with one to `wrong`.  *failed: a question had no answer.
 */
enum rc dnschange_now(const struct dnschange_question *q, struct dns_scope *dns, struct strbuf *out,
                      struct strbuf *wrong, bool *failed, struct err *e);

#endif
