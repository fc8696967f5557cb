/* The safety catch by the mail of all hosts; the rule is policy/catch_rule.h's. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "fleet/keep_internal.h"
#include "policy/catch_rule.h"

enum { HOUR_MS = 3600 * 1000, SLACK_MS = 60 * 1000, LOOK_AT_MAX = 1000, WHEN_MAX = 24 };

/* One that is over, and one that lies ahead as none may: of a clock that was wrong. */
#define CAUGHT_OVER "(until_ms <= $1 OR until_ms > $2 OR since_ms > $3)"

/* What its addresses were worth is used up with it (inventory/caught.h). */
static enum rc catch_expire(struct keep *k, int64_t now_ms, struct err *e)
{
    static const char any[] = "SELECT count(*) FROM caught WHERE " CAUGHT_OVER;
    static const char worth[] = "DELETE FROM correspondent WHERE address <> '' AND domain IN"
                                " (SELECT domain FROM caught WHERE " CAUGHT_OVER ")";
    static const char over[] = "DELETE FROM caught WHERE " CAUGHT_OVER;
    const struct db_value when[] = {DB_INT(now_ms), DB_INT(now_ms + (int64_t)k->setup.catch_hours * HOUR_MS),
                                    DB_INT(now_ms + SLACK_MS)};
    int64_t n = 0;
    enum rc rc = pg_ask(k->pg, any, when, 3, &n, e);

    if (rc != RC_OK || n == 0)
        return rc;
    rc = pg_run_with(k->pg, worth, when, 3, e);
    return rc == RC_OK ? pg_run_with(k->pg, over, when, 3, e) : rc;
}

/* What is older than an hour, and those who rested enough. */
static enum rc catch_forget(struct keep *k, int64_t now_ms, struct err *e)
{
    static const char hours[] = "DELETE FROM catch_hour WHERE bucket <= $1";
    static const char rests[] = "DELETE FROM catch_rest WHERE until_ms <= $1";
    enum rc rc = pg_run_with(k->pg, hours, DB_VALUES(DB_INT(now_ms / CATCH_BUCKET_MS - CATCH_BUCKETS)), e);

    return rc == RC_OK ? pg_run_with(k->pg, rests, DB_VALUES(DB_INT(now_ms)), e) : rc;
}

static enum rc catch_put(struct keep *k, struct str domain, int64_t refused, int64_t all, int64_t passed,
                         int64_t now_ms, struct err *e)
{
    static const char sql[] = "INSERT INTO caught (domain, since_ms, until_ms) VALUES ($1, $2, $3)"
                              " ON CONFLICT (domain) DO NOTHING";
    int64_t until_ms = now_ms + (int64_t)k->setup.catch_hours * HOUR_MS;
    time_t t = (time_t)(until_ms / 1000);
    char when[WHEN_MAX] = "";
    struct tm tm;
    enum rc rc = pg_run_with(k->pg, sql, DB_VALUES(DB_TEXT(domain), DB_INT(now_ms), DB_INT(until_ms)), e);

    if (rc == RC_OK && gmtime_r(&t, &tm) != NULL)
        (void)strftime(when, sizeof when, "%Y-%m-%d %H:%M UTC", &tm);
    if (rc == RC_OK)
        log_write(LOG_LEVEL_ERROR, NULL, "safety catch on for %.*s at all hosts: the rules are against %" PRId64 " of "
                  "its %" PRId64 " messages of the last hour from addresses of its own, and %" PRId64 " passed from "
                  "there in the past weeks; nothing is done to mail from there until %s or \"assay policy release "
                  "%.*s\"", STR_FMT(domain), refused, all, passed, when, STR_FMT(domain));
    return rc;
}

/* Domains of which enough was refused, that are not caught and do not rest. */
static enum rc catch_domains_of_hour(struct keep *k, int64_t now_ms, struct err *e)
{
    static const char sql[] =
        "SELECT h.domain, sum(h.refused)::bigint, sum(h.refused + h.passed)::bigint FROM catch_hour h"
        " WHERE h.domain <> '' AND h.domain IN (SELECT domain FROM catch_hour WHERE refused > 0)"
        " AND NOT EXISTS (SELECT FROM caught c WHERE c.domain = h.domain)"
        " AND NOT EXISTS (SELECT FROM catch_rest r WHERE r.domain = h.domain)"
        " GROUP BY h.domain HAVING sum(h.refused) >= $1 LIMIT $2";
    static const char past[] =
        "SELECT coalesce(sum(passed), 0)::bigint FROM correspondent WHERE domain = $1 AND address > ''"
        " AND first_day < $2 AND last_day >= $2 - $3";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(k->pg, sql, DB_VALUES(DB_INT(CATCH_LEAST), DB_INT(LOOK_AT_MAX)), &rows, e);

    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; rc == RC_OK && i < pg_rows_count(rows); i++) {
        struct str domain = pg_text(rows, i, 0);
        int64_t refused = pg_int(rows, i, 1), all = pg_int(rows, i, 2), passed = 0;

        if (!catch_is_suspect((uint64_t)refused, (uint64_t)all, k->setup.catch_share, CATCH_LEAST))
            continue;
        rc = pg_ask(k->pg, past, DB_VALUES(DB_TEXT(domain), DB_INT(now_ms / CLOCK_DAY_MS),
                    DB_INT(CORRESPONDENTS_PAST_DAYS)), &passed, e);
        if (rc == RC_OK && catch_comes_on(passed))
            rc = catch_put(k, domain, refused, all, passed, now_ms, e);
    }
    pg_rows_free(rows);
    return rc;
}

/* All mail: nothing is let go for it; it is said. */
static enum rc catch_everything(struct keep *k, int64_t now_ms, struct err *e)
{
    static const char hour[] = "SELECT coalesce(sum(refused), 0)::bigint, coalesce(sum(refused + passed), 0)::bigint"
                               " FROM catch_hour WHERE domain = ''";
    static const char past[] =
        "SELECT coalesce(sum(messages), 0)::bigint, coalesce(sum(messages) FILTER (WHERE dmarc = 'pass'), 0)::bigint,"
        " coalesce(sum(messages) FILTER (WHERE disposition IN ('quarantine', 'reject')), 0)::bigint"
        " FROM tally WHERE day >= $1 AND day < $2";
    int64_t refused, all, before, passed_before, refused_before;
    struct pg_rows *rows;
    enum rc rc;

    if (clock_mono_ms() < k->alarm_ms)
        return RC_OK;
    rc = pg_prepared(k->pg, hour, NULL, 0, &rows, e);
    if (rc != RC_OK)
        return rc;
    refused = pg_int(rows, 0, 0);
    all = pg_int(rows, 0, 1);
    pg_rows_free(rows);
    if (!catch_is_suspect((uint64_t)refused, (uint64_t)all, k->setup.catch_share, CATCH_LEAST_ALL))
        return RC_OK;
    k->alarm_ms = clock_mono_ms() + SLACK_MS;
    rc = pg_prepared(k->pg, past, DB_VALUES(DB_INT(now_ms / CLOCK_DAY_MS - CATCH_PAST_DAYS),
                     DB_INT(now_ms / CLOCK_DAY_MS)), &rows, e);
    if (rc != RC_OK)
        return rc;
    before = pg_int(rows, 0, 0);
    passed_before = pg_int(rows, 0, 1);
    refused_before = pg_int(rows, 0, 2);
    pg_rows_free(rows);
    if (!catch_is_unusual((uint64_t)refused, (uint64_t)all, passed_before, refused_before, before))
        return RC_OK;
    log_write(LOG_LEVEL_ERROR, NULL, "the rules are against %" PRId64 " of all %" PRId64 " messages of the last hour "
              "at all hosts, where they were against %" PRId64 " of %" PRId64 " in the past weeks; nothing is let go "
              "for that: please look at \"assay what-if --by cause\"", refused, all, refused_before, before);
    k->alarm_ms = clock_mono_ms() + (int64_t)k->setup.catch_hours * HOUR_MS;
    return RC_OK;
}

enum rc keep_catch(struct keep *k, struct err *e)
{
    int64_t now_ms = 0;
    enum rc rc;

    if (k->setup.catch_share == 0)
        return RC_OK;
    rc = keep_begin(k, e);
    if (rc == RC_OK)
        rc = keep_now(k, &now_ms, e);
    if (rc == RC_OK)
        rc = catch_expire(k, now_ms, e);
    if (rc == RC_OK)
        rc = catch_forget(k, now_ms, e);
    if (rc == RC_OK)
        rc = catch_domains_of_hour(k, now_ms, e);
    if (rc == RC_OK)
        rc = catch_everything(k, now_ms, e);
    return keep_end(k, rc, e);
}
