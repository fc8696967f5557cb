/*
 * pg_engine.h - PostgreSQL as an engine of db.h.
 *
 * A statement's rows come all at once, and are held until it is reset.  Text
 * that PostgreSQL would not take (a NUL, what is no UTF-8) is handed over with
 * U+FFFD in these places, in values and in what they are compared with alike.
 */
#ifndef ASSAY_DB_PG_ENGINE_H
#define ASSAY_DB_PG_ENGINE_H

#include "db/server.h"

/*
 * db_begin holds this advisory lock until the end of the transaction: one at a
 * time changes what is the desk's, as in a file.
 */
enum { PG_LOCK_WRITE = 7 };

/* For db_server_use.  The tables are fleet/tables_desk.h's, whose version stands in the table "desk". */
extern const struct db_server pg_server;

#endif
