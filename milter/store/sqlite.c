#include "store/sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/dbfile.h"
#include "store/migrate.h"

enum {
    BUSY_MS = 2000,            /* how long to wait for another writer */
    WAL_SIZE_LIMIT = 64 << 20, /* bytes the log may keep once it was checkpointed */
    STATEMENTS_MAX = 64        /* different texts; every one is a constant of this folder */
};

struct statement {
    struct db *db;
    const char *sql;
    sqlite3_stmt *stmt;
    int code; /* of the last bind or step that went wrong; SQLITE_OK */
};

struct db {
    sqlite3 *conn;
    struct statement statement[STATEMENTS_MAX];
    size_t statements;
    char path[DBFILE_PATH_MAX];
    struct dbfile_id opened;
};

/* ---- errors ---- */

const char *db_path(const struct db *d)
{
    return d->path;
}

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

enum rc db_run(struct db *d, const char *sql, struct err *e)
{
    return answer(d, sqlite3_exec(d->conn, sql, NULL, NULL, NULL), e);
}

void db_set_patient(struct db *d, bool patient)
{
    (void)sqlite3_busy_timeout(d->conn, patient ? BUSY_MS : 0);
}

void db_roll_back(struct db *d)
{
    if (sqlite3_get_autocommit(d->conn) == 0)
        (void)sqlite3_exec(d->conn, "ROLLBACK", NULL, NULL, NULL);
}

int64_t db_changes(const struct db *d)
{
    return sqlite3_changes64(d->conn);
}

int64_t db_last_id(const struct db *d)
{
    return sqlite3_last_insert_rowid(d->conn);
}

bool db_has_column(struct db *d, const char *table, const char *column)
{
    return sqlite3_table_column_metadata(d->conn, NULL, table, column, NULL, NULL, NULL, NULL, NULL) == SQLITE_OK;
}

/* ---- statements ---- */

static enum rc prepare(struct db *d, const char *sql, struct statement *s, struct err *e)
{
    *s = (struct statement){.db = d, .sql = sql, .code = SQLITE_OK};
    return answer(d, sqlite3_prepare_v3(d->conn, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL), e);
}

enum rc db_statement(struct db *d, const char *sql, struct statement **out, struct err *e)
{
    struct statement *s = d->statement;
    enum rc rc;

    for (*out = NULL; s < d->statement + d->statements; s++) {
        if (s->sql == sql) {
            statement_reset(s);
            *out = s;
            return RC_OK;
        }
    }
    MUST(d->statements < STATEMENTS_MAX);
    rc = prepare(d, sql, s, e);
    if (rc != RC_OK)
        return rc;
    d->statements++;
    *out = s;
    return RC_OK;
}

static void bound(struct statement *s, int code)
{
    if (s->code == SQLITE_OK)
        s->code = code;
}

void statement_bind_text(struct statement *s, int at, struct str text)
{
    bound(s, sqlite3_bind_text64(s->stmt, at, text.p, text.n, SQLITE_STATIC, SQLITE_UTF8));
}

void statement_bind_int(struct statement *s, int at, int64_t value)
{
    bound(s, sqlite3_bind_int64(s->stmt, at, value));
}

void statement_bind_blob(struct statement *s, int at, struct str bytes)
{
    bound(s, sqlite3_bind_blob64(s->stmt, at, bytes.p, bytes.n, SQLITE_STATIC));
}

enum rc statement_next(struct statement *s, bool *row, struct err *e)
{
    int code = s->code;

    if (code == SQLITE_OK)
        code = sqlite3_step(s->stmt);
    *row = code == SQLITE_ROW;
    if (*row)
        return RC_OK;
    (void)sqlite3_reset(s->stmt);
    return answer(s->db, code, e);
}

enum rc statement_run(struct statement *s, struct err *e)
{
    bool row = true;
    enum rc rc = RC_OK;

    while (rc == RC_OK && row)
        rc = statement_next(s, &row, e);
    statement_reset(s);
    return rc;
}

int64_t statement_int(const struct statement *s, int column)
{
    return sqlite3_column_int64(s->stmt, column);
}

struct str statement_text(const struct statement *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s->stmt, column);

    return text == NULL ? STR_NONE : (struct str){text, (size_t)sqlite3_column_bytes(s->stmt, column)};
}

struct str statement_blob(const struct statement *s, int column)
{
    const void *bytes = sqlite3_column_blob(s->stmt, column);

    return bytes == NULL ? STR_NONE : (struct str){bytes, (size_t)sqlite3_column_bytes(s->stmt, column)};
}

void statement_reset(struct statement *s)
{
    (void)sqlite3_reset(s->stmt);
    (void)sqlite3_clear_bindings(s->stmt);
    s->code = SQLITE_OK;
}

enum rc db_ask(struct db *d, const char *sql, int64_t *out, struct err *e)
{
    struct statement s;
    bool row = false;
    enum rc rc = prepare(d, sql, &s, e);

    *out = 0;
    if (rc == RC_OK)
        rc = statement_next(&s, &row, e);
    if (row)
        *out = statement_int(&s, 0);
    (void)sqlite3_finalize(s.stmt);
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
    struct statement s;
    bool row = false;
    enum rc rc = prepare(d, "PRAGMA journal_mode = WAL", &s, e);

    if (rc == RC_OK)
        rc = statement_next(&s, &row, e);
    if (rc == RC_OK && (!row || !str_eq(statement_text(&s, 0), STR("wal"))))
        rc = say(d, RC_IO, "its file system cannot keep a write-ahead log; put it on a local disk", e);
    (void)sqlite3_finalize(s.stmt);
    return rc;
}

static enum rc set_up_writer(struct db *d, bool full_sync, struct err *e)
{
    /* rows taken out are not overwritten with zeros at the price of writing their pages: Debian's default would */
    static const char secure_delete[] = "PRAGMA secure_delete = FAST";
    char limit[60];
    enum rc rc;

    (void)sqlite3_extended_result_codes(d->conn, 1);
    (void)sqlite3_busy_timeout(d->conn, BUSY_MS);
    (void)snprintf(limit, sizeof limit, "PRAGMA journal_size_limit = %d", WAL_SIZE_LIMIT);
    rc = switch_to_wal(d, e);
    if (rc == RC_OK)
        rc = db_run(d, full_sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", e);
    if (rc == RC_OK)
        rc = db_run(d, limit, e);
    return rc == RC_OK ? db_run(d, secure_delete, e) : rc;
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
        rc = migrate_up(d, e);
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
    enum rc rc = dbfile_readable(d->path, e);

    if (rc != RC_OK)
        return rc;
    d->opened = dbfile_identify(d->path);
    rc = open_connection_ro(d, e);
    if (rc != RC_OK)
        return rc;
    (void)sqlite3_extended_result_codes(d->conn, 1);
    (void)sqlite3_busy_timeout(d->conn, BUSY_MS);
    return migrate_check(d, e);
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

enum rc db_open_scratch(struct db **out, struct err *e)
{
    enum rc rc = db_new("temporary database", out, e);

    if (rc != RC_OK)
        return rc;
    rc = open_connection(*out, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e); /* "": a file of its own, unlinked */
    if (rc == RC_OK)
        rc = db_run(*out, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;"
                    "PRAGMA cache_size = -8000; PRAGMA threads = 1", e);
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
    for (size_t i = 0; i < d->statements; i++)
        (void)sqlite3_finalize(d->statement[i].stmt);
    (void)sqlite3_close_v2(d->conn);
    free(d);
}

bool db_moved(const struct db *d)
{
    struct dbfile_id now = dbfile_identify(d->path);

    return !dbfile_same(&d->opened, &now);
}
