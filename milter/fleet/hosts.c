#include "fleet/hosts.h"

#include "fleet/tables_index.h"

enum { BEHIND_MS = 60000, SILENT_MS = 30000, CLOCK_MS = 60000, DAY_MS = 86400000 };

static const char *const state_words[] = {"ok", "behind", "silent", "clock", "forked", "name-taken",
                                          "refused", "retired"};
const struct enum_names host_state_names = ENUM_NAMES(state_words);

/* `trouble` is what a host of this name could say only when it was turned away, if that was within a minute. */
static enum host_state hosts_state(const struct fleet_host *h, bool retired, int64_t began_ms, struct str trouble)
{
    if (retired)
        return HOST_RETIRED;
    if (str_eq(trouble, STR("refused")))
        return HOST_REFUSED;
    if (str_eq(trouble, STR("name-taken")))
        return HOST_NAME_TAKEN;
    if (h->seen_ms < 0 || h->seen_ms > SILENT_MS)
        return HOST_SILENT;
    if (h->lag_ms > BEHIND_MS)
        return HOST_BEHIND;
    if (h->skew_ms > CLOCK_MS || h->skew_ms < -CLOCK_MS)
        return HOST_CLOCK;
    return h->lives > 1 && began_ms < DAY_MS ? HOST_FORKED : HOST_OK;
}

enum rc hosts_list(struct pg *p, struct arena *a, struct fleet_host **out, size_t *n, struct err *e)
{
    /* of each host the newest life says how it stands; what was lost on the way is a sum of all */
    static const char sql[] =
        "SELECT h.name, s.version, h.retired::text, greatest(s.newest_id - s.shipped_id, 0),"
        " CASE WHEN s.newest_id > s.shipped_id THEN"
        " greatest((extract(epoch FROM now()) * 1000)::bigint - s.last_ms, 1) ELSE 0 END,"
        " (extract(epoch FROM now() - s.seen) * 1000)::bigint, s.skew_ms, s.schema, t.shipped, t.skipped, t.expired,"
        " t.refused, t.lives, (extract(epoch FROM now() - s.began) * 1000)::bigint,"
        " CASE WHEN h.trouble_at > now() - interval '1 min' THEN h.trouble ELSE '' END, h.role, s.store,"
        " coalesce((extract(epoch FROM now() - s.followed) * 1000)::bigint, -1)"
        " FROM host h LEFT JOIN (SELECT host, max(store) AS store, sum(shipped)::bigint AS shipped,"
        "  sum(skipped)::bigint AS skipped, sum(expired)::bigint AS expired, sum(refused)::bigint AS refused,"
        "  count(*) AS lives FROM store GROUP BY host) t USING (host) LEFT JOIN store s ON s.store = t.store"
        " ORDER BY h.name";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(p, sql, NULL, 0, &rows, e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    *out = arena_array(a, pg_rows_count(rows) + 1, sizeof **out);
    for (size_t i = 0; *out != NULL && rc == RC_OK && i < pg_rows_count(rows); i++) {
        struct fleet_host *h = &(*out)[(*n)++];

        *h = (struct fleet_host){
            .name = str_dup(a, pg_text(rows, i, 0)), .version = str_dup(a, pg_text(rows, i, 1)),
            .lag_records = pg_int(rows, i, 3), .lag_ms = pg_int(rows, i, 4),
            .seen_ms = pg_int(rows, i, 16) > 0 ? pg_int(rows, i, 5) : HOST_NEVER_SEEN,
            .skew_ms = pg_int(rows, i, 6), .schema = pg_int(rows, i, 7), .shipped = pg_int(rows, i, 8),
            .skipped = pg_int(rows, i, 9), .expired = pg_int(rows, i, 10), .refused = pg_int(rows, i, 11),
            .lives = pg_int(rows, i, 12), .role = str_dup(a, pg_text(rows, i, 15)),
            .inventory_ms = pg_int(rows, i, 16) > 0 ? pg_int(rows, i, 17) : HOST_NEVER_SEEN};
        h->state = hosts_state(h, pg_bool(rows, i, 2), pg_int(rows, i, 13), pg_text(rows, i, 14));
        if (h->name == NULL || h->version == NULL || h->role == NULL)
            rc = RC_NOMEM;
    }
    pg_rows_free(rows);
    return *out == NULL || rc == RC_NOMEM ? err_set(e, RC_NOMEM, "no memory for the hosts") : rc;
}

enum rc hosts_retire(struct pg *p, const char *name, bool retired, struct err *e)
{
    static const char sql[] = "UPDATE host SET retired = ($2 <> 0) WHERE name = $1 RETURNING 1";
    int64_t there = 0;
    enum rc rc = pg_ask(p, sql, DB_VALUES(DB_TEXT(str_of(name)), DB_INT(retired)), &there, e);

    if (rc == RC_OK && there == 0)
        rc = err_set(e, RC_NOTFOUND, "no host \"%s\" has ever shipped there; assay fleet status lists those that have",
                     name);
    return rc;
}

enum rc hosts_restore(struct pg *p, int64_t *stores, struct err *e)
{
    /* the greatest record that is there, or where the life began; what was digested before is not digested again */
    static const char sql[] =
        "WITH there AS (SELECT s.store, coalesce(m.id, s.base_id) AS id, coalesce(m.time_ms, 0) AS time_ms,"
        "  coalesce(m.queue_id, '') AS queue_id FROM store s LEFT JOIN LATERAL (SELECT id, time_ms, queue_id FROM"
        "  message WHERE store = s.store ORDER BY id DESC LIMIT 1) AS m ON true),"
        " back AS (UPDATE store s SET shipped_id = t.id, last_ms = t.time_ms, last_queue_id = t.queue_id,"
        "  shipped = greatest(s.shipped - (s.shipped_id - t.id), 0) FROM there t WHERE s.store = t.store"
        "  AND t.id < s.shipped_id RETURNING 1) SELECT count(*) FROM back";

    return pg_ask(p, sql, NULL, 0, stores, e);
}

enum rc hosts_partitions(struct pg *p, struct fleet_partitions *out, struct err *e)
{
    static const char ready[] =
        "SELECT count(*) FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid WHERE h.inhparent ="
        " 'message'::regclass AND right(c.relname, 8) >= to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')";
    static const char pending[] =
        "SELECT count(*) FROM pg_inherits WHERE inhdetachpending AND inhparent IN ('message'::regclass,"
        " 'message_key'::regclass)";
    static const char indexed[] =
        "SELECT count(*) FILTER (WHERE NOT bloom), count(*) FILTER (WHERE bloom) FROM (SELECT EXISTS (SELECT FROM"
        " pg_index i JOIN pg_opclass o ON o.oid = i.indclass[0] WHERE i.indrelid = c.oid AND o.opcname LIKE"
        " '%\\_bloom\\_ops') AS bloom FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid WHERE h.inhparent ="
        " 'message'::regclass AND right(c.relname, 8) < to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')"
        " AND pg_relation_size(c.oid) >= " TABLES_INDEX_BYTES ") AS d";
    struct pg_rows *rows = NULL;
    enum rc rc = pg_ask(p, ready, NULL, 0, &out->ready_days, e);

    if (rc == RC_OK)
        rc = pg_ask(p, pending, NULL, 0, &out->detach_pending, e);
    if (rc == RC_OK)
        rc = pg_prepared(p, indexed, NULL, 0, &rows, e);
    if (rc == RC_OK) {
        out->indexed_days = pg_int(rows, 0, 0);
        out->unindexed_days = pg_int(rows, 0, 1);
    }
    pg_rows_free(rows);
    return rc;
}
