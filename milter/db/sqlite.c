#include "db/sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/dbfile.h"
#include "db/engine.h"
#include "db/locked.h"

enum {
    BUSY_MS = 2000,            /* how long to wait for another writer */
    WAL_SIZE_LIMIT = 16 << 20  /* bytes the log may keep once it was checkpointed */
};

struct sqlite_statement {
    struct statement in; /* first */
    sqlite3_stmt *stmt;
    int code; /* of the last bind or step that went wrong; SQLITE_OK */
};

struct sqlite {
    struct db in; /* first */
    sqlite3 *conn;
    sqlite3_stmt *begin, *commit; /* of each transaction that writes; NULL until the first */
    char path[DBFILE_PATH_MAX];
    struct dbfile_id opened;
    int64_t opened_s;    /* when, seconds since the epoch; of one for reading */
    int64_t deadline_ms; /* of clock_mono_ms; 0 none */
};

static struct sqlite *sqlite_of(struct db *d)
{
    return (struct sqlite *)(void *)d;
}

static const struct sqlite *sqlite_of_const(const struct db *d)
{
    return (const struct sqlite *)(const void *)d;
}

/* ---- errors ---- */

static enum rc sqlite_say(const struct sqlite *d, enum rc rc, const char *what, struct err *e)
{
    return err_set(e, rc, "%s: %s", d->path, what);
}

/* What stays as it is until somebody changes it; the rest may pass. */
static enum rc sqlite_cannot_open(int os)
{
    return os == EACCES || os == EPERM || os == EISDIR || os == ENOTDIR || os == EROFS || os == ELOOP ? RC_IO : RC_TEMP;
}

/* What SQLite said, as a sentence with a remedy. */
static enum rc sqlite_failed(const struct sqlite *d, int code, struct err *e)
{
    int os = d->conn == NULL ? 0 : sqlite3_system_errno(d->conn);

    switch (code & 0xff) {
    case SQLITE_FULL:
        return sqlite_say(d, RC_TEMP, "no space left on its disk; free some", e);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: /* somebody holds a lock that others only touch */
        return sqlite_say(d, RC_TEMP, LOCKED_WORDS, e);
    case SQLITE_READONLY:
        return sqlite_say(d, code == SQLITE_READONLY_DBMOVED ? RC_TEMP : RC_IO,
                          "may only be read; give file and folder to the user of the service", e);
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
        return err_set(e, sqlite_cannot_open(os), "%s: cannot be opened%s%s; check its folder and the permissions",
                       d->path, os != 0 ? ": " : "", os != 0 ? strerror(os) : "");
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

static enum rc sqlite_answer(const struct sqlite *d, int code, struct err *e)
{
    return code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW ? RC_OK : sqlite_failed(d, code, e);
}

/* ---- small steps ---- */

static enum rc sqlite_run(struct db *db, const char *sql, struct err *e)
{
    return sqlite_answer(sqlite_of(db), sqlite3_exec(sqlite_of(db)->conn, sql, NULL, NULL, NULL), e);
}

/* A statement that answers nothing, compiled the first time. */
static enum rc sqlite_run_again(struct db *db, sqlite3_stmt **s, const char *sql, struct err *e)
{
    struct sqlite *d = sqlite_of(db);
    int code = *s != NULL ? SQLITE_OK : sqlite3_prepare_v3(d->conn, sql, -1, SQLITE_PREPARE_PERSISTENT, s, NULL);

    code = code == SQLITE_OK ? sqlite3_step(*s) : code;
    (void)sqlite3_reset(*s);
    return sqlite_answer(d, code, e);
}

static enum rc sqlite_begin(struct db *db, struct err *e)
{
    return sqlite_run_again(db, &sqlite_of(db)->begin, "BEGIN IMMEDIATE", e);
}

static enum rc sqlite_begin_reading(struct db *db, struct err *e)
{
    return sqlite_run(db, "BEGIN", e);
}

static enum rc sqlite_commit(struct db *db, struct err *e)
{
    return sqlite_run_again(db, &sqlite_of(db)->commit, "COMMIT", e);
}

static void sqlite_set_wait(struct db *db, int ms)
{
    (void)sqlite3_busy_timeout(sqlite_of(db)->conn, ms);
}

static int sqlite_deadline_passed(void *arg)
{
    const struct sqlite *d = arg;

    return clock_mono_ms() > d->deadline_ms;
}

static void sqlite_set_deadline(struct db *db, int64_t mono_ms)
{
    enum { STEPS = 10000 }; /* of SQLite's virtual machine, well under a millisecond */
    struct sqlite *d = sqlite_of(db);

    d->deadline_ms = mono_ms;
    sqlite3_progress_handler(d->conn, mono_ms == 0 ? 0 : STEPS, mono_ms == 0 ? NULL : sqlite_deadline_passed, d);
}

static enum rc sqlite_cache(struct db *db, int kib, struct err *e)
{
    char sql[60];

    (void)snprintf(sql, sizeof sql, "PRAGMA cache_size = -%d", kib);
    return sqlite_run(db, sql, e);
}

static void sqlite_roll_back(struct db *db)
{
    struct sqlite *d = sqlite_of(db);

    if (sqlite3_get_autocommit(d->conn) == 0)
        (void)sqlite3_exec(d->conn, "ROLLBACK", NULL, NULL, NULL);
}

static int64_t sqlite_changes(const struct db *db)
{
    return sqlite3_changes64(sqlite_of_const(db)->conn);
}

static int64_t sqlite_last_id(const struct db *db)
{
    return sqlite3_last_insert_rowid(sqlite_of_const(db)->conn);
}

static bool sqlite_has_column(struct db *db, const char *table, const char *column)
{
    return sqlite3_table_column_metadata(sqlite_of(db)->conn, NULL, table, column, NULL, NULL, NULL, NULL, NULL) ==
           SQLITE_OK;
}

/* ---- statements ---- */

static struct sqlite_statement *sqlite_statement_of(struct statement *s)
{
    return (struct sqlite_statement *)(void *)s;
}

static sqlite3_stmt *sqlite_stmt(const struct statement *s)
{
    return ((const struct sqlite_statement *)(const void *)s)->stmt;
}

static enum rc sqlite_compile(struct sqlite *d, const char *sql, struct sqlite_statement *s, struct err *e)
{
    *s = (struct sqlite_statement){.in = {.db = &d->in, .sql = sql}, .code = SQLITE_OK};
    return sqlite_answer(d, sqlite3_prepare_v3(d->conn, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL), e);
}

static enum rc sqlite_prepare(struct db *db, const char *sql, struct statement **out, struct err *e)
{
    struct sqlite_statement *s = malloc(sizeof *s);
    enum rc rc = s == NULL ? err_set(e, RC_NOMEM, "%s: no memory to ask it", db->path)
                           : sqlite_compile(sqlite_of(db), sql, s, e);

    *out = rc == RC_OK ? &s->in : NULL;
    if (rc != RC_OK)
        free(s);
    return rc;
}

static void sqlite_finish(struct statement *s)
{
    (void)sqlite3_finalize(sqlite_stmt(s));
    free(s);
}

static void sqlite_bound(struct statement *st, int code)
{
    struct sqlite_statement *s = sqlite_statement_of(st);

    if (s->code == SQLITE_OK)
        s->code = code;
}

static void sqlite_bind_text(struct statement *s, int at, struct str text)
{
    sqlite_bound(s, sqlite3_bind_text64(sqlite_stmt(s), at, text.p, text.n, SQLITE_STATIC, SQLITE_UTF8));
}

static void sqlite_bind_int(struct statement *s, int at, int64_t value)
{
    sqlite_bound(s, sqlite3_bind_int64(sqlite_stmt(s), at, value));
}

static void sqlite_bind_blob(struct statement *s, int at, struct str bytes)
{
    sqlite_bound(s, sqlite3_bind_blob64(sqlite_stmt(s), at, bytes.p, bytes.n, SQLITE_STATIC));
}

static enum rc sqlite_next(struct statement *st, bool *row, struct err *e)
{
    struct sqlite_statement *s = sqlite_statement_of(st);
    int code = s->code;

    if (code == SQLITE_OK)
        code = sqlite3_step(s->stmt);
    *row = code == SQLITE_ROW;
    if (*row)
        return RC_OK;
    (void)sqlite3_reset(s->stmt);
    return sqlite_answer(sqlite_of(st->db), code, e);
}

static int64_t sqlite_read_int(const struct statement *s, int column)
{
    return sqlite3_column_int64(sqlite_stmt(s), column);
}

static struct str sqlite_read_text(const struct statement *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(sqlite_stmt(s), column);

    return text == NULL ? STR_NONE : (struct str){text, (size_t)sqlite3_column_bytes(sqlite_stmt(s), column)};
}

static struct str sqlite_read_blob(const struct statement *s, int column)
{
    const void *bytes = sqlite3_column_blob(sqlite_stmt(s), column);

    return bytes == NULL ? STR_NONE : (struct str){bytes, (size_t)sqlite3_column_bytes(sqlite_stmt(s), column)};
}

static void sqlite_reset(struct statement *s)
{
    (void)sqlite3_reset(sqlite_stmt(s));
    (void)sqlite3_clear_bindings(sqlite_stmt(s));
    sqlite_statement_of(s)->code = SQLITE_OK;
}

static enum rc sqlite_ask(struct db *db, const char *sql, int64_t *out, struct err *e)
{
    struct sqlite_statement s;
    bool row = false;
    enum rc rc = sqlite_compile(sqlite_of(db), sql, &s, e);

    *out = 0;
    if (rc == RC_OK)
        rc = sqlite_next(&s.in, &row, e);
    if (row)
        *out = sqlite_read_int(&s.in, 0);
    (void)sqlite3_finalize(s.stmt);
    return rc;
}

/* ---- as an engine ---- */

static void sqlite_close(struct db *db)
{
    struct sqlite *d = sqlite_of(db);

    (void)sqlite3_finalize(d->begin);
    (void)sqlite3_finalize(d->commit);
    (void)sqlite3_close_v2(d->conn);
    free(d);
}

static bool sqlite_moved(const struct db *db)
{
    const struct sqlite *d = sqlite_of_const(db);
    struct dbfile_id now = dbfile_identify(d->path);

    /* an open database has a header at least */
    return !dbfile_same(&d->opened, &now) || (now.has_file && now.file.st_size == 0);
}

static const char *sqlite_settle_moved(const struct db *db)
{
    const struct sqlite *d = sqlite_of_const(db);

    if (dbfile_is_empty(d->path)) {
        dbfile_set_aside(d->path);
        return "truncated to nothing while in use; what was left of it is set aside as .truncated";
    }
    if (dbfile_set_old_log_aside(d->path, &d->opened))
        return "replaced while in use; the log of the file before is set aside as .replaced-wal";
    return "deleted or replaced while in use";
}

static const struct db_functions sqlite_functions = {
    .engine = DB_SQLITE, .close = sqlite_close, .moved = sqlite_moved, .settle_moved = sqlite_settle_moved,
    .set_wait = sqlite_set_wait, .set_deadline = sqlite_set_deadline, .cache = sqlite_cache, .run = sqlite_run,
    .ask = sqlite_ask, .begin = sqlite_begin, .begin_reading = sqlite_begin_reading, .commit = sqlite_commit,
    .roll_back = sqlite_roll_back, .changes = sqlite_changes, .last_id = sqlite_last_id,
    .has_column = sqlite_has_column, .prepare = sqlite_prepare, .finish = sqlite_finish,
    .bind_text = sqlite_bind_text, .bind_int = sqlite_bind_int, .bind_blob = sqlite_bind_blob, .next = sqlite_next,
    .reset = sqlite_reset, .read_int = sqlite_read_int, .read_text = sqlite_read_text, .read_blob = sqlite_read_blob,
};

bool db_is_frozen(const struct db *d)
{
    const struct sqlite *s = d->does->engine == DB_SQLITE ? sqlite_of_const(d) : NULL;

    return s != NULL && !s->opened.has_wal && !dbfile_is_unchanged(s->path, &s->opened, s->opened_s);
}

void sqlite_interrupt(struct db *d)
{
    sqlite3_interrupt(sqlite_of(d)->conn);
}

int64_t db_log_bytes(const struct db *d)
{
    return d->does->engine == DB_SQLITE ? dbfile_log_bytes(d->path) : 0;
}

/* ---- opening ---- */

static enum rc sqlite_new(const char *path, struct sqlite **out, struct err *e)
{
    struct sqlite *d = calloc(1, sizeof *d);

    *out = NULL;
    if (d == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to open it", path);
    if (strlen(path) >= sizeof d->path) {
        free(d);
        return err_set(e, RC_BAD, "the path of the database is longer than %d bytes; shorten it",
                       DBFILE_PATH_MAX - 1);
    }
    memcpy(d->path, path, strlen(path) + 1);
    d->in = (struct db){.does = &sqlite_functions, .path = d->path};
    *out = d;
    return RC_OK;
}

static enum rc switch_to_wal(struct sqlite *d, struct err *e)
{
    struct sqlite_statement s;
    bool row = false;
    enum rc rc = sqlite_compile(d, "PRAGMA journal_mode = WAL", &s, e);

    if (rc == RC_OK)
        rc = sqlite_next(&s.in, &row, e);
    if (rc == RC_OK && (!row || !str_eq(sqlite_read_text(&s.in, 0), STR("wal"))))
        rc = sqlite_say(d, RC_IO, "its file system cannot keep a write-ahead log; put it on a local disk", e);
    (void)sqlite3_finalize(s.stmt);
    return rc;
}

static enum rc set_up_writer(struct sqlite *d, bool full_sync, struct err *e)
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
        rc = sqlite_run(&d->in, full_sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", e);
    if (rc == RC_OK)
        rc = sqlite_run(&d->in, limit, e);
    return rc == RC_OK ? sqlite_run(&d->in, secure_delete, e) : rc;
}

static enum rc open_connection(struct sqlite *d, const char *name, int flags, struct err *e)
{
    return sqlite_answer(d, sqlite3_open_v2(name, &d->conn, flags | SQLITE_OPEN_NOMUTEX, NULL), e);
}

/* Hands it over, or closes what could not be opened. */
static enum rc sqlite_end_opening(struct sqlite *d, enum rc rc, struct db **out)
{
    *out = rc == RC_OK ? &d->in : NULL;
    if (rc != RC_OK)
        sqlite_close(&d->in);
    return rc;
}

enum rc sqlite_open_write(const char *path, bool full_sync, struct db **out, struct err *e)
{
    struct sqlite *d;
    enum rc rc = sqlite_new(path, &d, e);

    *out = NULL;
    if (rc != RC_OK)
        return rc;
    rc = dbfile_prepare(d->path, e);
    if (rc == RC_OK)
        rc = open_connection(d, d->path, SQLITE_OPEN_READWRITE, e);
    if (rc == RC_OK)
        rc = set_up_writer(d, full_sync, e);
    return sqlite_end_opening(d, rc, out);
}

void sqlite_note_files(struct db *db)
{
    sqlite_of(db)->opened = dbfile_identify(db->path);
}

/*
 * Without a -wal nobody writes, and SQLite would have to create one to read:
 * then the file is taken as it stands (immutable=1).
 */
static enum rc open_connection_ro(struct sqlite *d, struct err *e)
{
    char mem[3 * DBFILE_PATH_MAX + 40];
    struct strbuf uri = STRBUF_ON(mem);

    dbfile_uri(d->path, &uri);
    strbuf_puts(&uri, d->opened.has_wal ? "?mode=ro" : "?mode=ro&immutable=1");
    return open_connection(d, uri.p, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, e);
}

enum rc sqlite_open_read(const char *path, struct db **out, struct err *e)
{
    struct sqlite *d;
    enum rc rc = sqlite_new(path, &d, e);

    *out = NULL;
    if (rc != RC_OK)
        return rc;
    rc = dbfile_readable(d->path, e);
    if (rc == RC_OK) {
        d->opened_s = clock_wall_ms() / 1000;
        d->opened = dbfile_identify(d->path);
        rc = open_connection_ro(d, e);
    }
    if (rc == RC_OK) {
        (void)sqlite3_extended_result_codes(d->conn, 1);
        (void)sqlite3_busy_timeout(d->conn, BUSY_MS);
    }
    return sqlite_end_opening(d, rc, out);
}

enum rc db_open_scratch(struct db **out, struct err *e)
{
    struct sqlite *d;
    enum rc rc = sqlite_new("temporary database", &d, e);

    *out = NULL;
    if (rc != RC_OK)
        return rc;
    rc = open_connection(d, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e); /* "": a file of its own, unlinked */
    if (rc == RC_OK)
        rc = sqlite_run(&d->in, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;"
                        "PRAGMA cache_size = -6000; PRAGMA threads = 1", e);
    return sqlite_end_opening(d, rc, out);
}
