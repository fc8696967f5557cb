#include "db/pg_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/dialect.h"
#include "db/engine.h"
#include "db/postgres.h"

enum { PARAMETERS_MAX = 40 };

/* Bytes that live as long as a row (decoded), or as long as parameters (cleaned). */
struct pg_piece {
    struct pg_piece *next;
    char bytes[];
};

struct pg_statement {
    struct statement in; /* first */
    char *sql;           /* as PostgreSQL reads it; its address names it there */
    int parameters;
    uint64_t named; /* as dialect_statement tells */
    bool inserts;
    struct db_value value[PARAMETERS_MAX];
    struct pg_piece *cleaned, *decoded;
    struct pg_rows *rows; /* NULL: it is at its beginning */
    size_t row;           /* the next one */
    bool out_of_memory;   /* for a parameter */
};

struct pg_db {
    struct db in; /* first */
    struct pg *pg;
    int64_t changes, last_id;
    size_t sent; /* statements that may not have been answered yet */
};

static struct pg_db *pg_db_of(struct db *d)
{
    return (struct pg_db *)(void *)d;
}

static const struct pg_db *pg_db_of_const(const struct db *d)
{
    return (const struct pg_db *)(const void *)d;
}

static struct pg_statement *pg_statement_of(struct statement *s)
{
    return (struct pg_statement *)(void *)s;
}

/* ---- pieces ---- */

static char *pg_piece_new(struct pg_piece **list, size_t n)
{
    struct pg_piece *p = malloc(sizeof *p + n + 1);

    if (p == NULL)
        return NULL;
    p->next = *list;
    *list = p;
    return p->bytes;
}

static void pg_pieces_free(struct pg_piece **list)
{
    while (*list != NULL) {
        struct pg_piece *p = *list;

        *list = p->next;
        free(p);
    }
}

/* ---- small steps ---- */

/* Waits for the answers to what was sent: the first error of these. */
static enum rc pg_engine_settle(struct db *db, struct err *e)
{
    struct pg_db *d = pg_db_of(db);

    return pg_settle(d->pg, &d->sent, e);
}

static void pg_engine_close(struct db *db)
{
    struct pg_db *d = pg_db_of(db);

    pg_close(d->pg);
    free(d);
}

static bool pg_engine_moved(const struct db *db)
{
    return pg_is_lost(pg_db_of_const(db)->pg);
}

static const char *pg_engine_settle_moved(const struct db *db)
{
    (void)db;
    return "the connection is gone";
}

static void pg_engine_set_wait(struct db *db, int ms)
{
    char sql[60];

    (void)snprintf(sql, sizeof sql, "SET lock_timeout = %d", ms > 0 ? ms : 1);
    (void)pg_engine_settle(db, NULL); /* the transaction does not forget what failed */
    (void)pg_run(pg_db_of(db)->pg, sql, NULL);
}

static void pg_engine_set_deadline(struct db *db, int64_t mono_ms)
{
    (void)pg_engine_settle(db, NULL); /* as above */
    pg_set_deadline(pg_db_of(db)->pg, mono_ms);
}

static enum rc pg_engine_bound(struct db *db, const char *clients, struct err *e)
{
    enum rc rc = pg_engine_settle(db, e);

    return rc == RC_OK ? pg_bound(pg_db_of(db)->pg, clients, e) : rc;
}

static enum rc pg_engine_cache(struct db *db, int kib, struct err *e)
{
    (void)db;
    (void)kib;
    (void)e;
    return RC_OK; /* the server has its own */
}

static enum rc pg_engine_run(struct db *db, const char *sql, struct err *e)
{
    enum rc rc = pg_engine_settle(db, e);

    return rc == RC_OK ? pg_run(pg_db_of(db)->pg, sql, e) : rc;
}

static enum rc pg_engine_ask(struct db *db, const char *sql, int64_t *out, struct err *e)
{
    struct pg_rows *rows = NULL;
    enum rc rc = pg_engine_settle(db, e);

    if (rc == RC_OK)
        rc = pg_query(pg_db_of(db)->pg, sql, NULL, 0, &rows, e);

    *out = rc == RC_OK && pg_rows_count(rows) > 0 ? pg_int(rows, 0, 0) : 0;
    pg_rows_free(rows);
    return rc;
}

static enum rc pg_engine_begin(struct db *db, struct err *e)
{
    char sql[80];
    enum rc rc;

    (void)snprintf(sql, sizeof sql, "BEGIN; SELECT pg_advisory_xact_lock(%d, 0)", PG_LOCK_WRITE);
    rc = pg_run(pg_db_of(db)->pg, sql, e);
    if (rc != RC_OK)
        pg_roll_back(pg_db_of(db)->pg);
    return rc;
}

static enum rc pg_engine_begin_reading(struct db *db, struct err *e)
{
    return pg_run(pg_db_of(db)->pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", e);
}

static enum rc pg_engine_commit(struct db *db, struct err *e)
{
    enum rc rc = pg_engine_settle(db, e);

    return rc == RC_OK ? pg_commit(pg_db_of(db)->pg, e) : rc;
}

static void pg_engine_roll_back(struct db *db)
{
    (void)pg_engine_settle(db, NULL);
    pg_roll_back(pg_db_of(db)->pg);
}

static int64_t pg_engine_changes(const struct db *db)
{
    return pg_db_of_const(db)->changes;
}

static int64_t pg_engine_last_id(const struct db *db)
{
    return pg_db_of_const(db)->last_id;
}

static bool pg_engine_has_column(struct db *db, const char *table, const char *column)
{
    static const char sql[] = "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2"
                              " AND attnum > 0 AND NOT attisdropped";
    int64_t n = 0;
    enum rc rc = pg_engine_settle(db, NULL);

    if (rc == RC_OK)
        rc = pg_ask(pg_db_of(db)->pg, sql, DB_VALUES(DB_TEXT(str_of(table)), DB_TEXT(str_of(column))), &n, NULL);
    return rc == RC_OK && n > 0;
}

/* ---- statements ---- */

static void pg_engine_finish(struct statement *st)
{
    struct pg_statement *s = pg_statement_of(st);

    pg_rows_free(s->rows);
    pg_pieces_free(&s->cleaned);
    pg_pieces_free(&s->decoded);
    free(s->sql);
    free(s);
}

/* NULL, whose type the server finds out where the statement names it; of the others it could not. */
static void pg_engine_unbind(struct pg_statement *s)
{
    for (int i = 0; i < s->parameters; i++)
        s->value[i] = s->named >> (i + 1) & 1 ? (struct db_value){.kind = DB_VALUE_NULL} : DB_TEXT(STR_NONE);
}

static enum rc pg_engine_prepare(struct db *db, const char *sql, struct statement **out, struct err *e)
{
    struct pg_statement *s = calloc(1, sizeof *s);
    size_t room = 2 * strlen(sql) + 16; /* "?" becomes "$12" at worst */
    char *text = s == NULL ? NULL : malloc(room);
    struct strbuf b;

    *out = NULL;
    if (text == NULL) {
        free(s);
        return err_set(e, RC_NOMEM, "%s: no memory to ask it", db->path);
    }
    b = strbuf_on(text, room);
    dialect_statement(sql, &b, &s->parameters, &s->named);
    MUST(!b.over && s->parameters <= PARAMETERS_MAX);
    s->in = (struct statement){.db = db, .sql = sql};
    s->sql = text;
    s->inserts = str_starts_nocase(strbuf_str(&b), STR("INSERT"));
    pg_engine_unbind(s);
    *out = &s->in;
    return RC_OK;
}

static bool pg_engine_takes(struct str text)
{
    while (text.n > 0) {
        size_t n = text.p[0] == '\0' ? 0 : str_utf8_length(text);

        if (n == 0)
            return false;
        text = str_slice(text, n, text.n);
    }
    return true;
}

/* With U+FFFD for what the server does not take; STR_NONE without memory. */
static struct str pg_engine_clean(struct pg_statement *s, struct str text)
{
    static const struct str stand_in = {"\xef\xbf\xbd", 3};
    char *mem = pg_piece_new(&s->cleaned, 3 * text.n);
    struct strbuf b;

    if (mem == NULL)
        return STR_NONE;
    b = strbuf_on(mem, 3 * text.n + 1);
    while (text.n > 0) {
        size_t n = text.p[0] == '\0' ? 0 : str_utf8_length(text);

        strbuf_put(&b, n == 0 ? stand_in : str_slice(text, 0, n));
        text = str_slice(text, n == 0 ? 1 : n, text.n);
    }
    return strbuf_str(&b);
}

static void pg_engine_bind(struct statement *st, int at, struct db_value value)
{
    struct pg_statement *s = pg_statement_of(st);

    MUST(at >= 1 && at <= s->parameters);
    s->value[at - 1] = value;
}

static void pg_engine_bind_text(struct statement *st, int at, struct str text)
{
    struct pg_statement *s = pg_statement_of(st);
    bool is_taken = pg_engine_takes(text);
    struct str taken = is_taken ? text : pg_engine_clean(s, text);

    s->out_of_memory = s->out_of_memory || (!is_taken && taken.p == NULL);
    pg_engine_bind(st, at, DB_TEXT(taken));
}

static void pg_engine_bind_int(struct statement *st, int at, int64_t value)
{
    pg_engine_bind(st, at, DB_INT(value));
}

static void pg_engine_bind_blob(struct statement *st, int at, struct str bytes)
{
    pg_engine_bind(st, at, DB_BLOB(bytes));
}

/* To its beginning; parameters stay. */
static void pg_engine_rewind(struct pg_statement *s)
{
    pg_rows_free(s->rows);
    pg_pieces_free(&s->decoded);
    s->rows = NULL;
    s->row = 0;
}

static enum rc pg_engine_execute(struct pg_statement *s, struct err *e)
{
    struct pg_db *d = pg_db_of(s->in.db);
    int64_t n;
    enum rc rc;

    if (s->out_of_memory)
        return err_set(e, RC_NOMEM, "%s: no memory to ask it", d->in.path);
    rc = pg_engine_settle(&d->in, e);
    if (rc == RC_OK)
        rc = pg_prepared(d->pg, s->sql, s->value, (size_t)s->parameters, &s->rows, e);
    if (rc != RC_OK)
        return rc;
    if (pg_rows_touched(s->rows, &n))
        d->changes = n;
    if (s->inserts && pg_rows_count(s->rows) > 0) /* RETURNING id */
        d->last_id = pg_int(s->rows, pg_rows_count(s->rows) - 1, 0);
    return RC_OK;
}

static enum rc pg_engine_next(struct statement *st, bool *row, struct err *e)
{
    struct pg_statement *s = pg_statement_of(st);
    enum rc rc = s->rows == NULL ? pg_engine_execute(s, e) : RC_OK;

    pg_pieces_free(&s->decoded);
    *row = rc == RC_OK && s->row < pg_rows_count(s->rows);
    if (*row)
        s->row++;
    else
        pg_engine_rewind(s);
    return rc;
}

static void pg_engine_reset(struct statement *st)
{
    struct pg_statement *s = pg_statement_of(st);

    pg_engine_rewind(s);
    pg_pieces_free(&s->cleaned);
    s->out_of_memory = false;
    pg_engine_unbind(s);
}

static enum rc pg_engine_run_later(struct statement *st, struct err *e)
{
    struct pg_statement *s = pg_statement_of(st);
    struct pg_db *d = pg_db_of(st->db);
    enum rc rc = s->out_of_memory ? err_set(e, RC_NOMEM, "%s: no memory to ask it", d->in.path)
                                  : pg_send(d->pg, s->sql, s->value, (size_t)s->parameters, &d->sent, e);

    pg_engine_reset(st);
    return rc;
}

static const struct pg_statement *pg_engine_at_row(const struct statement *st)
{
    const struct pg_statement *s = (const struct pg_statement *)(const void *)st;

    MUST(s->rows != NULL && s->row > 0);
    return s;
}

static int64_t pg_engine_read_int(const struct statement *st, int column)
{
    const struct pg_statement *s = pg_engine_at_row(st);

    return pg_bool(s->rows, s->row - 1, column) ? 1 : pg_int(s->rows, s->row - 1, column); /* "t"; "f" reads as 0 */
}

static struct str pg_engine_read_text(const struct statement *st, int column)
{
    const struct pg_statement *s = pg_engine_at_row(st);

    return pg_is_null(s->rows, s->row - 1, column) ? STR_NONE : pg_text(s->rows, s->row - 1, column);
}

/* Bytes come as "\x" and two digits each; a text that is asked for as bytes as itself. */
static struct str pg_engine_read_blob(const struct statement *st, int column)
{
    struct statement *mine = (struct statement *)(uintptr_t)st; /* what is decoded is the statement's */
    struct str hex = pg_engine_read_text(st, column);
    size_t n = hex.n / 2;
    char *to;

    if (hex.n < 2 || hex.p[0] != '\\' || hex.p[1] != 'x')
        return hex;
    to = pg_piece_new(&pg_statement_of(mine)->decoded, n);
    n--; /* "\x" */
    if (to == NULL || !str_unhex(str_slice(hex, 2, hex.n), to, n))
        return STR_NONE;
    to[n] = '\0';
    return (struct str){to, n};
}

/* ---- as an engine ---- */

static const struct db_functions pg_engine_functions = {
    .engine = DB_POSTGRESQL, .close = pg_engine_close, .moved = pg_engine_moved,
    .settle_moved = pg_engine_settle_moved, .set_wait = pg_engine_set_wait, .set_deadline = pg_engine_set_deadline,
    .bound = pg_engine_bound, .cache = pg_engine_cache, .run = pg_engine_run, .ask = pg_engine_ask,
    .begin = pg_engine_begin, .begin_reading = pg_engine_begin_reading, .commit = pg_engine_commit,
    .roll_back = pg_engine_roll_back, .changes = pg_engine_changes, .last_id = pg_engine_last_id,
    .has_column = pg_engine_has_column, .prepare = pg_engine_prepare, .finish = pg_engine_finish,
    .bind_text = pg_engine_bind_text, .bind_int = pg_engine_bind_int, .bind_blob = pg_engine_bind_blob,
    .next = pg_engine_next, .run_later = pg_engine_run_later, .reset = pg_engine_reset,
    .read_int = pg_engine_read_int,
    .read_text = pg_engine_read_text, .read_blob = pg_engine_read_blob,
};

/* Additions of a newer program do no harm; what it may not work with stands in desk.oldest. */
static enum rc pg_engine_check(struct pg *pg, const struct db_schema *schema, struct err *e)
{
    static const char there[] = "SELECT (to_regclass('assay.fleet') IS NOT NULL)::int +"
                                " (to_regclass('assay.desk') IS NOT NULL)::int";
    int64_t tables = 0, version = 0, oldest = 0;
    enum rc rc = pg_ask(pg, there, NULL, 0, &tables, e);

    if (rc == RC_OK && tables == 0)
        return err_set(e, RC_NOTFOUND, "%s: it has no tables of Assay; make them: assay fleet init", pg_where(pg));
    if (rc == RC_OK && tables == 2)
        rc = pg_ask(pg, "SELECT version FROM desk", NULL, 0, &version, e);
    if (rc == RC_OK && tables == 2)
        rc = pg_ask(pg, "SELECT oldest FROM desk", NULL, 0, &oldest, e);
    if (rc == RC_OK && version < schema->version)
        return err_set(e, RC_BAD, "%s: its tables are those of an older Assay; run there: assay fleet migrate",
                       pg_where(pg));
    if (rc == RC_OK && oldest > schema->version)
        return err_set(e, RC_BAD, "%s: its tables are those of a newer Assay (version %d, this one knows %d); update "
                       "this machine", pg_where(pg), (int)version, schema->version);
    return rc;
}

static enum rc pg_engine_open(const char *where, const struct db_schema *schema, bool write, struct db **out,
                              struct err *e)
{
    struct pg_db *d = calloc(1, sizeof *d);
    enum rc rc;

    *out = NULL;
    if (d == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to connect", where);
    rc = pg_open(where, "assay", &d->pg, e);
    if (rc == RC_OK)
        rc = pg_engine_check(d->pg, schema, e);
    if (rc == RC_OK && !write)
        rc = pg_run(d->pg, "SET default_transaction_read_only = on", e);
    if (rc != RC_OK) {
        pg_engine_close(&d->in);
        return rc;
    }
    d->in = (struct db){.does = &pg_engine_functions, .path = pg_where(d->pg)};
    *out = &d->in;
    return RC_OK;
}

const struct db_server pg_server = {.open = pg_engine_open};
