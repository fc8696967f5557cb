#include "store/schema.h"

#define TYPE_TEXT "TEXT NOT NULL DEFAULT ''"
#define TYPE_INT "INTEGER NOT NULL DEFAULT 0"
#define IS_TEXT true
#define IS_INT false
#define COLUMN(kind, name, help) {#name, TYPE_##kind, IS_##kind, offsetof(struct record, name)},

const struct schema_column schema_column[SCHEMA_COLUMNS] = {RECORD_COLUMNS(COLUMN)};

#define DEFINITION(kind, name, help) ", " #name " " TYPE_##kind
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
     * message_time is for whoever reads a period, as a report does; it grows at its end, which costs little.  A
     * report's id is never given to another: what became of the report is noted under it.
     */
    "CREATE INDEX message_time ON message (time_ms);"
    "CREATE TABLE report (id INTEGER PRIMARY KEY AUTOINCREMENT, report_id TEXT NOT NULL UNIQUE,"
    " policy_domain TEXT NOT NULL, policy_key TEXT NOT NULL, begin_s INTEGER NOT NULL, end_s INTEGER NOT NULL,"
    " messages INTEGER NOT NULL, rows INTEGER NOT NULL, filename TEXT NOT NULL, size INTEGER NOT NULL, built_ms INTEGER NOT NULL,"
    " body BLOB NOT NULL, UNIQUE (policy_domain, policy_key, begin_s));"
    "CREATE INDEX report_period ON report (begin_s, policy_domain);",
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
};

const char schema_insert[] =
    "INSERT INTO message (id" RECORD_COLUMNS(NAME) ") VALUES (NULL" RECORD_COLUMNS(MARK) ")";

const char schema_find[] =
    "SELECT id" RECORD_COLUMNS(NAME) " FROM message WHERE queue_id = ?1 OR message_id = ?2"
    " ORDER BY time_ms DESC, id DESC LIMIT ?3";

const char schema_note_run[] = "INSERT INTO run (started_ms, version) VALUES (?1, ?2)";
