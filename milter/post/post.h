/*
 * post.h - sends what is due: one round of `assay report send`.
 *
 * For each report whose turn it is: where does it go today, according to DNS;
 * what was sent already; the rest is composed, signed and handed to the
 * relay, an address at a time, each step on disk before the next (outbox.h).
 * A relay that cannot be reached ends the round; nothing is lost by it.
 *
 * Threads: one at a time, and with outbox_lock held unless it is a dry run.
 */
#ifndef ASSAY_POST_POST_H
#define ASSAY_POST_POST_H

#include <stdbool.h>

#include "config/config.h"
#include "dns/dns.h"
#include "outbox/outbox.h"

/* What is told on the way: of one address of one report. */
struct post_event {
    const struct dispatch *item;
    const char *name;        /* the report's file name; for a failure report its id */
    const char *address;     /* "" when it is about the report as a whole */
    const char *from;        /* the return path */
    enum delivery_state state; /* what became of it; in a dry run SENDING is "would be sent" */
    const char *why;         /* "" for a plain success */
    int64_t done, total;     /* reports of this round */
};

struct post_settings {
    const struct config *config;
    struct db *db;
    const struct outbox_lock *lock; /* NULL in a dry run */
    struct dns *dns;
    bool dry_run; /* tells what would be sent; writes and sends nothing */
    bool now;     /* whatever waits, not what is due */
    void (*tell)(void *arg, const struct post_event *event); /* NULL: nobody listens */
    void *arg;
};

enum { POST_REASONS_MAX = 8, POST_REASON_SIZE = 200 };

struct post_counts {
    int64_t domains, reports;  /* whose turn it was */
    int64_t state[DELIVERY_SUPPRESSED + 1]; /* of these reports, afterwards; none is SENDING */
    int64_t mails;             /* taken by the relay */
    int64_t later;             /* reports whose turn is still to come */
    int64_t recovered;         /* deliveries whose sender had been killed */
    int64_t mended;            /* times set right that lay too far ahead */
    bool relay_failed;         /* the round ended early */
    size_t reasons;            /* why some were not sent, each once */
    struct { char text[POST_REASON_SIZE]; int64_t n; } reason[POST_REASONS_MAX];
};

/*
 * One round.  RC_BAD for a configuration that cannot send (no ReportEmail,
 * a key that is none); RC_TEMP and the like for the database.  What happens
 * to single reports is counted, not an error.
 */
enum rc post_run(const struct post_settings *settings, struct post_counts *out, struct err *e);

/* The summary in a line: "domains 412, reports 437, sent 430, waiting 5, refused 2: why". */
void post_summary(const struct post_counts *c, bool dry_run, struct strbuf *out);

/* Milliseconds to wait after `attempts` vain ones, give or take a fifth by `thousandths` (random, 0 to 999).  Pure. */
int64_t post_pause_ms(int64_t attempts, unsigned thousandths);

#endif
