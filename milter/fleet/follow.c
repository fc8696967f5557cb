/* What people decide in the centre, to the host's file: fetched in one look, written in one transaction. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/run.h"
#include "fleet/internal.h"
#include "inventory/snapshot.h"

enum {
    NOTE_MS = 60000,       /* between two notes in the file that nothing changed */
    OWN_MAX = 100, ADDRESSES_MAX = 10000
};

#define COMMA_FIELD(field, help) ", " #field

/* What was fetched; rows that were not asked for are NULL. */
struct fetched {
    struct followed at;
    bool anew;
    struct pg_rows *sources, *gone, *caught, *addresses, *changes;
};

static void follow_free(struct fetched *f)
{
    pg_rows_free(f->sources);
    pg_rows_free(f->gone);
    pg_rows_free(f->caught);
    pg_rows_free(f->addresses);
    pg_rows_free(f->changes);
}

/* ---- out of the centre ---- */

static enum rc fetch_sources(struct ship *s, struct fetched *f, struct err *e)
{
    /* what people touched; of all entries those that a snapshot holds (inventory/snapshot.c) */
    static const char newer[] =
        "SELECT domain, source" INVENTORY_FIELDS(COMMA_FIELD) " FROM source WHERE generation > $1"
        " AND ($2 = 0 OR status <> 'unknown' OR ticket <> '' OR owner <> '' OR client = '' OR network <> '')"
        " ORDER BY generation LIMIT $3";
    static const char removed[] = "SELECT domain, source FROM source_gone WHERE generation > $1";
    int64_t since = f->anew ? 0 : s->followed.generation;
    enum rc rc = pg_prepared(s->pg, newer, DB_VALUES(DB_INT(since), DB_INT(f->anew), DB_INT(SNAPSHOT_SOURCES_MAX)),
                             &f->sources, e);

    return rc == RC_OK && !f->anew ? pg_prepared(s->pg, removed, DB_VALUES(DB_INT(since)), &f->gone, e) : rc;
}

static enum rc fetch_caught(struct ship *s, struct fetched *f, struct err *e)
{
    static const char caught[] = "SELECT domain, since_ms, until_ms FROM caught ORDER BY domain LIMIT $1";
    static const char addresses[] =
        "SELECT c.domain, k.address FROM caught c JOIN correspondent k ON k.domain = c.domain WHERE k.address <> ''"
        " AND k.first_day < c.since_ms / $2 AND k.last_day >= c.since_ms / $2 - $3 ORDER BY 1, 2 LIMIT $1";
    enum rc rc = pg_prepared(s->pg, caught, DB_VALUES(DB_INT(ADDRESSES_MAX)), &f->caught, e);

    return rc == RC_OK ? pg_prepared(s->pg, addresses, DB_VALUES(DB_INT(ADDRESSES_MAX), DB_INT(CLOCK_DAY_MS),
                                     DB_INT(CORRESPONDENTS_PAST_DAYS)), &f->addresses, e) : rc;
}

/* In a transaction that reads all as of one moment.  A mark that is not there any more is of another centre, or old. */
static enum rc fetch_all(struct ship *s, struct fetched *f, struct err *e)
{
    static const char now[] =
        "SELECT f.generation, f.caught_generation, f.change_generation,"
        " coalesce((SELECT (extract(epoch FROM at) * 1000000)::bigint FROM generation g"
        "  WHERE g.generation = f.generation), 0),"
        " coalesce((SELECT (extract(epoch FROM at) * 1000000)::bigint FROM generation g WHERE g.generation = $1), 0)"
        " FROM fleet f";
    static const char changes[] = "SELECT kind, name, changed_ms, old_ttl FROM known_change LIMIT $1";
    int64_t caught, changed, mark;
    struct pg_rows *rows;
    enum rc rc = pg_prepared(s->pg, now, DB_VALUES(DB_INT(s->followed.generation)), &rows, e);

    if (rc != RC_OK)
        return rc;
    f->at = (struct followed){pg_int(rows, 0, 0), pg_int(rows, 0, 3), clock_wall_ms()};
    caught = pg_int(rows, 0, 1);
    changed = pg_int(rows, 0, 2);
    mark = pg_int(rows, 0, 4);
    pg_rows_free(rows);
    if (f->at.generation == s->followed.generation && f->at.mark == s->followed.mark)
        return RC_OK;
    f->anew = s->followed.generation == 0 || f->at.generation < s->followed.generation || mark != s->followed.mark;
    rc = fetch_sources(s, f, e);
    if (rc == RC_OK && (f->anew || caught > s->followed.generation))
        rc = fetch_caught(s, f, e);
    if (rc == RC_OK && (f->anew || changed > s->followed.generation))
        rc = pg_prepared(s->pg, changes, DB_VALUES(DB_INT(DNSTEXT_CHANGES_MAX)), &f->changes, e);
    return rc;
}

static enum rc follow_fetch(struct ship *s, struct fetched *f, struct err *e)
{
    enum rc rc = pg_begin_reading(s->pg, e);

    if (rc == RC_OK)
        rc = fetch_all(s, f, e);
    if (rc == RC_OK)
        rc = pg_commit(s->pg, e);
    return rc;
}

/* ---- into the file ---- */

static enum rc put_sources(struct db *d, const struct fetched *f, int64_t *gone, struct err *e)
{
    enum rc rc = f->anew ? followed_sources_anew(d, e) : RC_OK;

    *gone = 0;
    for (size_t i = 0; rc == RC_OK && i < pg_rows_count(f->sources); i++) {
        struct inventory_edit entry = {.domain = pg_text(f->sources, i, 0).p, .source = pg_text(f->sources, i, 1).p};

        for (int k = 0; k < INVENTORY_FIELD_COUNT; k++)
            entry.field[k] = pg_text(f->sources, i, k + 2).p;
        rc = followed_put_source(d, &entry, e);
    }
    for (size_t i = 0; rc == RC_OK && f->gone != NULL && i < pg_rows_count(f->gone); i++)
        rc = followed_remove_source(d, pg_text(f->gone, i, 0).p, pg_text(f->gone, i, 1).p, e);
    return rc == RC_OK && (f->anew || pg_rows_count(f->sources) > 0) ? followed_sources_end(d, clock_wall_ms(), gone, e)
                                                                     : rc;
}

static enum rc put_caught(struct db *d, const struct fetched *f, struct err *e)
{
    enum rc rc = followed_caught_begin(d, e);

    for (size_t i = 0; rc == RC_OK && i < pg_rows_count(f->caught); i++) {
        const struct followed_caught c = {pg_text(f->caught, i, 0).p, pg_int(f->caught, i, 1), pg_int(f->caught, i, 2)};

        rc = followed_put_caught(d, &c, e);
    }
    for (size_t i = 0; rc == RC_OK && i < pg_rows_count(f->addresses); i++)
        rc = followed_put_address(d, pg_text(f->addresses, i, 0).p, pg_text(f->addresses, i, 1).p, e);
    return rc == RC_OK ? followed_caught_end(d, e) : rc;
}

static enum rc put_changes(struct db *d, const struct fetched *f, struct err *e)
{
    enum rc rc = followed_changes_anew(d, e);

    for (size_t i = 0; rc == RC_OK && i < pg_rows_count(f->changes); i++)
        rc = followed_put_change(d, pg_text(f->changes, i, 0), pg_text(f->changes, i, 1), pg_int(f->changes, i, 2),
                                 pg_int(f->changes, i, 3), e);
    return rc;
}

static enum rc follow_write(struct ship *s, const struct fetched *f, struct err *e)
{
    struct db *d = NULL;
    int64_t gone = 0;
    enum rc rc = db_open_write(s->setup.database, &records_schema, false, &d, e);

    if (rc == RC_OK)
        rc = db_begin(d, e);
    if (rc == RC_OK && f->sources != NULL)
        rc = put_sources(d, f, &gone, e);
    if (rc == RC_OK && f->caught != NULL)
        rc = put_caught(d, f, e);
    if (rc == RC_OK && f->changes != NULL)
        rc = put_changes(d, f, e);
    if (rc == RC_OK)
        rc = followed_note(d, &f->at, e);
    if (rc == RC_OK)
        rc = db_commit(d, e);
    db_close(d); /* what was not committed is taken back */
    if (rc == RC_OK)
        rc = ship_look_anew(s, e);
    if (rc == RC_OK && gone > 0)
        log_write(LOG_LEVEL_WARNING, NULL, "%" PRId64 " entries of the inventory that this host alone had were taken "
                  "out: the centre's is the one; what they said is in \"assay source show\"", gone);
    return rc;
}

enum rc follow_unchanged(struct ship *s, struct err *e)
{
    struct fetched f = {.at = s->followed};
    enum rc rc = RC_OK;

    f.at.checked_ms = clock_wall_ms();
    if (f.at.checked_ms - s->followed_noted_ms >= NOTE_MS) {
        rc = follow_write(s, &f, e);
        if (rc == RC_OK)
            s->followed_noted_ms = f.at.checked_ms;
    }
    if (rc == RC_OK)
        s->followed = f.at;
    return rc;
}

static enum rc follow_once(struct ship *s, struct err *e)
{
    static const char note[] = "UPDATE store SET generation = $2, followed = now() WHERE store = $1";
    struct fetched f = {.anew = false};
    enum rc rc = follow_fetch(s, &f, e);
    bool write = rc == RC_OK && (f.sources != NULL || f.at.checked_ms - s->followed_noted_ms >= NOTE_MS);

    if (write)
        rc = follow_write(s, &f, e);
    if (rc == RC_OK && write)
        s->followed_noted_ms = f.at.checked_ms;
    if (rc == RC_OK) {
        s->followed = f.at;
        rc = pg_run_with(s->pg, note, DB_VALUES(DB_INT(s->store), DB_INT(f.at.generation)), e);
    }
    follow_free(&f);
    return rc;
}

/* ---- the host's own safety catch ---- */

/* What it put on goes to the centre, which says until when it is on for all; 0: it was released there. */
static enum rc follow_tell(struct ship *s, const struct followed_caught *c, size_t n, struct err *e)
{
    static const char sql[] = "SELECT caught_by_host($1, $2, $3)";
    struct db *d = NULL;
    enum rc rc = db_open_write(s->setup.database, &records_schema, false, &d, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        int64_t until_ms = 0;

        rc = pg_ask(s->pg, sql, DB_VALUES(DB_TEXT(str_of(c[i].domain)), DB_INT(c[i].since_ms), DB_INT(c[i].until_ms)),
                    &until_ms, e);
        if (rc == RC_OK)
            rc = followed_told_caught(d, c[i].domain, until_ms, e);
        if (rc == RC_OK)
            log_write(LOG_LEVEL_INFO, NULL, "safety catch for %s: the centre %s", c[i].domain,
                      until_ms > 0 ? "has it for all hosts" : "released it, and so does this host");
    }
    db_close(d);
    return rc == RC_OK ? ship_look_anew(s, e) : rc;
}

enum rc follow_own(struct ship *s, struct err *e)
{
    struct followed_caught *c;
    size_t n = 0;
    enum rc rc = followed_own_caught(s->db, s->a, clock_wall_ms(), OWN_MAX, &c, &n, e);

    return rc == RC_OK && n > 0 ? follow_tell(s, c, n, e) : rc;
}

enum rc follow(struct ship *s, struct err *e)
{
    if (!pg_notified(s->pg) && !s->ask)
        return RC_OK;
    s->ask = false;
    return follow_once(s, e);
}
