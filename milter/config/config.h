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
#include "catalogue/clients.h"
#include "catalogue/senders.h"
#include "syntax/list.h"

/* Values of report_tls. */
enum report_tls { REPORT_TLS_NONE, REPORT_TLS_MAY, REPORT_TLS_ENCRYPT, REPORT_TLS_VERIFY };
enum alert_digest { ALERT_DIGEST_NO, ALERT_DIGEST_DAILY, ALERT_DIGEST_WEEKLY };
enum alert_format {
    ALERT_FORMAT_JSON, ALERT_FORMAT_JIRA, ALERT_FORMAT_SERVICENOW, ALERT_FORMAT_ZENDESK, ALERT_FORMAT_FRESHDESK,
    ALERT_FORMAT_CONNECTWISE, ALERT_FORMAT_HALO, ALERT_FORMAT_CHAT
};
enum config_auto { CONFIG_NO, CONFIG_YES, CONFIG_AUTO }; /* AUTO: where Enforce is not no */
enum config_enforce { CONFIG_ENFORCE_NO, CONFIG_ENFORCE_REHEARSE, CONFIG_ENFORCE_YES };
enum { CONFIG_HELP_TEXT_MAX = 200, CONFIG_FLEET_HOST_MAX = 64 };

/* Options that are one word of several; the order is that of their words in config/option.c. */
enum config_quarantine { CONFIG_QUARANTINE_HOLD, CONFIG_QUARANTINE_HEADER };
enum config_sync { CONFIG_SYNC_NORMAL, CONFIG_SYNC_FULL };
enum config_trouble { CONFIG_TROUBLE_ACCEPT, CONFIG_TROUBLE_TEMPFAIL };

struct config {
    /* service */
    const char *socket;        /* Socket: unix:PATH, local:PATH, inet:PORT[@HOST], inet6:…, fd:N */
    unsigned umask;            /* UMask, octal */
    const char *user;          /* UserID: "user[:group]"; "" keep */
    const char *pid_file;      /* PidFile; "" none */
    unsigned drain_timeout;    /* DrainTimeout, seconds */
    bool supervise;            /* Supervise */
    bool sandbox;              /* Sandbox */
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
    unsigned max_memory;       /* MaxMemory, bytes, of all messages at hand */
    unsigned max_signatures;   /* MaxSignatures: DKIM signatures verified */
    unsigned min_key_bits;     /* MinimumKeyBits: RSA keys below are permerror */
    unsigned max_author_domains; /* MaxAuthorDomains */
    bool pct_as_testing;       /* PctZeroAsTesting: pct=0 read as t=y (RFC 7489 records) */
    int reject_malformed_from; /* RejectMalformedFrom: enum config_auto */
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
    int enforce;               /* Enforce: enum config_enforce */
    const char *policy_file;   /* PolicyFile, as written; "" none */
    const char *policies;      /* where that is; "" none */
    int quarantine_by;         /* QuarantineBy: enum config_quarantine */
    bool honour_reject;        /* HonourReject */
    bool inventory_acts;       /* InventoryActs */
    int defer_temperror;       /* DeferTemperror: enum config_auto */
    unsigned catch_share;      /* CatchShare, percent; 0 no safety catch */
    unsigned catch_hours;      /* CatchHours */
    /* store */
    const char *database;      /* Database; "" keeps no records */
    int database_sync;         /* DatabaseSync: enum config_sync */
    const char *fleet;         /* Fleet; "" none */
    const char *fleet_host;    /* FleetHost; "" the host's name */
    const char *fleet_statistics; /* FleetStatisticsFile; "" none */
    unsigned keep_messages;    /* KeepMessages, days; 0 for ever, as the next two */
    unsigned keep_tallies;     /* KeepTallies, days */
    unsigned keep_dns_texts;   /* KeepDNSTexts, days */
    int on_internal_error;     /* OnInternalError: enum config_trouble */
    const char *history_file;  /* HistoryFile; "" none */
    /* reports */
    const char *report_org;    /* ReportOrg; "" the domain of ReportEmail */
    struct string_list reports_to; /* ReportsTo: mailboxes */
    const char *report_words;  /* ReportWords: a folder; "" the one installed */
    const char *alert_to;      /* AlertTo: local@domain; "" alerts are not mailed */
    int alert_digest;          /* AlertDigest: enum alert_digest */
    const char *alert_url;     /* AlertURL; "" none */
    int alert_format;          /* AlertFormat: enum alert_format */
    const char *alert_queue;   /* AlertQueue; "" none */
    const char *alert_key;     /* AlertKey: a file; "" documents are not signed */
    const char *alert_auth;    /* AlertAuth: a file with the value of the field Authorization; "" none is sent */
    const char *alert_command; /* AlertCommand: an absolute path; "" none */
    const char *report_email;  /* ReportEmail: local@domain; "" no reports are built */
    const char *report_contact; /* ReportContact; "" none */
    int report_format;         /* ReportFormat: enum feedback_format of report/feedback.h */
    bool report_envelope_to;   /* ReportEnvelopeTo */
    const char *report_schema; /* ReportSchema; "" the one installed */
    unsigned keep_reports;     /* KeepReports, days */
    /* the domains' records */
    const char *tls_reports_to; /* TLSReportsTo: a mailbox; "" none */
    const char *block_lists;   /* BlockLists, as written; "" none */
    struct string_list public_resolvers; /* PublicResolvers: addresses */
    const char *hosted_zone;   /* HostedZone; "" none */
    const char *hosted_head;   /* HostedHead, as written; "" none */
    const char *hosted_file;   /* HostedFile, as written; "" none */
    bool policy_fetch_private; /* PolicyFetchPrivate */
    unsigned selector_days;    /* SelectorInUseDays */
    unsigned unseen_days;      /* SourceUnseenDays */
    unsigned useless_messages; /* SourceUselessMessages */
    unsigned key_days;         /* KeyAgeDays */
    unsigned sts_testing_days; /* PolicyTestingDays */
    unsigned material_messages; /* MaterialMessages */
    /* sending reports */
    const char *report_sender; /* ReportSender: whose extensions are return paths; "" null reverse-path */
    const char *report_relay;  /* ReportRelay: smtp://HOST[:PORT] or smtps://HOST[:PORT] */
    const char *report_relay_auth; /* ReportRelayAuth: a file with user:password; "" none */
    int report_tls;            /* ReportTLS: enum report_tls */
    const char *report_ca_file; /* ReportCAFile; "" the system's */
    const char *report_key;    /* ReportKey: a file with the private key; "" unsigned */
    const char *report_selector; /* ReportSelector */
    struct string_list report_opt_out; /* ReportOptOut: domains, addresses, @hosts */
    unsigned report_wait;      /* ReportWait, seconds after the day's end */
    unsigned report_spread;    /* ReportSpread, seconds */
    unsigned report_addresses, reports_per_host, reports_per_domain, reports_of_strangers; /* a day, but the first */
    unsigned report_retry_days; /* ReportRetryDays */
    unsigned report_suppress_days; /* ReportSuppressDays */
    struct string_list failure_reports; /* FailureReports: policy domains whose owners get them */
    unsigned failure_rate;     /* FailureReportsPerHour, about one policy domain */
    /* pages */
    const char *web_socket;    /* WebSocket: unix:PATH, inet:PORT@LOOPBACK, fd:N */
    const char *web_proxy_socket; /* WebProxySocket: unix:PATH; "" none */
    struct string_list web_proxy_users; /* WebProxyUsers: names of users */
    const char *web_proxy_header; /* WebProxyUserHeader */
    const char *web_proxy_key_file; /* WebProxyKeyFile; "" no sign-in by a proxy */
    const char *web_title;     /* WebTitle */
    const char *web_url;       /* WebURL: https://HOST[/]; "" unknown */
    const char *web_ticket_url; /* WebTicketURL: https://…%s…; "" tickets are no links */
    unsigned web_workers;      /* WebWorkers */
    unsigned web_sessions;     /* WebSessions */
    unsigned web_idle;         /* WebIdle, seconds */
    const char *web_user;      /* WebUser: whom assay-keeper answers */
    const char *keeper_socket; /* KeeperSocket: a path */
    const char *keeper_database; /* KeeperDatabase */

    /* received reports */
    struct string_list received_from; /* ReceivedFrom: Maildirs, and mailboxes on IMAP servers as URLs */
    const char *received_passwords;   /* ReceivedPasswords: a file of lines USER:PASSWORD; "" none */
    const char *received_ca_file;     /* ReceivedCAFile; "" the system's */
    const char *received_done;        /* ReceivedDone: folder of an IMAP mailbox */
    const char *networks_file;        /* NetworksFile; "" none */
    struct string_list trust_reporters; /* TrustReporters: domains */
    unsigned keep_received_rows;      /* KeepReceivedRows, days; 0 for ever, as the next two */
    unsigned keep_received;           /* KeepReceived, days: what came in, and what became of it */
    unsigned keep_originals;          /* KeepOriginals, days; 0: none are kept */
    unsigned originals_size;          /* OriginalsSize, MiB; 0 any */
    /* provenance */
    const char *file;          /* the file read, "" for none */
};

/*
 * Reads `path` (NULL: no file, defaults alone), then applies the overrides,
 * then checks bounds and what only shows in combination, and reads the
 * catalogue of senders and the clients.  On success `*out`
 * is a snapshot, for config_free.  RC_BAD with "file:line: what; remedy".
 */
enum rc config_load(const char *path, const char *const *overrides, size_t override_count,
                    struct config **out, struct err *e);

/* What an option of enum config_auto comes to: auto is yes where policies are enforced or rehearsed. */
static inline bool config_auto(const struct config *c, int value)
{
    return value == CONFIG_YES || (value == CONFIG_AUTO && c->enforce != CONFIG_ENFORCE_NO);
}

/* NULL allowed.  Who shares a snapshot counts its holders (service/site.h). */
void config_free(struct config *c);

/*
 * The mailboxes through which reports go out and come in (ReportEmail,
 * ReportSender, ReportsTo), one after the other; NULL after the last.  Pure.
 */
const char *config_report_mailbox(const struct config *c, size_t i);

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
