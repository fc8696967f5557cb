/*
 * reports.h - the table of aggregate reports, each as it is sent.
 *
 * A report stands for one policy domain, one policy configuration and one
 * UTC day, and never changes once it is there: sent again, it is the same
 * bytes under the same Report-ID and file name (RFC 9990 section 3.5.4).
 * What becomes of it on its way is not kept here.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_OUTBOX_REPORTS_H
#define ASSAY_OUTBOX_REPORTS_H

#include "base/arena.h"
#include "db/db.h"

struct report {
    int64_t id;
    const char *report_id;     /* 32 hex digits */
    const char *policy_domain; /* normal */
    const char *policy_key;    /* the policy configuration in a text: the same for the same */
    int64_t begin_s, end_s;    /* the period, epoch seconds UTC, both inclusive */
    int64_t messages, rows;    /* messages reported on; record elements they make */
    const char *filename;      /* RFC 9990 section 3.5.2: ends in .xml.gz, or .xml when the body is plain */
    int64_t size;              /* bytes of the body */
    int64_t built_ms;
};

/*
 * Adds a report; its id and size are not taken from `r`.  *added is false when
 * that domain, configuration and day have one, which stays as it is.
 */
enum rc reports_add(struct db *d, const struct report *r, struct str body, bool *added, struct err *e);

/* Which are listed: those of one day (0: any), of one domain ("": any). */
struct reports_wanted {
    int64_t begin_s;
    struct str policy_domain;
};

/* The newest days first, domains in order; at most `max` after the first `skip`.  Text in the arena. */
enum rc reports_list(struct db *d, struct arena *a, const struct reports_wanted *w, size_t skip, size_t max,
                     struct report **out, size_t *n, struct err *e);

/* The report of that id; RC_NOTFOUND. */
enum rc reports_get(struct db *d, struct arena *a, int64_t id, struct report *out, struct err *e);

/* The report of that Report-ID; RC_NOTFOUND. */
enum rc reports_find(struct db *d, struct arena *a, struct str report_id, struct report *out, struct err *e);

/* The report of the domain, configuration and day that `r` names; RC_NOTFOUND. */
enum rc reports_of(struct db *d, struct arena *a, const struct report *r, struct report *out, struct err *e);

/* Whether there is any of the day that begins then. */
enum rc reports_any(struct db *d, int64_t begin_s, bool *any, struct err *e);

/* What is attached to its mail; in the arena.  RC_NOTFOUND. */
enum rc reports_body(struct db *d, struct arena *a, int64_t id, struct str *out, struct err *e);

/* Removes at most `max` whose period ended before `before_s`; *n of them. */
enum rc reports_prune(struct db *d, int64_t before_s, size_t max, int64_t *n, struct err *e);

/* ---- in the centre of a fleet: days whose reports were built ---- */

struct report_day {
    int64_t begin_s;
    const char *host;    /* that built them */
    int64_t built_ms;
    const char *lacking; /* hosts whose records were not all there; "" */
};

/* Whether they were; RC_NOTFOUND when not, or when `d` is a file.  Text in the arena. */
enum rc reports_day(struct db *d, struct arena *a, int64_t begin_s, struct report_day *out, struct err *e);

/* They are now. */
enum rc reports_day_is_built(struct db *d, const struct report_day *day, struct err *e);

#endif
