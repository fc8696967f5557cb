#include "records/centre_span.h"

#include <inttypes.h>
#include <string.h>

#include "db/postgres.h"
#include "records/centre_find.h"
#include "records/schema.h"

enum { DAY_MS = 86400000, SQL_MAX = 8192 };

/* What a stream may take on a busy server; it ends as well when nothing comes for a minute (db/postgres_read.c). */
static const char session[] = "SET statement_timeout = '30min'";

/* A column that the centre lacks reads as in a record that says nothing of it. */
static void span_put_column(const struct centre *c, struct strbuf *b, const char *name, const char *before)
{
    int at = 0;

    while (strcmp(schema_column[at].name, name) != 0)
        at++;
    strbuf_puts(b, before);
    if (c->has[at])
        strbuf_puts(b, name);
    else
        strbuf_puts(b, schema_column[at].is_text ? "''::text" : "0::bigint");
}

/*
 * Of one day, whose partition is named: it takes no parameters.  At the ends
 * of the day there is no bound, for what came in it counts, whatever time it claims.
 */
static const char *span_sql(struct centre *c, struct arena *a, int64_t from_ms, int64_t to_ms, struct str policy_domain)
{
    struct strbuf b = strbuf_new(a, SQL_MAX);
    int64_t day = from_ms / DAY_MS;
    const char *before = "COPY (SELECT ";

#define PUT(kind, name) span_put_column(c, &b, #name, before); before = ", ";
    SPAN_COLUMNS(PUT)
    strbuf_putf(&b, " FROM message WHERE day = date '1970-01-01' + %" PRId64
                " AND policy_rua > 0 AND disposition <> 'tempfail'", day);
    if (from_ms % DAY_MS != 0)
        strbuf_putf(&b, " AND time_ms >= %" PRId64, from_ms);
    if (to_ms % DAY_MS != 0)
        strbuf_putf(&b, " AND time_ms < %" PRId64, to_ms);
    if (policy_domain.n > 0) {
        strbuf_puts(&b, " AND policy_domain = ");
        if (!pg_put_literal(c->pg, &b, policy_domain))
            return NULL;
    }
    strbuf_puts(&b, ") TO STDOUT (FORMAT binary)");
    return b.over || b.p == NULL ? NULL : b.p;
}

static void span_read_row(const struct pg_reader *from, struct record *r)
{
    int column = 0;

#define READ_TEXT(name) r->name = pg_read_text(from, column++);
#define READ_INT(name) r->name = pg_read_int8(from, column++);
#define READ_COLUMN(kind, name) READ_##kind(name)
    SPAN_COLUMNS(READ_COLUMN)
}

static enum rc span_stream(struct centre *c, const char *sql, span_take *take, void *arg, struct err *e)
{
    struct pg_reader *from;
    struct record r;
    bool row = true;
    enum rc rc = pg_read_begin(c->pg, sql, &from, e);

    record_blank(&r);
    while (rc == RC_OK && (rc = pg_read_row(from, &row, e)) == RC_OK && row) {
        span_read_row(from, &r);
        rc = take(arg, &r, e);
    }
    pg_read_end(from);
    return rc;
}

/* Of one day. */
static enum rc span_of_day(struct centre *c, int64_t from_ms, int64_t to_ms, struct str policy_domain, span_take *take,
                           void *arg, struct err *e)
{
    struct arena *a = arena_new(2 * SQL_MAX);
    const char *sql = a == NULL ? NULL : span_sql(c, a, from_ms, to_ms, policy_domain);
    enum rc rc = sql == NULL ? err_set(e, RC_NOMEM, "%s: no memory to read a day", pg_where(c->pg))
                             : span_stream(c, sql, take, arg, e);

    arena_free(a);
    return rc;
}

enum rc centre_span(struct centre *c, int64_t from_ms, int64_t to_ms, struct str policy_domain, span_take *take,
                    void *arg, struct err *e)
{
    enum rc rc = pg_run(c->pg, session, e);

    while (rc == RC_OK && from_ms < to_ms) {
        int64_t end_ms = (from_ms / DAY_MS + 1) * DAY_MS;

        rc = span_of_day(c, from_ms, end_ms < to_ms ? end_ms : to_ms, policy_domain, take, arg, e);
        from_ms = end_ms;
    }
    return rc;
}
