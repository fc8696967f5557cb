/*
 * sums.h - the sums of received reports, read: by client, domain, day, source, cause, reporter, disposition and trust.
 *
 * Pages, alerts and the state of a domain read these and no rows.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_RECEIVED_SUMS_H
#define ASSAY_RECEIVED_SUMS_H

#include "received/received.h"

/* What sums are kept apart by; bits of received_wanted.by. */
enum received_by {
    RECEIVED_BY_CLIENT = 1, RECEIVED_BY_DOMAIN = 2, RECEIVED_BY_DAY = 4, RECEIVED_BY_SOURCE = 8,
    RECEIVED_BY_CAUSE = 16, RECEIVED_BY_REPORTER = 32, RECEIVED_BY_DISPOSITION = 64, RECEIVED_BY_TRUST = 128
};

/* Which are summed up.  Zeroed, but for texts "" : everything that is heeded, in one sum. */
struct received_wanted {
    unsigned by;               /* bits of enum received_by */
    const char *client;        /* "" any, as all that follow; a client's name is what keeps clients apart */
    const char *domain;        /* exactly this, of clients.conf (rows of names below it count for it) */
    const char *source, *cause, *reporter;
    int64_t first_day, end_day; /* first_day <= day < end_day; end_day 0: no end, and with first_day 0 also what has
                                   no day */
    unsigned trust;            /* 1u << enum received_trust for each that counts; 0: RECEIVED_HEEDED */
    bool no_spread;            /* leaves out what was spread over days, or has none */
};
#define RECEIVED_HEEDED (1u << RECEIVED_LOCAL | 1u << RECEIVED_ALIGNED | 1u << RECEIVED_VERIFIED)
#define RECEIVED_ANY_TRUST (RECEIVED_HEEDED | 1u << RECEIVED_UNPROVEN)
#define RECEIVED_ANYTHING {.client = "", .domain = "", .source = "", .cause = "", .reporter = ""}

/* One sum.  What it is not kept apart by is "" or 0. */
struct received_sum {
    const char *client, *domain, *source, *cause, *reporter, *disposition;
    const char *trust;         /* word of received_trust_names */
    int64_t day;
    struct received_counts counts;
    int64_t first_day, last_day; /* of what was summed; 0 none has a day */
    int64_t reporters;         /* how many different ones; 0 when it was not looked at (see received_sums) */
};

/*
 * Sums in the order of their keys (client, domain, day, …), at most `max`.
 * Where neither by, source, cause nor reporter ask for more than client,
 * domain, day and trust, the smaller table answers, which knows no reporters.
 * RC_OK with *n 0 when there is nothing.  Texts in the arena.
 */
enum rc received_sums(struct db *d, struct arena *a, const struct received_wanted *w, size_t max,
                      struct received_sum **out, size_t *n, struct err *e);

#endif
