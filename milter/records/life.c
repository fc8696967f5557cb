#include "records/life.h"

#include "db/dbfile.h"
#include "db/run.h"
#include "records/schema.h"

static enum rc life_no_memory(const struct db *d, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory to read it", db_path(d));
}

enum rc life_read(struct db *d, struct arena *a, struct life *out, struct err *e)
{
    static const char sql[] =
        "SELECT uuid, base_id, coalesce((SELECT min(id) FROM message), 0), coalesce((SELECT max(id) FROM message), 0),"
        " coalesce((SELECT time_ms FROM message ORDER BY id DESC LIMIT 1), 0) FROM fleet";
    struct statement *s;
    bool row = false;
    enum rc rc = db_statement(d, sql, &s, e);

    *out = (struct life){.uuid = ""};
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && !row)
        rc = err_set(e, RC_BAD, "%s: it has lost its identity (table fleet); start assay-milter on another file",
                     db_path(d));
    if (rc == RC_OK)
        *out = (struct life){.uuid = str_dup(a, statement_text(s, 0)), .base_id = statement_int(s, 1),
                             .oldest_id = statement_int(s, 2), .newest_id = statement_int(s, 3),
                             .newest_ms = statement_int(s, 4)};
    statement_reset(s);
    return rc == RC_OK && out->uuid == NULL ? life_no_memory(d, e) : rc;
}

enum rc life_version(struct db *d, int64_t *out, struct err *e)
{
    return db_ask(d, "PRAGMA data_version", out, e);
}

enum rc life_renew(const char *path, int64_t base_id, struct err *e)
{
    static const char sql[] = "UPDATE fleet SET uuid = lower(hex(randomblob(16))), base_id = ?1";
    struct db *d = NULL;
    enum rc rc = dbfile_writable(path, e);

    if (rc == RC_OK)
        rc = db_open_write(path, &records_schema, true, &d, e);
    if (rc == RC_OK)
        rc = db_run_with(d, sql, DB_VALUES(DB_INT(base_id)), e);
    db_close(d);
    return rc;
}

enum rc life_message(struct db *d, struct arena *a, int64_t id, bool *there, int64_t *time_ms, const char **queue_id,
                     struct err *e)
{
    static const char sql[] = "SELECT time_ms, queue_id FROM message WHERE id = ?1";
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(id)), &s, e);

    *there = false;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, there, e);
    if (rc == RC_OK && *there) {
        *time_ms = statement_int(s, 0);
        *queue_id = str_dup(a, statement_text(s, 1));
        if (*queue_id == NULL)
            rc = life_no_memory(d, e);
    }
    statement_reset(s);
    return rc;
}
