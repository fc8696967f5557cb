#include "store/prune.h"

#include "store/dnstext.h"
#include "store/lookup.h"
#include "store/tallies.h"

enum { REST_MS = 60 * 1000, TURNS = 4 };

static const int64_t day_ms = 24 * 3600 * 1000;

/*
 * Ids follow the order of time but for the few that came while others did,
 * so the oldest ids are looked at and those too young stay for the next time.
 * The newest row stays whatever its age, for ids are counted from it; and one
 * that was not digested stays until it was.
 */
static enum rc prune_messages(struct db *d, int64_t before_ms, int64_t *gone, struct err *e)
{
    static const char sql[] =
        "DELETE FROM message WHERE id IN (SELECT id FROM (SELECT id, time_ms FROM message ORDER BY id LIMIT ?2)"
        " WHERE time_ms < ?1) AND id < (SELECT max(id) FROM message) AND id <= (SELECT done_id FROM digest)";
    struct statement *s;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_int(s, 1, before_ms);
    statement_bind_int(s, 2, PRUNE_ROWS);
    rc = statement_run(s, e);
    if (rc == RC_OK)
        *gone += db_changes(d);
    return rc;
}

static enum rc prune_lookup(struct db *d, int64_t *gone, struct err *e)
{
    int64_t first = 0;
    enum rc rc = db_ask(d, "SELECT coalesce(min(id), 0) FROM message", &first, e);

    return rc == RC_OK ? lookup_prune(d, first, PRUNE_ROWS, gone, e) : rc;
}

static enum rc prune_turn(struct prune *p, struct db *d, const struct store_keep *keep, int64_t wall_ms, int64_t *gone,
                          struct err *e)
{
    switch (p->turn) {
    case 0: return keep->messages == 0 ? RC_OK : prune_messages(d, wall_ms - keep->messages * day_ms, gone, e);
    case 1: return keep->messages == 0 ? RC_OK : prune_lookup(d, gone, e);
    case 2:
        return keep->tallies == 0
                   ? RC_OK
                   : tallies_prune(d, tallies_day(wall_ms) - keep->tallies, PRUNE_ROWS, gone, e);
    default:
        return keep->dns_texts == 0
                   ? RC_OK
                   : dnstext_prune(d, wall_ms - keep->dns_texts * day_ms, PRUNE_ROWS, &p->dns_cursor, gone, e);
    }
}

enum rc prune_step(struct prune *p, struct db *d, const struct store_keep *keep, int64_t wall_ms, int64_t mono_ms,
                   bool *worked, uint64_t *gone, struct err *e)
{
    int64_t n = 0;
    enum rc rc;

    *worked = false;
    if (mono_ms < p->rest_until_ms)
        return RC_OK;
    rc = db_run(d, "BEGIN IMMEDIATE", e);
    if (rc == RC_OK)
        rc = prune_turn(p, d, keep, wall_ms, &n, e);
    if (rc == RC_OK)
        rc = db_run(d, "COMMIT", e);
    if (rc != RC_OK) {
        db_roll_back(d);
        return rc;
    }
    *worked = true;
    *gone += (uint64_t)n;
    if (n == 0 && p->dns_cursor == 0) {
        p->turn = (p->turn + 1) % TURNS;
        if (p->turn == 0)
            p->rest_until_ms = mono_ms + REST_MS;
    }
    return RC_OK;
}
