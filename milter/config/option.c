#include "config/option.h"

#include "config/check.h"
#include "config/config.h"

static const char *const level_words[] = {"error", "warning", "info", "debug"};
static const char *const sync_words[] = {"normal", "full"};
static const char *const enforce_words[] = {"no", "rehearse", "yes"};
static const char *const auto_words[] = {"no", "yes", "auto"}; /* enum config_auto */
static const char *const quarantine_words[] = {"hold", "header"};
static const char *const trouble_words[] = {"accept", "tempfail"};
static const char *const tls_words[] = {"none", "may", "encrypt", "verify"}; /* enum report_tls */
static const struct enum_names levels = ENUM_NAMES(level_words);
static const struct enum_names syncs = ENUM_NAMES(sync_words);
static const struct enum_names enforces = ENUM_NAMES(enforce_words);
static const struct enum_names autos = ENUM_NAMES(auto_words);
static const struct enum_names quarantines = ENUM_NAMES(quarantine_words);
static const struct enum_names troubles = ENUM_NAMES(trouble_words);
static const char *const format_words[] = {"rfc9990", "rfc7489"};
static const struct enum_names formats = ENUM_NAMES(format_words);
static const struct enum_names tls = ENUM_NAMES(tls_words);
static const char *const digest_words[] = {"no", "daily", "weekly"}; /* enum alert_digest */
static const struct enum_names digests = ENUM_NAMES(digest_words);
static const char *const shape_words[] = {"json", "jira", "servicenow", "zendesk", "freshdesk", "connectwise", "halo",
                                          "chat"}; /* enum alert_format */
static const struct enum_names shapes = ENUM_NAMES(shape_words);

#define AT(field) .offset = offsetof(struct config, field)

const struct option option_table[OPTION_COUNT] = {
    {"Service", "Socket", OPTION_TEXT, "unix:/run/assay/assay.sock", AT(socket), .check = check_socket, .fixed = true,
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
             "Empty: remain the user who started it."},
    {"Service", "PidFile", OPTION_TEXT, "", AT(pid_file), .check = check_path, .fixed = true,
     .help = "Where the process id is written. "
             "Empty: nowhere."},
    {"Service", "DrainTimeout", OPTION_SECONDS, "30", AT(drain_timeout), .max = 600,
     .help = "How long messages in flight may take to finish after SIGTERM."},
    {"Service", "Supervise", OPTION_BOOL, "yes", AT(supervise), .fixed = true,
     .help = "Serve in a process of its own, which its parent restarts when it dies, while connections wait. "
             "no: in one process, as debuggers and profilers like it; after a crash somebody else must start it."},
    {"Service", "Sandbox", OPTION_BOOL, "yes", AT(sandbox), .fixed = true,
     .help = "The process that serves confines itself: it starts no program, opens no files but the system's, those "
             "of the configuration and those it writes, and no sockets but those it needs (assay-milter(8)). "
             "What a reload names in another folder waits for a restart. "
             "no: for debuggers, and where something new is in its way."},
    {"Service", "MaxFiles", OPTION_NUMBER, "16384", AT(max_files), .min = 256, .max = 1048576, .fixed = true,
     .help = "Open files asked of the system at start. "
             "Each connection takes one; the system's hard limit stands above it."},

    {"Logging", "Syslog", OPTION_BOOL, "yes", AT(syslog), .help = "Log to syslog; no: to standard error."},
    {"Logging", "SyslogFacility", OPTION_TEXT, "mail", AT(syslog_facility), .check = check_facility,
     .help = "Under which facility of syslog."},
    {"Logging", "LogLevel", OPTION_WORD, "info", AT(log_level), .words = &levels,
     .help = "The least that is logged: error, warning, info or debug. "
             "The line that tells each message's results is info."},
    {"Logging", "StatisticsFile", OPTION_TEXT, "", AT(statistics_file), .check = check_path,
     .help = "A file for counters and times in Prometheus' text format, rewritten every 15 seconds; "
             "a node_exporter picks it up from its textfile folder, where this user must be allowed to write. "
             "Empty: none."},

    {"Identity and trust", "AuthservID", OPTION_TEXT, "", AT(authserv_id), .check = check_authserv_id,
     .help = "The name that stands first in the Authentication-Results fields written here (RFC 8601). "
             "Fields that arrive with it are forged and removed. "
             "Empty, or HOSTNAME as in OpenDMARC: the host's name."},
    {"Identity and trust", "TrustedAuthservIDs", OPTION_TEXTS, "", AT(trusted_authserv_ids),
     .check = check_trusted_authserv_id,
     .help = "Names of other servers of this site, below AuthservID, whose Authentication-Results fields are "
             "to stay; HOSTNAME stands for the host's name. "
             "Only name servers that all mail passes on its way here, such as a gateway in front that removes "
             "forgeries of its own name: whoever can connect here past it could forge them."},
    {"Identity and trust", "IgnoreHosts", OPTION_NETWORKS, "127.0.0.0/8, ::1", AT(ignore_hosts),
     .help = "Addresses and networks of clients whose mail is passed unseen: this host, and your own "
             "relays. "
             "Their mail is outbound or was examined before."},
    {"Identity and trust", "IgnoreAuthenticatedClients", OPTION_BOOL, "yes", AT(ignore_authenticated),
     .help = "Pass the mail of clients that logged in (SMTP AUTH) unjudged and without a stamp. "
             "Fields that pass themselves off as ours are removed from it all the same."},

    {"DNS", "Nameservers", OPTION_TEXTS, "", AT(nameservers), .check = check_nameserver, .fixed = true,
     .help = "Addresses of the name servers to ask, with @port where it is not 53. "
             "Empty: those of /etc/resolv.conf, which is looked at every second; one that names none is refused. "
             "recursive: none, names are resolved from the root."},
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
    {"Evaluation", "MaxMemory", OPTION_SIZE, "256M", AT(max_memory), .min = 32u << 20, .max = 4095u << 20,
     .help = "Memory that all messages at hand may hold together; a message for which there is none waits up to ten "
             "seconds and is then deferred. A quarter is kept for small messages; those of one client address "
             "(IPv6: /64) hold no more than is free for others, which is half of it when nobody else has any."},
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
    {"Evaluation", "RejectMalformedFrom", OPTION_WORD, "auto", AT(reject_malformed_from), .words = &autos,
     .help = "Refuse mail that has no From field, several, one that cannot be read, or one that names more domains "
             "than MaxAuthorDomains: no one domain can answer for it, and mail programs differ in whom they show. "
             "So they do where an address within the address, or a route before it, names another domain, and where "
             "an encoded word stands in it. "
             "no: it is stamped, mostly dmarc=permerror, and goes on, whatever domain it names; auto: as Enforce."},
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
     .help = "The catalogue of sending services, by which a message's real sender is recognized; see "
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
    {"Enforcement", "DeferTemperror", OPTION_WORD, "auto", AT(defer_temperror), .words = &autos,
     .help = "Defer mail that could not be checked because DNS failed for a while, where the domain asks for "
             "quarantine or reject, or what it asks for is not known. "
             "no: it goes on, so that a sender whose own DNS fails at will chooses that; auto: as Enforce."},
    {"Enforcement", "CatchShare", OPTION_NUMBER, "50", AT(catch_share), .max = 100,
     .help = "The safety catch: when more than this share, in percent, of an hour's mail of a domain from addresses "
             "of its own, from which its mail passed in the past weeks, would be refused or quarantined, nothing is "
             "done to its mail from there for CatchHours, and the log says so. "
             "All other mail in its name is refused all the same. "
             "0: no safety catch."},
    {"Enforcement", "CatchHours", OPTION_NUMBER, "4", AT(catch_hours), .min = 1, .max = 168,
     .help = "How many hours the safety catch holds; \"assay policy release\" ends it before."},

    {"Records", "Database", OPTION_TEXT, "/var/lib/assay/assay.db", AT(database), .check = check_store,
     .fixed = true,
     .help = "The SQLite file that keeps one record a message. "
             "Empty: no records are kept. "
             "On a machine that receives no mail it may be the centre of a fleet, as Fleet names it: then "
             "the commands of the desk and the pages ask and change what is there."},
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
    {"Records", "Fleet", OPTION_TEXT, "", AT(fleet), .check = check_centre,
     .help = "The PostgreSQL database in which the records of many hosts come together, for \"assay fleet\" "
             "alone: a URL (postgresql://host.example/assay) or service=NAME, an entry of pg_service.conf. "
             "Passwords do not stand here but in ~/.pgpass or a service file; over the network TLS with a certificate "
             "of the server's name is wanted unless sslmode says otherwise. "
             "Empty: no fleet."},
    {"Records", "FleetHost", OPTION_TEXT, "", AT(fleet_host), .check = check_fleet_host,
     .help = "The name under which this host's records are shipped, each host's its own. "
             "Empty: the host's name."},
    {"Records", "FleetStatisticsFile", OPTION_TEXT, "", AT(fleet_statistics), .check = check_path,
     .help = "A file for what \"assay fleet run\" ships and what lacks, in Prometheus' text format, rewritten every 10 "
             "seconds; as StatisticsFile, and another file than that. "
             "The unit assay-fleet.service may write below /var/lib/assay alone (ReadWritePaths=). "
             "Empty: none."},
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

    {"Reports", "ReportsTo", OPTION_TEXTS, "", AT(reports_to), .check = check_mailbox,
     .help = "The mailboxes that rua= and ruf= of your own and your clients' domains name. "
             "Mail to and from them is reports, and no report is made about it, as with ReportEmail and ReportSender: "
             "else two sites would report to each other about nothing but their reports, every day."},
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
    {"Reports", "ReportWait", OPTION_SECONDS, "360m", AT(report_wait), .max = 86400,
     .help = "Where Database is the centre of a fleet: how long after a day's end its reports wait for hosts whose "
             "records of it are not all there. What such a host ships later is in no report."},
    {"Reports", "KeepReports", OPTION_NUMBER, "30", AT(keep_reports), .min = 1, .max = 3650,
     .help = "For how many days reports are kept after the day they are about."},

    {"Domains' records", "TLSReportsTo", OPTION_TEXT, "", AT(tls_reports_to), .check = check_mailbox,
     .help = "The mailbox that TLS report records of your clients' domains name; \"assay domain\" proposes it. "
             "Empty: none."},
    {"Domains' records", "BlockLists", OPTION_TEXT, "", AT(block_lists),
     .help = "A file with the block lists that \"assay domain\" asks, as assay(1) has it. "
             "Empty: nobody is asked."},
    {"Domains' records", "PublicResolvers", OPTION_TEXTS, "", AT(public_resolvers), .check = check_nameserver,
     .help = "Addresses of public resolvers that \"assay domain --propagation\" asks what they still hold. "
             "Empty: none."},
    {"Domains' records", "HostedZone", OPTION_TEXT, "", AT(hosted_zone),
     .help = "The zone in which SPF, DMARC and TLS report records of clients are hosted. "
             "Empty: none are."},
    {"Domains' records", "HostedHead", OPTION_TEXT, "", AT(hosted_head),
     .help = "A file that \"assay domain --hosted\" prints in front, with SOA and NS of that zone; @SERIAL@ in it "
             "becomes a number that grows when the rest changes. Empty: none."},
    {"Domains' records", "HostedFile", OPTION_TEXT, "", AT(hosted_file),
     .help = "The file with what \"assay domain --hosted\" prints for that zone, as assay(1) has it. "
             "Empty: none."},
    {"Domains' records", "PolicyFetchPrivate", OPTION_BOOL, "no", AT(policy_fetch_private),
     .help = "Fetch MTA-STS policies and BIMI files from private addresses as well."},
    {"Domains' records", "SelectorInUseDays", OPTION_NUMBER, "14", AT(selector_days), .min = 1, .max = 365,
     .help = "A DKIM selector is in use for so many days after it signed last."},
    {"Domains' records", "SourceUnseenDays", OPTION_NUMBER, "90", AT(unseen_days), .min = 1, .max = 3650,
     .help = "With so many days of records an SPF include of a service that was never seen is told."},
    {"Domains' records", "SourceUselessMessages", OPTION_NUMBER, "100", AT(useless_messages), .min = 1, .max = 1000000,
     .help = "After so many messages of a service with a return path of its own its SPF include is told as useless."},
    {"Domains' records", "KeyAgeDays", OPTION_NUMBER, "365", AT(key_days), .min = 1, .max = 36500,
     .help = "A DKIM key of one's own that is the same for longer is reported as old."},
    {"Domains' records", "PolicyTestingDays", OPTION_NUMBER, "30", AT(sts_testing_days), .min = 1, .max = 3650,
     .help = "An MTA-STS policy in testing mode for longer is told."},
    {"Domains' records", "MaterialMessages", OPTION_NUMBER, "100", AT(material_messages), .min = 1, .max = 1000000,
     .help = "A source with at least so many messages in 28 days, and one in a hundred of its domain's, makes an error "
             "that it loses its pass by one to escalate."},

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
             "Nobody but assay-report, who sends reports (or root), may be able to read it, and ReportTLS must be "
             "encrypt or verify. "
             "Empty: no login."},
    {"Sending reports", "ReportKey", OPTION_TEXT, "", AT(report_key), .check = check_path,
     .help = "A file with the RSA private key (PEM) that reports are signed with (DKIM), for the domain of "
             "ReportEmail; nobody but assay-report, who sends reports (or root), may be able to read it. "
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
    {"Sending reports", "ReportAddresses", OPTION_NUMBER, "2", AT(report_addresses), .min = 1, .max = 10,
     .help = "To how many addresses of one record (rua, ruf) a report is sent: the first that want it."},
    {"Sending reports", "ReportsPerHost", OPTION_NUMBER, "500", AT(reports_per_host), .max = 1000000,
     .help = "How many mails with reports go in a day (24 hours) to one host of addresses, and all hosts beside it "
             "under the same registered domain."},
    {"Sending reports", "ReportsPerDomain", OPTION_NUMBER, "50", AT(reports_per_domain), .max = 1000000,
     .help = "How many mails with aggregate reports about one registered domain, and all domains below it, go out in "
             "a day."},
    {"Sending reports", "ReportsOfStrangers", OPTION_NUMBER, "20", AT(reports_of_strangers), .max = 1000000,
     .help = "How many mails with aggregate reports go out in a day about domains from which nothing ever passed, and "
             "which neither the inventory nor clients.conf knows: anybody can invent such. "
             "What is not sent for one of these four is shown as refused by \"assay report list\"."},
    {"Sending reports", "ReportRetryDays", OPTION_NUMBER, "3", AT(report_retry_days), .min = 1, .max = 30,
     .help = "How long delivery of a report is tried, with growing pauses."},
    {"Sending reports", "ReportSuppressDays", OPTION_NUMBER, "30", AT(report_suppress_days), .min = 1, .max = 3650,
     .help = "How long nothing goes to an address after a report to it bounced."},

    {"Watch", "AlertTo", OPTION_TEXT, "", AT(alert_to), .check = check_mailbox,
     .help =
         "The mailbox of the desk to which \"assay watch\" mails what it found: a mail an episode when it opens, gets "
         "worse or ends, and one for all of them when there are many. "
         "It goes out from ReportEmail by ReportRelay. "
         "Empty: none is mailed."},
    {"Watch", "AlertDigest", OPTION_WORD, "no", AT(alert_digest), .words = &digests,
     .help = "daily, weekly: what is over, or of a lesser band than escalate, is mailed together, once a day or each "
             "Monday; when there is nothing to tell there is no mail. "
             "no: each at once."},
    {"Watch", "AlertURL", OPTION_TEXT, "", AT(alert_url), .check = check_hook,
     .help = "Where \"assay watch\" posts what it found, as JSON; assay(1) describes it. "
             "The certificate must be good, for ReportCAFile where that is set. "
             "Empty: nowhere."},
    {"Watch", "AlertFormat", OPTION_WORD, "json", AT(alert_format), .words = &shapes,
     .help = "What is posted: json, our own document; jira, servicenow, zendesk, freshdesk (and Freshservice), "
             "connectwise, halo: a new ticket for each episode that opens, whose number becomes the episode's ticket; "
             "chat: a text for Slack, Mattermost or Teams. "
             "freshdesk is told AlertTo, or else ReportEmail, as who asks."},
    {"Watch", "AlertQueue", OPTION_TEXT, "", AT(alert_queue),
     .help = "The ticket system's project (jira, which needs one), assignment group (servicenow), board (connectwise) "
             "or team (halo)."},
    {"Watch", "AlertKey", OPTION_TEXT, "", AT(alert_key), .check = check_path,
     .help = "A file with a secret, by which what is posted is signed (HMAC-SHA-256, field Assay-Signature). "
             "Nobody but assay-report (or root) may be able to read it. "
             "Empty: unsigned."},
    {"Watch", "AlertAuth", OPTION_TEXT, "", AT(alert_auth), .check = check_path,
     .help = "A file whose first line is the value of the field Authorization, such as \"Bearer TOKEN\"; who may read "
             "it as for AlertKey. "
             "Empty: none is sent."},
    {"Watch", "AlertCommand", OPTION_TEXT, "", AT(alert_command), .check = check_path,
     .help = "A program that is run for what was found, with the document of AlertFormat json on its standard input, "
             "without arguments; it has 60 seconds, and ends with 0 once it took it. "
             "What it started is killed with it when these are over. "
             "Empty: none."},
    {"Watch", "ReportWords", OPTION_TEXT, "", AT(report_words), .check = check_path,
     .help = "The folder with the words of clients' reports in other languages than English, as gettext has them. "
             "Empty: the one installed with Assay."},
    {"Failure reports", "FailureReports", OPTION_TEXTS, "", AT(failure_reports), .check = check_domain,
     .help = "Policy domains whose owners get failure reports (RFC 9991) when their record asks for them (ruf): the "
             "header of a message that failed, with local-parts of addresses replaced. "
             "They tell strangers about mail of this site's users; agree with the owner first. "
             "Empty: none are made."},
    {"Failure reports", "FailureReportsPerHour", OPTION_NUMBER, "10", AT(failure_rate), .min = 1, .max = 1000,
     .help = "Failure reports about one policy domain in an hour; what is beyond is dropped. "
             "Equal failures within ten minutes are one report."},

    {"Pages", "WebSocket", OPTION_TEXT, "unix:/run/assay-web/web.sock", AT(web_socket), .check = check_web_socket,
     .fixed = true,
     .help = "Where assay-web listens: unix:PATH, for a web server in front that speaks TLS; inet:PORT@127.0.0.1 for "
             "trials, where cookies are not marked Secure; fd:N for a socket that systemd holds. "
             "Any address but loopback is refused."},
    {"Pages", "WebProxySocket", OPTION_TEXT, "", AT(web_proxy_socket), .check = check_web_socket, .fixed = true,
     .help = "A second socket, unix:PATH, for a web server that has signed the visitor in itself and names him in "
             "WebProxyUserHeader. "
             "It is believed when it proves itself by WebProxyKeyFile and is one of WebProxyUsers. "
             "Empty: visitors sign in here."},
    {"Pages", "WebProxyUsers", OPTION_TEXTS, "www-data", AT(web_proxy_users), .check = check_user, .fixed = true,
     .help = "Users of this host that may connect to WebProxySocket."},
    {"Pages", "WebProxyUserHeader", OPTION_TEXT, "X-Remote-User", AT(web_proxy_header), .check = check_header_name,
     .fixed = true,
     .help = "The header field in which that web server names the visitor. "
             "It must take the field out of what the visitor sent."},
    {"Pages", "WebProxyKeyFile", OPTION_TEXT, "", AT(web_proxy_key_file), .check = check_path, .fixed = true,
     .help = "A file whose text, 16 characters or more, that web server sends in the field X-Assay-Key. "
             "Without it a location of the web server that forgets to set WebProxyUserHeader would pass on whatever "
             "name a visitor puts there. "
             "Empty: nobody signs in by a web server."},
    {"Pages", "WebTitle", OPTION_TEXT, "Assay", AT(web_title), .fixed = true,
     .help = "Whose pages these are; it stands at the foot of each."},
    {"Pages", "WebURL", OPTION_TEXT, "", AT(web_url), .check = check_https, .fixed = true,
     .help = "The address under which people reach the pages, as https://assay.example; \"assay account\" writes it in "
             "front of the links it makes. "
             "Empty: the path alone."},
    {"Pages", "WebTicketURL", OPTION_TEXT, "", AT(web_ticket_url), .check = check_https, .fixed = true,
     .help = "The address of a ticket, https://…, to which its number is added. "
             "Empty: tickets are no links."},
    {"Pages", "WebWorkers", OPTION_NUMBER, "4", AT(web_workers), .min = 1, .max = 32, .fixed = true,
     .help = "Pages that are made at the same time; 64 more wait, and then visitors are asked to come back."},
    {"Pages", "WebSessions", OPTION_NUMBER, "1000", AT(web_sessions), .min = 10, .max = 100000, .fixed = true,
     .help = "Sessions that may be open in all; the one that was not used for longest makes room. "
             "An account has at most 10."},
    {"Pages", "WebIdle", OPTION_SECONDS, "240m", AT(web_idle), .min = 60, .max = 43200, .fixed = true,
     .help = "How long a session lasts that is not used; none lasts longer than 12 hours."},
    {"Pages", "WebUser", OPTION_TEXT, "assay-web", AT(web_user), .check = check_user, .fixed = true,
     .help = "The user that assay-web runs as, and the only one, beside its own and root, that assay-keeper answers."},
    {"Pages", "KeeperSocket", OPTION_TEXT, "/run/assay-keeper/keeper.sock", AT(keeper_socket), .check = check_path,
     .fixed = true,
     .help = "The unix socket at which assay-keeper answers assay-web."},
    {"Pages", "KeeperDatabase", OPTION_TEXT, "/var/lib/assay/keeper.db", AT(keeper_database), .check = check_path,
     .fixed = true,
     .help = "The file of accounts and sessions. "
             "Nobody but the user of assay-keeper can read it."},

    {"Received reports", "ReceivedFrom", OPTION_TEXTS, "", AT(received_from), .check = check_received,
     .help = "Where \"assay received fetch\" finds reports that others send: the path of a Maildir, or a mailbox on "
             "an IMAP server as imaps://USER@HOST/FOLDER (imap:// for STARTTLS)."},
    {"Received reports", "ReceivedPasswords", OPTION_TEXT, "", AT(received_passwords), .check = check_path,
     .help = "A file with a line USER:PASSWORD for each user of an IMAP server in ReceivedFrom. "
             "Nobody but who fetches (or root) may be able to read it."},
    {"Received reports", "ReceivedCAFile", OPTION_TEXT, "", AT(received_ca_file), .check = check_path,
     .help = "Certificates that IMAP servers are verified by. "
             "Empty: the system's."},
    {"Received reports", "ReceivedDone", OPTION_TEXT, "Taken", AT(received_done),
     .help = "The folder of the IMAP mailbox that messages are moved to once they are stored; it is made when it is "
             "not there."},
    {"Received reports", "TrustReporters", OPTION_TEXTS, "", AT(trust_reporters), .check = check_domain,
     .help = "Organizational domains of reporters whose reports are heeded although their mail proves nothing: they "
             "count as if an operator had put them in. "
             "Whoever forges their mail is believed, too."},
    {"Received reports", "NetworksFile", OPTION_TEXT, "", AT(networks_file), .check = check_path,
     .help = "A table of networks by AS number, by which hosts are put together that nothing else names: lines of "
             "first address, last address, AS number, country and name, parted by tabs, in order, IPv4 first "
             "(ip2asn-combined.tsv of iptoasn.com, unpacked). Put another in its place by mv. "
             "Empty: none."},
    {"Received reports", "KeepReceivedRows", OPTION_NUMBER, "400", AT(keep_received_rows), .max = 36500,
     .help = "For how many days the rows of received reports are kept; 0: for ever. "
             "Their sums by day stay."},
    {"Received reports", "KeepReceived", OPTION_NUMBER, "400", AT(keep_received), .max = 36500,
     .help = "For how many days it is kept what came in, and what became of it; 0: for ever. "
             "Failure reports are kept for 90 days."},
    {"Received reports", "KeepOriginals", OPTION_NUMBER, "30", AT(keep_originals), .max = 36500,
     .help = "For how many days what came in is kept as it came, packed, so that a better reader can read it again; "
             "0: not at all."},
    {"Received reports", "OriginalsSize", OPTION_NUMBER, "2048", AT(originals_size), .max = 1048576,
     .help = "How many MiB these may have; then the oldest go first. 0: any size."},
};

const struct option_rows option_rows = {.n = OPTION_COUNT, .row = option_table};

const struct option *option_find(struct str name)
{
    return option_row_find(&option_rows, name);
}

const char *option_nearest(struct str name)
{
    return option_row_nearest(&option_rows, name);
}
