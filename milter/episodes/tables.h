/*
 * tables.h - the tables of episodes and of what is told about them, as SQL text; a migration of records/schema.c.
 *
 * A notice is made in the transaction that opens, worsens or ends its
 * episode, so that none is lost; each way out notes in it what it did.
 */
#ifndef ASSAY_EPISODES_TABLES_H
#define ASSAY_EPISODES_TABLES_H

#define EPISODES_TABLES \
    "CREATE TABLE episode (id INTEGER PRIMARY KEY AUTOINCREMENT, ref TEXT NOT NULL UNIQUE, client TEXT NOT NULL," \
    " domain TEXT NOT NULL, workflow TEXT NOT NULL, source TEXT NOT NULL, opened_day INTEGER NOT NULL," \
    " closed_day INTEGER NOT NULL, since_day INTEGER NOT NULL, band INTEGER NOT NULL, cause TEXT NOT NULL," \
    " messages INTEGER NOT NULL, passed INTEGER NOT NULL, quarantined INTEGER NOT NULL, rejected INTEGER NOT NULL," \
    " before INTEGER NOT NULL, count INTEGER NOT NULL, detail TEXT NOT NULL, state TEXT NOT NULL," \
    " told_band INTEGER NOT NULL, told_ms INTEGER NOT NULL, first_ms INTEGER NOT NULL, ticket TEXT NOT NULL);" \
    "CREATE INDEX episode_of ON episode (client, domain, workflow, source, opened_day);" \
    "CREATE INDEX episode_open ON episode (client, domain) WHERE state = 'open';" \
    "CREATE TABLE episode_event (episode INTEGER NOT NULL, n INTEGER NOT NULL, time_ms INTEGER NOT NULL," \
    " who TEXT NOT NULL, what TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (episode, n)) WITHOUT ROWID;" \
    "CREATE TABLE notice (id INTEGER PRIMARY KEY AUTOINCREMENT, episode INTEGER NOT NULL, kind TEXT NOT NULL," \
    " made_ms INTEGER NOT NULL, logged INTEGER NOT NULL DEFAULT 0, mailed INTEGER NOT NULL DEFAULT 0," \
    " mail TEXT NOT NULL DEFAULT '');" \
    "CREATE INDEX notice_unlogged ON notice (id) WHERE logged = 0;" \
    "CREATE INDEX notice_unmailed ON notice (id) WHERE mailed = 0;"

/*
 * dns_change: what changed in DNS before it, in words.  own_…: what our own
 * mail showed of it, of the same week.  posted, run: as logged and mailed, for
 * the webhook and the command.  way: when each way out last did something.
 * An exception that is taken out, or has given way to another, stays.
 */
#define EPISODES_MORE \
    "ALTER TABLE episode ADD COLUMN dns_change TEXT NOT NULL DEFAULT '';" \
    "ALTER TABLE episode ADD COLUMN own_messages INTEGER NOT NULL DEFAULT 0;" \
    "ALTER TABLE episode ADD COLUMN own_passed INTEGER NOT NULL DEFAULT 0;" \
    "ALTER TABLE notice ADD COLUMN posted INTEGER NOT NULL DEFAULT 0;" \
    "ALTER TABLE notice ADD COLUMN run INTEGER NOT NULL DEFAULT 0;" \
    "UPDATE notice SET posted = 1, run = 1;" \
    "CREATE INDEX notice_unposted ON notice (id) WHERE posted = 0;" \
    "CREATE INDEX notice_unrun ON notice (id) WHERE run = 0;" \
    "CREATE TABLE way (name TEXT PRIMARY KEY, last_ms INTEGER NOT NULL, fails INTEGER NOT NULL," \
    " next_ms INTEGER NOT NULL) WITHOUT ROWID;" \
    "CREATE TABLE exception (id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, domain TEXT NOT NULL," \
    " source TEXT NOT NULL, risk TEXT NOT NULL, owner TEXT NOT NULL, reason TEXT NOT NULL," \
    " until_day INTEGER NOT NULL, since_ms INTEGER NOT NULL, who TEXT NOT NULL," \
    " removed_ms INTEGER NOT NULL DEFAULT 0, removed_by TEXT NOT NULL DEFAULT '');" \
    "CREATE UNIQUE INDEX exception_of ON exception (domain, source) WHERE removed_ms = 0;" \
    "CREATE TABLE approval (id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, domain TEXT NOT NULL," \
    " stage TEXT NOT NULL, approver TEXT NOT NULL, ticket TEXT NOT NULL, day INTEGER NOT NULL," \
    " time_ms INTEGER NOT NULL, who TEXT NOT NULL);" \
    "CREATE INDEX approval_of ON approval (domain, id);"

/* The order of lists: those that are open, the worst, the newest (episodes.c has the very text). */
#define EPISODES_ORDER "state <> 'open', band DESC, opened_day DESC, id DESC"
#define EPISODES_LISTED \
    "CREATE INDEX episode_listed ON episode ((state <> 'open'), band DESC, opened_day DESC, id DESC)" \
    " WHERE state <> 'withdrawn';"

#endif
