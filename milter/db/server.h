/*
 * server.h - databases that are not a file.
 *
 * A program that may open them says so before it opens any (db_server_use);
 * assay-milter does not, and so is not linked with libpq.
 */
#ifndef ASSAY_DB_SERVER_H
#define ASSAY_DB_SERVER_H

#include "db/db.h"

/* How one is opened; `where` is a URL (base/database_url.h), the tables are `schema`'s. */
struct db_server {
    enum rc (*open)(const char *where, const struct db_schema *schema, bool write, struct db **out, struct err *e);
};

/* The server behind db_open_write and db_open_read where they are given a URL; NULL: none, and they say so. */
void db_server_use(const struct db_server *server);

#endif
