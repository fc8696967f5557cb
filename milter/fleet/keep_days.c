/* What the keeper does about time: partitions of days, and what is older than is kept. */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "fleet/keep_internal.h"

enum { SQL_MAX = 300, GENERATION_DAYS = 90, PRUNE_ROWS = 50000 };

/* ---- partitions ---- */

/* A name out of the catalogue into a statement: ours are letters, digits and "_". */
static bool days_is_ours(struct str leaf)
{
    bool ours = str_starts_nocase(leaf, STR("message_")) && leaf.n < 40;

    for (size_t i = 0; i < leaf.n; i++)
        ours = ours && (char_is_digit(leaf.p[i]) || char_is_alpha(leaf.p[i]) || leaf.p[i] == '_');
    return ours;
}

static enum rc days_run(struct keep *k, const char *format, struct str parent, struct str leaf, struct err *e)
{
    char sql[SQL_MAX];
    struct strbuf b = STRBUF_ON(sql);

    strbuf_putf(&b, format, STR_FMT(parent), STR_FMT(leaf));
    return b.over ? err_set(e, RC_INTERNAL, "the name of a partition is too long") : pg_run(k->pg, sql, e);
}

/* Detached beside whoever reads, and then dropped.  It waits for those who read now, and may be broken off. */
static enum rc days_drop_one(struct keep *k, struct str parent, struct str leaf, bool begun, struct err *e)
{
    enum rc rc = days_run(k, begun ? "ALTER TABLE %.*s DETACH PARTITION %.*s FINALIZE"
                                   : "ALTER TABLE %.*s DETACH PARTITION %.*s CONCURRENTLY", parent, leaf, e);
    char sql[SQL_MAX];

    (void)snprintf(sql, sizeof sql, "DROP TABLE %.*s", STR_FMT(leaf));
    if (rc == RC_OK)
        rc = pg_run(k->pg, sql, e);
    if (rc == RC_OK)
        log_write(LOG_LEVEL_INFO, NULL, "%.*s was dropped: it is older than the centre keeps", STR_FMT(leaf));
    return rc;
}

/* Of those that were broken off first; *left: there are more. */
static enum rc days_drop(struct keep *k, bool *left, struct err *e)
{
    static const char sql[] =
        "SELECT p.relname, c.relname, h.inhdetachpending FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid"
        " JOIN pg_class p ON p.oid = h.inhparent CROSS JOIN fleet f"
        " WHERE h.inhparent IN ('message'::regclass, 'message_key'::regclass) AND (h.inhdetachpending OR"
        " (f.keep_days > 0 AND right(c.relname, 8) < to_char((now() AT TIME ZONE 'UTC')::date - f.keep_days - 1,"
        " 'YYYYMMDD'))) ORDER BY h.inhdetachpending DESC, right(c.relname, 8) LIMIT 2";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(k->pg, sql, NULL, 0, &rows, e);

    if (rc != RC_OK)
        return rc;
    *left = pg_rows_count(rows) > 0;
    for (size_t i = 0; rc == RC_OK && i < pg_rows_count(rows); i++)
        if (days_is_ours(pg_text(rows, i, 1)))
            rc = days_drop_one(k, pg_text(rows, i, 0), pg_text(rows, i, 1), pg_bool(rows, i, 2), e);
    pg_rows_free(rows);
    return rc;
}

/* What was detached and not dropped, because we ended between the two. */
static enum rc days_drop_loose(struct keep *k, struct err *e)
{
    static const char sql[] =
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'assay'::regnamespace AND c.relkind = 'r'"
        " AND c.relname ~ '^message_(key_)?[0-9]{8}$' AND NOT c.relispartition"
        " AND right(c.relname, 8) < (SELECT to_char((now() AT TIME ZONE 'UTC')::date - keep_days - 1, 'YYYYMMDD')"
        " FROM fleet WHERE keep_days > 0) LIMIT 4";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(k->pg, sql, NULL, 0, &rows, e);
    char drop[SQL_MAX];

    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; rc == RC_OK && i < pg_rows_count(rows); i++) {
        (void)snprintf(drop, sizeof drop, "DROP TABLE %.*s", STR_FMT(pg_text(rows, i, 0)));
        rc = pg_run(k->pg, drop, e);
    }
    pg_rows_free(rows);
    return rc;
}

/* Only their owner may detach beside readers; for others a function of the centre does it, which waits for these. */
enum rc keep_days(struct keep *k, bool *pending, struct err *e)
{
    static const char owns[] = "SELECT pg_has_role(c.relowner, 'USAGE')::int FROM pg_class c"
                               " WHERE c.oid = 'message'::regclass";
    int64_t ours = 0;
    enum rc rc = pg_run(k->pg, "SELECT day_care()", e);

    *pending = false;
    if (rc == RC_OK)
        rc = pg_ask(k->pg, owns, NULL, 0, &ours, e);
    if (rc == RC_OK && ours == 0)
        return pg_run(k->pg, "SELECT day_drop()", e);
    if (rc == RC_OK)
        rc = days_drop(k, pending, e);
    return rc == RC_OK ? days_drop_loose(k, e) : rc;
}

/* ---- what is older than is kept ---- */

enum rc keep_prune(struct keep *k, struct err *e)
{
    static const char tallies[] =
        "DELETE FROM tally WHERE ctid = ANY (ARRAY (SELECT ctid FROM tally WHERE day < $1 OR day > $3 LIMIT $2))";
    static const char days[] = "DELETE FROM tally_room WHERE day < $1 - 400 OR day > $1 + 1";
    static const char passing[] =
        "DELETE FROM correspondent WHERE last_day < $1 OR (days = 1 AND last_day < $2) OR first_day > $3";
    static const char texts[] =
        "DELETE FROM dns_text WHERE ctid = ANY (ARRAY (SELECT ctid FROM dns_text WHERE last_seen_ms < $1 LIMIT $2))";
    static const char old[] = "DELETE FROM generation WHERE at < now() - $1 * interval '1 day'"
                              " AND generation < (SELECT generation FROM fleet)";
    static const char gone[] = "DELETE FROM source_gone WHERE generation < (SELECT min(generation) FROM generation)";
    int64_t now_ms = 0, today;
    enum rc rc = keep_begin(k, e);

    if (rc == RC_OK)
        rc = keep_now(k, &now_ms, e);
    today = now_ms / CLOCK_DAY_MS;
    if (rc == RC_OK && k->setup.keep_tallies > 0)
        rc = pg_run_with(k->pg, tallies, DB_VALUES(DB_INT(today - k->setup.keep_tallies), DB_INT(PRUNE_ROWS),
                         DB_INT(today + 1)), e); /* a clock that ran ahead, or says so */
    if (rc == RC_OK)
        rc = pg_run_with(k->pg, days, DB_VALUES(DB_INT(today)), e);
    if (rc == RC_OK)
        rc = pg_run_with(k->pg, passing, DB_VALUES(DB_INT(today - CORRESPONDENTS_PAST_DAYS),
                         DB_INT(today - CORRESPONDENTS_ONCE_DAYS), DB_INT(today + 1)), e);
    if (rc == RC_OK && k->setup.keep_dns_texts > 0)
        rc = pg_run_with(k->pg, texts, DB_VALUES(DB_INT(now_ms - k->setup.keep_dns_texts * CLOCK_DAY_MS),
                         DB_INT(PRUNE_ROWS)), e);
    if (rc == RC_OK)
        rc = pg_run_with(k->pg, old, DB_VALUES(DB_INT(GENERATION_DAYS)), e);
    if (rc == RC_OK)
        rc = pg_run_with(k->pg, gone, NULL, 0, e);
    return keep_end(k, rc, e);
}
