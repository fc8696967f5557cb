/*
 * recent.h - what changed lately, of all domains: decisions about sources, and records in DNS.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_INVENTORY_RECENT_H
#define ASSAY_INVENTORY_RECENT_H

#include "base/arena.h"
#include "db/db.h"

/* What became of a record text that took the place of another. */
enum recent_fate {
    RECENT_STAYS, /* it is in that place */
    RECENT_BACK,  /* only for a while: the other is seen again, this one no more */
    RECENT_BOTH   /* both are seen since: in turn, as of servers that do not agree, or it is back for less than a day */
};

/* One change; text is never NULL, in the arena. */
struct recent_change {
    int64_t time_ms;
    const char *domain;    /* of the source, or the name of the record */
    const char *what;      /* "SOURCE FIELD", or the kind of record: "spf", "dkim", "dmarc", "mx", … (domain_text.h) */
    const char *old, *new; /* "" none */
    const char *who;       /* "" DNS */
    bool forgotten;        /* of a record: there was an old text, which is not kept any more; `old` is "" */
    enum recent_fate fate; /* of a record */
};

/* Decisions of people since then, newest first, at most `max`. */
enum rc recent_decisions(struct db *d, struct arena *a, int64_t since_ms, size_t max, struct recent_change **out,
                         size_t *n, struct err *e);

struct recent_wanted {
    const char *domain;      /* it and the names below it; "" all */
    int64_t from_ms, to_ms;  /* from_ms … to_ms - 1 */
    bool (*is_wanted)(const void *arg, const char *kind, const char *name); /* which of these; NULL every one */
    const void *arg;
};

/*
 * Record texts that took the place of another (dnstext.h), newest first, at most `max` of those wanted.  A name's
 * first text is none of them, nor one that comes back.
 */
enum rc recent_records(struct db *d, struct arena *a, const struct recent_wanted *w, size_t max,
                       struct recent_change **out, size_t *n, struct err *e);

/* How many such there are since then, of all names; counted up to `most`. */
enum rc recent_records_number(struct db *d, int64_t since_ms, int64_t most, int64_t *out, struct err *e);

#endif
