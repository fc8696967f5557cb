/*
 * watch.h - what the watch looks at and what it finds: facts by day, bands, episodes.
 *
 * A domain's facts are the sums of received reports (received/sums.h) by day
 * and source, and what people decided of each source.  Episodes follow from
 * these facts and a moment alone, however often and in whatever order the
 * reports came; episodes/ keeps them, and only what was told of them is more.
 *
 * Days are those of UTC, counted from the epoch.  Pure.
 */
#ifndef ASSAY_WATCH_WATCH_H
#define ASSAY_WATCH_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/enumname.h"
#include "base/err.h"
#include "verdict/cause.h"

enum watch_band { WATCH_NOT_JUDGED, WATCH_HEALTHY, WATCH_WATCH, WATCH_TICKET, WATCH_ESCALATE };
extern const struct enum_names watch_band_names; /* "not judged", "healthy", "watch", "ticket", "escalate" */

enum watch_workflow {
    WATCH_NEW_SENDER,      /* a source that nobody decided on sends meaningful volume */
    WATCH_SENDER_FAILURE,  /* an approved source fails more than it did */
    WATCH_READINESS,       /* the domain's policy could become stricter */
    WATCH_SPOOFING,        /* forged mail rises sharply */
    WATCH_DRIFT,           /* the same fault again and again, or a slow decline */
    WATCH_REPORTS_MISSING, /* a regular reporter is silent, or all are */
    WATCH_INTAKE,          /* reports came that could not be read; of no client */
    WATCH_EXCEPTION,       /* an exception has its last day, or had it */
    WATCH_WORKFLOW_COUNT
};
extern const struct enum_names watch_workflow_names; /* "new-sender-review", … */

/* Of the inventory. */
enum watch_status { WATCH_UNKNOWN, WATCH_PENDING, WATCH_APPROVED, WATCH_RETIRED, WATCH_MALICIOUS };
extern const struct enum_names watch_status_names; /* "unknown", … */

/* Shares in hundredths of a percent, and the volumes below which nothing is said. */
struct watch_bounds {
    int64_t healthy, watch, ticket; /* at least so much is healthy, watch, ticket; below: escalate */
    int64_t judged;                 /* messages of seven days */
    int64_t meaningful;             /* messages of a new source in seven days */
    int64_t sharp;                  /* forged messages of a day */
    int64_t sharp_times;            /* … which are that many times the median */
    int64_t own_cause;              /* messages of seven days with a cause that was not there before */
};
extern const struct watch_bounds watch_usual_bounds;

enum { WATCH_LAG_DAYS = 2 }; /* reports of a day come for so long: shares of younger days are not judged */

/* What receivers saw of one source on one day. */
struct watch_day {
    int32_t messages, passed, spf_only, forwarded, quarantined, rejected;
    int32_t cause[CAUSE_COUNT]; /* messages that failed, by cause */
};

/* Several days summed up. */
struct watch_sum {
    int64_t messages, passed, spf_only, forwarded, quarantined, rejected;
    int64_t cause[CAUSE_COUNT];
};

/* From that day on people have said so. */
struct watch_decision {
    int64_t day;
    enum watch_status status;
};

struct watch_source {
    const char *name;
    const char *owner;        /* "" nobody */
    struct watch_day *day;    /* one for each day of the domain */
    struct watch_sum *until;  /* of the days before each, and of all: watch_sum_up */
    const struct watch_decision *decision; /* in order of days; before the first it is WATCH_UNKNOWN */
    size_t decisions;
};

struct watch_reporter {
    const char *name;
    bool verified;      /* one of its reports came by mail that proved its sender */
    int32_t *messages;  /* by day; -1: no report covers it */
    int32_t *forged;    /* by day: unauthorized ones */
};

struct watch_domain {
    const char *client, *name;
    bool parked;
    int64_t first_day;  /* of all arrays that follow */
    size_t days;        /* the last of which is today */
    struct watch_source *source;
    size_t sources;
    struct watch_reporter *reporter;
    size_t reporters;
    const char *policy; /* "none", "quarantine", "reject"; "" not known: what the newest report says it was */
    bool testing;       /* t=y */
    int64_t policy_since; /* the first day on which it was so without interruption; 0 not known */
};

/*
 * Sums the days of each source up, which all that follows looks at; once the
 * days are there.  In the arena; RC_NOMEM.
 */
enum rc watch_sum_up(struct arena *a, struct watch_domain *d);

/* The latest `n` days that end with index `at`; days before the first are empty. */
struct watch_sum watch_sum_of(const struct watch_source *s, int64_t at, int64_t n);

/* Adds `more` to a sum; `times` is 1, or -1 to take it out again. */
void watch_sum_add(struct watch_sum *to, const struct watch_sum *more, int times);

/* Passed of those that were not forwarded, in hundredths of a percent; -1 when there are none. */
int64_t watch_share(const struct watch_sum *sum);

/* Messages that may be a service's: neither plainly forged nor passed on by others. */
int64_t watch_claimed(const struct watch_source *s, const struct watch_sum *sum);

/* By share and number of messages alone. */
enum watch_band watch_band_of(const struct watch_sum *sum, const struct watch_bounds *b);

/* The status of that day. */
enum watch_status watch_status_on(const struct watch_source *s, int64_t day);

/*
 * All approved sources together, in the seven days that are judged; *share is
 * theirs.  Worse where a source that nobody decided on appears or sends
 * meaningful volume, and where receivers quarantine or reject approved mail.
 */
enum watch_band watch_band_of_domain(const struct watch_domain *d, const struct watch_bounds *b, int64_t *share);

/* ---- episodes ---- */

struct watch_episode {
    enum watch_workflow workflow;
    const char *source;        /* or reporter; "" the domain */
    int64_t opened, closed;    /* days; closed 0: it goes on */
    int64_t since;             /* the first day of what it is about */
    enum watch_band band;      /* the worst */
    enum cause cause;
    int64_t messages, passed, quarantined, rejected; /* of the seven days in which it was worst */
    int64_t before;            /* share before, hundredths of a percent; -1 none */
    int64_t count;             /* of drift: earlier episodes; of spoofing: reporters */
    const char *detail;        /* in words for the desk; "" none */
    int64_t own_messages, own_passed; /* of our own mail, in its worst seven days; 0 it shows nothing */
    const char *dns_change;    /* what changed in DNS before it, in words; "" nothing, NULL nobody looked */
};

/*
 * The episodes of a domain, those of one workflow and source in the order in
 * which they opened; in the arena.  RC_NOMEM.
 */
enum rc watch_judge(struct arena *a, const struct watch_domain *d, const struct watch_bounds *b,
                    struct watch_episode **out, size_t *n);

/* ---- readiness for the next policy (received.md section 10) ---- */

enum watch_stage { WATCH_STAGE_NONE, WATCH_STAGE_TESTING, WATCH_STAGE_QUARANTINE, WATCH_STAGE_REJECT };
extern const struct enum_names watch_stage_names; /* "p=none", "p=quarantine; t=y", "p=quarantine", "p=reject" */

enum watch_condition {
    WATCH_ENOUGH_REPORTERS, WATCH_ENOUGH_DAYS, WATCH_ALL_DECIDED, WATCH_EACH_PASSES, WATCH_TOGETHER_PASS,
    WATCH_NOTHING_NEW, WATCH_REST_IS_FORGED, WATCH_NO_FAILURE_OPEN, WATCH_STAGE_HELD, WATCH_CONDITION_COUNT
};
extern const struct enum_names watch_condition_names;

struct watch_readiness {
    enum watch_stage now, next; /* equal when there is none */
    struct {
        bool met;
        int64_t have, want;     /* in the condition's own unit; what must not be is counted below 0; a share of nothing
                                   is -1 */
        const char *which;      /* the source that is in the way; "" none */
    } condition[WATCH_CONDITION_COUNT];
    bool ready;
    int64_t blocked;            /* messages of 28 days that the next stage would have blocked */
};

/*
 * As of the day with index `at`, beside the domain's episodes, of which
 * failures of approved sources are in the way.  Texts are the domain's.
 */
void watch_readiness_of(const struct watch_domain *d, const struct watch_episode *found, size_t n, int64_t at,
                        struct watch_readiness *out);

/* The first day of those, without a break up to index `at`, on which it was as ready as at `at`; an index. */
int64_t watch_ready_since(const struct watch_domain *d, const struct watch_episode *found, size_t n, int64_t at);

#endif
