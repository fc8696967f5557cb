#include "db/sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/dbfile.h"
#include "db/migrate.h"

enum {
    BUSY_MS = 2000,            /* how long to wait for another writer */
    WAL_SIZE_LIMIT = 16 << 20  /* bytes the log may keep once it was checkpointed */
};

struct statement {
    struct db *db;
    const char *sql;
    sqlite3_stmt *stmt;
    int code; /* of the last bind or step that went wrong; SQLITE_OK */
    struct statement *next;
};

struct db {
    sqlite3 *conn;
    struct statement *statements; /* one for each constant text; the last that was compiled first */
    char path[DBFILE_PATH_MAX];
    struct dbfile_id opened;
    int64_t opened_s;    /* when, seconds since the epoch; of one for reading */
    int64_t deadline_ms; /* of clock_mono_ms; 0 none */
};

/* ---- errors ---- */

const char *db_path(const struct db *d)
{
    return d->path;
}

static enum rc sqlite_say(const struct db *d, enum rc rc, const char *what, struct err *e)
{
    return err_set(e, rc, "%s: %s", d->path, what);
}

/* What stays as it is until somebody changes it; the rest may pass. */
static enum rc db_cannot_open(int os)
{
    return os == EACCES || os == EPERM || os == EISDIR || os == ENOTDIR || os == EROFS || os == ELOOP ? RC_IO : RC_TEMP;
}

static const char locked_words[] = "locked by another program; end that program's transaction";

bool db_is_lock(const struct err *e)
{
    size_t n = strlen(e->text), words = sizeof locked_words - 1;

    return n >= words && strcmp(e->text + n - words, locked_words) == 0;
}

/* What SQLite said, as a sentence with a remedy. */
static enum rc sqlite_failed(const struct db *d, int code, struct err *e)
{
    int os = d->conn == NULL ? 0 : sqlite3_system_errno(d->conn);

    switch (code & 0xff) {
    case SQLITE_FULL:
        return sqlite_say(d, RC_TEMP, "no space left on its disk; free some", e);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: /* somebody holds a lock that others only touch */
        return sqlite_say(d, RC_TEMP, locked_words, e);
    case SQLITE_READONLY:
        return sqlite_say(d, code == SQLITE_READONLY_DBMOVED ? RC_TEMP : RC_IO,
                          "may only be read; give file and folder to the user of the service", e);
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
        return err_set(e, db_cannot_open(os), "%s: cannot be opened%s%s; check its folder and the permissions", d->path,
                       os != 0 ? ": " : "", os != 0 ? strerror(os) : "");
    case SQLITE_IOERR:
        return err_set(e, RC_TEMP, "%s: input/output error%s%s; check the disk", d->path, os != 0 ? ": " : "",
                       os != 0 ? strerror(os) : "");
    case SQLITE_NOTADB:
        return sqlite_say(d, RC_BAD, "is not an SQLite database; move it away, or set Database to another file", e);
    case SQLITE_CORRUPT:
        return sqlite_say(d, RC_BAD, "is damaged; move it away, or restore it from a backup", e);
    case SQLITE_INTERRUPT:
        return sqlite_say(d, RC_LIMIT, "this question took too long", e);
    case SQLITE_NOMEM:
        return sqlite_say(d, RC_NOMEM, "no memory", e);
    default:
        return err_set(e, RC_INTERNAL, "%s: %s (SQLite code %d)", d->path,
                       d->conn == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(d->conn), code);
    }
}

static enum rc sqlite_answer(const struct db *d, int code, struct err *e)
{
    return code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW ? RC_OK : sqlite_failed(d, code, e);
}

/* ---- small steps ---- */

enum rc db_run(struct db *d, const char *sql, struct err *e)
{
    return sqlite_answer(d, sqlite3_exec(d->conn, sql, NULL, NULL, NULL), e);
}

void db_set_wait(struct db *d, int ms)
{
    (void)sqlite3_busy_timeout(d->conn, ms);
}

static int deadline_passed(void *arg)
{
    return clock_mono_ms() > ((const struct db *)arg)->deadline_ms;
}

void db_set_deadline(struct db *d, int64_t mono_ms)
{
    enum { STEPS = 10000 }; /* of SQLite's virtual machine, well under a millisecond */

    d->deadline_ms = mono_ms;
    sqlite3_progress_handler(d->conn, mono_ms == 0 ? 0 : STEPS, mono_ms == 0 ? NULL : deadline_passed, d);
}

enum rc db_cache(struct db *d, int kib, struct err *e)
{
    char sql[60];

    (void)snprintf(sql, sizeof sql, "PRAGMA cache_size = -%d", kib);
    return db_run(d, sql, e);
}

void db_roll_back(struct db *d)
{
    if (sqlite3_get_autocommit(d->conn) == 0)
        (void)sqlite3_exec(d->conn, "ROLLBACK", NULL, NULL, NULL);
}

void db_end_reading(struct db *d)
{
    for (struct statement *s = d->statements; s != NULL; s = s->next)
        (void)sqlite3_reset(s->stmt);
    db_roll_back(d);
}

void db_interrupt(struct db *d)
{
    sqlite3_interrupt(d->conn);
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

static enum rc sqlite_prepare(struct db *d, const char *sql, struct statement *s, struct err *e)
{
    *s = (struct statement){.db = d, .sql = sql, .code = SQLITE_OK};
    return sqlite_answer(d, sqlite3_prepare_v3(d->conn, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL), e);
}

enum rc db_statement(struct db *d, const char *sql, struct statement **out, struct err *e)
{
    struct statement *s = d->statements;
    enum rc rc;

    *out = NULL;
    while (s != NULL && s->sql != sql)
        s = s->next;
    if (s != NULL) {
        statement_reset(s);
        *out = s;
        return RC_OK;
    }
    s = malloc(sizeof *s);
    rc = s == NULL ? err_set(e, RC_NOMEM, "%s: no memory to ask it", d->path) : sqlite_prepare(d, sql, s, e);
    if (rc != RC_OK) {
        free(s);
        return rc;
    }
    s->next = d->statements;
    d->statements = *out = s;
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
    return sqlite_answer(s->db, code, e);
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
    if (s == NULL)
        return;
    (void)sqlite3_reset(s->stmt);
    (void)sqlite3_clear_bindings(s->stmt);
    s->code = SQLITE_OK;
}

enum rc db_ask(struct db *d, const char *sql, int64_t *out, struct err *e)
{
    struct statement s;
    bool row = false;
    enum rc rc = sqlite_prepare(d, sql, &s, e);

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
    enum rc rc = sqlite_prepare(d, "PRAGMA journal_mode = WAL", &s, e);

    if (rc == RC_OK)
        rc = statement_next(&s, &row, e);
    if (rc == RC_OK && (!row || !str_eq(statement_text(&s, 0), STR("wal"))))
        rc = sqlite_say(d, RC_IO, "its file system cannot keep a write-ahead log; put it on a local disk", e);
    (void)sqlite3_finalize(s.stmt);
    return rc;
}

static enum rc set_up_writer(struct db *d, bool full_sync, struct err *e)
{
    /* rows taken out are not overwritten with zeros at the price of writing their pages: Debian's default would */
    static const char secure_delete[] = "PRAGMA secure_delete = FAST";
    char limit[60];
    int stay = dbfile_is_shared(d->path);
    enum rc rc;

    if (stay)
        (void)sqlite3_file_control(d->conn, "main", SQLITE_FCNTL_PERSIST_WAL, &stay);
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
    return sqlite_answer(d, sqlite3_open_v2(name, &d->conn, flags | SQLITE_OPEN_NOMUTEX, NULL), e);
}

static enum rc open_write(struct db *d, const struct db_schema *schema, bool full_sync, struct err *e)
{
    enum rc rc = dbfile_prepare(d->path, e);

    if (rc == RC_OK)
        rc = open_connection(d, d->path, SQLITE_OPEN_READWRITE, e);
    if (rc == RC_OK)
        rc = set_up_writer(d, full_sync, e);
    if (rc == RC_OK)
        rc = migrate_up(d, schema, e);
    d->opened = dbfile_identify(d->path);
    return rc;
}

enum rc db_open_write(const char *path, const struct db_schema *schema, bool full_sync, struct db **out, struct err *e)
{
    enum rc rc = db_new(path, out, e);

    if (rc != RC_OK)
        return rc;
    rc = open_write(*out, schema, full_sync, e);
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

    dbfile_uri(d->path, &uri);
    strbuf_puts(&uri, d->opened.has_wal ? "?mode=ro" : "?mode=ro&immutable=1");
    return open_connection(d, uri.p, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, e);
}

static enum rc open_to_read(struct db *d, struct err *e)
{
    enum rc rc = dbfile_readable(d->path, e);

    if (rc != RC_OK)
        return rc;
    d->opened_s = clock_wall_ms() / 1000;
    d->opened = dbfile_identify(d->path);
    rc = open_connection_ro(d, e);
    if (rc != RC_OK)
        return rc;
    (void)sqlite3_extended_result_codes(d->conn, 1);
    (void)sqlite3_busy_timeout(d->conn, BUSY_MS);
    return RC_OK;
}

static enum rc open_read(struct db *d, const struct db_schema *schema, struct err *e)
{
    enum rc rc = open_to_read(d, e);

    return rc == RC_OK ? migrate_check(d, schema, e) : rc;
}

enum rc db_check(const char *path, const struct db_schema *schema, struct err *e)
{
    struct db *d;
    enum rc rc = db_new(path, &d, e);

    if (rc == RC_OK)
        rc = open_to_read(d, e);
    if (rc == RC_OK)
        rc = migrate_known(d, schema, e);
    db_close(d);
    return rc;
}

enum rc db_open_read(const char *path, const struct db_schema *schema, struct db **out, struct err *e)
{
    enum rc rc = db_new(path, out, e);

    if (rc != RC_OK)
        return rc;
    rc = open_read(*out, schema, e);
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
    while (d->statements != NULL) {
        struct statement *s = d->statements;

        d->statements = s->next;
        (void)sqlite3_finalize(s->stmt);
        free(s);
    }
    (void)sqlite3_close_v2(d->conn);
    free(d);
}

bool db_is_frozen(const struct db *d)
{
    return !d->opened.has_wal && !dbfile_is_unchanged(d->path, &d->opened, d->opened_s);
}

bool db_moved(const struct db *d)
{
    struct dbfile_id now = dbfile_identify(d->path);

    /* an open database has a header at least */
    return !dbfile_same(&d->opened, &now) || (now.has_file && now.file.st_size == 0);
}

const char *db_settle_moved(const struct db *d)
{
    if (dbfile_is_empty(d->path)) {
        dbfile_set_aside(d->path);
        return "truncated to nothing while in use; what was left of it is set aside as .truncated";
    }
    if (dbfile_set_old_log_aside(d->path, &d->opened))
        return "replaced while in use; the log of the file before is set aside as .replaced-wal";
    return "deleted or replaced while in use";
}

int64_t db_log_bytes(const struct db *d)
{
    return dbfile_log_bytes(d->path);
}
