#include "db/postgres.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/clock.h"
#include "base/database_url.h"
#include "base/log.h"
#include "db/locked.h"
#include "db/pg_error.h"
#include "db/postgres_internal.h"
#include "db/postgres_login.h"

enum {
    STATEMENTS_MAX = 600,   /* compiled of one connection */
    PIECE = 64 * 1024,      /* bytes of COPY handed over at once */
    USUAL_TIMEOUT_MS = 60000, /* of a statement */
    GRACE_MS = 500,         /* beyond the deadline, in which the server says itself that it gave up */
    UNIX_DAY_2000 = 10957   /* days from 1970-01-01 to 2000-01-01, from where PostgreSQL counts */
};

/* Of pg_type, the same in every server. */
enum { TYPE_ANY = 0 /* the server finds out */, TYPE_BYTEA = 17, TYPE_INT8 = 20, TYPE_TEXT = 25 };

struct pg {
    char *where;
    PGconn *conn;
    const char *statement[STATEMENTS_MAX]; /* compiled ones; their place is their name */
    size_t statements;
    char *piece; /* of a COPY */
    size_t piece_n;
    enum rc copy_rc;
    int64_t deadline_ms; /* of clock_mono_ms; 0 none */
    bool too_late;       /* the connection was given up for it */
    bool silent;         /* the server did not answer in 90 seconds, and was hung up on */
};

/* In the order of the network, as binary values are sent. */
static uint64_t pg_be64(int64_t value)
{
    const uint32_t half[] = {htonl((uint32_t)((uint64_t)value >> 32)), htonl((uint32_t)(uint64_t)value)};
    uint64_t there;

    memcpy(&there, half, sizeof there);
    return there;
}

/* ---- errors ---- */

enum rc pg_failed(const struct pg *p, const PGresult *r, struct err *e)
{
    const char *state = r == NULL ? NULL : PQresultErrorField(r, PG_DIAG_SQLSTATE);
    enum rc rc = state != NULL                          ? pg_error_rc(state, PQresultErrorMessage(r))
                 : PQstatus(p->conn) != CONNECTION_OK ? RC_TEMP : RC_INTERNAL;
    const char *words, *remedy;

    if (p->silent)
        return err_set(e, RC_TEMP, "%s: the server does not answer; it was hung up on", p->where);
    if (p->too_late || (p->deadline_ms != 0 && state != NULL && strcmp(state, "57014") == 0))
        return err_set(e, RC_LIMIT, "%s: this question took too long", p->where);
    if (state != NULL && pg_error_is_lock(state))
        return err_set(e, RC_TEMP, "%s: " LOCKED_WORDS, p->where);
    remedy = state == NULL ? "" : pg_error_remedy(state);
    words = r == NULL ? "" : *remedy != '\0' ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : PQresultErrorMessage(r);
    return pg_error_say(p->where, rc, words != NULL && *words != '\0' ? words : PQerrorMessage(p->conn), remedy, e);
}

/* A server that goes down tells its clients so. */
static void pg_take_notice(void *arg, const char *text)
{
    char mem[LOG_LINE_MAX];
    struct strbuf b = STRBUF_ON(mem);

    (void)arg;
    strbuf_put_escaped(&b, str_trim(str_of(text)), 400);
    log_write(LOG_LEVEL_DEBUG, NULL, "the database says: %s", mem);
}

/* ---- connecting ---- */

static enum rc pg_connect(struct pg *p, const char *program, struct err *e)
{
    static const char session[] =
        "SET search_path = assay, pg_temp; SET client_encoding = 'UTF8'; SET statement_timeout = '60s';"
        " SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s'; SET bytea_output = 'hex';"
        " SET client_min_messages = warning";
    const char *const word[] = {"fallback_application_name", "keepalives_idle", "keepalives_interval",
                                "keepalives_count", "tcp_user_timeout", "dbname", NULL};
    const char *const value[] = {program, "10", "5", "3", "20000", p->where, NULL};
    const char *words, *remedy;
    enum rc rc;

    pg_default_settings();
    p->conn = PQconnectdbParams(word, value, 1);
    if (p->conn == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to connect", p->where);
    if (PQstatus(p->conn) != CONNECTION_OK) {
        words = PQerrorMessage(p->conn); /* before login there is no SQLSTATE to be had */
        remedy = postgres_login_remedy(words, &rc);
        return pg_error_say(p->where, rc, words, remedy, e);
    }
    (void)PQsetNoticeProcessor(p->conn, pg_take_notice, NULL);
    return pg_run(p, session, e);
}

enum rc pg_open(const char *where, const char *program, struct pg **out, struct err *e)
{
    struct pg *p;
    enum rc rc;

    *out = NULL;
    if (database_url_has_password(str_of(where))) /* which is not repeated here */
        return err_set(e, RC_BAD, "the database's URL holds a password, which everybody on this machine can read; put "
                       "it into ~/.pgpass or a service file (libpq)");
    if (!database_url_is(str_of(where)))
        return err_set(e, RC_BAD, "%s: write postgresql://HOST/DATABASE or service=NAME", where);
    if (postgres_login_check(where, e) != RC_OK)
        return RC_BAD;
    p = calloc(1, sizeof *p);
    if (p == NULL || (p->where = strdup(where)) == NULL || (p->piece = malloc(PIECE + 64)) == NULL) {
        pg_close(p);
        return err_set(e, RC_NOMEM, "%s: no memory to connect", where);
    }
    rc = pg_connect(p, program, e);
    if (rc == RC_OK)
        *out = p;
    else
        pg_close(p);
    return rc;
}

void pg_close(struct pg *p)
{
    if (p == NULL)
        return;
    PQfinish(p->conn); /* NULL allowed */
    free(p->piece);
    free(p->where);
    free(p);
}

const char *pg_where(const struct pg *p)
{
    return p->where;
}

PGconn *pg_connection(const struct pg *p)
{
    return p->conn;
}

bool *pg_silent(struct pg *p)
{
    return &p->silent;
}

bool pg_is_lost(const struct pg *p)
{
    return PQstatus(p->conn) != CONNECTION_OK;
}

/* ---- asking ---- */

static PGresult *pg_sent(struct pg *p, int sent)
{
    if (sent != 1)
        return NULL;
    return p->deadline_ms == 0 ? pg_last_result(p->conn, pg_answer_end(), &p->silent)
                               : pg_last_result(p->conn, p->deadline_ms + GRACE_MS, &p->too_late);
}

/* As PQexec, which would wait for ever; others may not be under way (postgres_later.c). */
static PGresult *pg_exec(struct pg *p, const char *sql)
{
    return PQpipelineStatus(p->conn) == PQ_PIPELINE_OFF ? pg_sent(p, PQsendQuery(p->conn, sql)) : NULL;
}

enum rc pg_run(struct pg *p, const char *sql, struct err *e)
{
    PGresult *r = pg_exec(p, sql);
    ExecStatusType status = PQresultStatus(r);
    enum rc rc = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? RC_OK : pg_failed(p, r, e);

    PQclear(r);
    return rc;
}

void pg_bind(struct pg_parameters *to, const struct db_value *values, size_t n)
{
    MUST(n <= PG_PARAMETERS_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct db_value *v = &values[i];

        to->format[i] = 1;
        if (v->kind == DB_VALUE_INT) {
            to->number[i] = pg_be64(v->number);
            to->value[i] = (const char *)&to->number[i];
            to->length[i] = sizeof to->number[i];
            to->type[i] = TYPE_INT8;
        } else {
            to->value[i] = v->bytes.n == 0 ? (v->bytes.p == NULL ? NULL : "") : v->bytes.p;
            to->length[i] = (int)v->bytes.n;
            to->type[i] = v->kind == DB_VALUE_TEXT ? TYPE_TEXT : v->kind == DB_VALUE_BLOB ? TYPE_BYTEA : TYPE_ANY;
        }
    }
}

static enum rc pg_take_rows(struct pg *p, PGresult *r, struct pg_rows **out, struct err *e)
{
    ExecStatusType status = PQresultStatus(r);
    struct pg_rows *rows = NULL;
    enum rc rc = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? RC_OK : pg_failed(p, r, e);

    if (rc == RC_OK && (rows = malloc(sizeof *rows)) == NULL)
        rc = err_set(e, RC_NOMEM, "%s: no memory for its answer", p->where);
    if (rc != RC_OK) {
        PQclear(r);
        return rc;
    }
    rows->result = r;
    *out = rows;
    return RC_OK;
}

enum rc pg_query(struct pg *p, const char *sql, const struct db_value *values, size_t n, struct pg_rows **out,
                 struct err *e)
{
    struct pg_parameters with;
    PGresult *r;

    *out = NULL;
    pg_bind(&with, values, n);
    r = pg_sent(p, PQsendQueryParams(p->conn, sql, (int)n, with.type, with.value, with.length, with.format, 0));
    return pg_take_rows(p, r, out, e);
}

static size_t pg_place_of(const struct pg *p, const char *sql)
{
    size_t i = 0;

    while (i < p->statements && p->statement[i] != sql)
        i++;
    MUST(i < STATEMENTS_MAX);
    return i;
}

bool pg_is_compiled(const struct pg *p, const char *sql)
{
    return pg_place_of(p, sql) < p->statements;
}

enum rc pg_compile(struct pg *p, const char *sql, const struct pg_parameters *with, size_t n,
                   char name[static PG_NAME_SIZE], struct err *e)
{
    size_t i = pg_place_of(p, sql);
    PGresult *r;
    enum rc rc;

    (void)snprintf(name, PG_NAME_SIZE, "s%zu", i);
    if (i < p->statements)
        return RC_OK;
    r = pg_sent(p, PQsendPrepare(p->conn, name, sql, (int)n, with->type));
    rc = PQresultStatus(r) == PGRES_COMMAND_OK ? RC_OK : pg_failed(p, r, e);
    PQclear(r);
    if (rc == RC_OK)
        p->statement[p->statements++] = sql;
    return rc;
}

static PGresult *pg_execute(struct pg *p, const char *name, size_t n, const struct pg_parameters *with)
{
    return pg_sent(p, PQsendQueryPrepared(p->conn, name, (int)n, with->value, with->length, with->format, 0));
}

/* The server keeps to it by itself; it is the connection's from now on, of whatever transaction. */
void pg_set_deadline(struct pg *p, int64_t mono_ms)
{
    int64_t left = mono_ms - clock_mono_ms();
    char sql[60];

    if (mono_ms == 0)
        left = USUAL_TIMEOUT_MS;
    p->deadline_ms = mono_ms != 0 ? mono_ms : clock_mono_ms(); /* for this statement, too */
    (void)snprintf(sql, sizeof sql, "SET statement_timeout = %d", left > 0 ? (int)left : 1);
    if (!pg_is_lost(p))
        (void)pg_run(p, sql, NULL);
    p->deadline_ms = mono_ms;
}

enum rc pg_prepared(struct pg *p, const char *sql, const struct db_value *values, size_t n, struct pg_rows **out,
                    struct err *e)
{
    struct pg_parameters with;
    char name[PG_NAME_SIZE];
    enum rc rc;

    *out = NULL;
    pg_bind(&with, values, n);
    rc = pg_compile(p, sql, &with, n, name, e);
    if (rc != RC_OK)
        return rc;
    return pg_take_rows(p, pg_execute(p, name, n, &with), out, e);
}

enum rc pg_run_with(struct pg *p, const char *sql, const struct db_value *values, size_t n, struct err *e)
{
    struct pg_rows *rows;
    enum rc rc = pg_prepared(p, sql, values, n, &rows, e);

    pg_rows_free(rows);
    return rc;
}

enum rc pg_ask(struct pg *p, const char *sql, const struct db_value *values, size_t n, int64_t *out, struct err *e)
{
    struct pg_rows *rows;
    enum rc rc = pg_prepared(p, sql, values, n, &rows, e);

    *out = rc == RC_OK && pg_rows_count(rows) > 0 ? pg_int(rows, 0, 0) : 0;
    pg_rows_free(rows);
    return rc;
}

enum rc pg_bound(struct pg *p, const char *clients, struct err *e)
{
    static const char local[] = "SELECT set_config('assay.clients', $1, true)";
    static const char session[] = "SELECT set_config('assay.clients', $1, false)";

    return pg_run_with(p, PQtransactionStatus(p->conn) == PQTRANS_INTRANS ? local : session,
                       DB_VALUES(DB_TEXT(str_of(clients))), e);
}

/* ---- transactions ---- */

enum rc pg_begin(struct pg *p, struct err *e)
{
    return pg_run(p, "BEGIN", e);
}

enum rc pg_commit(struct pg *p, struct err *e)
{
    PGresult *r = pg_exec(p, "COMMIT");
    bool kept = PQresultStatus(r) == PGRES_COMMAND_OK && strcmp(PQcmdStatus(r), "COMMIT") == 0;
    enum rc rc = RC_OK;

    if (!kept && PQresultStatus(r) == PGRES_COMMAND_OK) /* "ROLLBACK": something in it had failed */
        rc = err_set(e, RC_INTERNAL, "%s: the transaction was rolled back", p->where);
    else if (!kept)
        rc = pg_failed(p, r, e);
    PQclear(r);
    return rc;
}

void pg_roll_back(struct pg *p)
{
    PGTransactionStatusType at = PQtransactionStatus(p->conn);

    if (at == PQTRANS_INTRANS || at == PQTRANS_INERROR)
        (void)pg_run(p, "ROLLBACK", NULL);
}

/* ---- COPY ---- */

static void pg_flush_piece(struct pg *p)
{
    if (p->copy_rc == RC_OK && PQputCopyData(p->conn, p->piece, (int)p->piece_n) != 1)
        p->copy_rc = RC_TEMP;
    if (p->copy_rc == RC_OK && PQconsumeInput(p->conn) != 1) /* an early error of the server */
        p->copy_rc = RC_TEMP;
    p->piece_n = 0;
}

static void pg_copy_bytes(struct pg *p, const void *bytes, size_t n)
{
    const char *from = bytes;

    while (n > 0) {
        size_t part = n < PIECE - p->piece_n ? n : PIECE - p->piece_n;

        memcpy(p->piece + p->piece_n, from, part);
        p->piece_n += part;
        from += part;
        n -= part;
        if (p->piece_n == PIECE)
            pg_flush_piece(p);
    }
}

static void pg_copy_be16(struct pg *p, uint16_t value)
{
    uint16_t there = htons(value);

    pg_copy_bytes(p, &there, sizeof there);
}

static void pg_copy_be32(struct pg *p, uint32_t value)
{
    uint32_t there = htonl(value);

    pg_copy_bytes(p, &there, sizeof there);
}

enum rc pg_copy_begin(struct pg *p, const char *sql, struct err *e)
{
    static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* with the NUL that ends it: 19 bytes */
    PGresult *r = pg_exec(p, sql);
    enum rc rc = PQresultStatus(r) == PGRES_COPY_IN ? RC_OK : pg_failed(p, r, e);

    PQclear(r);
    p->piece_n = 0;
    p->copy_rc = RC_OK;
    if (rc == RC_OK)
        pg_copy_bytes(p, header, sizeof header);
    return rc;
}

void pg_copy_row(struct pg *p, int columns)
{
    pg_copy_be16(p, (uint16_t)columns);
}

void pg_copy_int8(struct pg *p, int64_t value)
{
    uint64_t there = pg_be64(value);

    pg_copy_be32(p, sizeof there);
    pg_copy_bytes(p, &there, sizeof there);
}

void pg_copy_int4(struct pg *p, int32_t value)
{
    pg_copy_be32(p, sizeof value);
    pg_copy_be32(p, (uint32_t)value);
}

void pg_copy_date(struct pg *p, int64_t unix_day)
{
    pg_copy_int4(p, (int32_t)(unix_day - UNIX_DAY_2000));
}

void pg_copy_text(struct pg *p, struct str text)
{
    pg_copy_be32(p, (uint32_t)text.n);
    pg_copy_bytes(p, text.p, text.n);
}

enum rc pg_copy_end(struct pg *p, struct err *e)
{
    int64_t end_ms = pg_answer_end();
    enum rc rc = RC_OK;
    PGresult *r;

    pg_copy_be16(p, 0xffff);
    pg_flush_piece(p);
    if (PQputCopyEnd(p->conn, NULL) != 1)
        p->copy_rc = RC_TEMP;
    while ((r = pg_next_result(p->conn, end_ms, &p->silent)) != NULL) { /* errors of rows come only here */
        if (rc == RC_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
            rc = pg_failed(p, r, e);
        PQclear(r);
        if (pg_is_lost(p))
            break;
    }
    if (rc == RC_OK && (p->copy_rc != RC_OK || pg_is_lost(p)))
        rc = p->silent ? pg_failed(p, NULL, e) : pg_error_say(p->where, RC_TEMP, PQerrorMessage(p->conn), "", e);
    return rc;
}
