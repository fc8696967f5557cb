/*
 * recent.h - what changed lately, of all domains: decisions about sources, and records in DNS.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_INVENTORY_RECENT_H
#define ASSAY_INVENTORY_RECENT_H

#include "base/arena.h"
#include "db/sqlite.h"

/* One change; text is never NULL, in the arena. */
struct recent_change {
    int64_t time_ms;
    const char *domain;    /* of the source, or the name of the record */
    const char *what;      /* "SOURCE FIELD", or the kind of record: "spf", "dkim", "dmarc" */
    const char *old, *new; /* "" none */
    const char *who;       /* "" DNS */
};

/* Decisions of people since then, newest first, at most `max`. */
enum rc recent_decisions(struct db *d, struct arena *a, int64_t since_ms, size_t max, struct recent_change **out,
                         size_t *n, struct err *e);

/* Record texts that took the place of another since then, newest first, at most `max`. */
enum rc recent_records(struct db *d, struct arena *a, int64_t since_ms, size_t max, struct recent_change **out,
                       size_t *n, struct err *e);

/* Likewise those of one domain and the names below it, in from_ms … to_ms - 1, the oldest first. */
enum rc recent_records_of(struct db *d, struct arena *a, const char *domain, int64_t from_ms, int64_t to_ms, size_t max,
                          struct recent_change **out, size_t *n, struct err *e);

#endif
