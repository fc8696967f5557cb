/*
 * tables.h - the tables of received reports, as SQL text; a migration of records/schema.c.
 *
 * Every key of a client's data begins with the client, so that none can cross
 * over to another's.  `report_in.superseded_by` is NULL for the report that
 * counts; the unique index lets one such exist, whoever else stores at once.
 *
 * day_in is the sum of the rows of reports that count, and nothing else; it
 * is exact, and stays when old rows go.  domain_day_in is the sum of day_in.
 * A report of more than 31 days has its sums at day 0 (RECEIVED_NO_DAY).
 */
#ifndef ASSAY_RECEIVED_TABLES_H
#define ASSAY_RECEIVED_TABLES_H

#define RECEIVED_SUMS_DEFINITION \
    " messages INTEGER NOT NULL, passed INTEGER NOT NULL, spf_only INTEGER NOT NULL, dkim_only INTEGER NOT NULL," \
    " quarantined INTEGER NOT NULL, rejected INTEGER NOT NULL, forwarded INTEGER NOT NULL,"

#define RECEIVED_TABLES \
    "CREATE TABLE received (id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL, way TEXT NOT NULL," \
    " name TEXT NOT NULL, sender TEXT NOT NULL, sender_domain TEXT NOT NULL, subject TEXT NOT NULL," \
    " message_id TEXT NOT NULL, sha256 BLOB NOT NULL, size INTEGER NOT NULL, trust TEXT NOT NULL," \
    " outcome TEXT NOT NULL, reason TEXT NOT NULL, unread INTEGER NOT NULL);" \
    "CREATE INDEX received_time ON received (time_ms);" \
    "CREATE INDEX received_sender ON received (sender_domain, time_ms);" \
    "CREATE INDEX received_unread ON received (id) WHERE unread = 1;" \
    "CREATE TABLE received_part (received INTEGER NOT NULL, n INTEGER NOT NULL, name TEXT NOT NULL," \
    " kind TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, bytes INTEGER NOT NULL," \
    " report INTEGER NOT NULL, PRIMARY KEY (received, n)) WITHOUT ROWID;" \
    "CREATE TABLE received_original (received INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, size INTEGER NOT NULL," \
    " body BLOB NOT NULL);" \
    "CREATE TRIGGER received_gone AFTER DELETE ON received BEGIN" \
    " DELETE FROM received_part WHERE received = old.id;" \
    " DELETE FROM received_original WHERE received = old.id; END;" \
    "CREATE TABLE report_in (id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, domain TEXT NOT NULL," \
    " reporter TEXT NOT NULL, report_id TEXT NOT NULL, begin_s INTEGER NOT NULL, end_s INTEGER NOT NULL," \
    " first_day INTEGER NOT NULL, days INTEGER NOT NULL, received INTEGER NOT NULL, arrived_ms INTEGER NOT NULL," \
    " sender TEXT NOT NULL, trust TEXT NOT NULL, state TEXT NOT NULL, content BLOB NOT NULL," \
    " org_name TEXT NOT NULL, email TEXT NOT NULL, contact TEXT NOT NULL, format TEXT NOT NULL," \
    " generator TEXT NOT NULL, errors TEXT NOT NULL, repairs TEXT NOT NULL, notes TEXT NOT NULL," \
    " p TEXT NOT NULL, sp TEXT NOT NULL, np TEXT NOT NULL, adkim TEXT NOT NULL, aspf TEXT NOT NULL," \
    " fo TEXT NOT NULL, testing TEXT NOT NULL, pct TEXT NOT NULL, discovery_method TEXT NOT NULL," \
    " rows INTEGER NOT NULL, refused INTEGER NOT NULL, messages INTEGER NOT NULL, repeats INTEGER NOT NULL," \
    " rows_kept INTEGER NOT NULL, superseded_by INTEGER);" \
    "CREATE UNIQUE INDEX report_in_key ON report_in (client, domain, reporter, report_id, begin_s, end_s)" \
    " WHERE superseded_by IS NULL;" \
    "CREATE INDEX report_in_period ON report_in (client, domain, begin_s);" \
    "CREATE INDEX report_in_begin ON report_in (begin_s);" \
    "CREATE TABLE row_in (client TEXT NOT NULL, report INTEGER NOT NULL, n INTEGER NOT NULL, address BLOB NOT NULL," \
    " messages INTEGER NOT NULL, domain TEXT NOT NULL, header_from TEXT NOT NULL, disposition TEXT NOT NULL," \
    " passes INTEGER NOT NULL, envelope INTEGER NOT NULL, envelope_from TEXT NOT NULL, envelope_to TEXT NOT NULL," \
    " reasons TEXT NOT NULL, spf TEXT NOT NULL, dkim TEXT NOT NULL, source TEXT NOT NULL, proof INTEGER NOT NULL," \
    " detail TEXT NOT NULL, cause TEXT NOT NULL, secondary INTEGER NOT NULL, marks INTEGER NOT NULL," \
    " PRIMARY KEY (client, report, n)) WITHOUT ROWID;" \
    "CREATE INDEX row_in_address ON row_in (address);" \
    "CREATE TABLE day_in (client TEXT NOT NULL, domain TEXT NOT NULL, day INTEGER NOT NULL, source TEXT NOT NULL," \
    " cause TEXT NOT NULL, reporter TEXT NOT NULL, disposition TEXT NOT NULL, trust TEXT NOT NULL," \
    " spread INTEGER NOT NULL," RECEIVED_SUMS_DEFINITION \
    " PRIMARY KEY (client, domain, day, source, cause, reporter, disposition, trust, spread)) WITHOUT ROWID;" \
    "CREATE TABLE domain_day_in (client TEXT NOT NULL, domain TEXT NOT NULL, day INTEGER NOT NULL," \
    " trust TEXT NOT NULL, spread INTEGER NOT NULL," RECEIVED_SUMS_DEFINITION \
    " PRIMARY KEY (client, domain, day, trust, spread)) WITHOUT ROWID;" \
    "CREATE TABLE address_in (address BLOB PRIMARY KEY, name TEXT NOT NULL, confirmed INTEGER NOT NULL," \
    " as_number INTEGER NOT NULL, as_name TEXT NOT NULL, country TEXT NOT NULL, looked_up_ms INTEGER NOT NULL)" \
    " WITHOUT ROWID;" \
    "CREATE INDEX address_in_due ON address_in (looked_up_ms);" \
    "CREATE TABLE failure_in (id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, domain TEXT NOT NULL," \
    " reporter TEXT NOT NULL, received INTEGER NOT NULL, arrived_ms INTEGER NOT NULL, trust TEXT NOT NULL," \
    " time_s INTEGER NOT NULL, address BLOB NOT NULL, incidents INTEGER NOT NULL, feedback_type TEXT NOT NULL," \
    " auth_failure TEXT NOT NULL, delivery_result TEXT NOT NULL, mail_from TEXT NOT NULL, from_domain TEXT NOT NULL," \
    " subject_hash TEXT NOT NULL, message_id TEXT NOT NULL, results TEXT NOT NULL, dkim_domain TEXT NOT NULL," \
    " dkim_selector TEXT NOT NULL, signatures TEXT NOT NULL, hosts TEXT NOT NULL, fields TEXT NOT NULL," \
    " source TEXT NOT NULL, cause TEXT NOT NULL, content BLOB NOT NULL);" \
    "CREATE UNIQUE INDEX failure_in_content ON failure_in (client, content);" \
    "CREATE INDEX failure_in_domain ON failure_in (client, domain, time_s);" \
    "CREATE INDEX failure_in_arrived ON failure_in (arrived_ms);" \
    "CREATE INDEX failure_in_address ON failure_in (address);" \
    "CREATE TABLE tls_in (id INTEGER PRIMARY KEY AUTOINCREMENT, reporter TEXT NOT NULL, org_name TEXT NOT NULL," \
    " contact TEXT NOT NULL, report_id TEXT NOT NULL, begin_s INTEGER NOT NULL, end_s INTEGER NOT NULL," \
    " received INTEGER NOT NULL, arrived_ms INTEGER NOT NULL, trust TEXT NOT NULL);" \
    "CREATE TABLE tls_policy (client TEXT NOT NULL, domain TEXT NOT NULL, begin_s INTEGER NOT NULL," \
    " report INTEGER NOT NULL, n INTEGER NOT NULL, reporter TEXT NOT NULL, report_id TEXT NOT NULL," \
    " type TEXT NOT NULL, string TEXT NOT NULL, mx TEXT NOT NULL, successes INTEGER NOT NULL," \
    " failures INTEGER NOT NULL, PRIMARY KEY (client, domain, begin_s, report, n)) WITHOUT ROWID;" \
    "CREATE INDEX tls_policy_key ON tls_policy (reporter, report_id, begin_s, domain);" \
    "CREATE TABLE tls_detail (client TEXT NOT NULL, report INTEGER NOT NULL, policy INTEGER NOT NULL," \
    " n INTEGER NOT NULL, result_type TEXT NOT NULL, sending BLOB NOT NULL, receiving BLOB NOT NULL," \
    " mx TEXT NOT NULL, mx_helo TEXT NOT NULL, reason_code TEXT NOT NULL, additional TEXT NOT NULL," \
    " sessions INTEGER NOT NULL, PRIMARY KEY (client, report, policy, n)) WITHOUT ROWID;"

#endif
