/*
 * collect.h - from a day's records to the rows of its reports, counted (RFC 9990 section 3.1).
 *
 * Each record is read once and memory stays bounded, however many there are.
 */
#ifndef ASSAY_REPORT_COLLECT_H
#define ASSAY_REPORT_COLLECT_H

#include "config/config.h"
#include "records/span.h"
#include "db/countfile.h"

struct collect_request {
    const struct config *config;
    struct str policy_domain; /* this one alone; "": all */
    int64_t from_ms, to_ms;   /* arrival in [from, to) */
    void (*progress)(void *arg, uint64_t records); /* from time to time; NULL: nobody asks */
    void *arg;
};

struct collected {
    uint64_t records;  /* read */
    uint64_t excluded; /* of them report traffic of our own, on which nothing is reported */
};

/*
 * Fills the tally with keys of row.h, out of the database that is `where`, a
 * file or the centre of a fleet.  Two threads read, each an hour at a time
 * with a connection of its own; `progress` is called by one of them at a
 * time.  When it fails, `rows` holds a part and is good for nothing.
 */
enum rc report_collect(const char *where, const struct collect_request *q, struct countfile *rows,
                       struct collected *out, struct err *e);

/*
 * Whether this is report traffic of our own: to or from ReportEmail, or an
 * extension of it.  Such mail answers reports; reporting on it would never end.
 */
bool report_is_own_traffic(const struct config *c, const struct record *r);

#endif
