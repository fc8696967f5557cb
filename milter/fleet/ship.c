#include "fleet/ship.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hostname.h"
#include "base/log.h"
#include "db/sqlite.h"
#include "fleet/internal.h"

enum { ARENA_MAX = SHIP_BATCH_BYTES + 8 * 1024 * 1024, BEAT_MS = 10000 };

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

/* That we are alive, what there is to ship, and how our clock stands; and what somebody must do there now and then. */
static enum rc ship_beat(struct ship *s, struct err *e)
{
    static const char sql[] =
        "UPDATE store SET seen = now(), newest_id = $2, newest_ms = $3,"
        " whole_until_ms = CASE WHEN $5 > 0 THEN $5 ELSE whole_until_ms END,"
        " skew_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint - $4 WHERE store = $1";
    struct err care = ERR_NONE;
    struct life life;
    enum rc rc;

    if (s->beat_ms != 0 && clock_mono_ms() - s->beat_ms < BEAT_MS)
        return RC_OK;
    rc = life_read(s->db, s->a, &life, e);
    if (rc == RC_OK)
        rc = pg_run_with(s->pg, sql, DB_VALUES(DB_INT(s->store), DB_INT(life.newest_id), DB_INT(life.newest_ms),
                         DB_INT(clock_wall_ms()), DB_INT(s->whole_ms)), e);
    if (rc != RC_OK)
        return rc;
    s->beat_ms = clock_mono_ms();
    if (pg_run(s->pg, "SELECT care()", &care) != RC_OK)
        log_write(LOG_LEVEL_WARNING, NULL, "the centre's partitions: %s", care.text);
    return RC_OK;
}

enum rc ship_once(struct ship *s, struct ship_round *out, struct err *e)
{
    bool texts_all = true, failures_all = true;
    enum rc rc;

    *out = (struct ship_round){.records = 0};
    arena_reset(s->a);
    rc = ship_ready(s, e);
    if (rc == RC_OK)
        rc = batch_ship(s, out, e);
    if (rc == RC_OK)
        rc = texts_ship(s, &texts_all, e);
    if (rc == RC_OK)
        rc = failures_ship(s, &failures_all, e);
    if (rc == RC_OK)
        rc = follow(s, e);
    if (rc == RC_OK)
        rc = ship_beat(s, e);
    out->all = out->all && texts_all && failures_all;
    if (rc != RC_OK && s->pg != NULL) { /* nothing is tried again inside a connection */
        pg_roll_back(s->pg);
        ship_hang_up(s);
    }
    return rc;
}
