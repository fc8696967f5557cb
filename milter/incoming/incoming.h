/*
 * incoming.h - reads the reports that others send: bytes of a file or a mail in, parsed reports out.
 *
 * Aggregate reports (RFC 9990, and RFC 7489 as still sent), failure reports
 * (RFC 6591, 9991, 5965) and SMTP-TLS reports (RFC 8460), told by their bytes,
 * never by media type or name, packed as gzip or zip, at any place of a mail.
 * Each file is read in a process of its own (fork) that has neither network
 * nor files, and limits on CPU and memory.  What that process says is checked
 * again here: every text is valid UTF-8 without control characters, every
 * count and length is within the bounds below.  Nothing is stored or logged.
 *
 * A report is read strictly first; when that fails, once more with the
 * repairs that are named in `repair`.  A number that cannot be read is never 0.
 *
 * Texts are never NULL; "" is what is not there.  All memory handed to a
 * callback lives until the callback returns.
 *
 * Threads: one call, one thread; several threads may call at once, each with a reader of its own.
 */
#ifndef ASSAY_INCOMING_INCOMING_H
#define ASSAY_INCOMING_INCOMING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/enumname.h"
#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

enum {
    INCOMING_FILE_MAX = 32 * 1024 * 1024,      /* bytes of a message or a packed file */
    INCOMING_UNPACKED_MAX = 1024 * 1024 * 1024, /* bytes of a report unpacked, and of a plain one: a million rows */
    INCOMING_ROWS_MAX = 1000000, /* of a report; and of all in one file or mail, TLS policies and details, too */
    INCOMING_DKIM_MAX = 100, /* of one row, as the next two; what is more is left out and counted */
    INCOMING_SPF_MAX = 4,
    INCOMING_REASONS_MAX = 8,
    INCOMING_COUNT_MAX = 1000000000, /* messages of one row */
    INCOMING_TEXT_MAX = 1000,        /* bytes of one text; the rest is cut */
    INCOMING_NOTES_MAX = 20,         /* repairs, and notes, of one report */
    INCOMING_REPORTS_MAX = 200,      /* told of in one file or mail */
    INCOMING_TLS_POLICIES_MAX = 1000,
    INCOMING_TLS_DETAILS_MAX = 100000,
    INCOMING_CPU_S = 30,             /* of CPU time for one report */
    INCOMING_CPU_REPORTS = 4,        /* a file or mail may take as much CPU time as so many reports */
    INCOMING_LIST_MAX = 20 /* entries of the small lists below */
};

#define INCOMING_SUM_MAX INT64_C(1000000000000) /* messages of one report */

/* ---- what was found ---- */

enum incoming_kind { INCOMING_NONE, INCOMING_AGGREGATE, INCOMING_FAILURE, INCOMING_TLS };
extern const struct enum_names incoming_kinds; /* "none" "aggregate" "failure" "tls" */

/* What became of it, as far as reading goes; the store has further words. */
enum incoming_outcome {
    INCOMING_READ,         /* strictly, whole: the store's "stored" */
    INCOMING_REPAIRED,     /* whole, by the second reading; `repair` says of what */
    INCOMING_PARTIAL,      /* cut off or broken: the whole records before that are read */
    INCOMING_EMPTY,        /* a report, or the stand-in for one, that counts nothing */
    INCOMING_NOT_A_REPORT, /* something else; `reason` says what */
    INCOMING_UNREADABLE,   /* meant as a report; `reason` says where and why it cannot be read */
    INCOMING_LIMITED       /* larger, deeper or slower than a report may be; `reason` says which limit */
};
extern const struct enum_names incoming_outcomes; /* "read" "repaired" "partial" "empty" "not-a-report" … */

/* The mail that carries reports; of a plain file there is none. */
struct incoming_mail {
    const char *from, *from_domain; /* address of the author; its domain in normal form, "" none */
    const char *subject, *message_id; /* the latter without angle brackets */
    int64_t date_s;                 /* of the Date field; 0 when there is none that can be read */
    const char *submitter, *report_domain, *report_id; /* of the Subject (RFC 9990 section 3.5.2) */
    const char *tls_domain, *tls_submitter; /* TLS-Report-Domain, TLS-Report-Submitter (RFC 8460 section 5.3) */
};

/* policy_published, report_metadata and what the reader found out (RFC 9990 section 3.1). */
struct incoming_aggregate {
    const char *version, *format; /* "rfc9990" by its namespace, else "rfc7489" */
    const char *org_name, *email, *extra_contact_info, *generator;
    const char *report_id; /* without angle brackets and blanks */
    const char *errors;    /* all error elements, joined by "; " */
    int64_t begin_s, end_s; /* seconds since the epoch, begin <= end */
    const char *domain;    /* policy domain in normal form; "" cannot be read or is missing */
    /* In lower case; p is "unknown" when it is missing, the others "" (sp "": as p). */
    const char *p, *sp, *np, *adkim, *aspf, *fo, *testing, *pct, *discovery_method;
    uint64_t rows, refused; /* rows that follow; rows whose count cannot be read, which do not */
    uint64_t cut;           /* rows of which signatures, SPF results or reasons were left out */
    int64_t messages;       /* sum of the rows' counts */
    uint8_t content[16];    /* same rows, in any order, same value: what tells a duplicate from a second version */
};

enum incoming_envelope { INCOMING_ENVELOPE_ABSENT, INCOMING_ENVELOPE_NULL, INCOMING_ENVELOPE_PRESENT };

/* Marks of a row; each a bit. */
enum incoming_mark {
    INCOMING_DKIM_WORKED_OUT = 1,     /* policy_evaluated/dkim is missing or no word: from auth_results and alignment */
    INCOMING_SPF_WORKED_OUT = 2,      /* likewise; alignment without DNS: by the policy domain */
    INCOMING_RESULT_UNREADABLE = 4,   /* a DKIM or SPF result is no word of RFC 8601: "neutral" */
    INCOMING_ENVELOPE_FROM_SPF = 8,   /* envelope_from is absent: envelope_domain is the SPF domain of scope mfrom */
    INCOMING_ADDRESS_UNREADABLE = 16, /* source_ip is missing or no address: `address_text` */
    INCOMING_FROM_UNREADABLE = 32,    /* header_from is missing or no domain: `header_from_text` */
    INCOMING_LISTS_CUT = 64           /* more signatures, SPF results or reasons than are kept */
};

struct incoming_reason {
    const char *type, *comment; /* type in lower case with "_", "other" for what is empty */
};

struct incoming_dkim {
    const char *domain, *selector; /* domain in normal form, or as it stands when it has none */
    const char *result;            /* RFC 8601 section 2.7.1: none pass fail policy neutral temperror permerror */
    const char *human_result;
};

struct incoming_spf {
    const char *domain;
    const char *scope;  /* "mfrom", "helo", "" not said */
    const char *result; /* RFC 8601 section 2.7.2: none neutral pass fail softfail temperror permerror policy */
    const char *human_result;
};

/* One record. */
struct incoming_row {
    struct ip address;        /* IP_NONE: unknown */
    const char *address_text; /* as it stands, when it is no address */
    int64_t count;            /* 1 to INCOMING_COUNT_MAX */
    const char *disposition;  /* "none" "quarantine" "reject" "pass" "unknown" */
    bool dkim, spf;           /* policy_evaluated: pass */
    const char *header_from;  /* normal form; "" unknown */
    const char *header_from_text; /* as it stands, when that is unknown */
    enum incoming_envelope envelope;
    const char *envelope_from;   /* as it stands: a domain, seldom an address */
    const char *envelope_domain; /* its domain in normal form, or what stands in for it; "" none */
    const char *envelope_to;
    unsigned marks; /* bits of enum incoming_mark */
    size_t reasons, signatures, spf_results;
    struct incoming_reason reason[INCOMING_REASONS_MAX];
    struct incoming_dkim signature[INCOMING_DKIM_MAX];
    struct incoming_spf spf_result[INCOMING_SPF_MAX];
    int spf_main, spf_helo; /* index of *the* SPF result (spec: mfrom, or no scope), and of that of HELO; -1 none */
};

/* A failure report: fields of message/feedback-report, and what is kept of the sample's header. */
struct incoming_failure {
    const char *user_agent, *feedback_type; /* "auth-failure" */
    const char *auth_failure;               /* lower case: "dmarc", "dkim", "spf", …; "" not said */
    const char *delivery_result;            /* "delivered" "spam" "policy" "reject" "other"; "" not said */
    const char *identity_alignment;         /* as it stands; it is not interpreted */
    const char *reported_domain;            /* normal form */
    size_t others;
    const char *other[INCOMING_LIST_MAX];   /* further Reported-Domain fields, each domain once */
    const char *mail_from;       /* Original-Mail-From: TOKEN@domain, "<>", or "" */
    const char *reporting_mta, *envelope_id;
    const char *dkim_domain, *dkim_identity, *dkim_selector;
    const char *spf_dns, *authentication_results;
    struct ip source;
    int64_t arrival_s;      /* seconds since the epoch; 0 unknown */
    bool arrival_from_mail; /* Arrival-Date is missing: the mail's Date */
    bool text_only;         /* out of a text that Exim or Baruwa sends, without a feedback-report part */
    int64_t incidents;      /* 1 when not said */
    const char *from_domain, *subject_hash, *date, *message_id; /* of the sample; hash: 16 hex digits, keyed */
    size_t signatures, hosts;
    struct {
        const char *domain, *selector;
    } signature[INCOMING_LIST_MAX];      /* DKIM-Signature d=, s= */
    const char *host[INCOMING_LIST_MAX]; /* by-hosts and from-hosts of the Received fields, newest first */
};

/* RFC 8460 section 4. */
struct incoming_tls {
    const char *org_name, *contact, *report_id;
    int64_t begin_s, end_s;
    uint64_t policies, details; /* how many of each follow */
    int64_t successes, failures; /* sums of the policies' summaries */
};

struct incoming_tls_policy {
    const char *type, *domain;             /* policy-type as it stands; policy-domain in normal form, "" unknown */
    const char *string;                    /* policy-string, joined by "; " */
    const char *mx;                        /* mx-host or mx-host-pattern, joined by " " */
    int64_t successes, failures;           /* of the summary; -1 not said */
    uint64_t details;                      /* failure-details of this policy, which follow it */
};

struct incoming_tls_detail {
    const char *result_type, *mx, *mx_helo, *reason_code, *additional; /* as they stand */
    struct ip sending, receiving;
    int64_t count; /* failed sessions; -1 not said */
};

/* One thing that was found: a report or what is none. */
struct incoming_report {
    size_t number;           /* 0, 1, … in the file */
    const char *name;        /* where: "report.eml/receiver!example.com!….zip/report.xml" */
    const char *media_type;  /* as the mail says; "" a file */
    uint64_t bytes;          /* unpacked */
    enum incoming_kind kind;
    enum incoming_outcome outcome;
    const char *reason;      /* "" when it is read */
    size_t repairs, notes;
    const char *repair[INCOMING_NOTES_MAX]; /* what the second reading mended: "line 3: a bare \"&\" is text" */
    const char *note[INCOMING_NOTES_MAX];   /* what else is told: a wrong checksum, dates swapped, a count refused */
    const char *file_receiver, *file_domain; /* of a name "receiver!domain!begin!end…" (RFC 9990 section 3.5.2); "" */
    const struct incoming_mail *mail;        /* NULL: a file */
    const struct incoming_aggregate *aggregate; /* one of the three, by kind; NULL when nothing can be kept of it, */
    const struct incoming_failure *failure;     /* which is so for NOT_A_REPORT, UNREADABLE and LIMITED, */
    const struct incoming_tls *tls;             /* and for EMPTY where there was no head */
};

/* ---- reading ---- */

/*
 * What makes reading many small files cheap: a process that was made ready to
 * read, off which one is forked for each file; best begun while the caller is
 * small.  NULL when there can be none, which costs speed and nothing else.
 * One call at a time; a template that is lost is made anew.
 */
struct incoming_reader;
struct incoming_reader *incoming_reader_new(void);
void incoming_reader_free(struct incoming_reader *r); /* NULL allowed */

enum incoming_wish {
    INCOMING_GO_ON, /* hand over what belongs to it */
    INCOMING_SKIP,  /* it is not wanted (a duplicate): straight to `end` */
    INCOMING_STOP   /* read no further; `end` is not called */
};

/*
 * Called in this order, for each thing found: begin; row for each row of an
 * aggregate report, or policy followed by its details for each policy of a
 * TLS report; end.  Everything that begin tells, totals and outcome included,
 * is final: the report has been read to its end once before.  `whole` is
 * false when the rows stopped short of that all the same (the reading process
 * was killed between): what was taken of this report must be undone, and
 * counts as INCOMING_LIMITED; `why` says so.
 *
 * NULL is allowed for each but begin.  A callback that answers
 * INCOMING_STOP ends the reading.
 */
struct incoming_taker {
    enum incoming_wish (*begin)(void *arg, const struct incoming_report *report);
    enum incoming_wish (*row)(void *arg, const struct incoming_row *row);
    enum incoming_wish (*policy)(void *arg, const struct incoming_tls_policy *policy);
    enum incoming_wish (*detail)(void *arg, const struct incoming_tls_detail *detail);
    enum incoming_wish (*end)(void *arg, bool whole, const char *why);
};

struct incoming_request {
    struct str bytes;      /* of the file or mail, as it came; not changed */
    const char *name;      /* file name without folder, or ""; names dates where the report has none */
    int64_t arrival_s;     /* when it arrived, or now: a report from the future is none */
    uint8_t token_key[16]; /* secret of the site: local parts and subjects become tokens under it */
    unsigned cpu_seconds;  /* for one report; 0: INCOMING_CPU_S */
    unsigned wall_seconds; /* for the whole; 0: 600 */
    struct incoming_reader *reader; /* NULL: a process is forked off the caller */
};

/*
 * Reads one file or mail.  RC_OK whatever was found, and at least one `begin`
 * then, unless a callback stopped it; RC_TEMP, RC_NOMEM or RC_IO when no
 * reading process could be had, which says nothing about the bytes (exit 75).
 * The calling process must not wait for all its children (SIGCHLD may be
 * ignored neither).
 */
enum rc incoming_read(const struct incoming_request *request, const struct incoming_taker *taker, void *arg,
                      struct err *e);

#endif
