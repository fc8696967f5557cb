/*
 * statistics.h - what the service has done since it started, for the log and for Prometheus.
 *
 * What a room counts for itself is asked of it (struct statistics_rooms);
 * here is only what nobody else knows: messages by result, what was done with
 * them, and how long the MTA waited at their end.
 *
 * Threads: statistics_message and statistics_decision from any thread; the others from one at a time.
 */
#ifndef ASSAY_SERVICE_STATISTICS_H
#define ASSAY_SERVICE_STATISTICS_H

#include "dkim/dkim.h"
#include "service/evaluate.h"

struct statistics;

/* NULL without memory. */
struct statistics *statistics_new(void);
void statistics_free(struct statistics *s); /* NULL allowed */

/*
 * One message was examined: its DMARC result, microseconds from the MTA's
 * end-of-message to our answer, and milliseconds of these spent waiting for DNS.
 */
void statistics_message(struct statistics *s, enum dmarc_result result, int64_t took_us, int64_t dns_ms);

/* What was done with it, and whether the rules, the rehearsal or the safety catch decided that. */
void statistics_decision(struct statistics *s, enum disposition disposition, enum enforcement enforcement);

/* What the conversations with the MTA counted (mta/session.h). */
struct session_counts {
    uint64_t connections;
    uint64_t ignored;  /* passed untouched: IgnoreHosts, logins, local submission */
    uint64_t broken;   /* not evaluated because something failed in here */
    unsigned in_flight;
};

/* What the rooms counted, at one moment. */
struct statistics_rooms {
    struct session_counts session;
    struct dns_counts dns;
    struct dkimv_counts dkim;
    bool records;              /* false: none are kept, `store` means nothing */
    struct store_counts store;
    unsigned caught;           /* domains for which the safety catch is on */
};

/* A few lines. */
void statistics_log(const struct statistics *s, const struct statistics_rooms *rooms);

/*
 * Prometheus' text format, as its node_exporter collects from files; written
 * beside `path`, readable to all, and renamed over it, so that a reader never
 * sees half of one.
 */
enum rc statistics_write(const struct statistics *s, const struct statistics_rooms *rooms, const char *path,
                         struct err *e);

#endif
