/*
 * received.h - what is kept of the reports that others send about our clients' domains.
 *
 * One row a report (report_in), one a row of it (row_in), and the sums of
 * these by day (day_in, domain_day_in), which stay when rows are old and go.
 * What receivers saw stands beside what our own milter saw and is never added
 * to it: one message may be in both.
 *
 * Days are those of UTC, counted from the epoch.  A report of up to 36 hours
 * counts on the day of its middle; a longer one is spread evenly over its days
 * and marked `spread`; one of more than 31 days counts at RECEIVED_NO_DAY, so
 * that totals have it and no picture of days does.
 */
#ifndef ASSAY_RECEIVED_RECEIVED_H
#define ASSAY_RECEIVED_RECEIVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/enumname.h"
#include "base/ip.h"
#include "db/db.h"

enum {
    RECEIVED_NO_DAY = 0,
    RECEIVED_SPREAD_HOURS = 36,  /* a longer period is spread over its days */
    RECEIVED_SPREAD_DAYS = 31    /* a longer one has totals only */
};

/* Who says so. */
enum received_trust {
    RECEIVED_UNPROVEN, /* neither of these: shown apart, heeded by nothing */
    RECEIVED_LOCAL,    /* an operator put it in */
    RECEIVED_ALIGNED,  /* its mail passed DMARC, for another organization than the report's */
    RECEIVED_VERIFIED  /* its mail passed DMARC, for the organization that reports */
};
extern const struct enum_names received_trust_names; /* "unproven", "local", "aligned", "verified" */

/* What became of a mail or file, and of each report in it. */
enum received_outcome {
    RECEIVED_STORED,
    RECEIVED_REPAIRED,     /* stored, after repairs that are named */
    RECEIVED_PARTIAL,      /* stored as far as it goes: it is cut off or broken */
    RECEIVED_DUPLICATE,    /* it was there */
    RECEIVED_SUPERSEDED,   /* stored, in the place of an earlier version */
    RECEIVED_EMPTY,        /* it counts nothing */
    RECEIVED_FOREIGN,      /* about a domain that is nobody's here */
    RECEIVED_UNTRUSTED,    /* not believed, for it is not proven */
    RECEIVED_NOT_A_REPORT,
    RECEIVED_UNREADABLE,
    RECEIVED_LIMITED
};
extern const struct enum_names received_outcome_names; /* "stored", …, "not-a-report", … */

/* Whether a report of that outcome is there now, and whether something of it was not read or not taken. */
bool received_is_kept(enum received_outcome outcome);
bool received_is_unread(enum received_outcome outcome);

/* Of two reports in one mail, the outcome that matters more. */
enum received_outcome received_weightier(enum received_outcome a, enum received_outcome b);

/* row_in.passes */
enum { RECEIVED_PASS_SPF = 1, RECEIVED_PASS_DKIM = 2 };

/* row_in.marks, above those of enum incoming_mark. */
enum received_mark {
    RECEIVED_FORWARDED = 0x100,       /* it came by a forwarder or list */
    RECEIVED_REPORTER_DIFFERS = 0x200 /* the reporter's word on alignment is not what its results say */
};

/* Messages, and how many of them … */
struct received_counts {
    int64_t messages;
    int64_t passed;      /* … passed DMARC, by the reporter's word */
    int64_t spf_only;    /* … did so by SPF alone */
    int64_t dkim_only;   /* … by DKIM alone */
    int64_t quarantined, rejected; /* … the receiver treated so */
    int64_t forwarded;   /* … came by a forwarder or list */
};

/* An aggregate report as stored.  Texts are never NULL. */
struct received_report {
    int64_t id;
    const char *client, *domain; /* of clients.conf; policy domain, normal form */
    const char *reporter;        /* organizational domain of who reports, or what there is */
    const char *report_id;
    int64_t begin_s, end_s;
    int64_t first_day, days;     /* where its sums are; days 1: not spread */
    int64_t received, arrived_ms; /* the mail or file (journal.h); when it came */
    const char *sender;          /* domain of the mail's author; "" a file */
    enum received_trust trust;
    enum received_outcome state; /* STORED, REPAIRED, PARTIAL or SUPERSEDED */
    struct str content;          /* 16 bytes: the same rows, the same value */
    const char *org_name, *email, *contact, *format, *generator, *errors, *repairs, *notes;
    const char *p, *sp, *np, *adkim, *aspf, *fo, *testing, *pct, *discovery_method;
    int64_t rows, refused, messages;
    int64_t repeats;             /* id of a report that says the same under another report-id; 0 none */
    bool rows_kept;              /* false when its rows were too old to be kept */
    int64_t superseded_by;       /* id; 0 it counts */
};

/* A row as stored. */
struct received_row {
    int64_t report;
    int64_t n;                /* 0, 1, … in the report */
    struct ip address;        /* IP_NONE unknown */
    int64_t messages;
    const char *domain;       /* the client's domain that it counts for */
    const char *header_from;  /* "" unknown */
    const char *disposition;  /* "none" "quarantine" "reject" "pass" "unknown" */
    unsigned passes;          /* RECEIVED_PASS_… by the reporter's word */
    int envelope;             /* enum incoming_envelope */
    const char *envelope_from, *envelope_to;
    const char *reasons;      /* "type comment; …" */
    const char *spf;          /* "result scope domain; …", *the* one first */
    const char *dkim;         /* "result domain selector; …" */
    const char *source;       /* of senders.conf, "own-servers", "ptr:…", "as:…", "net:…", "unknown" */
    int proof;                /* enum source_proof */
    const char *detail;       /* what proves it */
    const char *cause;        /* "" it passed */
    unsigned secondary;       /* 1u << enum cause */
    unsigned marks;           /* enum incoming_mark, enum received_mark */
};

/* An address as it is stored, 4, 16 or 0 bytes within `ip`; and back. */
struct str received_address(const struct ip *ip);
struct ip received_ip(struct str address);

#endif
