#include "store/sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/dbfile.h"
#include "store/schema.h"

enum {
    BUSY_MS = 2000,           /* how long to wait for another writer */
    WAL_SIZE_LIMIT = 64 << 20 /* bytes the log may keep once it was checkpointed */
};

struct db {
    sqlite3 *conn;
    sqlite3_stmt *insert, *find;
    char path[DBFILE_PATH_MAX];
    struct dbfile_id opened;
};

/* ---- errors ---- */

static enum rc say(const struct db *d, enum rc rc, const char *what, struct err *e)
{
    return err_set(e, rc, "%s: %s", d->path, what);
}

/* What SQLite said, as a sentence with a remedy. */
static enum rc failed(const struct db *d, int code, struct err *e)
{
    int os = d->conn == NULL ? 0 : sqlite3_system_errno(d->conn);

    switch (code & 0xff) {
    case SQLITE_FULL:
        return say(d, RC_TEMP, "no space left on its disk; free some", e);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return say(d, RC_TEMP, "locked by another program; end that program's transaction", e);
    case SQLITE_READONLY:
        return say(d, RC_TEMP, "may only be read; give file and folder to the user of the service", e);
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
        return err_set(e, RC_TEMP, "%s: cannot be opened%s%s; check its folder and the permissions", d->path,
                       os != 0 ? ": " : "", os != 0 ? strerror(os) : "");
    case SQLITE_IOERR:
        return err_set(e, RC_TEMP, "%s: input/output error%s%s; check the disk", d->path, os != 0 ? ": " : "",
                       os != 0 ? strerror(os) : "");
    case SQLITE_NOTADB:
        return say(d, RC_BAD, "is not an SQLite database; move it away, or set Database to another file", e);
    case SQLITE_CORRUPT:
        return say(d, RC_BAD, "is damaged; move it away, or restore it from a backup", e);
    case SQLITE_NOMEM:
        return say(d, RC_NOMEM, "no memory", e);
    default:
        return err_set(e, RC_INTERNAL, "%s: %s (SQLite code %d)", d->path,
                       d->conn == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(d->conn), code);
    }
}

static enum rc answer(const struct db *d, int code, struct err *e)
{
    return code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW ? RC_OK : failed(d, code, e);
}

/* ---- small steps ---- */

static enum rc run(struct db *d, const char *sql, struct err *e)
{
    return answer(d, sqlite3_exec(d->conn, sql, NULL, NULL, NULL), e);
}

static enum rc prepare(struct db *d, const char *sql, sqlite3_stmt **out, struct err *e)
{
    return answer(d, sqlite3_prepare_v3(d->conn, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL), e);
}

/* The first column of the first row, as a number; 0 without a row. */
static enum rc ask(struct db *d, const char *sql, int64_t *out, struct err *e)
{
    sqlite3_stmt *stmt = NULL;
    enum rc rc = prepare(d, sql, &stmt, e);

    *out = 0;
    if (rc == RC_OK) {
        int code = sqlite3_step(stmt);

        if (code == SQLITE_ROW)
            *out = sqlite3_column_int64(stmt, 0);
        rc = answer(d, code, e);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

static void roll_back(struct db *d)
{
    if (sqlite3_get_autocommit(d->conn) == 0)
        (void)sqlite3_exec(d->conn, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- schema ---- */

static enum rc check_ours(struct db *d, int64_t *version, struct err *e)
{
    int64_t application, objects;
    enum rc rc = ask(d, "PRAGMA application_id", &application, e);

    if (rc == RC_OK)
        rc = ask(d, "PRAGMA user_version", version, e);
    if (rc == RC_OK)
        rc = ask(d, "SELECT count(*) FROM sqlite_master", &objects, e);
    if (rc != RC_OK)
        return rc;
    if (application != SCHEMA_APPLICATION_ID && (application != 0 || *version != 0 || objects != 0))
        return say(d, RC_BAD, "is a database of another program; set Database to another file", e);
    if (*version > SCHEMA_VERSION)
        return err_set(e, RC_BAD, "%s: has schema %d, of a newer version, and this program knows %d; run the newer one",
                       d->path, (int)*version, SCHEMA_VERSION);
    return RC_OK;
}

static bool has_column(struct db *d, const char *name)
{
    int code = sqlite3_table_column_metadata(d->conn, NULL, "message", name, NULL, NULL, NULL, NULL, NULL);

    return code == SQLITE_OK;
}

static enum rc add_columns(struct db *d, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < SCHEMA_COLUMNS; i++) {
        const struct schema_column *c = &schema_column[i];
        char sql[160];

        if (has_column(d, c->name))
            continue;
        (void)snprintf(sql, sizeof sql, "ALTER TABLE message ADD COLUMN %s %s", c->name, c->type);
        rc = run(d, sql, e);
    }
    return rc;
}

static bool has_all_columns(struct db *d)
{
    for (size_t i = 0; i < SCHEMA_COLUMNS; i++)
        if (!has_column(d, schema_column[i].name))
            return false;
    return true;
}

static enum rc migrate_locked(struct db *d, struct err *e)
{
    char stamp[100];
    int64_t version;
    enum rc rc = check_ours(d, &version, e);

    for (; rc == RC_OK && version < SCHEMA_VERSION; version++)
        rc = run(d, schema_migration[version], e);
    if (rc == RC_OK)
        rc = add_columns(d, e);
    (void)snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   SCHEMA_APPLICATION_ID, SCHEMA_VERSION);
    if (rc == RC_OK)
        rc = run(d, stamp, e);
    return rc == RC_OK ? run(d, "COMMIT", e) : rc;
}

/* One transaction: killed in the middle, the file is as it was. */
static enum rc migrate(struct db *d, struct err *e)
{
    int64_t version;
    enum rc rc = check_ours(d, &version, e);

    if (rc != RC_OK || (version == SCHEMA_VERSION && has_all_columns(d)))
        return rc;
    rc = run(d, "BEGIN IMMEDIATE", e);
    if (rc == RC_OK)
        rc = migrate_locked(d, e);
    if (rc != RC_OK)
        roll_back(d);
    return rc;
}

/* ---- opening ---- */

static enum rc db_new(const char *path, struct db **out, struct err *e)
{
    struct db *d = calloc(1, sizeof *d);

    *out = NULL;
    if (d == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to open it", path);
    if (strlen(path) >= sizeof d->path) {
        free(d);
        return err_set(e, RC_BAD, "the path of the database is longer than %d bytes; shorten it",
                       DBFILE_PATH_MAX - 1);
    }
    memcpy(d->path, path, strlen(path) + 1);
    *out = d;
    return RC_OK;
}

static enum rc switch_to_wal(struct db *d, struct err *e)
{
    sqlite3_stmt *stmt = NULL;
    enum rc rc = prepare(d, "PRAGMA journal_mode = WAL", &stmt, e);

    if (rc == RC_OK) {
        int code = sqlite3_step(stmt);
        const char *mode = code == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;

        rc = answer(d, code, e);
        if (rc == RC_OK && (mode == NULL || strcmp(mode, "wal") != 0))
            rc = say(d, RC_IO, "its file system cannot keep a write-ahead log; put it on a local disk", e);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

static enum rc set_up_writer(struct db *d, bool full_sync, struct err *e)
{
    char limit[60];
    enum rc rc;

    (void)sqlite3_extended_result_codes(d->conn, 1);
    (void)sqlite3_busy_timeout(d->conn, BUSY_MS);
    (void)snprintf(limit, sizeof limit, "PRAGMA journal_size_limit = %d", WAL_SIZE_LIMIT);
    rc = switch_to_wal(d, e);
    if (rc == RC_OK)
        rc = run(d, full_sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", e);
    return rc == RC_OK ? run(d, limit, e) : rc;
}

static enum rc open_connection(struct db *d, const char *name, int flags, struct err *e)
{
    return answer(d, sqlite3_open_v2(name, &d->conn, flags | SQLITE_OPEN_NOMUTEX, NULL), e);
}

static enum rc open_write(struct db *d, bool full_sync, struct err *e)
{
    enum rc rc = dbfile_prepare(d->path, e);

    if (rc == RC_OK)
        rc = open_connection(d, d->path, SQLITE_OPEN_READWRITE, e);
    if (rc == RC_OK)
        rc = set_up_writer(d, full_sync, e);
    if (rc == RC_OK)
        rc = migrate(d, e);
    if (rc == RC_OK)
        rc = prepare(d, schema_insert, &d->insert, e);
    d->opened = dbfile_identify(d->path);
    return rc;
}

enum rc db_open_write(const char *path, bool full_sync, struct db **out, struct err *e)
{
    enum rc rc = db_new(path, out, e);

    if (rc != RC_OK)
        return rc;
    rc = open_write(*out, full_sync, e);
    if (rc != RC_OK) {
        db_close(*out);
        *out = NULL;
    }
    return rc;
}

/*
 * Without a -wal nobody writes, and SQLite would have to create one to read:
 * then the file is taken as it stands (immutable=1).
 */
static enum rc open_connection_ro(struct db *d, struct err *e)
{
    char mem[3 * DBFILE_PATH_MAX + 40];
    struct strbuf uri = STRBUF_ON(mem);

    strbuf_puts(&uri, "file:");
    for (const char *p = d->path; *p != '\0'; p++) {
        if (*p == '%' || *p == '?' || *p == '#')
            strbuf_putf(&uri, "%%%02x", (unsigned char)*p);
        else
            strbuf_putc(&uri, *p);
    }
    strbuf_puts(&uri, d->opened.has_wal ? "?mode=ro" : "?mode=ro&immutable=1");
    return open_connection(d, uri.p, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, e);
}

static enum rc open_read(struct db *d, struct err *e)
{
    int64_t version;
    enum rc rc = dbfile_readable(d->path, e);

    if (rc != RC_OK)
        return rc;
    d->opened = dbfile_identify(d->path);
    rc = open_connection_ro(d, e);
    if (rc != RC_OK)
        return rc;
    (void)sqlite3_extended_result_codes(d->conn, 1);
    (void)sqlite3_busy_timeout(d->conn, BUSY_MS);
    rc = check_ours(d, &version, e);
    if (rc == RC_OK && (version < SCHEMA_VERSION || !has_all_columns(d)))
        rc = say(d, RC_BAD, "was written by an older program; restart assay-milter, which migrates it", e);
    return rc == RC_OK ? prepare(d, schema_find, &d->find, e) : rc;
}

enum rc db_open_read(const char *path, struct db **out, struct err *e)
{
    enum rc rc = db_new(path, out, e);

    if (rc != RC_OK)
        return rc;
    rc = open_read(*out, e);
    if (rc != RC_OK) {
        db_close(*out);
        *out = NULL;
    }
    return rc;
}

void db_close(struct db *d)
{
    if (d == NULL)
        return;
    (void)sqlite3_finalize(d->insert);
    (void)sqlite3_finalize(d->find);
    (void)sqlite3_close_v2(d->conn);
    free(d);
}

bool db_moved(const struct db *d)
{
    struct dbfile_id now = dbfile_identify(d->path);

    return !dbfile_same(&d->opened, &now);
}

/* ---- writing ---- */

static int bind_row(sqlite3_stmt *stmt, const struct record *r)
{
    int code = SQLITE_OK;

    for (int i = 0; code == SQLITE_OK && i < SCHEMA_COLUMNS; i++) {
        const char *field = (const char *)r + schema_column[i].offset;

        if (schema_column[i].is_text)
            code = sqlite3_bind_text(stmt, i + 1, *(const char *const *)(const void *)field, -1,
                                     SQLITE_STATIC);
        else
            code = sqlite3_bind_int64(stmt, i + 1, *(const int64_t *)(const void *)field);
    }
    return code;
}

static enum rc insert_row(struct db *d, const struct record *r, struct err *e)
{
    int code = bind_row(d->insert, r);

    if (code == SQLITE_OK)
        code = sqlite3_step(d->insert);
    (void)sqlite3_reset(d->insert);
    return answer(d, code, e);
}

enum rc db_insert(struct db *d, const struct record *const *rows, size_t n, struct err *e)
{
    enum rc rc = run(d, "BEGIN IMMEDIATE", e);

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        rc = insert_row(d, rows[i], e);
    if (rc == RC_OK)
        rc = run(d, "COMMIT", e);
    if (rc != RC_OK)
        roll_back(d);
    return rc;
}

enum rc db_note_run(struct db *d, struct err *e)
{
    sqlite3_stmt *stmt = NULL;
    enum rc rc = prepare(d, schema_note_run, &stmt, e);

    if (rc == RC_OK) {
        (void)sqlite3_bind_int64(stmt, 1, clock_wall_ms());
        (void)sqlite3_bind_text(stmt, 2, ASSAY_VERSION, -1, SQLITE_STATIC);
        rc = answer(d, sqlite3_step(stmt), e);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

/* ---- reading ---- */

/* A message-id's angle brackets are not part of it, RFC 5322 section 3.6.4. */
static struct str without_brackets(struct str key)
{
    bool bracketed = key.n > 2 && key.p[0] == '<' && key.p[key.n - 1] == '>';

    return bracketed ? str_slice(key, 1, key.n - 1) : key;
}

static bool read_row(struct arena *a, sqlite3_stmt *stmt, struct record *r)
{
    for (int i = 0; i < SCHEMA_COLUMNS; i++) {
        char *field = (char *)r + schema_column[i].offset;

        if (schema_column[i].is_text) {
            const char *text = (const char *)sqlite3_column_text(stmt, i + 1);
            char *copy = str_dup(a, str_of(text));

            if (copy == NULL)
                return false;
            memcpy(field, &copy, sizeof copy);
        } else {
            int64_t value = sqlite3_column_int64(stmt, i + 1);

            memcpy(field, &value, sizeof value);
        }
    }
    return true;
}

static enum rc read_rows(struct db *d, struct arena *a, size_t max, struct record *rows, size_t *n,
                         struct err *e)
{
    int code;

    while ((code = sqlite3_step(d->find)) == SQLITE_ROW && *n < max)
        if (!read_row(a, d->find, &rows[(*n)++]))
            return say(d, RC_NOMEM, "no memory for what was found", e);
    return answer(d, code, e);
}

enum rc db_find(struct db *d, struct arena *a, struct str key, size_t max, struct record **out, size_t *n,
                struct err *e)
{
    struct str id = without_brackets(key);
    enum rc rc;

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (*out == NULL)
        return say(d, RC_NOMEM, "no memory for what was found", e);
    (void)sqlite3_bind_text(d->find, 1, key.p, (int)key.n, SQLITE_STATIC);
    (void)sqlite3_bind_text(d->find, 2, id.p, (int)id.n, SQLITE_STATIC);
    (void)sqlite3_bind_int64(d->find, 3, (int64_t)max);
    rc = read_rows(d, a, max, *out, n, e);
    (void)sqlite3_reset(d->find);
    (void)sqlite3_clear_bindings(d->find);
    return rc;
}
