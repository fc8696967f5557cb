/*
 * build.h - the reports of one day, out of the records and into the store (RFC 9990 section 3).
 *
 * One report per policy domain and policy configuration.  Each is checked
 * against the schema before it is kept.  What is there already stays, so that
 * a build that was broken off is completed by another.
 */
#ifndef ASSAY_REPORT_BUILD_H
#define ASSAY_REPORT_BUILD_H

#include "config/config.h"
#include "db/db.h"
#include "report/feedback.h"

struct build_request {
    const struct config *config; /* its ReportEmail is not "" */
    struct xml_schema *schema;   /* NULL when reports are written as RFC 7489 has them */
    int64_t begin_s;             /* first second of the UTC day */
    struct str policy_domain;    /* this one alone; "": all */
    /* Called from time to time with what has been done; and with a sentence about what could not be. */
    void (*progress)(void *arg, uint64_t records, uint64_t reports);
    void (*complain)(void *arg, const char *text);
    void *arg;
};

struct build_summary {
    uint64_t records;  /* read */
    uint64_t excluded; /* of them our own report traffic */
    uint64_t domains;  /* policy domains */
    uint64_t built;    /* reports */
    uint64_t present;  /* reports that were there already */
    uint64_t refused;  /* reports that could not be made, about which was complained */
    uint64_t late;     /* records that came when their report had been built: in no report */
    uint64_t rows;     /* record elements of what was built … */
    uint64_t messages; /* … and messages they stand for */
};

/* RC_TEMP, RC_IO: what was built until then is kept. */
enum rc build_day(struct db *d, const struct build_request *q, struct build_summary *out, struct err *e);

/* The domain that stands for this site in file names and subjects: that of ReportEmail. */
const char *build_receiver(const struct config *c);

#endif
