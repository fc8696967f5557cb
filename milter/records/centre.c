/* The centre as the desk asks it: the tables are fleet/tables.h's. */
#include "records/centre.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/pg_engine.h"
#include "db/postgres.h"
#include "inventory/dnstext.h"
#include "records/centre_find.h"
#include "records/centre_span.h"

enum { HOSTS_MAX = 20 /* named in one sentence */ };

/* ---- opening ---- */

static enum rc centre_read_secret(struct centre *c, struct err *e)
{
    static const char sql[] = "SELECT encode(secret, 'hex') FROM fleet";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(c->pg, sql, NULL, 0, &rows, e);

    if (rc != RC_OK)
        return rc;
    if (pg_rows_count(rows) != 1 || !str_unhex(pg_text(rows, 0, 0), c->secret, sizeof c->secret))
        rc = err_set(e, RC_INTERNAL, "%s: its table fleet is damaged", pg_where(c->pg));
    pg_rows_free(rows);
    return rc;
}

static void centre_close(struct centre *c)
{
    pg_close(c->pg);
    free(c);
}

/* Indexes by themselves: what is asked of one message reads few rows of many. */
static enum rc centre_open(const char *where, struct centre **out, struct err *e)
{
    static const char session[] = "SET enable_seqscan = off; SET jit = off; SET max_parallel_workers_per_gather = 0;"
                                  " SET default_transaction_read_only = on";
    struct centre *c = calloc(1, sizeof *c);
    enum rc rc;

    if (c == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to ask it", where);
    rc = pg_open(where, "assay", &c->pg, e);
    if (rc == RC_OK)
        rc = centre_read_secret(c, e);
    if (rc == RC_OK)
        rc = centre_columns(c, e);
    if (rc == RC_OK)
        rc = pg_run(c->pg, session, e);
    if (rc == RC_OK)
        *out = c;
    else
        centre_close(c);
    return rc;
}

/* ---- small questions ---- */

static enum rc centre_bound(struct centre *c, const char *clients, int64_t mono_ms, struct err *e)
{
    pg_set_deadline(c->pg, mono_ms);
    return pg_bound(c->pg, clients, e);
}

/* The oldest day that has any: partitions are named after theirs. */
static enum rc centre_oldest(struct centre *c, int64_t *out_ms, struct err *e)
{
    static const char leaves[] =
        "SELECT right(c.relname, 8) FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid"
        " WHERE h.inhparent = 'message'::regclass ORDER BY 1";
    static const char first[] = "SELECT coalesce(min(time_ms), 0) FROM message WHERE day = $1::date";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(c->pg, leaves, NULL, 0, &rows, e);

    *out_ms = 0;
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; rc == RC_OK && *out_ms == 0 && i < pg_rows_count(rows); i++)
        rc = pg_ask(c->pg, first, DB_VALUES(DB_TEXT(pg_text(rows, i, 0))), out_ms, e);
    pg_rows_free(rows);
    return rc;
}

static enum rc centre_tally(struct centre *c, const char *author_domain, const char *source, const char *cause,
                            struct store_tally *out, struct err *e)
{
    static const char sql[] =
        "SELECT count(*), count(DISTINCT d), coalesce(min(d), 0), coalesce(max(d), 0)"
        " FROM (SELECT time_ms / 86400000 AS d FROM message WHERE author_domain = $1 AND source = $2"
        " AND cause = $3) AS one";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(c->pg, sql, DB_VALUES(DB_TEXT(str_of(author_domain)), DB_TEXT(str_of(source)),
                             DB_TEXT(str_of(cause))), &rows, e);

    *out = (struct store_tally){0};
    if (rc == RC_OK)
        *out = (struct store_tally){pg_int(rows, 0, 0), pg_int(rows, 0, 1), pg_int(rows, 0, 2), pg_int(rows, 0, 3)};
    pg_rows_free(rows);
    return rc;
}

static enum rc centre_dns_history(struct centre *c, struct arena *a, enum dns_kind kind, const char *name, size_t max,
                                  struct dnstext_version **out, size_t *n, struct err *e)
{
    static const char sql[] = "SELECT text, ttl, first_seen_ms, last_seen_ms FROM dns_text"
                              " WHERE name = $1 AND kind = $2 ORDER BY first_seen_ms DESC, last_seen_ms DESC LIMIT $3";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(c->pg, sql, DB_VALUES(DB_TEXT(str_of(name)),
                             DB_TEXT(str_of(enum_name(&dns_kind_names, (int)kind))), DB_INT(max)), &rows, e);

    *n = 0;
    *out = arena_array(a, max + 1, sizeof **out);
    if (rc == RC_IO && !pg_is_lost(c->pg)) /* a client's role may not: nothing is known there */
        return RC_OK;
    if (rc == RC_OK && *out == NULL)
        rc = err_set(e, RC_NOMEM, "%s: no memory for what was found", pg_where(c->pg));
    for (size_t i = 0; rc == RC_OK && i < pg_rows_count(rows); i++) {
        const char *text = str_dup(a, pg_text(rows, i, 0));

        if (text == NULL)
            rc = err_set(e, RC_NOMEM, "%s: no memory for what was found", pg_where(c->pg));
        else
            (*out)[(*n)++] = (struct dnstext_version){text, pg_int(rows, i, 1), pg_int(rows, i, 2), pg_int(rows, i, 3)};
    }
    pg_rows_free(rows);
    return rc;
}

/* Hosts whose newest mail is not there yet: behind by more than a minute, or not heard of for half of one. */
static enum rc centre_lacks(struct centre *c, struct arena *a, const char **out, struct err *e)
{
    static const char sql[] =
        "SELECT h.name, to_char(to_timestamp(s.last_ms / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')"
        " FROM host h JOIN (SELECT host, max(store) AS store FROM store GROUP BY host) t USING (host)"
        " JOIN store s ON s.store = t.store WHERE NOT h.retired AND (s.seen < now() - interval '30 s'"
        " OR (s.newest_id > s.shipped_id AND s.last_ms < (extract(epoch FROM now()) - 60) * 1000)) ORDER BY 1 LIMIT $1";
    struct strbuf b = strbuf_new(a, HOSTS_MAX * 200);
    struct pg_rows *rows;
    enum rc rc = pg_prepared(c->pg, sql, DB_VALUES(DB_INT(HOSTS_MAX)), &rows, e);

    *out = "";
    if (rc == RC_IO && !pg_is_lost(c->pg)) /* as above */
        return RC_OK;
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < pg_rows_count(rows); i++) {
        strbuf_puts(&b, i > 0 ? "; " : "");
        strbuf_put_clean(&b, pg_text(rows, i, 0), 64);
        strbuf_putf(&b, " since %.16s UTC", pg_text(rows, i, 1).p);
    }
    pg_rows_free(rows);
    *out = b.p;
    return b.p == NULL ? err_set(e, RC_NOMEM, "no memory for the hosts") : RC_OK;
}

/* Of each host its newest file counts: what an older one still had, no one will ever ship. */
static enum rc centre_laggards(struct centre *c, struct arena *a, int64_t until_ms, struct store_laggard **out,
                               size_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT h.name, s.whole_until_ms FROM host h JOIN (SELECT host, max(store) AS store FROM store GROUP BY host) t"
        " USING (host) JOIN store s ON s.store = t.store WHERE NOT h.retired AND s.whole_until_ms < $1 ORDER BY h.name";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(c->pg, sql, DB_VALUES(DB_INT(until_ms)), &rows, e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    *out = arena_array(a, pg_rows_count(rows) + 1, sizeof **out);
    for (size_t i = 0; *out != NULL && rc == RC_OK && i < pg_rows_count(rows); i++) {
        (*out)[i] = (struct store_laggard){str_dup(a, pg_text(rows, i, 0)), pg_int(rows, i, 1)};
        rc = (*out)[i].host == NULL ? RC_NOMEM : RC_OK;
        ++*n;
    }
    pg_rows_free(rows);
    return *out == NULL || rc == RC_NOMEM ? err_set(e, RC_NOMEM, "no memory for the hosts") : rc;
}

static const struct store_engine centre_functions = {
    .server = &pg_server, .open = centre_open, .close = centre_close, .find = centre_find,
    .newest = centre_newest, .bound = centre_bound, .oldest = centre_oldest,
    .tally = centre_tally, .dns_history = centre_dns_history, .span = centre_span, .lacks = centre_lacks,
    .laggards = centre_laggards,
};
const struct store_engine *const centre_engine = &centre_functions;
