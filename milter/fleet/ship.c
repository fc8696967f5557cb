#include "fleet/ship.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hostname.h"
#include "base/log.h"
#include "db/sqlite.h"
#include "fleet/internal.h"

enum {
    ARENA_MAX = SHIP_BATCH_BYTES + 8 * 1024 * 1024,
    BEAT_MS = 10000,   /* between two signs of life, while the centre takes a host for silent after 30 s */
    GATHER_MS = 1000,  /* from one transaction with records to the next, where all was shipped */
    REST_MS = 5000     /* between two looks for what nobody waits for */
};

/* ---- making ---- */

enum rc ship_new(const struct ship_setup *setup, struct ship **out, struct err *e)
{
    struct ship *s = calloc(1, sizeof *s);
    char name[HOSTNAME_SIZE];

    *out = NULL;
    if (s == NULL)
        return err_set(e, RC_NOMEM, "no memory to ship records");
    s->setup.centre = strdup(setup->centre);
    s->setup.database = strdup(setup->database);
    s->setup.host = strdup(hostname_of(setup->host, name));
    s->a = arena_new(ARENA_MAX);
    s->limit = SHIP_BATCH_MAX;
    if (s->setup.centre == NULL || s->setup.database == NULL || s->setup.host == NULL || s->a == NULL) {
        ship_free(s);
        return err_set(e, RC_NOMEM, "no memory to ship records");
    }
    if (s->setup.host[0] == '\0' || strlen(s->setup.host) > SHIP_HOST_MAX) {
        ship_free(s);
        return err_set(e, RC_BAD, "the host's name is empty or longer than %d bytes; set FleetHost", SHIP_HOST_MAX);
    }
    *out = s;
    return RC_OK;
}

void ship_free(struct ship *s)
{
    if (s == NULL)
        return;
    pg_close(s->pg);
    db_close(s->db);
    arena_free(s->a);
    free((void *)(uintptr_t)s->setup.centre);
    free((void *)(uintptr_t)s->setup.database);
    free((void *)(uintptr_t)s->setup.host);
    free(s);
}

struct ship_counts ship_counts(const struct ship *s)
{
    return s->counts;
}

int64_t ship_followed_ms(const struct ship *s)
{
    return s->followed.checked_ms;
}

/* ---- a round ---- */

static void ship_hang_up(struct ship *s)
{
    pg_close(s->pg);
    s->pg = NULL;
}

enum rc ship_look_anew(struct ship *s, struct err *e)
{
    db_close(s->db);
    s->db = NULL;
    s->unread = true; /* versions are a connection's own */
    return db_open_read(s->setup.database, &records_schema, &s->db, e);
}

/* How far the file's copy of what people decide is: also where the centre is away. */
static enum rc ship_read_followed(struct ship *s, struct err *e)
{
    enum rc rc = followed_read(s->db, &s->followed, e);

    s->followed_noted_ms = s->followed.checked_ms == 0 ? 1 : s->followed.checked_ms;
    return rc;
}

/* The file that is there now, and a connection on which the centre was greeted. */
static enum rc ship_ready(struct ship *s, struct err *e)
{
    enum rc rc = RC_OK;

    if (s->db != NULL && (db_moved(s->db) || db_is_frozen(s->db))) {
        if (db_moved(s->db))
            ship_hang_up(s); /* greeted again: what is there now may be another file */
        db_close(s->db);
        s->db = NULL;
    }
    if (s->db == NULL) {
        rc = db_open_read(s->setup.database, &records_schema, &s->db, e);
        s->followed_noted_ms = 0;
        s->unread = true;
    }
    if (rc == RC_OK && s->followed_noted_ms == 0)
        rc = ship_read_followed(s, e);
    if (rc != RC_OK || s->pg != NULL)
        return rc;
    rc = pg_open(s->setup.centre, "assay-fleet", &s->pg, e);
    if (rc == RC_OK)
        rc = hello(s, e);
    if (rc == RC_OK) {
        s->counts.connections++;
        log_write(LOG_LEVEL_INFO, NULL, "%s ships to %s as store %lld, from record %lld on", s->setup.host,
                  s->setup.centre, (long long)s->store, (long long)s->shipped_id + 1);
    }
    return rc;
}

/*
 * That we are alive, what there is to ship, and how our clock stands.  The centre answers in the same statement whether
 * people decided something that the file lacks (a notification is lost with its connection), and whether we are to look
 * after its partitions: where there is no keeper, the first of those stores that were heard of lately does it.
 */
static enum rc beat_send(struct ship *s, const struct life *life, bool *same, bool *care, struct err *e)
{
    static const char sql[] =
        "UPDATE store s SET seen = now(), newest_id = $2, newest_ms = $3,"
        " whole_until_ms = CASE WHEN $5 > 0 THEN $5 ELSE whole_until_ms END,"
        " skew_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint - $4,"
        " followed = CASE WHEN f.generation = $6 AND f.mark = $7 THEN now() ELSE followed END,"
        " generation = CASE WHEN f.generation = $6 AND f.mark = $7 THEN $6 ELSE s.generation END"
        " FROM (SELECT f.generation, coalesce((SELECT (extract(epoch FROM at) * 1000000)::bigint FROM generation g"
        "  WHERE g.generation = f.generation), 0) AS mark FROM fleet f) f WHERE store = $1"
        " RETURNING skew_ms, " SHIP_TODAY ", f.generation = $6 AND f.mark = $7,"
        " NOT EXISTS (SELECT FROM keeper WHERE seen > now() - interval '1 minute') AND NOT EXISTS"
        "  (SELECT FROM store o WHERE o.store < s.store AND o.seen > now() - interval '30 s')";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(s->pg, sql, DB_VALUES(DB_INT(s->store), DB_INT(life->newest_id), DB_INT(life->newest_ms),
                             DB_INT(clock_wall_ms()), DB_INT(s->whole_ms), DB_INT(s->followed.generation),
                             DB_INT(s->followed.mark)), &rows, e);

    *same = *care = false;
    if (rc == RC_OK && pg_rows_count(rows) == 1) {
        s->skew_ms = pg_int(rows, 0, 0);
        s->today = pg_int(rows, 0, 1);
        *same = pg_bool(rows, 0, 2);
        *care = pg_bool(rows, 0, 3);
    }
    if (rc == RC_OK)
        pg_rows_free(rows);
    return rc;
}

static enum rc ship_beat(struct ship *s, struct err *e)
{
    struct err why = ERR_NONE;
    struct life life;
    bool same = false, care = false;
    enum rc rc = life_read(s->db, s->a, &life, e);

    if (rc == RC_OK)
        rc = beat_send(s, &life, &same, &care, e);
    if (rc != RC_OK)
        return rc;
    s->beat_ms = clock_mono_ms();
    s->ask = s->ask || !same;
    if (care && pg_run(s->pg, "SELECT care()", &why) != RC_OK)
        log_write(LOG_LEVEL_WARNING, NULL, "the centre's partitions: %s", why.text);
    return same ? follow_unchanged(s, e) : RC_OK;
}

/* Whether the file is to be read: what was written since has gathered, or a sign of life is due, which says how far. */
static enum rc ship_is_to_read(struct ship *s, bool beat, bool *out, struct err *e)
{
    int64_t version = s->version;
    enum rc rc = life_version(s->db, &version, e);

    s->unread = s->unread || version != s->version;
    s->version = version;
    *out = s->behind || beat || (s->unread && clock_mono_ms() >= s->gather_ms);
    return rc;
}

/* What can wait a moment longer than records: each look would be a transaction of its own where there is some. */
static enum rc ship_rest(struct ship *s, bool *all, struct err *e)
{
    bool texts_all = true, failures_all = true;
    enum rc rc = texts_ship(s, &texts_all, e);

    if (rc == RC_OK)
        rc = failures_ship(s, &failures_all, e);
    if (rc == RC_OK)
        rc = follow_own(s, e);
    *all = *all && texts_all && failures_all;
    s->rest_ms = *all ? clock_mono_ms() + REST_MS : 0;
    return rc;
}

static enum rc ship_read(struct ship *s, struct ship_round *out, struct err *e)
{
    enum rc rc;

    s->unread = false; /* what is written from here on makes it another version */
    rc = batch_ship(s, out, e);
    if (rc == RC_OK && (!out->all || clock_mono_ms() >= s->rest_ms))
        rc = ship_rest(s, &out->all, e);
    if (out->records > 0)
        s->gather_ms = clock_mono_ms() + GATHER_MS;
    s->behind = rc != RC_OK || !out->all;
    return rc;
}

static enum rc ship_turn(struct ship *s, struct ship_round *out, struct err *e)
{
    bool beat = s->beat_ms == 0 || clock_mono_ms() - s->beat_ms >= BEAT_MS, read = false;
    enum rc rc = ship_is_to_read(s, beat, &read, e);

    if (rc == RC_OK && read)
        rc = ship_read(s, out, e);
    if (rc == RC_OK && beat)
        rc = ship_beat(s, e);
    return rc == RC_OK ? follow(s, e) : rc;
}

enum rc ship_once(struct ship *s, struct ship_round *out, struct err *e)
{
    enum rc rc;

    *out = (struct ship_round){.all = true};
    arena_reset(s->a);
    rc = ship_ready(s, e);
    if (rc == RC_OK)
        rc = ship_turn(s, out, e);
    if (rc != RC_OK && s->pg != NULL) { /* nothing is tried again inside a connection */
        pg_roll_back(s->pg);
        ship_hang_up(s);
    }
    return rc;
}
