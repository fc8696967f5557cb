#include "records/prune.h"

#include <inttypes.h>

#include "base/log.h"
#include "db/run.h"
#include "inventory/correspondents.h"
#include "inventory/dnstext.h"
#include "records/lookup.h"
#include "records/tallies.h"

enum { REST_MS = 60 * 1000, TURNS = 5 };

static const int64_t day_ms = 24 * 3600 * 1000;

/*
 * The newest row stays whatever its age, for ids are counted from it; and one
 * that was not digested stays until it was.
 */
static enum rc prune_old(struct db *d, int64_t before_ms, int64_t *gone, struct err *e)
{
    static const char sql[] =
        "DELETE FROM message WHERE id IN (SELECT id FROM message WHERE time_ms < ?1 ORDER BY time_ms LIMIT ?2)"
        " AND id < (SELECT max(id) FROM message) AND id <= (SELECT done_id FROM digest)";
    enum rc rc = db_run_with(d, sql, DB_VALUES(DB_INT(before_ms), DB_INT(PRUNE_ROWS)), e);

    if (rc == RC_OK)
        *gone += db_changes(d);
    return rc;
}

/*
 * What a clock that was ahead left behind is as old as what came in beside it,
 * which its id tells: it goes when what has a right time and is kept came
 * after it.
 */
static enum rc prune_ahead(struct db *d, int64_t before_ms, int64_t wall_ms, int64_t *gone, struct err *e)
{
    static const char sql[] =
        "DELETE FROM message WHERE id IN (SELECT id FROM message WHERE time_ms > ?2 AND id <"
        " (SELECT id FROM message WHERE time_ms >= ?1 ORDER BY time_ms LIMIT 1) ORDER BY time_ms LIMIT ?3)"
        " AND id < (SELECT max(id) FROM message) AND id <= (SELECT done_id FROM digest)";
    enum rc rc = db_run_with(d, sql, DB_VALUES(DB_INT(before_ms), DB_INT(wall_ms + day_ms), DB_INT(PRUNE_ROWS)), e);

    if (rc == RC_OK)
        *gone += db_changes(d);
    return rc;
}

static enum rc prune_messages(struct db *d, int64_t before_ms, int64_t wall_ms, int64_t *gone, struct err *e)
{
    enum rc rc = prune_old(d, before_ms, gone, e);

    return rc == RC_OK && *gone == 0 ? prune_ahead(d, before_ms, wall_ms, gone, e) : rc;
}

static enum rc prune_lookup(struct db *d, int64_t *gone, struct err *e)
{
    int64_t first = 0;
    enum rc rc = db_ask(d, "SELECT coalesce(min(id), 0) FROM message", &first, e);

    return rc == RC_OK ? lookup_prune(d, first, PRUNE_ROWS, gone, e) : rc;
}

/* Days and times beside the records that lie ahead count as today's, unless the newest record lies ahead, too. */
static enum rc prune_mend_times(struct db *d, int64_t wall_ms, struct err *e)
{
    static const char *const sql[] = {
        ("INSERT OR IGNORE INTO mail_sum_stale SELECT DISTINCT author_domain, 0 FROM tally"
         " WHERE day > ?1 / 86400000 + 1"),
        "INSERT INTO tally (author_domain, source, cause, day, client, dmarc, disposition, messages)"
        " SELECT author_domain, source, cause, ?1 / 86400000, client, dmarc, disposition, sum(messages) FROM tally"
        " WHERE day > ?1 / 86400000 + 1 GROUP BY author_domain, source, cause, client, dmarc, disposition"
        " ON CONFLICT DO UPDATE SET messages = messages + excluded.messages",
        "DELETE FROM tally WHERE day > ?1 / 86400000 + 1",
        ("UPDATE source SET last_seen_ms = ?1, first_seen_ms = min(first_seen_ms, ?1)"
         " WHERE last_seen_ms > ?1 + 86400000"),
    };
    int64_t newest = 0;
    enum rc rc = db_ask(d, "SELECT coalesce((SELECT time_ms FROM message ORDER BY id DESC LIMIT 1), 0)", &newest, e);

    if (rc != RC_OK || newest > wall_ms + PRUNE_STEP_MS)
        return rc;
    for (size_t i = 0; rc == RC_OK && i < sizeof sql / sizeof sql[0]; i++) {
        struct statement *s;

        rc = db_query(d, sql[i], DB_VALUES(DB_INT(wall_ms)), &s, e);
        if (rc != RC_OK)
            break;
        rc = statement_run(s, e);
    }
    return rc;
}

static enum rc prune_correspondents(struct db *d, int64_t wall_ms, int64_t *gone, struct err *e)
{
    enum rc rc = prune_mend_times(d, wall_ms, e);

    return rc == RC_OK ? correspondents_prune(d, tallies_day(wall_ms), PRUNE_ROWS, gone, e) : rc;
}

static enum rc prune_turn(struct prune *p, struct db *d, const struct store_keep *keep, int64_t wall_ms, int64_t *gone,
                          struct err *e)
{
    switch (p->turn) {
    case 0: return keep->messages == 0 ? RC_OK : prune_messages(d, wall_ms - keep->messages * day_ms, wall_ms, gone, e);
    case 1: return keep->messages == 0 ? RC_OK : prune_lookup(d, gone, e);
    case 2:
        return keep->tallies == 0
                   ? RC_OK
                   : tallies_prune(d, tallies_day(wall_ms) - keep->tallies, PRUNE_ROWS, gone, e);
    case 3: return prune_correspondents(d, wall_ms, gone, e);
    default:
        return keep->dns_texts == 0
                   ? RC_OK
                   : dnstext_prune(d, wall_ms - keep->dns_texts * day_ms, wall_ms, PRUNE_ROWS, &p->dns_cursor, gone, e);
    }
}

static void doubt(struct prune *p, const struct db *d, int64_t ahead_ms, int64_t mono_ms)
{
    p->doubt_until_ms = mono_ms + PRUNE_DOUBT_MS;
    log_write(LOG_LEVEL_WARNING, NULL, "%s: the clock is %" PRId64 " hours further than it should be; nothing is taken "
              "out as old until it was so for a day, or is set right", db_path(d), ahead_ms / PRUNE_STEP_MS);
}

/* At the start, by the newest record.  The site may have been down: then a day of patience costs little. */
static enum rc compare_with_records(struct prune *p, struct db *d, int64_t wall_ms, int64_t mono_ms, struct err *e)
{
    int64_t newest = 0;
    enum rc rc = db_ask(d, "SELECT time_ms FROM message ORDER BY id DESC LIMIT 1", &newest, e);

    if (rc == RC_OK && newest > 0 && wall_ms - newest > PRUNE_GAP_DAYS * day_ms)
        doubt(p, d, wall_ms - newest, mono_ms);
    return rc;
}

/* A clock that is set wrong for a minute must not cost a year of records. */
static enum rc look_at_clock(struct prune *p, struct db *d, int64_t wall_ms, int64_t mono_ms, struct err *e)
{
    int64_t ahead = wall_ms - mono_ms, before = p->ahead_ms;
    enum rc rc = before == 0 ? compare_with_records(p, d, wall_ms, mono_ms, e) : RC_OK;

    if (rc != RC_OK)
        return rc;
    p->ahead_ms = ahead;
    if (before != 0 && ahead - before > PRUNE_STEP_MS) {
        doubt(p, d, ahead - before, mono_ms);
    } else if (p->doubt_until_ms != 0 && (mono_ms >= p->doubt_until_ms || before - ahead > PRUNE_STEP_MS)) {
        p->doubt_until_ms = 0;
        log_write(LOG_LEVEL_WARNING, NULL, "%s: the clock is believed again", db_path(d));
    }
    return RC_OK;
}

enum rc prune_step(struct prune *p, struct db *d, const struct store_keep *keep, int64_t wall_ms, int64_t mono_ms,
                   bool *worked, uint64_t *gone, struct err *e)
{
    int64_t n = 0;
    enum rc rc;

    *worked = false;
    if (mono_ms < p->rest_until_ms)
        return RC_OK;
    rc = look_at_clock(p, d, wall_ms, mono_ms, e);
    if (rc != RC_OK || p->doubt_until_ms != 0)
        return rc;
    rc = db_begin(d, e);
    if (rc == RC_OK)
        rc = prune_turn(p, d, keep, wall_ms, &n, e);
    if (rc == RC_OK)
        rc = db_commit(d, e);
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
