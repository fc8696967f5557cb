/*
 * config.h - what the administrator decided.
 *
 * One table (option.c) names every option with its type, default, bounds,
 * help and whether a reload may change it; it drives the parser, `-o`,
 * `assay-milter -n`, the sample file and assay.conf(5).  A `struct config`
 * is an immutable, counted snapshot: a message keeps the one it began with.
 *
 * Threads: snapshots may be read, held and released by any thread.
 */
#ifndef ASSAY_CONFIG_CONFIG_H
#define ASSAY_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "config/clients.h"
#include "config/list.h"
#include "config/senders.h"

/* Values of report_tls. */
enum report_tls { REPORT_TLS_NONE, REPORT_TLS_MAY, REPORT_TLS_ENCRYPT, REPORT_TLS_VERIFY };
enum { CONFIG_HELP_TEXT_MAX = 200 };

struct config {
    /* service */
    const char *socket;        /* Socket: unix:PATH, local:PATH, inet:PORT[@HOST], inet6:…, fd:N */
    unsigned umask;            /* UMask, octal */
    const char *user;          /* UserID: "user[:group]"; "" keep */
    const char *pid_file;      /* PidFile; "" none */
    unsigned drain_timeout;    /* DrainTimeout, seconds */
    bool supervise;            /* Supervise */
    unsigned max_files;        /* MaxFiles: RLIMIT_NOFILE asked for at start */
    /* logging */
    bool syslog;               /* Syslog */
    const char *syslog_facility; /* SyslogFacility */
    int log_level;             /* LogLevel: enum log_level */
    const char *statistics_file; /* StatisticsFile; "" none */
    /* identity and trust */
    const char *authserv_id;   /* AuthservID; never "" in a snapshot: the host's name by default */
    struct string_list trusted_authserv_ids; /* TrustedAuthservIDs */
    struct net_list ignore_hosts;            /* IgnoreHosts */
    bool ignore_authenticated; /* IgnoreAuthenticatedClients */
    /* DNS */
    struct string_list nameservers; /* Nameservers: addresses with @port; {"recursive"}; {} the system's */
    const char *trust_anchor;  /* TrustAnchorFile; "" none */
    unsigned dns_timeout;      /* DNSTimeout, seconds a message may wait in all */
    /* evaluation */
    unsigned max_headers;      /* MaxHeaders */
    unsigned max_header_bytes; /* MaxHeaderBytes */
    unsigned max_signatures;   /* MaxSignatures: DKIM signatures verified */
    unsigned min_key_bits;     /* MinimumKeyBits: RSA keys below are permerror */
    unsigned max_author_domains; /* MaxAuthorDomains */
    bool pct_as_testing;       /* PctZeroAsTesting: pct=0 read as t=y (RFC 7489 records) */
    bool reject_malformed_from; /* RejectMalformedFrom */
    bool iprev;                /* IPRev: check reverse DNS of the client */
    bool auth_login;           /* StampLogin: name the login in auth= */
    bool stamp_cause;          /* StampCause: cause and reference in a comment */
    const char *help_text;     /* HelpText: printable ASCII, at most CONFIG_HELP_TEXT_MAX bytes; "" none */
    /* who sends, and for whom */
    const char *senders_file;  /* SendersFile, as written; "" none */
    const char *senders_folder; /* SendersFolder, likewise */
    const char *clients_file;  /* ClientsFile, likewise */
    const char *playbook_folder; /* PlaybookFolder, likewise */
    const char *playbooks;     /* where that is; "" none */
    const struct senders *senders; /* what these hold; never NULL in a snapshot, and its own */
    const struct clients *clients;
    /* enforcement */
    int enforce;               /* Enforce: 0 no, 1 rehearse, 2 yes */
    const char *policy_file;   /* PolicyFile, as written; "" none */
    const char *policies;      /* where that is; "" none */
    int quarantine_by;         /* QuarantineBy: 0 hold, 1 header */
    bool honour_reject;        /* HonourReject */
    bool inventory_acts;       /* InventoryActs */
    bool defer_temperror;      /* DeferTemperror */
    unsigned catch_share;      /* CatchShare, percent; 0 no safety catch */
    unsigned catch_hours;      /* CatchHours */
    /* store */
    const char *database;      /* Database; "" keeps no records */
    int database_sync;         /* DatabaseSync: 0 normal, 1 full */
    unsigned keep_messages;    /* KeepMessages, days; 0 for ever, as the next two */
    unsigned keep_tallies;     /* KeepTallies, days */
    unsigned keep_dns_texts;   /* KeepDNSTexts, days */
    int on_internal_error;     /* OnInternalError: 0 accept, 1 tempfail */
    const char *history_file;  /* HistoryFile; "" none */
    /* reports */
    const char *report_org;    /* ReportOrg; "" the domain of ReportEmail */
    const char *report_email;  /* ReportEmail: local@domain; "" no reports are built */
    const char *report_contact; /* ReportContact; "" none */
    int report_format;         /* ReportFormat: enum feedback_format of report/feedback.h */
    bool report_envelope_to;   /* ReportEnvelopeTo */
    const char *report_schema; /* ReportSchema; "" the one installed */
    unsigned keep_reports;     /* KeepReports, days */
    /* sending reports */
    const char *report_sender; /* ReportSender: whose extensions are return paths; "" null reverse-path */
    const char *report_relay;  /* ReportRelay: smtp://HOST[:PORT] or smtps://HOST[:PORT] */
    const char *report_relay_auth; /* ReportRelayAuth: a file with user:password; "" none */
    int report_tls;            /* ReportTLS: enum report_tls */
    const char *report_ca_file; /* ReportCAFile; "" the system's */
    const char *report_key;    /* ReportKey: a file with the private key; "" unsigned */
    const char *report_selector; /* ReportSelector */
    struct string_list report_opt_out; /* ReportOptOut: domains, addresses, @hosts */
    unsigned report_spread;    /* ReportSpread, seconds */
    unsigned report_retry_days; /* ReportRetryDays */
    unsigned report_suppress_days; /* ReportSuppressDays */
    struct string_list failure_reports; /* FailureReports: policy domains whose owners get them */
    unsigned failure_rate;     /* FailureReportsPerHour, about one policy domain */
    /* provenance */
    const char *file;          /* the file read, "" for none */
};

/*
 * Reads `path` (NULL: no file, defaults alone), then applies the overrides,
 * then checks bounds and what only shows in combination, and reads the
 * catalogue of senders and the clients.  On success `*out`
 * is a snapshot with one reference.  RC_BAD with "file:line: what; remedy".
 */
enum rc config_load(const char *path, const char *const *overrides, size_t override_count,
                    struct config **out, struct err *e);

/* One more holder of a snapshot; one fewer, the last of which frees it. */
struct config *config_hold(struct config *c);
void config_release(struct config *c); /* NULL allowed */

/* Options that differ and that a reload cannot change, as "Socket, UserID"; "" when none. */
const char *config_fixed_changes(const struct config *running, const struct config *fresh, char *buf,
                                 size_t size);

/*
 * Where `option` (its name) got its value, to put before a complaint:
 * "FILE:LINE: ", "-o: " or "" for a default.
 */
const char *config_where(const struct config *c, const char *option, char *buf, size_t size);

/* The effective values as a configuration file (assay-milter -n -v). */
void config_print(const struct config *c, FILE *to);

/* The sample file, and the OPTIONS section of assay.conf(5) in mdoc: both out of the table. */
void config_print_sample(FILE *to);
void config_print_manual(FILE *to);

#endif
