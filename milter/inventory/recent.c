#include "inventory/recent.h"

#include "db/run.h"

/* Columns: time, domain, what, old, new, who. */
static enum rc recent_rows(struct db *d, struct arena *a, struct statement *s, size_t max, struct recent_change **out,
                           size_t *n, struct err *e)
{
    bool row = true;
    enum rc rc = RC_OK;

    *n = 0;
    *out = arena_array(a, max + 1, sizeof **out);
    if (*out == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory for what changed", db_path(d));
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        struct recent_change *c = &(*out)[(*n)++];
        const char **text[] = {&c->domain, &c->what, &c->old, &c->new, &c->who};

        c->time_ms = statement_int(s, 0);
        for (int i = 0; i < 5; i++)
            if ((*text[i] = str_dup(a, statement_text(s, i + 1))) == NULL)
                rc = err_set(e, RC_NOMEM, "%s: no memory for what changed", db_path(d));
    }
    statement_reset(s);
    return rc;
}

static enum rc recent_read(struct db *d, struct arena *a, const char *sql, int64_t since_ms, size_t max,
                           struct recent_change **out, size_t *n, struct err *e)
{
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(since_ms), DB_INT(max)), &s, e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    return recent_rows(d, a, s, max, out, n, e);
}

enum rc recent_decisions(struct db *d, struct arena *a, int64_t since_ms, size_t max, struct recent_change **out,
                         size_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT time_ms, domain, trim(source || ' ' || field), old, new, who FROM source_change"
        " WHERE time_ms >= ?1 ORDER BY time_ms DESC, id DESC LIMIT ?2";

    return recent_read(d, a, sql, since_ms, max, out, n, e);
}

enum rc recent_records(struct db *d, struct arena *a, int64_t since_ms, size_t max, struct recent_change **out,
                       size_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT now.first_seen_ms, now.name, now.kind, coalesce(before.text, ''), now.text, '' FROM dns_text now"
        " LEFT JOIN dns_text before ON before.name = now.name AND before.kind = now.kind AND before.hash = now.replaces"
        " WHERE now.replaces <> 0 AND now.first_seen_ms >= ?1"
        " ORDER BY now.first_seen_ms DESC, now.id DESC LIMIT ?2";

    return recent_read(d, a, sql, since_ms, max, out, n, e);
}

enum rc recent_records_of(struct db *d, struct arena *a, const char *domain, int64_t from_ms, int64_t to_ms, size_t max,
                          struct recent_change **out, size_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT now.first_seen_ms, now.name, now.kind, coalesce(before.text, ''), now.text, '' FROM dns_text now"
        " LEFT JOIN dns_text before ON before.name = now.name AND before.kind = now.kind AND before.hash = now.replaces"
        " WHERE now.replaces <> 0 AND now.first_seen_ms >= ?1"
        " AND now.first_seen_ms < ?2 AND (now.name = ?3 OR substr(now.name, -length(?3) - 1) = '.' || ?3)"
        " ORDER BY now.first_seen_ms, now.id LIMIT ?4";
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(from_ms), DB_INT(to_ms), DB_TEXT(str_of(domain)), DB_INT(max)), &s,
                          e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    return recent_rows(d, a, s, max, out, n, e);
}
