#include "records/schema.h"

#include "episodes/tables.h"
#include "inventory/domain_run.h"
#include "inventory/followed.h"
#include "inventory/inventory.h"
#include "outbox/editions.h"
#include "received/tables.h"
#include "records/mailsums.h"

#define TYPE_TEXT "TEXT NOT NULL DEFAULT ''"
#define TYPE_INT "INTEGER NOT NULL DEFAULT 0"
#define IS_TEXT true
#define IS_INT false
#define COLUMN(kind, name, help) {#name, TYPE_##kind, IS_##kind, offsetof(struct record, name)},

const struct db_column schema_column[SCHEMA_COLUMNS] = {RECORD_COLUMNS(COLUMN)};

#define DEFINITION(kind, name, help) ", " #name " " TYPE_##kind

/* What the table of sources had from its beginning; later columns are migrations of their own. */
#define SOURCE_COLUMNS \
    "client " TYPE_TEXT ", status " TYPE_TEXT ", vendor " TYPE_TEXT ", platform " TYPE_TEXT ", kind " TYPE_TEXT \
    ", sending_domain " TYPE_TEXT ", dkim_selectors " TYPE_TEXT ", spf_include " TYPE_TEXT ", return_path " TYPE_TEXT \
    ", owner " TYPE_TEXT ", ticket " TYPE_TEXT ", note " TYPE_TEXT ", first_seen_ms " TYPE_INT \
    ", last_seen_ms " TYPE_INT ", volume " TYPE_INT ", passed " TYPE_INT
#define NAME(kind, name, help) ", " #name
#define MARK(kind, name, help) ", ?"

const char *const schema_migration[SCHEMA_VERSION] = {
    /* The program's version tells which of its faults a record may show. */
    "CREATE TABLE message (id INTEGER PRIMARY KEY" RECORD_COLUMNS(DEFINITION) ");"
    "CREATE INDEX message_queue_id ON message (queue_id);"
    "CREATE INDEX message_message_id ON message (message_id);"
    "CREATE INDEX message_policy_domain ON message (policy_domain, time_ms);"
    "CREATE TABLE run (started_ms INTEGER NOT NULL, version TEXT NOT NULL);",

    /*
     * digest: what of the messages is in tally, source and lookup_*, see
     * digest.h; generation grows with every change that snapshots hold.
     * Keys of messages are found by lookup_*, see lookup.h.
     */
    "DROP INDEX IF EXISTS message_queue_id;"
    "DROP INDEX IF EXISTS message_message_id;"
    "CREATE TABLE digest (one INTEGER PRIMARY KEY CHECK (one = 1), done_id INTEGER NOT NULL,"
    " generation INTEGER NOT NULL, hash_key BLOB NOT NULL);"
    "INSERT INTO digest VALUES (1, 0, 0, randomblob(16));"
    "CREATE TABLE lookup_recent (first_id INTEGER PRIMARY KEY, last_id INTEGER NOT NULL, newest_ms INTEGER NOT NULL,"
    " entries BLOB NOT NULL);"
    "CREATE TABLE lookup_segment (id INTEGER PRIMARY KEY, first_id INTEGER NOT NULL, last_id INTEGER NOT NULL,"
    " newest_ms INTEGER NOT NULL, parts INTEGER NOT NULL);"
    "CREATE TABLE lookup_chunk (segment INTEGER NOT NULL, hash INTEGER NOT NULL, first INTEGER NOT NULL,"
    " entries BLOB NOT NULL, PRIMARY KEY (segment, hash, first)) WITHOUT ROWID;"
    "CREATE TABLE tally (author_domain TEXT NOT NULL, source TEXT NOT NULL, cause TEXT NOT NULL, day INTEGER NOT NULL,"
    " client TEXT NOT NULL, dmarc TEXT NOT NULL, disposition TEXT NOT NULL, messages INTEGER NOT NULL,"
    " PRIMARY KEY (author_domain, source, cause, day, client, dmarc, disposition)) WITHOUT ROWID;"
    "CREATE INDEX tally_day ON tally (day);"
    "CREATE TABLE source (domain TEXT NOT NULL, source TEXT NOT NULL, " SOURCE_COLUMNS
    ", PRIMARY KEY (domain, source)) WITHOUT ROWID;"
    "CREATE INDEX source_client ON source (client);"
    "CREATE TABLE source_change (id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, who TEXT NOT NULL,"
    " domain TEXT NOT NULL, source TEXT NOT NULL, field TEXT NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL);"
    "CREATE INDEX source_change_source ON source_change (domain, source);"
    "CREATE TABLE dns_text (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, hash INTEGER NOT NULL,"
    " text TEXT NOT NULL, ttl INTEGER NOT NULL, first_seen_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL,"
    " replaces INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX dns_text_name ON dns_text (name, kind, hash);"
    "CREATE INDEX dns_text_change ON dns_text (first_seen_ms) WHERE replaces <> 0;"
    "CREATE TRIGGER source_added AFTER INSERT ON source BEGIN"
    " UPDATE digest SET generation = generation + 1; END;"
    "CREATE TRIGGER source_removed AFTER DELETE ON source BEGIN"
    " UPDATE digest SET generation = generation + 1; END;"
    "CREATE TRIGGER source_changed AFTER UPDATE OF status, ticket, owner, client ON source BEGIN"
    " UPDATE digest SET generation = generation + 1; END;"
    "CREATE TRIGGER dns_changed AFTER INSERT ON dns_text WHEN NEW.replaces <> 0 BEGIN"
    " UPDATE digest SET generation = generation + 1; END;",

    /*
     * message_time is for whoever reads a period, as a report does; it grows at its end, which costs little.  A
     * report's id is never given to another: what became of the report is noted under it.
     */
    "CREATE INDEX message_time ON message (time_ms);"
    "CREATE TABLE report (id INTEGER PRIMARY KEY AUTOINCREMENT, report_id TEXT NOT NULL UNIQUE,"
    " policy_domain TEXT NOT NULL, policy_key TEXT NOT NULL, begin_s INTEGER NOT NULL, end_s INTEGER NOT NULL,"
    " messages INTEGER NOT NULL, rows INTEGER NOT NULL, filename TEXT NOT NULL, size INTEGER NOT NULL,"
    " built_ms INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (policy_domain, policy_key, begin_s));"
    "CREATE INDEX report_period ON report (begin_s, policy_domain);",

    /*
     * A key without order lands on any page of its index, so that each message changes a page anywhere in it, the
     * more the larger it is.  Behind the part of the day it is only the last part's pages.
     */
    "DROP INDEX IF EXISTS message_policy_domain;"
    "CREATE INDEX message_part_policy_domain ON message (" SCHEMA_PART ", policy_domain);",

    /* What is mailed (outbox.h) and what asks for it (failure.h).  What became of a report goes with it. */
    "CREATE TABLE failure (id INTEGER PRIMARY KEY, message INTEGER NOT NULL, open INTEGER NOT NULL DEFAULT 1,"
    " created_ms INTEGER NOT NULL, ready_ms INTEGER NOT NULL, incidents INTEGER NOT NULL DEFAULT 1,"
    " policy_domain TEXT NOT NULL, bucket TEXT NOT NULL, kind TEXT NOT NULL, dkim_domain TEXT NOT NULL,"
    " dkim_identity TEXT NOT NULL, dkim_selector TEXT NOT NULL, mail_from TEXT NOT NULL, headers TEXT NOT NULL);"
    "CREATE INDEX failure_created ON failure (created_ms);"
    "CREATE UNIQUE INDEX failure_bucket ON failure (bucket) WHERE open = 1;"
    "CREATE TABLE dispatch (kind TEXT NOT NULL, item INTEGER NOT NULL, policy_domain TEXT NOT NULL,"
    " state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, since_ms INTEGER NOT NULL, next_ms INTEGER NOT NULL,"
    " error TEXT NOT NULL DEFAULT '', PRIMARY KEY (kind, item)) WITHOUT ROWID;"
    "CREATE INDEX dispatch_due ON dispatch (next_ms) WHERE state = 'waiting';"
    "CREATE INDEX dispatch_domain ON dispatch (policy_domain);"
    "CREATE TABLE delivery (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, item INTEGER NOT NULL, address TEXT NOT NULL,"
    " state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, last_ms INTEGER NOT NULL DEFAULT 0,"
    " sent_ms INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL, message_id TEXT NOT NULL, verp TEXT NOT NULL,"
    " UNIQUE (kind, item, address));"
    "CREATE UNIQUE INDEX delivery_verp ON delivery (verp) WHERE verp <> '';"
    "CREATE INDEX delivery_address ON delivery (address);"
    "CREATE INDEX delivery_sending ON delivery (id) WHERE state = 'sending';"
    "CREATE INDEX delivery_sent ON delivery (kind, sent_ms) WHERE state = 'sent';"
    "CREATE TABLE suppressed (address TEXT PRIMARY KEY, since_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,"
    " why TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TRIGGER report_gone AFTER DELETE ON report BEGIN"
    " DELETE FROM delivery WHERE kind = 'aggregate' AND item = old.id;"
    " DELETE FROM dispatch WHERE kind = 'aggregate' AND item = old.id; END;"
    "CREATE TRIGGER failure_gone AFTER DELETE ON failure BEGIN"
    " DELETE FROM delivery WHERE kind = 'failure' AND item = old.id;"
    " DELETE FROM dispatch WHERE kind = 'failure' AND item = old.id; END;",

    /* Domains whose mail the safety catch lets go; snapshots hold them, too. */
    "CREATE TABLE caught (domain TEXT PRIMARY KEY, since_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TRIGGER caught_added AFTER INSERT ON caught BEGIN"
    " UPDATE digest SET generation = generation + 1; END;"
    "CREATE TRIGGER caught_changed AFTER UPDATE ON caught BEGIN"
    " UPDATE digest SET generation = generation + 1; END;"
    "CREATE TRIGGER caught_removed AFTER DELETE ON caught BEGIN"
    " UPDATE digest SET generation = generation + 1; END;",

    /* What others reported to us: what came in, what it said, and its sums day by day (received/received.h). */
    RECEIVED_TABLES,

    /* Whose mail passed here, and from where (correspondents.h).  "*" was a catch for all mail; there is none now. */
    "CREATE TABLE correspondent (domain TEXT NOT NULL, address TEXT NOT NULL, first_day INTEGER NOT NULL,"
    " last_day INTEGER NOT NULL, days INTEGER NOT NULL, passed INTEGER NOT NULL,"
    " PRIMARY KEY (domain, address)) WITHOUT ROWID;"
    "DELETE FROM caught WHERE domain = '*';"
    /* and reports about whom nobody knows (quota.h) */
    "ALTER TABLE dispatch ADD COLUMN stranger INTEGER NOT NULL DEFAULT 0;",

    /* What the watch found in them, and what was told of it (episodes/episodes.h). */
    EPISODES_TABLES,

    /* What runs of `assay domain` found (domain_run.h). */
    DOMAIN_RUN_TABLE,

    /* More that episodes say, further ways out, exceptions and who agreed to a stage. */
    EPISODES_MORE,

    /* The watch asks for all mail of one client. */
    "CREATE INDEX tally_client ON tally (client, day) WHERE client <> '';",

    /*
     * Addresses that name a source for one domain; and the key that its mail last passed by (inventory.h), which a
     * snapshot holds, as it holds what names no longer have (dnstext.h).
     */
    "ALTER TABLE source ADD COLUMN network TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE source ADD COLUMN key_name TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE source ADD COLUMN key_host TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE source ADD COLUMN key_ms INTEGER NOT NULL DEFAULT 0;"
    "DROP TRIGGER source_changed;"
    "CREATE TRIGGER source_changed AFTER UPDATE OF status, ticket, owner, client, network, key_ms ON source BEGIN"
    " UPDATE digest SET generation = generation + 1; END;"
    "CREATE INDEX source_network ON source (domain) WHERE network <> '';"
    "CREATE INDEX dns_text_gone ON dns_text (first_seen_ms) WHERE text = '';",

    /* What each notice went out under, by the further ways (episodes.h). */
    "ALTER TABLE notice ADD COLUMN post TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE notice ADD COLUMN run_key TEXT NOT NULL DEFAULT '';",

    /* Reports to clients, as they were made (editions.h). */
    EDITIONS_TABLES,

    /* With all that pages count (views/count.c), which then look up no row of it. */
    "DROP INDEX tally_client;"
    "CREATE INDEX tally_client ON tally (client, day, author_domain, source, cause, dmarc, disposition, messages)"
    " WHERE client <> '';",

    /* No column of an edition changes, whether it has a PDF or not. */
    EDITIONS_STAY,

    /*
     * Which file this is (life.h), from its beginning; and what of the DNS texts is new or changed since somebody
     * looked: a number that only grows, whatever is taken out.
     */
    "CREATE TABLE fleet (one INTEGER PRIMARY KEY CHECK (one = 1), uuid TEXT NOT NULL, base_id INTEGER NOT NULL,"
    " changed INTEGER NOT NULL);"
    "INSERT INTO fleet SELECT 1, lower(hex(randomblob(16))), 0, coalesce((SELECT max(id) FROM dns_text), 0);"
    "ALTER TABLE dns_text ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;"
    "UPDATE dns_text SET changed = id;"
    "CREATE INDEX dns_text_changed ON dns_text (changed);"
    "CREATE TRIGGER dns_text_added AFTER INSERT ON dns_text BEGIN UPDATE fleet SET changed = changed + 1;"
    " UPDATE dns_text SET changed = (SELECT changed FROM fleet) WHERE id = NEW.id; END;"
    "CREATE TRIGGER dns_text_seen AFTER UPDATE OF last_seen_ms, first_seen_ms, ttl ON dns_text BEGIN"
    " UPDATE fleet SET changed = changed + 1;"
    " UPDATE dns_text SET changed = (SELECT changed FROM fleet) WHERE id = NEW.id; END;",

    /* The mail of clients by day, as pages count it (mailsums.h). */
    MAILSUMS_TABLES
    /* Pages: whose sources wait for a decision; where else a source is; what was given up. */
    "CREATE INDEX source_undecided ON source (client) WHERE status IN ('unknown', 'pending');"
    "CREATE INDEX source_source ON source (source);"
    "CREATE INDEX dispatch_failed ON dispatch (kind) WHERE state = 'failed';",

    /* Pages over many domains: forged mail by day; episodes in the order in which they are listed. */
    MAILSUMS_MORE EPISODES_LISTED,

    /* What this host has of its fleet's centre (followed.h). */
    FOLLOWED_TABLES,
};

/* What did not pass, newest first, for pages.  All messages are read through for it: later.h. */
static const struct db_later schema_later[] = {
    {"message_failed", "CREATE INDEX message_failed ON message (id) WHERE dmarc <> 'pass'"},
};

const struct db_schema records_schema = {
    .later = schema_later,
    .laters = sizeof schema_later / sizeof schema_later[0],
    .application_id = SCHEMA_APPLICATION_ID,
    .version = SCHEMA_VERSION,
    .migration = schema_migration,
    .table = "message",
    .columns = SCHEMA_COLUMNS,
    .column = schema_column,
};

const char schema_insert[] =
    "INSERT INTO message (id" RECORD_COLUMNS(NAME) ") VALUES (NULL" RECORD_COLUMNS(MARK) ")";

const char schema_fetch[] = "SELECT id" RECORD_COLUMNS(NAME) " FROM message WHERE id = ?1";

const char schema_fetch_after[] =
    "SELECT id" RECORD_COLUMNS(NAME) " FROM message WHERE id > ?1 ORDER BY id LIMIT ?2";

const char schema_fetch_last[] =
    "SELECT id" RECORD_COLUMNS(NAME) " FROM message WHERE id > ?1 ORDER BY id DESC LIMIT ?2";

const char schema_note_run[] = "INSERT INTO run (started_ms, version) VALUES (?1, ?2)";
