/* What changed in DNS in the last two days, as all hosts saw it: by the rule of inventory/dnstext.c. */
#include "fleet/keep_internal.h"
#include "inventory/dnstext.h"
#include "inventory/snapshot.h"

enum { HOUR_MS = 3600 * 1000 };

/*
 * The newest change of each name.  A text took another's place when that was
 * not seen any more since, but for as long as it may be kept; of a name that has new texts again and again none did.
 */
#define KNOWN_CHANGES \
    "SELECT DISTINCT ON (n.kind, n.name) n.kind, n.name, n.first_seen_ms AS changed_ms, o.ttl AS old_ttl" \
    " FROM dns_text n CROSS JOIN LATERAL (SELECT o.ttl, o.last_seen_ms FROM dns_text o WHERE o.name = n.name" \
    "  AND o.kind = n.kind AND o.first_seen_ms < n.first_seen_ms ORDER BY o.last_seen_ms DESC LIMIT 1) o" \
    " WHERE n.first_seen_ms > $1 AND o.last_seen_ms <= n.first_seen_ms + least(o.ttl, 2147483647) * 1000 + $4" \
    " AND (SELECT count(*) FROM dns_text r WHERE r.name = n.name AND r.kind = n.kind" \
    "  AND r.first_seen_ms > n.first_seen_ms - $2 AND EXISTS (SELECT FROM dns_text q WHERE q.name = r.name" \
    "  AND q.kind = r.kind AND q.first_seen_ms < r.first_seen_ms)) <= $3" \
    " ORDER BY n.kind, n.name, n.first_seen_ms DESC LIMIT $5"

enum rc keep_changes(struct keep *k, struct err *e)
{
    static const char renew[] =
        "WITH now AS MATERIALIZED (" KNOWN_CHANGES "),"
        " gone AS (DELETE FROM known_change k WHERE NOT EXISTS"
        "  (SELECT FROM now n WHERE n.kind = k.kind AND n.name = k.name) RETURNING 1),"
        " put AS (INSERT INTO known_change AS k (kind, name, changed_ms, old_ttl)"
        "  SELECT kind, name, changed_ms, old_ttl FROM now ON CONFLICT (kind, name)"
        "  DO UPDATE SET changed_ms = excluded.changed_ms, old_ttl = excluded.old_ttl"
        "  WHERE (k.changed_ms, k.old_ttl) <> (excluded.changed_ms, excluded.old_ttl) RETURNING 1)"
        " SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)";
    static const char raise[] = "SELECT next_generation()"; /* which changes the row of fleet, too */
    static const char note[] = "UPDATE fleet SET change_generation = generation";
    int64_t now_ms = 0, changed = 0;
    enum rc rc = keep_begin(k, e);

    if (rc == RC_OK)
        rc = keep_now(k, &now_ms, e);
    if (rc == RC_OK)
        rc = pg_ask(k->pg, renew, DB_VALUES(DB_INT(now_ms - (int64_t)SNAPSHOT_CHANGE_HOURS * HOUR_MS),
                    DB_INT(DNSTEXT_RESTLESS_MS), DB_INT(DNSTEXT_RESTLESS), DB_INT(DNSTEXT_SLACK_MS),
                    DB_INT(DNSTEXT_CHANGES_MAX)), &changed, e);
    if (rc == RC_OK && changed > 0)
        rc = pg_run_with(k->pg, raise, NULL, 0, e);
    if (rc == RC_OK && changed > 0)
        rc = pg_run_with(k->pg, note, NULL, 0, e);
    return keep_end(k, rc, e);
}
