#include "db/migrate.h"

#include <stdio.h>

#include "db/run.h"

static enum rc check_ours(struct db *d, const struct db_schema *s, int64_t *version, struct err *e)
{
    int64_t application, objects;
    enum rc rc = db_ask(d, "PRAGMA application_id", &application, e);

    if (rc == RC_OK)
        rc = db_ask(d, "PRAGMA user_version", version, e);
    if (rc == RC_OK)
        rc = db_ask(d, "SELECT count(*) FROM sqlite_master", &objects, e);
    if (rc != RC_OK)
        return rc;
    if (application != s->application_id && (application != 0 || *version != 0 || objects != 0))
        return err_set(e, RC_BAD, "%s: is a database of another program; set Database to another file", db_path(d));
    if (*version > s->version)
        return err_set(e, RC_BAD, "%s: has schema %d, of a newer version, and this program knows %d; run the newer one",
                       db_path(d), (int)*version, s->version);
    return RC_OK;
}

static enum rc add_columns(struct db *d, const struct db_schema *s, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < s->columns; i++) {
        const struct db_column *c = &s->column[i];
        char sql[160];

        if (db_has_column(d, s->table, c->name))
            continue;
        (void)snprintf(sql, sizeof sql, "ALTER TABLE %s ADD COLUMN %s %s", s->table, c->name, c->type);
        rc = db_run(d, sql, e);
    }
    return rc;
}

static bool has_all_columns(struct db *d, const struct db_schema *s)
{
    for (size_t i = 0; i < s->columns; i++)
        if (!db_has_column(d, s->table, s->column[i].name))
            return false;
    return true;
}

static enum rc migrate_locked(struct db *d, const struct db_schema *s, struct err *e)
{
    char stamp[100];
    int64_t version;
    enum rc rc = check_ours(d, s, &version, e);

    for (; rc == RC_OK && version < 1; version++)
        rc = db_run(d, s->migration[version], e);
    if (rc == RC_OK)
        rc = add_columns(d, s, e); /* before what may speak of them */
    for (; rc == RC_OK && version < s->version; version++)
        rc = db_run(d, s->migration[version], e);
    (void)snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   s->application_id, s->version);
    if (rc == RC_OK)
        rc = db_run(d, stamp, e);
    return rc == RC_OK ? db_commit(d, e) : rc;
}

enum rc migrate_up(struct db *d, const struct db_schema *s, struct err *e)
{
    int64_t version;
    enum rc rc = check_ours(d, s, &version, e);

    if (rc != RC_OK || (version == s->version && has_all_columns(d, s)))
        return rc;
    rc = db_begin(d, e);
    if (rc == RC_OK)
        rc = migrate_locked(d, s, e);
    if (rc != RC_OK)
        db_roll_back(d);
    return rc;
}

/* ---- what has time ---- */

static enum rc migrate_missing(struct db *d, const struct db_schema *s, const struct db_later **out, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name = ?1";
    enum rc rc = RC_OK;

    *out = NULL;
    for (size_t i = 0; rc == RC_OK && *out == NULL && i < s->laters; i++) {
        struct statement *st;
        bool row = false;

        rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(s->later[i].name))), &st, e);
        if (rc == RC_OK)
            rc = statement_next(st, &row, e);
        if (rc == RC_OK && row && statement_int(st, 0) == 0)
            *out = &s->later[i];
        statement_reset(st);
    }
    return rc;
}

enum rc db_lacks_later(struct db *d, const struct db_schema *schema, const char **name, struct err *e)
{
    const struct db_later *first;
    enum rc rc = migrate_missing(d, schema, &first, e);

    *name = first == NULL ? NULL : first->name;
    return rc;
}

enum rc db_make_later(struct db *d, const struct db_schema *schema, struct err *e)
{
    const struct db_later *first;
    enum rc rc = migrate_missing(d, schema, &first, e);

    return rc == RC_OK && first != NULL ? db_run(d, first->sql, e) : rc;
}

enum rc migrate_known(struct db *d, const struct db_schema *s, struct err *e)
{
    int64_t version;

    return check_ours(d, s, &version, e);
}

enum rc migrate_check(struct db *d, const struct db_schema *s, struct err *e)
{
    int64_t version;
    enum rc rc = check_ours(d, s, &version, e);

    if (rc == RC_OK && (version < s->version || !has_all_columns(d, s)))
        return err_set(e, RC_BAD, "%s: was written by an older program; restart assay-milter, which migrates it",
                       db_path(d));
    return rc;
}
