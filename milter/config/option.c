#include "config/option.h"

#include "config/check.h"
#include "config/config.h"
#include "config/nearest.h"

static const char *const level_words[] = {"error", "warning", "info", "debug"};
static const char *const sync_words[] = {"normal", "full"};
static const char *const enforce_words[] = {"no", "rehearse", "yes"};
static const char *const quarantine_words[] = {"hold", "header"};
static const char *const trouble_words[] = {"accept", "tempfail"};
static const char *const tls_words[] = {"none", "may", "encrypt", "verify"}; /* enum report_tls */
static const struct enum_names levels = ENUM_NAMES(level_words);
static const struct enum_names syncs = ENUM_NAMES(sync_words);
static const struct enum_names enforces = ENUM_NAMES(enforce_words);
static const struct enum_names quarantines = ENUM_NAMES(quarantine_words);
static const struct enum_names troubles = ENUM_NAMES(trouble_words);
static const char *const format_words[] = {"rfc9990", "rfc7489"};
static const struct enum_names formats = ENUM_NAMES(format_words);
static const struct enum_names tls = ENUM_NAMES(tls_words);

#define AT(field) .offset = offsetof(struct config, field)

const struct option option_table[OPTION_COUNT] = {
    {"Service", "Socket", OPTION_TEXT, "unix:/run/assay/assay.sock", AT(socket), .check = check_socket,
     .fixed = true,
     .help = "Where the MTA connects: unix:PATH (or local:PATH), inet:PORT@HOST, inet6:PORT@HOST, or fd:N "
             "for a socket that is already open, as with systemd's socket activation. "
             "Without @HOST it listens on every address, which is rarely wanted: whoever can connect is "
             "believed. "
             "A Postfix that runs in a chroot needs the socket inside it, such as "
             "unix:/var/spool/postfix/assay/assay.sock."},
    {"Service", "UMask", OPTION_OCTAL, "007", AT(umask), .max = 0777, .fixed = true,
     .help = "File creation mask, in octal. "
             "It decides who may connect to a unix socket: 007 lets the group in, and nobody else."},
    {"Service", "UserID", OPTION_TEXT, "assay", AT(user), .check = check_user, .fixed = true,
     .help = "The user, or user:group, to become after start as root. "
             "Empty: stay who started it."},
    {"Service", "PidFile", OPTION_TEXT, "", AT(pid_file), .check = check_path, .fixed = true,
     .help = "Where the process id is written. "
             "Empty: nowhere."},
    {"Service", "DrainTimeout", OPTION_SECONDS, "30", AT(drain_timeout), .max = 600,
     .help = "How long messages in flight may take to finish after SIGTERM."},
    {"Service", "Supervise", OPTION_BOOL, "yes", AT(supervise), .fixed = true,
     .help = "Serve in a process of its own, which its parent starts anew when it dies, while connections wait. "
             "no: in one process, as debuggers and profilers like it; after a crash somebody else must start it."},
    {"Service", "MaxFiles", OPTION_NUMBER, "16384", AT(max_files), .min = 256, .max = 1048576, .fixed = true,
     .help = "Open files asked of the system at start. "
             "Each connection takes one; the system's hard limit stands above it."},

    {"Logging", "Syslog", OPTION_BOOL, "yes", AT(syslog),
     .help = "Log to syslog; no: to standard error."},
    {"Logging", "SyslogFacility", OPTION_TEXT, "mail", AT(syslog_facility), .check = check_facility,
     .help = "Under which facility of syslog."},
    {"Logging", "LogLevel", OPTION_WORD, "info", AT(log_level), .words = &levels,
     .help = "The least that is logged: error, warning, info or debug. "
             "The line that tells each message's results is info."},
    {"Logging", "StatisticsFile", OPTION_TEXT, "", AT(statistics_file), .check = check_path,
     .help = "A file for counters and times in Prometheus' text format, written anew every 15 seconds; "
             "a node_exporter picks it up from its textfile folder, where this user must be allowed to write. "
             "Empty: none."},

    {"Identity and trust", "AuthservID", OPTION_TEXT, "", AT(authserv_id), .check = check_authserv_id,
     .help = "The name that stands first in the Authentication-Results fields written here (RFC 8601). "
             "Fields that arrive with it are forged and removed. "
             "Empty: the host's name."},
    {"Identity and trust", "TrustedAuthservIDs", OPTION_TEXTS, "", AT(trusted_authserv_ids),
     .check = check_trusted_authserv_id,
     .help = "Names of other servers of this site, below AuthservID, whose Authentication-Results fields are "
             "to stay. "
             "Only name servers that all mail passes on its way here, such as a gateway in front that removes "
             "forgeries of its own name: whoever can connect here past it could forge them."},
    {"Identity and trust", "IgnoreHosts", OPTION_NETWORKS, "127.0.0.0/8, ::1", AT(ignore_hosts),
     .help = "Addresses and networks of clients whose mail is passed unseen: this host, and one's own "
             "relays. "
             "Their mail is outbound or was examined before."},
    {"Identity and trust", "IgnoreAuthenticatedClients", OPTION_BOOL, "yes", AT(ignore_authenticated),
     .help = "Pass the mail of clients that logged in (SMTP AUTH) unseen."},

    {"DNS", "Nameservers", OPTION_TEXTS, "", AT(nameservers), .check = check_nameserver, .fixed = true,
     .help = "Addresses of the name servers to ask, with @port where it is not 53. "
             "Empty: those of the system; recursive: none, names are resolved from the root."},
    {"DNS", "TrustAnchorFile", OPTION_TEXT, "", AT(trust_anchor), .check = check_path, .fixed = true,
     .help = "DNSSEC trust anchor; with it, answers are validated here. "
             "Empty: none."},
    {"DNS", "DNSTimeout", OPTION_SECONDS, "10", AT(dns_timeout), .min = 1, .max = 60,
     .help = "How long one message may wait for DNS in all. "
             "What is not known by then is a temporary error, never a failure."},

    {"Evaluation", "MaxHeaders", OPTION_NUMBER, "1000", AT(max_headers), .min = 20, .max = 100000,
     .help = "Header fields of one message that are examined; those beyond are not."},
    {"Evaluation", "MaxHeaderBytes", OPTION_SIZE, "1M", AT(max_header_bytes), .min = 16384, .max = 8u << 20,
     .help = "Bytes of header fields of one message that are examined."},
    {"Evaluation", "MaxSignatures", OPTION_NUMBER, "10", AT(max_signatures), .min = 1, .max = 50,
     .help = "DKIM signatures of one message that are verified, those that could align with the author's "
             "domain first."},
    {"Evaluation", "MinimumKeyBits", OPTION_NUMBER, "1024", AT(min_key_bits), .min = 1024, .max = 4096,
     .help = "RSA keys shorter than this do not count: such a signature is a permerror (RFC 8301)."},
    {"Evaluation", "MaxAuthorDomains", OPTION_NUMBER, "1", AT(max_author_domains), .min = 1, .max = 8,
     .help = "A From field that names more domains than this is not evaluated and counts as a permerror; "
             "up to this many, the strictest policy applies (RFC 9989)."},
    {"Evaluation", "PctZeroAsTesting", OPTION_BOOL, "no", AT(pct_as_testing),
     .help = "Read pct=0 of records written for RFC 7489 as t=y, which took its place."},
    {"Evaluation", "RejectMalformedFrom", OPTION_BOOL, "no", AT(reject_malformed_from),
     .help = "Refuse mail that has no From field, several, or one that cannot be read: no domain can "
             "answer for it, and mail programs differ in whom they show. "
             "no: it is stamped dmarc=permerror and goes on."},
    {"Evaluation", "IPRev", OPTION_BOOL, "yes", AT(iprev),
     .help = "Check that the client's address and its name point at each other (RFC 8601 section 3)."},
    {"Evaluation", "StampLogin", OPTION_BOOL, "no", AT(auth_login),
     .help = "Name the login of an authenticated client in the stamp. "
             "It tells every reader of the message an account name."},
    {"Evaluation", "StampCause", OPTION_BOOL, "yes", AT(stamp_cause),
     .help = "Add to the stamp of a message that failed why it did, in a word, and its reference: "
             "(cause=dkim-absent ref=K7Q2M4ZD)."},
    {"Evaluation", "HelpText", OPTION_TEXT, "", AT(help_text), .check = check_help_text,
     .help = "A line of the site's own at the end of every refusal, such as the address of a page that explains it. "
             "The reply says the message's reference before it. "
             "Empty: none."},

    {"Senders and clients", "SendersFile", OPTION_TEXT, "senders.conf", AT(senders_file), .check = check_beside,
     .help = "The catalogue of sending services, by which a message's real sender is told; see "
             "senders.conf(5). "
             "A path that does not begin with / is taken from the folder of this file. "
             "At its default place it may be missing; empty: there is none."},
    {"Senders and clients", "SendersFolder", OPTION_TEXT, "senders.d", AT(senders_folder), .check = check_beside,
     .help = "A folder of local entries: every file *.conf in it is read after SendersFile, and an entry takes "
             "the place of one with the same name. "
             "Paths, and a missing one, are as with SendersFile."},
    {"Senders and clients", "ClientsFile", OPTION_TEXT, "clients.conf", AT(clients_file), .check = check_beside,
     .help = "The organisations whose domains are looked after here; see clients.conf(5). "
             "Paths, and a missing one, are as with SendersFile."},
    {"Senders and clients", "PlaybookFolder", OPTION_TEXT, "playbooks", AT(playbook_folder), .check = check_beside,
     .help = "The folder of the playbooks: what to do about a message that failed, as text to edit. "
             "Paths, and a missing one, are as with SendersFile."},

    {"Enforcement", "Enforce", OPTION_WORD, "no", AT(enforce), .words = &enforces,
     .help = "What becomes of the decisions of policy.conf(5). "
             "no: rules are not asked, and all mail goes on; rehearse: log and records say what would have been "
             "done, and nothing is done; yes: it is done."},
    {"Enforcement", "PolicyFile", OPTION_TEXT, "policy.conf", AT(policy_file), .check = check_beside,
     .help = "The rules; see policy.conf(5). "
             "Paths, and a missing one, are as with SendersFile; without it the built-in default decides."},
    {"Enforcement", "QuarantineBy", OPTION_WORD, "hold", AT(quarantine_by), .words = &quarantines,
     .help = "How mail is quarantined. "
             "hold: the MTA keeps it in its hold queue; header: it goes on with a field X-Assay-Quarantine, by which "
             "the delivery side sorts it, and fields of that name that arrive are removed."},
    {"Enforcement", "HonourReject", OPTION_BOOL, "no", AT(honour_reject),
     .help = "Refuse what fails where the domain asks for p=reject and no rule says otherwise. "
             "no: it is quarantined, since RFC 9989 section 7.4 asks not to refuse for that alone."},
    {"Enforcement", "InventoryActs", OPTION_BOOL, "no", AT(inventory_acts),
     .help = "Let the inventory decide where no rule does: mail that fails goes on from a source that is approved, "
             "and is refused from one that is retired or malicious, whatever the domain asks for."},
    {"Enforcement", "DeferTemperror", OPTION_BOOL, "no", AT(defer_temperror),
     .help = "Put off mail that could not be checked because DNS failed for a while, where the domain asks for "
             "quarantine or reject. "
             "no: it goes on."},
    {"Enforcement", "CatchShare", OPTION_NUMBER, "50", AT(catch_share), .max = 100,
     .help = "The safety catch: when more than this share, in percent, of an hour's mail of a domain that passed in "
             "the past weeks would be refused or quarantined, or of all mail, nothing is done to it for CatchHours, "
             "and the log says so. "
             "Mail that looks forged does not count, and is refused all the same. "
             "0: there is no such catch."},
    {"Enforcement", "CatchHours", OPTION_NUMBER, "4", AT(catch_hours), .min = 1, .max = 168,
     .help = "How many hours the safety catch holds; \"assay policy release\" ends it before."},

    {"Records", "Database", OPTION_TEXT, "/var/lib/assay/assay.db", AT(database), .check = check_path,
     .fixed = true,
     .help = "The SQLite file that keeps one record a message. "
             "Empty: no records are kept."},
    {"Records", "DatabaseSync", OPTION_WORD, "full", AT(database_sync), .words = &syncs, .fixed = true,
     .help = "full: a record survives power loss; normal: it survives a killed process, and costs less."},
    {"Records", "KeepMessages", OPTION_NUMBER, "30", AT(keep_messages), .max = 36500,
     .help = "Days that the record of a message is kept. "
             "Reports are made of records, so fewer than 3 lose some; 0: for ever. "
             "What is older is taken out a little at a time; the file does not shrink, its room is used again."},
    {"Records", "KeepTallies", OPTION_NUMBER, "400", AT(keep_tallies), .max = 36500,
     .help = "Days that the number of messages by day, domain, source and cause is kept; 0: for ever."},
    {"Records", "KeepDNSTexts", OPTION_NUMBER, "90", AT(keep_dns_texts), .max = 36500,
     .help = "Days that the text of an SPF, DKIM or DMARC record is remembered after it was seen last; "
             "0: for ever."},
    {"Records", "OnInternalError", OPTION_WORD, "accept", AT(on_internal_error), .words = &troubles,
     .help = "What becomes of a message when something breaks in here, such as memory running out: accept "
             "lets it pass unstamped, tempfail has the sender try again."},
    {"Records", "HistoryFile", OPTION_TEXT, "", AT(history_file), .check = check_path,
     .help = "A file to which each message is added in OpenDMARC's history format, for a site that goes on "
             "sending its reports with opendmarc-import and opendmarc-reports. "
             "Whoever imports it moves it away first, as with OpenDMARC. "
             "Empty: none."},

    {"Reports", "ReportEmail", OPTION_TEXT, "", AT(report_email), .check = check_mailbox,
     .help = "The address that aggregate reports name as their sender's, where questions about them arrive. "
             "Its domain names this site in file names and subjects of reports; mail to and from it is "
             "reported on to nobody. "
             "Empty: no reports are built."},
    {"Reports", "ReportOrg", OPTION_TEXT, "", AT(report_org),
     .help = "The name of the organisation that reports. "
             "Empty: the domain of ReportEmail."},
    {"Reports", "ReportContact", OPTION_TEXT, "", AT(report_contact),
     .help = "More about whom to ask, such as the address of a web page. "
             "Empty: nothing."},
    {"Reports", "ReportFormat", OPTION_WORD, "rfc9990", AT(report_format), .words = &formats,
     .help = "rfc9990: reports as the standard of 2026 has them, which are checked against its schema before "
             "they are kept; rfc7489: the older form, for receivers that cannot read the new one."},
    {"Reports", "ReportEnvelopeTo", OPTION_BOOL, "no", AT(report_envelope_to),
     .help = "Name the domain that mail was addressed to. "
             "It tells domain owners for whom this site takes mail, and makes reports longer."},
    {"Reports", "ReportSchema", OPTION_TEXT, "", AT(report_schema), .check = check_path,
     .help = "The schema file that reports are checked against. "
             "Empty: the one installed with Assay."},
    {"Reports", "KeepReports", OPTION_NUMBER, "30", AT(keep_reports), .min = 1, .max = 3650,
     .help = "For how many days reports are kept after the day they are about."},

    {"Sending reports", "ReportSender", OPTION_TEXT, "", AT(report_sender), .check = check_report_sender,
     .help = "The return path of reports: each goes out from an address of its own, USER+KEY@DOMAIN for a ReportSender "
             "of USER@DOMAIN, so that a bounce tells which address is dead. "
             "The MTA must hand mail for USER+anything@DOMAIN to \"assay report bounce\". "
             "Empty: the null reverse-path, and nobody hears of bounces."},
    {"Sending reports", "ReportRelay", OPTION_TEXT, "smtp://127.0.0.1:25", AT(report_relay), .check = check_relay,
     .help = "The mail server that takes the reports: smtp://HOST:PORT, or smtps://HOST:PORT where TLS begins at "
             "once; without :PORT 25 or 465."},
    {"Sending reports", "ReportTLS", OPTION_WORD, "may", AT(report_tls), .words = &tls,
     .help = "TLS on the way to ReportRelay: none; may, where it offers STARTTLS; encrypt, or nothing is sent; "
             "verify: encrypt, and its certificate must be right for its name."},
    {"Sending reports", "ReportCAFile", OPTION_TEXT, "", AT(report_ca_file), .check = check_path,
     .help = "Certificates of the authorities to trust with ReportTLS verify. "
             "Empty: those of the system."},
    {"Sending reports", "ReportRelayAuth", OPTION_TEXT, "", AT(report_relay_auth), .check = check_path,
     .help = "A file whose first line is USER:PASSWORD, to log in at ReportRelay with. "
             "Nobody but the user of the service (or root) may be able to read it, and ReportTLS must be encrypt or "
             "verify. "
             "Empty: no login."},
    {"Sending reports", "ReportKey", OPTION_TEXT, "", AT(report_key), .check = check_path,
     .help = "A file with the RSA private key (PEM) that reports are signed with (DKIM), for the domain of "
             "ReportEmail; nobody but the user of the service (or root) may be able to read it. "
             "Receivers expect reports to pass DMARC themselves (RFC 9990). "
             "Empty: not signed here; let ReportRelay do it."},
    {"Sending reports", "ReportSelector", OPTION_TEXT, "", AT(report_selector), .check = check_selector,
     .help = "The selector of ReportKey: its public half is published at SELECTOR._domainkey.DOMAIN."},
    {"Sending reports", "ReportOptOut", OPTION_TEXTS, "", AT(report_opt_out), .check = check_opt_out,
     .help = "Who gets no reports: a domain (nothing about it and what is below it), an address, or @HOST for every "
             "address there."},
    {"Sending reports", "ReportSpread", OPTION_SECONDS, "240m", AT(report_spread), .max = 64800,
     .help = "Each report is sent at a random moment within this time after it was first seen by \"assay report "
             "send\", so that not all the world's reports come just after midnight UTC."},
    {"Sending reports", "ReportRetryDays", OPTION_NUMBER, "3", AT(report_retry_days), .min = 1, .max = 30,
     .help = "How long delivery of a report is tried, with growing pauses."},
    {"Sending reports", "ReportSuppressDays", OPTION_NUMBER, "30", AT(report_suppress_days), .min = 1, .max = 3650,
     .help = "How long nothing goes to an address after a report to it bounced."},

    {"Failure reports", "FailureReports", OPTION_TEXTS, "", AT(failure_reports), .check = check_domain,
     .help = "Policy domains whose owners get failure reports (RFC 9991) when their record asks for them (ruf): the "
             "header of a message that failed, with local-parts of addresses replaced. "
             "They tell strangers about mail of this site's users; agree with the owner first. "
             "Empty: none are made."},
    {"Failure reports", "FailureReportsPerHour", OPTION_NUMBER, "10", AT(failure_rate), .min = 1, .max = 1000,
     .help = "Failure reports about one policy domain in an hour; what is beyond is dropped. "
             "Equal failures within ten minutes are one report."},
};

const struct option *option_find(struct str name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (str_eq_nocase(str_of(option_table[i].name), name))
            return &option_table[i];
    return NULL;
}

const char *option_nearest(struct str name)
{
    struct nearest n = nearest_to(name);

    for (size_t i = 0; i < OPTION_COUNT; i++)
        nearest_offer(&n, option_table[i].name);
    return n.best;
}

bool option_is_list(const struct option *o)
{
    return o->type == OPTION_TEXTS || o->type == OPTION_NETWORKS;
}
