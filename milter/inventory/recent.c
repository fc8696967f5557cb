#include "inventory/recent.h"

#include "base/clock.h"
#include "db/run.h"
#include "inventory/dnstext.h"

enum { RECENT_NAME_MAX = 300, RECENT_KIND_MAX = 20 };

/* Columns: time, domain, what, old, new, who, forgotten, fate.  False without memory. */
static bool recent_row(struct arena *a, const struct statement *s, struct recent_change *c)
{
    const char **text[] = {&c->domain, &c->what, &c->old, &c->new, &c->who};

    c->time_ms = statement_int(s, 0);
    for (int i = 0; i < 5; i++)
        if ((*text[i] = str_dup(a, statement_text(s, i + 1))) == NULL)
            return false;
    c->forgotten = statement_int(s, 6) != 0;
    c->fate = statement_int(s, 7) == RECENT_BACK ? RECENT_BACK : statement_int(s, 7) == RECENT_BOTH ? RECENT_BOTH
                                                                                                : RECENT_STAYS;
    return true;
}

static bool recent_is_wanted(const struct recent_wanted *w, const struct statement *s)
{
    char name_mem[RECENT_NAME_MAX], kind_mem[RECENT_KIND_MAX];
    struct strbuf name = STRBUF_ON(name_mem), kind = STRBUF_ON(kind_mem);

    if (w == NULL || w->is_wanted == NULL)
        return true;
    strbuf_put(&name, statement_text(s, 1));
    strbuf_put(&kind, statement_text(s, 2));
    return !name.over && !kind.over && w->is_wanted(w->arg, kind_mem, name_mem);
}

/* The first `max` rows that are wanted; `w` NULL: all are. */
static enum rc recent_rows(struct db *d, struct arena *a, struct statement *s, const struct recent_wanted *w,
                           size_t max, struct recent_change **out, size_t *n, struct err *e)
{
    bool row = true;
    enum rc rc = RC_OK;

    *out = arena_array(a, max + 1, sizeof **out);
    if (*out == NULL)
        rc = err_set(e, RC_NOMEM, "%s: no memory for what changed", db_path(d));
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row)
        if (recent_is_wanted(w, s) && !recent_row(a, s, &(*out)[(*n)++]))
            rc = err_set(e, RC_NOMEM, "%s: no memory for what changed", db_path(d));
    statement_reset(s);
    return rc;
}

enum rc recent_decisions(struct db *d, struct arena *a, int64_t since_ms, size_t max, struct recent_change **out,
                         size_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT time_ms, domain, trim(source || ' ' || field), old, new, who, 0, 0 FROM source_change"
        " WHERE time_ms >= ?1 ORDER BY time_ms DESC, id DESC LIMIT ?2";
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(since_ms), DB_INT(max)), &s, e);

    *n = 0;
    return rc == RC_OK ? recent_rows(d, a, s, NULL, max, out, n, e) : rc;
}

/*
 * A text has one row of its name and kind, however often it comes and goes, so
 * that its hash names the row; whether it stayed follows from when either was
 * seen last.  What is seen all the time is written once a day (?5).  "flat" is
 * a copy of a record, and none of DNS.
 */
enum rc recent_records(struct db *d, struct arena *a, const struct recent_wanted *w, size_t max,
                       struct recent_change **out, size_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT now.first_seen_ms, now.name, now.kind, coalesce(before.text, ''), now.text, '', before.id IS NULL,"
        " CASE WHEN before.id IS NULL OR before.last_seen_ms <= now.first_seen_ms + before.ttl * 1000 + ?4 THEN 0"
        " WHEN now.last_seen_ms + now.ttl * 1000 + ?4 + ?5 < before.last_seen_ms THEN 1"
        " WHEN before.last_seen_ms + before.ttl * 1000 + ?4 + ?5 < now.last_seen_ms THEN 0 ELSE 2 END"
        " FROM dns_text now LEFT JOIN dns_text before"
        " ON before.name = now.name AND before.kind = now.kind AND before.hash = now.replaces"
        " WHERE now.replaces <> 0 AND now.first_seen_ms >= ?1 AND now.first_seen_ms < ?2 AND now.kind <> 'flat'"
        " AND (?3 = '' OR now.name = ?3 OR substr(now.name, length(now.name) - length(?3)) = '.' || ?3)"
        " ORDER BY now.first_seen_ms DESC, now.id DESC";
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(w->from_ms), DB_INT(w->to_ms), DB_TEXT(str_of(w->domain)),
                          DB_INT(DNSTEXT_SLACK_MS), DB_INT(CLOCK_DAY_MS)), &s, e);

    *n = 0;
    return rc == RC_OK ? recent_rows(d, a, s, w, max, out, n, e) : rc;
}

enum rc recent_records_number(struct db *d, int64_t since_ms, int64_t most, int64_t *out, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM (SELECT 1 FROM dns_text WHERE replaces <> 0 AND first_seen_ms >= ?1"
                              " AND kind <> 'flat' LIMIT ?2) AS n";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(since_ms), DB_INT(most)), &s, e);

    *out = 0;
    if (rc == RC_OK)
        rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *out = statement_int(s, 0);
    statement_reset(s);
    return rc;
}
