/* What the keeper counted, added to tally and source: set by set, by the rules of records/tallies.c and inventory.c. */
#include "base/clock.h"
#include "fleet/keep_internal.h"
#include "inventory/inventory.h"

#define KEY "text COLLATE \"C\" NOT NULL"
#define NUMBER "bigint NOT NULL"

const char keep_scratch_tables[] =
    "CREATE TEMP TABLE IF NOT EXISTS new_tally (place " NUMBER ", author_domain " KEY ", source " KEY ", cause " KEY
    ", day " NUMBER ", client " KEY ", dmarc " KEY ", disposition " KEY ", inventory " KEY ", key_name " KEY
    ", key_host " KEY ", first_ms " NUMBER ", last_ms " NUMBER ", messages " NUMBER ", passed " NUMBER
    ") ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE IF NOT EXISTS new_passing (place " NUMBER ", domain " KEY ", address " KEY ", network " KEY
    ", day " NUMBER ", passed " NUMBER ") ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE IF NOT EXISTS new_hour (domain " KEY ", address " KEY ", bucket " NUMBER ", passed " NUMBER
    ", refused " NUMBER ") ON COMMIT DELETE ROWS";

/* ---- tallies ---- */

struct write_to {
    struct pg *pg;
    int64_t place;
};

static enum rc write_tally_row(void *arg, const struct tallies_count *c)
{
    struct write_to *to = arg;
    const char *const before[] = {c->author, c->source, c->cause};
    const char *const after[] = {c->client, c->dmarc, c->disposition, c->inventory,
                                 c->key_name == NULL ? "" : c->key_name, c->key_host == NULL ? "" : c->key_host};
    const int64_t numbers[] = {c->first_ms, c->last_ms, c->messages, c->passed};

    pg_copy_row(to->pg, 15);
    pg_copy_int8(to->pg, to->place++);
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
        pg_copy_text(to->pg, str_of(before[i]));
    pg_copy_int8(to->pg, c->day);
    for (size_t i = 0; i < sizeof after / sizeof after[0]; i++)
        pg_copy_text(to->pg, str_of(after[i]));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        pg_copy_int8(to->pg, numbers[i]);
    return RC_OK;
}

#define TALLY_KEY "author_domain, source, cause, day, client, dmarc, disposition"
#define IS_SAME_TALLY \
    "t.author_domain = n.author_domain AND t.source = n.source AND t.cause = n.cause AND t.day = n.day" \
    " AND t.client = n.client AND t.dmarc = n.dmarc AND t.disposition = n.disposition"

static enum rc write_tally_known(struct keep *k, struct err *e)
{
    static const char sql[] =
        "UPDATE tally t SET messages = t.messages + n.messages FROM (SELECT " TALLY_KEY
        ", sum(messages)::bigint AS messages FROM new_tally GROUP BY " TALLY_KEY ") n WHERE " IS_SAME_TALLY;

    return pg_run_with(k->pg, sql, NULL, 0, e);
}

/*
 * New rows: clients and whoever was here before have a room of their own, and what comes when it is full is counted
 * under the domain of the inventory, or none.
 */
static enum rc write_tally_new(struct keep *k, struct err *e)
{
    static const char sql[] =
        "WITH fresh AS (SELECT n.*, bool_or((n.client <> '' AND n.author_domain = n.inventory) OR EXISTS"
        "  (SELECT FROM correspondent c WHERE c.domain = n.author_domain AND c.address = '' AND c.days > 1"
        "   AND c.first_day < n.day AND c.last_day >= n.day - $3)) OVER (PARTITION BY " TALLY_KEY ") AS known"
        "  FROM new_tally n WHERE NOT EXISTS (SELECT FROM tally t WHERE " IS_SAME_TALLY ")),"
        " placed AS (SELECT f.*, dense_rank() OVER (PARTITION BY day, known ORDER BY " TALLY_KEY ")"
        "  + coalesce((SELECT CASE WHEN f.known THEN d.known ELSE d.strangers END FROM tally_room d"
        "   WHERE d.day = f.day), 0) <= CASE WHEN known THEN $1 ELSE $2 END AS fits FROM fresh f),"
        " counted AS (INSERT INTO tally_room AS d (day, known, strangers)"
        "  SELECT day, count(DISTINCT (" TALLY_KEY ")) FILTER (WHERE known),"
        "   count(DISTINCT (" TALLY_KEY ")) FILTER (WHERE NOT known) FROM placed WHERE fits GROUP BY day"
        "  ON CONFLICT (day) DO UPDATE SET known = d.known + excluded.known,"
        "   strangers = d.strangers + excluded.strangers)"
        " INSERT INTO tally AS t (author_domain, source, cause, day, client, dmarc, disposition, messages)"
        " SELECT CASE WHEN fits THEN author_domain ELSE inventory END AS author, source, cause, day, client, dmarc,"
        "  disposition, sum(messages)::bigint FROM placed GROUP BY author, source, cause, day, client, dmarc,"
        "  disposition ON CONFLICT (" TALLY_KEY ") DO UPDATE SET messages = t.messages + excluded.messages";

    return pg_run_with(k->pg, sql, DB_VALUES(DB_INT(KEEP_TALLIES_KNOWN_MAX), DB_INT(KEEP_TALLIES_NEW_MAX),
                       DB_INT(CORRESPONDENTS_PAST_DAYS)), e);
}

enum rc keep_write_tallies(struct keep *k, struct err *e)
{
    static const char copy[] =
        "COPY new_tally (place, author_domain, source, cause, day, client, dmarc, disposition, inventory, key_name,"
        " key_host, first_ms, last_ms, messages, passed) FROM STDIN (FORMAT binary)";
    struct write_to to = {.pg = k->pg};
    enum rc rc;

    if (tallies_held(k->tallies) == 0)
        return RC_OK;
    rc = pg_copy_begin(k->pg, copy, e);
    if (rc != RC_OK)
        return rc;
    (void)tallies_each(k->tallies, write_tally_row, &to);
    rc = pg_copy_end(k->pg, e);
    if (rc == RC_OK)
        rc = write_tally_known(k, e);
    return rc == RC_OK ? write_tally_new(k, e) : rc;
}

/* ---- sources ---- */

#define SEEN \
    "(SELECT inventory AS domain, source, client, min(first_ms) AS first_ms, max(last_ms) AS last_ms," \
    " sum(messages)::bigint AS volume, sum(passed)::bigint AS passed, min(place) AS place FROM new_tally" \
    " WHERE inventory <> '' GROUP BY inventory, source, client)"
#define ADD_VOLUME \
    "UPDATE source s SET volume = s.volume + n.volume, passed = s.passed + n.passed," \
    " last_seen_ms = greatest(s.last_seen_ms, n.last_ms)," \
    " first_seen_ms = CASE s.first_seen_ms WHEN 0 THEN n.first_ms ELSE least(s.first_seen_ms, n.first_ms) END FROM "
#define IS_SAME_SOURCE "s.domain = n.domain AND s.source = n.source AND s.client = n.client"

/* One that had no entry, or another client's: as inventory_count does it. */
static enum rc write_source_one(struct keep *k, const struct pg_rows *rows, size_t i, struct err *e)
{
    static const char claim[] = "UPDATE source SET client = $3 WHERE domain = $1 AND source = $2 RETURNING 1";
    static const char join[] =
        "INSERT INTO source (domain, source, client, status) SELECT $1, $2, $3, 'unknown'"
        " WHERE (SELECT count(*) FROM source WHERE client = $3) < $4 AND ($5 > 0 OR"
        " (SELECT count(*) FROM source WHERE client = $3 AND passed = 0 AND status = 'unknown') < $6) RETURNING 1";
    static const char add[] =
        ADD_VOLUME "(SELECT $1 AS domain, $2 AS source, $3 AS client, $4::bigint AS first_ms, $5::bigint AS last_ms,"
        " $6::bigint AS volume, $7::bigint AS passed) n WHERE " IS_SAME_SOURCE;
    struct str domain = pg_text(rows, i, 0), source = pg_text(rows, i, 1), client = pg_text(rows, i, 2);
    int64_t there = 0;
    enum rc rc = pg_ask(k->pg, claim, DB_VALUES(DB_TEXT(domain), DB_TEXT(source), DB_TEXT(client)), &there, e);

    if (rc == RC_OK && there == 0)
        rc = pg_ask(k->pg, join, DB_VALUES(DB_TEXT(domain), DB_TEXT(source), DB_TEXT(client),
                    DB_INT(INVENTORY_JOIN_MAX), DB_INT(pg_int(rows, i, 6)), DB_INT(INVENTORY_FAILED_MAX)), &there, e);
    if (rc != RC_OK || there == 0)
        return rc;
    return pg_run_with(k->pg, add, DB_VALUES(DB_TEXT(domain), DB_TEXT(source), DB_TEXT(client),
                       DB_INT(pg_int(rows, i, 3)), DB_INT(pg_int(rows, i, 4)), DB_INT(pg_int(rows, i, 5)),
                       DB_INT(pg_int(rows, i, 6))), e);
}

static enum rc write_sources_new(struct keep *k, struct err *e)
{
    static const char sql[] =
        "SELECT n.domain, n.source, n.client, n.first_ms, n.last_ms, n.volume, n.passed FROM " SEEN " n"
        " WHERE n.client <> '' AND NOT EXISTS (SELECT FROM source s WHERE " IS_SAME_SOURCE ") ORDER BY n.place";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(k->pg, sql, NULL, 0, &rows, e);

    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; rc == RC_OK && i < pg_rows_count(rows); i++)
        rc = write_source_one(k, rows, i, e);
    pg_rows_free(rows);
    return rc;
}

/* The key is noted once a day, so that selectors that take turns cost a write a day. */
static enum rc write_source_keys(struct keep *k, struct err *e)
{
    static const char sql[] =
        "UPDATE source s SET key_name = n.key_name, key_host = n.key_host, key_ms = n.last_ms FROM"
        " (SELECT DISTINCT ON (inventory, source) inventory AS domain, source, key_name, key_host, last_ms"
        "  FROM new_tally WHERE inventory <> '' AND key_name <> '' ORDER BY inventory, source, place) n"
        " WHERE s.domain = n.domain AND s.source = n.source AND abs(n.last_ms - s.key_ms) >= $1";

    return pg_run_with(k->pg, sql, DB_VALUES(DB_INT(CLOCK_DAY_MS)), e);
}

/* The row of fleet is taken first, as whoever changes the inventory does: so none waits for the other in a circle. */
enum rc keep_write_sources(struct keep *k, struct err *e)
{
    static const char any[] = "SELECT count(*) FROM (SELECT FROM new_tally WHERE inventory <> '' LIMIT 1) AS one";
    static const char alone[] = "SELECT 1 FROM fleet FOR NO KEY UPDATE";
    static const char add[] = ADD_VOLUME SEEN " n WHERE " IS_SAME_SOURCE;
    int64_t n = 0, nothing;
    enum rc rc = tallies_held(k->tallies) == 0 ? RC_OK : pg_ask(k->pg, any, NULL, 0, &n, e);

    if (rc != RC_OK || n == 0)
        return rc;
    rc = pg_ask(k->pg, alone, NULL, 0, &nothing, e);
    if (rc == RC_OK)
        rc = pg_run_with(k->pg, add, NULL, 0, e);
    if (rc == RC_OK)
        rc = write_sources_new(k, e);
    return rc == RC_OK ? write_source_keys(k, e) : rc;
}

/* ---- correspondents ---- */

static enum rc write_passing_row(void *arg, const struct correspondents_row *row)
{
    struct write_to *to = arg;

    pg_copy_row(to->pg, 6);
    pg_copy_int8(to->pg, to->place++);
    pg_copy_text(to->pg, str_of(row->domain));
    pg_copy_text(to->pg, str_of(row->address));
    pg_copy_text(to->pg, str_of(row->network));
    pg_copy_int8(to->pg, row->day);
    pg_copy_int8(to->pg, row->passed);
    return RC_OK;
}

static enum rc write_passing_known(struct keep *k, struct err *e)
{
    static const char sql[] =
        "UPDATE correspondent c SET passed = c.passed + n.passed,"
        " days = c.days + (SELECT count(*) FROM unnest(n.days) AS d WHERE d > c.last_day),"
        " first_day = least(c.first_day, n.first_day), last_day = greatest(c.last_day, n.last_day) FROM"
        " (SELECT domain, address, sum(passed)::bigint AS passed, min(day) AS first_day, max(day) AS last_day,"
        "  array_agg(DISTINCT day) AS days FROM new_passing GROUP BY domain, address) n"
        " WHERE c.domain = n.domain AND c.address = n.address";

    return pg_run_with(k->pg, sql, NULL, 0, e);
}

static enum rc write_passing_day(struct keep *k, int64_t day, struct err *e)
{
    static const char sql[] = "SELECT count(*) FILTER (WHERE first_day = $1), count(*) FROM correspondent";
    struct pg_rows *rows;
    enum rc rc;

    if (!correspondents_wants_day(k->correspondents, day))
        return RC_OK;
    rc = pg_prepared(k->pg, sql, DB_VALUES(DB_INT(day)), &rows, e);
    if (rc == RC_OK)
        correspondents_begin_day(k->correspondents, day, pg_int(rows, 0, 0), pg_int(rows, 0, 1));
    if (rc == RC_OK)
        pg_rows_free(rows);
    return rc;
}

/* Newcomers, in the order in which they came, as far as there is room for them. */
static enum rc write_passing_new(struct keep *k, struct err *e)
{
    static const char fresh[] =
        "SELECT n.domain, n.address, n.network, n.day, n.passed FROM new_passing n WHERE NOT EXISTS"
        " (SELECT FROM correspondent c WHERE c.domain = n.domain AND c.address = n.address) ORDER BY n.place";
    static const char add[] =
        "INSERT INTO correspondent AS c (domain, address, first_day, last_day, days, passed)"
        " VALUES ($1, $2, $3, $3, 1, $4) ON CONFLICT (domain, address) DO UPDATE SET"
        " passed = c.passed + excluded.passed, days = c.days + (excluded.last_day > c.last_day)::int,"
        " first_day = least(c.first_day, excluded.first_day), last_day = greatest(c.last_day, excluded.last_day)";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(k->pg, fresh, NULL, 0, &rows, e);

    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; rc == RC_OK && i < pg_rows_count(rows); i++) {
        const struct correspondents_row row = {
            .domain = pg_text(rows, i, 0).p, .address = pg_text(rows, i, 1).p, .network = pg_text(rows, i, 2).p,
            .day = pg_int(rows, i, 3), .passed = pg_int(rows, i, 4)};

        rc = write_passing_day(k, row.day, e);
        if (rc == RC_OK && correspondents_take_room(k->correspondents, &row))
            rc = pg_run_with(k->pg, add, DB_VALUES(DB_TEXT(str_of(row.domain)), DB_TEXT(str_of(row.address)),
                             DB_INT(row.day), DB_INT(row.passed)), e);
    }
    pg_rows_free(rows);
    if (rc != RC_OK)
        correspondents_begin_day(k->correspondents, 0, 0, 0); /* what was written is taken back: count again */
    return rc;
}

enum rc keep_write_correspondents(struct keep *k, struct err *e)
{
    static const char copy[] =
        "COPY new_passing (place, domain, address, network, day, passed) FROM STDIN (FORMAT binary)";
    struct write_to to = {.pg = k->pg};
    enum rc rc;

    if (correspondents_held(k->correspondents) == 0)
        return RC_OK;
    rc = pg_copy_begin(k->pg, copy, e);
    if (rc != RC_OK)
        return rc;
    (void)correspondents_each(k->correspondents, write_passing_row, &to);
    rc = pg_copy_end(k->pg, e);
    if (rc == RC_OK)
        rc = write_passing_known(k, e);
    return rc == RC_OK ? write_passing_new(k, e) : rc;
}
