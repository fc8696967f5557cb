/* Which engine a database has, and whether its tables are those that a program wants. */
#include "base/database_url.h"
#include "db/migrate.h"
#include "db/server.h"
#include "db/sqlite.h"

static const struct db_server *open_server;

void db_server_use(const struct db_server *server)
{
    open_server = server;
}

static enum rc open_on_server(const char *where, const struct db_schema *schema, bool write, struct db **out,
                              struct err *e)
{
    *out = NULL;
    if (open_server == NULL)
        return err_set(e, RC_BAD, "%s: this program was built without PostgreSQL, or asks files alone; name a file "
                       "(Database, --database)", where);
    return open_server->open(where, schema, write, out, e);
}

/* Closes what has not the right tables. */
static enum rc open_end(enum rc rc, struct db **d)
{
    if (rc != RC_OK) {
        db_close(*d);
        *d = NULL;
    }
    return rc;
}

enum rc db_open_write(const char *path, const struct db_schema *schema, bool full_sync, struct db **out, struct err *e)
{
    enum rc rc;

    if (database_url_is(str_of(path)))
        return open_on_server(path, schema, true, out, e);
    rc = sqlite_open_write(path, full_sync, out, e);
    if (rc == RC_OK)
        rc = migrate_up(*out, schema, e);
    if (rc == RC_OK)
        sqlite_note_files(*out);
    return open_end(rc, out);
}

enum rc db_open_read(const char *path, const struct db_schema *schema, struct db **out, struct err *e)
{
    enum rc rc;

    if (database_url_is(str_of(path)))
        return open_on_server(path, schema, false, out, e);
    rc = sqlite_open_read(path, out, e);
    if (rc == RC_OK)
        rc = migrate_check(*out, schema, e);
    return open_end(rc, out);
}

enum rc db_check(const char *path, const struct db_schema *schema, struct err *e)
{
    struct db *d;
    enum rc rc = database_url_is(str_of(path)) ? open_on_server(path, schema, false, &d, e)
                                               : sqlite_open_read(path, &d, e);

    if (rc == RC_OK && db_engine(d) == DB_SQLITE)
        rc = migrate_known(d, schema, e);
    db_close(d);
    return rc;
}
