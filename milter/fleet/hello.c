#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "fleet/internal.h"
#include "fleet/tables.h"

enum {
    FORKS_MAX = 3, KEEP_MAX = 36501,
    FOR_EVER = 3660, /* days: of older ones a centre that keeps all begins none (fleet/tables.c) */
    REFUSED_MAX = 8 /* records that may lack side by side where both histories are the same */
};

/* ---- the name ---- */

/* For assay fleet status: what we could not say in a row of our own.  An older centre does not know how. */
static void hello_note(struct ship *s, const char *trouble)
{
    static const char sql[] = "SELECT host_trouble($1, $2)";

    (void)pg_run_with(s->pg, sql, DB_VALUES(DB_TEXT(str_of(s->setup.host)), DB_TEXT(str_of(trouble))), NULL);
}

/* Our role is another host's, or this name another role's. */
static enum rc hello_not_ours(struct ship *s, const char *role, const char *bound_to, const char *bound_role,
                              struct err *e)
{
    hello_note(s, "refused");
    if (bound_to[0] != '\0')
        return err_set(e, RC_IO, "%s: the role %.64s ships as the host %.64s, and not as %s; set FleetHost, or log in "
                       "as this host's own role (assay fleet role add %s --as host)", s->setup.centre, role, bound_to,
                       s->setup.host, s->setup.host);
    return err_set(e, RC_IO, "%s: the host %s is shipped by the role %.64s alone, and not by %.64s; set FleetHost, or "
                   "log in as that role", s->setup.centre, s->setup.host, bound_role, role);
}

/* Finds the host's row, or makes one where this role may. */
static enum rc hello_host(struct ship *s, struct err *e)
{
    static const char add[] = "INSERT INTO host (name) SELECT $1 WHERE bound_to() = '' ON CONFLICT (name) DO NOTHING";
    static const char look[] =
        "SELECT coalesce(h.host, 0), coalesce(h.retired, false)::text, coalesce(may_ship(h.host), false)::text,"
        " session_user::text, bound_to(), coalesce(h.role, '')"
        " FROM (SELECT) AS one LEFT JOIN host h ON h.name = $1";
    struct str name = str_of(s->setup.host);
    struct pg_rows *rows = NULL;
    enum rc rc = pg_prepared(s->pg, look, DB_VALUES(DB_TEXT(name)), &rows, e);

    if (rc == RC_OK && pg_int(rows, 0, 0) == 0) {
        pg_rows_free(rows);
        rows = NULL;
        rc = pg_run_with(s->pg, add, DB_VALUES(DB_TEXT(name)), e);
        if (rc == RC_OK)
            rc = pg_prepared(s->pg, look, DB_VALUES(DB_TEXT(name)), &rows, e);
    }
    if (rc == RC_OK && !pg_bool(rows, 0, 2))
        rc = hello_not_ours(s, pg_text(rows, 0, 3).p, pg_text(rows, 0, 4).p, pg_text(rows, 0, 5).p, e);
    if (rc == RC_OK && pg_bool(rows, 0, 1))
        rc = err_set(e, RC_BAD, "the host %s was retired, and nothing is shipped; \"assay fleet admit %s\" takes it "
                     "back", s->setup.host, s->setup.host);
    if (rc == RC_OK)
        s->host = pg_int(rows, 0, 0);
    pg_rows_free(rows);
    return rc;
}

/* Who has the name, as far as the centre lets us see. */
static enum rc hello_name_taken(struct ship *s, struct err *e)
{
    static const char who[] =
        "SELECT coalesce(host(a.client_addr), ''), l.pid FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)"
        " WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 1 AND l.objid = $1::bigint::oid"
        " AND l.objsubid = 2"
        " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1";
    struct pg_rows *rows;
    char by[120] = "it cannot be seen by whom";

    if (pg_prepared(s->pg, who, DB_VALUES(DB_INT(s->host)), &rows, NULL) != RC_OK)
        rows = NULL;
    if (rows != NULL && pg_rows_count(rows) == 1)
        (void)snprintf(by, sizeof by, "by %.60s, process %lld of the server",
                       pg_text(rows, 0, 0).n > 0 ? pg_text(rows, 0, 0).p : "one over a socket",
                       (long long)pg_int(rows, 0, 1));
    pg_rows_free(rows);
    hello_note(s, "name-taken");
    return err_set(e, RC_TEMP, "the name %s is taken (%s): another host ships under it, and nothing is shipped from "
                   "here; give one of them another FleetHost", s->setup.host, by);
}

static enum rc hello_take_name(struct ship *s, struct err *e)
{
    static const char lock[] = "SELECT pg_try_advisory_lock(1, $1::bigint::int)::int";
    int64_t ours = 0;
    enum rc rc = pg_ask(s->pg, lock, DB_VALUES(DB_INT(s->host)), &ours, e);

    return rc != RC_OK ? rc : ours != 0 ? RC_OK : hello_name_taken(s, e);
}

/* ---- the centre ---- */

static enum rc hello_too_old(struct ship *s, int64_t oldest, struct err *e)
{
    hello_note(s, "refused");
    return err_set(e, RC_BAD, "%s: it takes no records of an Assay as old as this one (database version %d, at least "
                   "%d is wanted); update this host", s->setup.centre, SCHEMA_VERSION, (int)oldest);
}

static enum rc hello_settings(struct ship *s, struct err *e)
{
    static const char sql[] = "SELECT encode(secret, 'hex'), keep_days, oldest_schema, " SHIP_TODAY " FROM fleet";
    struct pg_rows *rows;
    struct str hex;
    enum rc rc = pg_prepared(s->pg, sql, NULL, 0, &rows, e);

    if (rc != RC_OK)
        return rc;
    hex = pg_text(rows, 0, 0);
    if (pg_rows_count(rows) != 1 || !str_unhex(hex, s->secret, sizeof s->secret))
        rc = err_set(e, RC_INTERNAL, "%s: its table fleet is damaged", s->setup.centre);
    else if (pg_int(rows, 0, 2) > SCHEMA_VERSION)
        rc = hello_too_old(s, pg_int(rows, 0, 2), e);
    s->keep_days = pg_int(rows, 0, 1);
    s->today = pg_int(rows, 0, 3);
    s->keep_days = s->keep_days > 0 && s->keep_days < KEEP_MAX ? s->keep_days : FOR_EVER;
    pg_rows_free(rows);
    return rc;
}

/* COPY names the columns that both sides have; that a host has more is said once. */
static enum rc hello_columns(struct ship *s, struct err *e)
{
    static const char sql[] = "SELECT attname FROM pg_attribute WHERE attrelid = 'message'::regclass AND attnum > 0"
                              " AND NOT attisdropped";
    struct pg_rows *rows;
    int lacking = 0;
    enum rc rc = pg_prepared(s->pg, sql, NULL, 0, &rows, e);

    if (rc != RC_OK)
        return rc;
    for (int i = 0; i < SCHEMA_COLUMNS; i++) {
        s->has[i] = false;
        for (size_t k = 0; k < pg_rows_count(rows) && !s->has[i]; k++)
            s->has[i] = strcmp(pg_text(rows, k, 0).p, schema_column[i].name) == 0;
        lacking += !s->has[i];
    }
    pg_rows_free(rows);
    if (lacking > 0 && lacking != s->columns_told)
        log_write(LOG_LEVEL_WARNING, NULL, "the centre lacks %d columns of this host's records, which are left out: "
                  "assay fleet migrate, with this version, adds them", lacking);
    s->columns_told = lacking;
    return RC_OK;
}

/* ---- the file's life ---- */

/*
 * Whether our record `id` was shipped: by this host, by whoever has the identity of our file, or, when it has a queue
 * id to be known by, by anybody: a copy of a copy has records of files whose identities it never had.
 */
static enum rc hello_shipped(struct ship *s, const char *uuid, int64_t id, bool *out, struct err *e)
{
    static const char sql[] = "SELECT shipped($1::bigint::int, $2::uuid, $3, $4, $5)::int";
    const char *queue_id = "";
    int64_t time_ms = 0, n = 0;
    bool there;
    enum rc rc = life_message(s->db, s->a, id, &there, &time_ms, &queue_id, e);

    *out = true;
    if (rc != RC_OK || !there)
        return rc; /* pruned here: older than what can still be shipped */
    if (s->keep_days > 0 && time_ms < clock_wall_ms() - s->keep_days * 86400000)
        return RC_OK; /* pruned there, or never wanted */
    rc = pg_ask(s->pg, sql, DB_VALUES(DB_INT(s->host), DB_TEXT(str_of(uuid)), DB_INT(id), DB_INT(time_ms),
                DB_TEXT(str_of(queue_id))), &n, e);
    *out = n > 0;
    return rc;
}

/*
 * The greatest id of (low, middle] that was shipped; `low` when none of the last few was.  Not one alone is asked for:
 * a record that the centre refused is not there, though all about it was shipped.
 */
static enum rc hello_shipped_below(struct ship *s, const char *uuid, int64_t low, int64_t middle, int64_t *out,
                                   struct err *e)
{
    bool shipped = false;
    enum rc rc = RC_OK;

    for (*out = middle; rc == RC_OK && *out > low && *out > middle - REFUSED_MAX; --*out) {
        rc = hello_shipped(s, uuid, *out, &shipped, e);
        if (shipped)
            return rc;
    }
    *out = low;
    return rc;
}

/* The file's history parted from what was shipped: it gets an identity of its own from the last record both have. */
static enum rc hello_fork(struct ship *s, const struct life *life, const char *why, struct err *e)
{
    int64_t low = 0, high = life->newest_id;
    enum rc rc = RC_OK;

    while (rc == RC_OK && low < high) {
        int64_t middle = low + (high - low + 1) / 2, found;

        rc = hello_shipped_below(s, life->uuid, low, middle, &found, e);
        if (found > low)
            low = found;
        else
            high = middle - REFUSED_MAX > low ? middle - REFUSED_MAX : low;
    }
    if (rc == RC_OK)
        rc = life_renew(s->setup.database, low, e); /* before the centre hears of it */
    if (rc != RC_OK)
        return rc;
    rc = ship_look_anew(s, e);
    s->counts.forks++;
    log_write(LOG_LEVEL_WARNING, NULL, "%s: %s; it is shipped as a store of its own, from record %lld on",
              s->setup.database, why, (long long)low + 1);
    return rc;
}

/* Why the file is not what was shipped under its identity; NULL when it is. */
static enum rc hello_differs(struct ship *s, const struct life *life, const struct pg_rows *row, const char **why,
                             struct err *e)
{
    int64_t shipped_id = pg_int(row, 0, 1), time_ms = 0;
    const char *queue_id = "";
    bool there;
    enum rc rc = life_message(s->db, s->a, shipped_id, &there, &time_ms, &queue_id, e);

    *why = NULL;
    if (rc != RC_OK)
        return rc;
    if (pg_int(row, 0, 5) != s->host)
        *why = "it is a copy of another host's file";
    else if (shipped_id == life->base_id)
        return RC_OK; /* nothing was shipped yet of this life */
    else if (there && (time_ms != pg_int(row, 0, 2) ||
                       (pg_text(row, 0, 3).n > 0 && strcmp(queue_id, pg_text(row, 0, 3).p) != 0)))
        *why = "it was restored from an earlier copy, or is a copy whose original went on";
    else if (!there && !(life->oldest_id > shipped_id))
        *why = "it was restored from an earlier copy";
    return RC_OK;
}

/*
 * A file that nobody knows, of a host that is known.  One that was restored from before it had an identity has records
 * that were shipped; and where the centre was, it may have forgotten an identity, and records before it that it had.
 */
static enum rc hello_unknown(struct ship *s, const struct life *life, const char **why, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM store WHERE host = $1";
    int64_t lives = 0, id = life->base_id > 0 ? life->base_id : life->oldest_id;
    bool shipped = false;
    enum rc rc = RC_OK;

    *why = NULL;
    if (id > 0)
        rc = pg_ask(s->pg, sql, DB_VALUES(DB_INT(s->host)), &lives, e);
    if (rc != RC_OK || lives == 0)
        return rc;
    rc = hello_shipped(s, life->uuid, id, &shipped, e);
    if (rc == RC_OK && shipped && life->base_id == 0)
        *why = "its first records were shipped before, under another identity";
    else if (rc == RC_OK && !shipped && life->base_id > 0)
        *why = "the centre was restored from an earlier copy, and lacks records of this host that it had";
    return rc;
}

/* Finds the file's row, or makes one; *why when it must fork first. */
static enum rc hello_store(struct ship *s, const struct life *life, const char **why, struct err *e)
{
    static const char look[] = "SELECT store, shipped_id, last_ms, last_queue_id, dns_mark, host, failure_mark"
                               " FROM store WHERE uuid = $1::uuid";
    static const char add[] = "INSERT INTO store (host, uuid, base_id, shipped_id, schema, version)"
                              " VALUES ($1::bigint, $2::uuid, $3, $3, $4::bigint, $5) ON CONFLICT (uuid) DO NOTHING";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(s->pg, look, DB_VALUES(DB_TEXT(str_of(life->uuid))), &rows, e);

    *why = NULL;
    if (rc == RC_OK && pg_rows_count(rows) == 0) {
        pg_rows_free(rows);
        rows = NULL;
        rc = hello_unknown(s, life, why, e);
        if (rc != RC_OK || *why != NULL)
            return rc;
        rc = pg_run_with(s->pg, add, DB_VALUES(DB_INT(s->host), DB_TEXT(str_of(life->uuid)), DB_INT(life->base_id),
                         DB_INT(SCHEMA_VERSION), DB_TEXT(STR(ASSAY_VERSION))), e);
        if (rc == RC_OK)
            rc = pg_prepared(s->pg, look, DB_VALUES(DB_TEXT(str_of(life->uuid))), &rows, e);
    }
    if (rc == RC_OK && pg_rows_count(rows) != 1)
        rc = err_set(e, RC_TEMP, "%s: the row of this file cannot be found", s->setup.centre);
    if (rc == RC_OK)
        rc = hello_differs(s, life, rows, why, e);
    if (rc == RC_OK && *why == NULL) {
        s->store = pg_int(rows, 0, 0);
        s->shipped_id = pg_int(rows, 0, 1);
        s->dns_mark = pg_int(rows, 0, 4);
        s->failure_mark = pg_int(rows, 0, 6);
    }
    pg_rows_free(rows);
    return rc;
}

static enum rc hello_life(struct ship *s, struct err *e)
{
    static const char note[] = "UPDATE store SET schema = $2::bigint, version = $3 WHERE store = $1";
    const char *why = "";
    enum rc rc = RC_OK;

    for (int i = 0; rc == RC_OK && why != NULL && i <= FORKS_MAX; i++) {
        struct life life;

        rc = life_read(s->db, s->a, &life, e);
        if (rc == RC_OK)
            rc = hello_store(s, &life, &why, e);
        if (rc == RC_OK && why != NULL)
            rc = hello_fork(s, &life, why, e);
    }
    if (rc == RC_OK && why != NULL)
        rc = err_set(e, RC_INTERNAL, "%s: %s, again and again", s->setup.database, why);
    return rc == RC_OK ? pg_run_with(s->pg, note, DB_VALUES(DB_INT(s->store), DB_INT(SCHEMA_VERSION),
                                     DB_TEXT(STR(ASSAY_VERSION))), e) : rc;
}

enum rc hello(struct ship *s, struct err *e)
{
    enum rc rc = tables_check(s->pg, e);

    if (rc == RC_BAD)
        hello_note(s, "refused");
    if (rc == RC_OK)
        rc = hello_host(s, e);
    if (rc == RC_OK)
        rc = hello_take_name(s, e);
    if (rc == RC_OK)
        rc = hello_settings(s, e);
    if (rc == RC_OK)
        rc = hello_columns(s, e);
    if (rc == RC_OK)
        rc = hello_life(s, e);
    s->days = 0;
    s->whole_ms = 0;
    if (rc == RC_OK)
        rc = pg_run(s->pg, "LISTEN assay", e);
    s->unread = true;
    s->ask = s->behind = false;
    s->gather_ms = s->rest_ms = s->beat_ms = 0;
    return rc;
}
