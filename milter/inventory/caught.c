#include "inventory/caught.h"

#include "base/clock.h"
#include "base/ip.h"
#include "db/run.h"
#include "inventory/correspondents.h"

enum {
    CAUGHT_MAX = 10000, /* addresses that a snapshot holds */
    SLACK_MS = 60 * 1000, /* that clocks of one machine are set back by */
    DOMAIN_SIZE = 256
};

static enum rc caught_run(struct db *d, const char *sql, int64_t now_ms, int64_t longest_ms, struct err *e)
{
    return db_run_with(d, sql, DB_VALUES(DB_INT(now_ms), DB_INT(now_ms + longest_ms), DB_INT(now_ms + SLACK_MS)), e);
}

enum rc caught_expire(struct db *d, int64_t now_ms, int64_t longest_ms, struct err *e)
{
/* of the centre's the centre knows how long they may last */
#define CAUGHT_OVER \
    "until_ms <= ?1 OR (until_ms > ?2 AND domain NOT IN (SELECT domain FROM fleet_caught)) OR since_ms > ?3"
    enum rc rc = caught_run(d, "DELETE FROM correspondent WHERE address <> '' AND domain IN"
                            " (SELECT domain FROM caught WHERE " CAUGHT_OVER ")", now_ms, longest_ms, e);

    return rc == RC_OK ? caught_run(d, "DELETE FROM caught WHERE " CAUGHT_OVER, now_ms, longest_ms, e) : rc;
#undef CAUGHT_OVER
}

enum rc caught_put(struct db *d, struct str domain, int64_t since_ms, int64_t until_ms, struct err *e)
{
    static const char sql[] =
        "INSERT INTO caught (domain, since_ms, until_ms) VALUES (?1, ?2, ?3)"
        " ON CONFLICT (domain) DO UPDATE SET until_ms = ?3";

    return db_run_with(d, sql, DB_VALUES(DB_TEXT(domain), DB_INT(since_ms), DB_INT(until_ms)), e);
}

enum rc caught_remove(struct db *d, struct str domain, bool *was, struct err *e)
{
    enum rc rc = db_run_with(d, "DELETE FROM caught WHERE domain = ?1", DB_VALUES(DB_TEXT(domain)), e);

    *was = false;
    *was = rc == RC_OK && db_changes(d) > 0;
    return rc;
}

enum rc caught_until(struct db *d, struct str domain, int64_t *until_ms, struct err *e)
{
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, "SELECT until_ms FROM caught WHERE domain = ?1", DB_VALUES(DB_TEXT(domain)), &s, e);

    *until_ms = 0;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *until_ms = statement_int(s, 0);
    statement_reset(s);
    return rc;
}

enum rc caught_background(struct db *d, int64_t now_ms, struct background *b, struct err *e)
{
    static const char sql[] =
        "SELECT c.domain, k.address FROM caught AS c JOIN correspondent AS k ON k.domain = c.domain"
        " WHERE c.until_ms > ?1 AND c.since_ms <= ?1 + ?3 AND k.address <> ''"
        " AND k.first_day < c.since_ms / ?4 AND k.last_day >= c.since_ms / ?4 - ?5 LIMIT ?2";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(now_ms), DB_INT(CAUGHT_MAX), DB_INT(SLACK_MS), DB_INT(CLOCK_DAY_MS),
                          DB_INT(CORRESPONDENTS_PAST_DAYS)), &s, e);

    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        char domain[DOMAIN_SIZE], address[IP_TEXT_MAX];
        struct strbuf name = STRBUF_ON(domain), where = STRBUF_ON(address);

        strbuf_put(&name, statement_text(s, 0));
        strbuf_put(&where, statement_text(s, 1));
        if (!name.over && !where.over && background_add_caught(b, domain, address) != RC_OK)
            rc = err_set(e, RC_NOMEM, "%s: no memory for the safety catch", db_path(d));
    }
    statement_reset(s);
    return rc;
}

enum rc caught_past(struct db *d, int64_t first_day, int64_t before_day, struct past_mail *out, struct err *e)
{
    static const char sql[] =
        "SELECT coalesce(sum(messages), 0), coalesce(sum(messages) FILTER (WHERE dmarc = 'pass'), 0),"
        " coalesce(sum(messages) FILTER (WHERE disposition IN ('quarantine', 'reject')), 0)"
        " FROM tally WHERE day >= ?1 AND day < ?2";
    bool row = false;
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(first_day), DB_INT(before_day)), &s, e);

    *out = (struct past_mail){0};
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *out = (struct past_mail){statement_int(s, 0), statement_int(s, 1), statement_int(s, 2)};
    statement_reset(s);
    return rc;
}
