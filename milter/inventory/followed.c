#include "inventory/followed.h"

#include "base/ip.h"
#include "db/run.h"
#include "inventory/dnstext.h"

enum { ADDRESSES_MAX = 10000, SLACK_MS = 60 * 1000, DOMAIN_SIZE = 300 };

enum rc followed_read(struct db *d, struct followed *out, struct err *e)
{
    struct statement *s;
    bool row = false;
    enum rc rc = db_statement(d, "SELECT generation, mark, checked_ms FROM fleet_followed", &s, e);

    *out = (struct followed){0};
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *out = (struct followed){statement_int(s, 0), statement_int(s, 1), statement_int(s, 2)};
    statement_reset(s);
    return rc;
}

enum rc followed_note(struct db *d, const struct followed *f, struct err *e)
{
    static const char sql[] = "UPDATE fleet_followed SET generation = ?1, mark = ?2, checked_ms = ?3";

    return db_run_with(d, sql, DB_VALUES(DB_INT(f->generation), DB_INT(f->mark), DB_INT(f->checked_ms)), e);
}

/* ---- the inventory ---- */

#define COMMA_FIELD(field, help) ", " #field

/* Somebody wrote it: it did not join by itself, or says something. */
#define IS_WRITTEN \
    "(status <> 'unknown' OR client = '' OR vendor || platform || kind || sending_domain || dkim_selectors ||" \
    " spf_include || return_path || owner || ticket || note || network <> '')"

enum rc followed_sources_anew(struct db *d, struct err *e)
{
    return db_run(d, "DELETE FROM fleet_source", e);
}

/* No upsert: its way of meeting a conflict would be that of the triggers of `source`, too, which have another. */
enum rc followed_put_source(struct db *d, const struct inventory_edit *x, struct err *e)
{
    static const char had[] = "INSERT OR IGNORE INTO fleet_source (domain, source) VALUES (?1, ?2)";
    static const char update[] =
        "UPDATE source SET (status, vendor, platform, kind, sending_domain, dkim_selectors, spf_include, return_path,"
        " owner, ticket, note, network) = (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
        " WHERE domain = ?1 AND source = ?2";
    static const char insert[] =
        "INSERT INTO source (domain, source" INVENTORY_FIELDS(COMMA_FIELD) ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
        " ?9, ?10, ?11, ?12, ?13, ?14)";
    struct db_value v[INVENTORY_FIELD_COUNT + 2] = {DB_TEXT(str_of(x->domain)), DB_TEXT(str_of(x->source))};
    enum rc rc = db_run_with(d, had, v, 2, e);

    _Static_assert(INVENTORY_FIELD_COUNT == 12 && INVENTORY_network == 11, "the statements name each field");
    for (int i = 0; i < INVENTORY_FIELD_COUNT; i++)
        v[i + 2] = DB_TEXT(str_of(x->field[i]));
    if (rc == RC_OK)
        rc = db_run_with(d, update, v, INVENTORY_FIELD_COUNT + 2, e);
    if (rc != RC_OK || db_changes(d) > 0)
        return rc;
    return db_run_with(d, insert, v, INVENTORY_FIELD_COUNT + 2, e);
}

enum rc followed_remove_source(struct db *d, const char *domain, const char *source, struct err *e)
{
    const struct db_value key[] = {DB_TEXT(str_of(domain)), DB_TEXT(str_of(source))};
    enum rc rc = db_run_with(d, "DELETE FROM fleet_source WHERE domain = ?1 AND source = ?2", key, 2, e);

    return rc == RC_OK ? db_run_with(d, "DELETE FROM source WHERE domain = ?1 AND source = ?2", key, 2, e) : rc;
}

#define OWN_ALONE \
    IS_WRITTEN " AND EXISTS (SELECT 1 FROM fleet_source) AND NOT EXISTS (SELECT 1 FROM fleet_source AS f" \
    " WHERE f.domain = source.domain AND f.source = source.source)"

enum rc followed_sources_end(struct db *d, int64_t now_ms, int64_t *gone, struct err *e)
{
    /* what each said stays in its history, field by field */
    static const char note[] =
        "INSERT INTO source_change (time_ms, who, domain, source, field, old, new)"
        " SELECT ?1, 'centre', s.domain, s.source, f.field, CASE f.field"
        " WHEN 'status' THEN s.status WHEN 'vendor' THEN s.vendor WHEN 'platform' THEN s.platform"
        " WHEN 'kind' THEN s.kind WHEN 'sending_domain' THEN s.sending_domain"
        " WHEN 'dkim_selectors' THEN s.dkim_selectors WHEN 'spf_include' THEN s.spf_include"
        " WHEN 'return_path' THEN s.return_path WHEN 'owner' THEN s.owner WHEN 'ticket' THEN s.ticket"
        " WHEN 'note' THEN s.note WHEN 'network' THEN s.network ELSE '' END AS old, ''"
        " FROM (SELECT * FROM source WHERE " OWN_ALONE ") AS s CROSS JOIN (SELECT 'status' AS field"
        " UNION ALL SELECT 'vendor' UNION ALL SELECT 'platform' UNION ALL SELECT 'kind'"
        " UNION ALL SELECT 'sending_domain' UNION ALL SELECT 'dkim_selectors' UNION ALL SELECT 'spf_include'"
        " UNION ALL SELECT 'return_path' UNION ALL SELECT 'owner' UNION ALL SELECT 'ticket'"
        " UNION ALL SELECT 'note' UNION ALL SELECT 'network' UNION ALL SELECT 'removed') AS f"
        " WHERE f.field = 'removed' OR old <> ''";
    static const char take_out[] = "DELETE FROM source WHERE " OWN_ALONE;
    enum rc rc = db_run_with(d, note, DB_VALUES(DB_INT(now_ms)), e);

    *gone = 0;
    if (rc == RC_OK)
        rc = db_run_with(d, take_out, NULL, 0, e);
    if (rc == RC_OK)
        *gone = db_changes(d);
    return rc;
}

/* ---- the safety catch ---- */

enum rc followed_caught_begin(struct db *d, struct err *e)
{
    return db_run(d, "UPDATE fleet_caught SET there = 0; DELETE FROM fleet_address", e);
}

/* One that is known as it stands was released here alone, if it is not on: it stays off. */
enum rc followed_put_caught(struct db *d, const struct followed_caught *c, struct err *e)
{
    static const char seen[] = "UPDATE fleet_caught SET there = 1 WHERE domain = ?1 AND until_ms = ?2";
    static const char note[] = "INSERT INTO fleet_caught (domain, until_ms, there) VALUES (?1, ?2, 1)"
                               " ON CONFLICT (domain) DO UPDATE SET until_ms = excluded.until_ms, there = 1";
    static const char put[] =
        "INSERT INTO caught (domain, since_ms, until_ms) VALUES (?1, ?3, ?2) ON CONFLICT (domain) DO UPDATE"
        " SET until_ms = CASE WHEN excluded.until_ms > caught.until_ms THEN excluded.until_ms ELSE caught.until_ms END";
    const struct db_value v[] = {DB_TEXT(str_of(c->domain)), DB_INT(c->until_ms), DB_INT(c->since_ms)};
    enum rc rc = db_run_with(d, seen, v, 2, e);

    if (rc != RC_OK || db_changes(d) > 0)
        return rc;
    rc = db_run_with(d, note, v, 2, e);
    return rc == RC_OK ? db_run_with(d, put, v, 3, e) : rc;
}

enum rc followed_put_address(struct db *d, const char *domain, const char *address, struct err *e)
{
    static const char sql[] = "INSERT OR IGNORE INTO fleet_address (domain, address) VALUES (?1, ?2)";

    return db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(domain)), DB_TEXT(str_of(address))), e);
}

enum rc followed_caught_end(struct db *d, struct err *e)
{
    return db_run(d, "DELETE FROM caught WHERE domain IN (SELECT domain FROM fleet_caught WHERE there = 0);"
                  " DELETE FROM fleet_caught WHERE there = 0", e);
}

enum rc followed_own_caught(struct db *d, struct arena *a, int64_t now_ms, size_t max, struct followed_caught **out,
                            size_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT domain, since_ms, until_ms FROM caught AS c WHERE until_ms > ?1 AND NOT EXISTS (SELECT 1"
        " FROM fleet_caught AS f WHERE f.domain = c.domain AND f.until_ms >= c.until_ms) ORDER BY domain LIMIT ?2";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(now_ms), DB_INT(max)), &s, e);

    *n = 0;
    *out = arena_array(a, max + 1, sizeof **out);
    if (rc == RC_OK && *out == NULL)
        rc = err_set(e, RC_NOMEM, "%s: no memory for the safety catch", db_path(d));
    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        struct followed_caught *c = &(*out)[(*n)++];

        *c = (struct followed_caught){str_dup(a, statement_text(s, 0)), statement_int(s, 1), statement_int(s, 2)};
        if (c->domain == NULL)
            rc = err_set(e, RC_NOMEM, "%s: no memory for the safety catch", db_path(d));
    }
    statement_reset(s);
    return rc;
}

enum rc followed_told_caught(struct db *d, const char *domain, int64_t until_ms, struct err *e)
{
    static const char note[] = "INSERT INTO fleet_caught (domain, until_ms, there) VALUES (?1, ?2, 1)"
                               " ON CONFLICT (domain) DO UPDATE SET until_ms = excluded.until_ms";
    static const char longer[] = "UPDATE caught SET until_ms = ?2 WHERE domain = ?1 AND until_ms < ?2";
    static const char off[] = "DELETE FROM caught WHERE domain = ?1";
    const struct db_value v[] = {DB_TEXT(str_of(domain)), DB_INT(until_ms)};
    enum rc rc;

    if (until_ms == 0)
        return db_run_with(d, off, v, 1, e);
    rc = db_run_with(d, note, v, 2, e);
    return rc == RC_OK ? db_run_with(d, longer, v, 2, e) : rc;
}

/* ---- changes in DNS ---- */

enum rc followed_changes_anew(struct db *d, struct err *e)
{
    return db_run(d, "DELETE FROM fleet_change", e);
}

enum rc followed_put_change(struct db *d, struct str kind, struct str name, int64_t changed_ms, int64_t old_ttl,
                            struct err *e)
{
    static const char sql[] =
        "INSERT OR IGNORE INTO fleet_change (kind, name, changed_ms, old_ttl) VALUES (?1, ?2, ?3, ?4)";

    return db_run_with(d, sql, DB_VALUES(DB_TEXT(kind), DB_TEXT(name), DB_INT(changed_ms), DB_INT(old_ttl)), e);
}

/* ---- for the snapshot ---- */

static enum rc followed_add_change(struct background *b, const struct statement *s)
{
    struct known_change change = {.changed_ms = statement_int(s, 2), .old_ttl = (uint32_t)statement_int(s, 3)};
    char name[DOMAIN_SIZE];
    struct strbuf text = STRBUF_ON(name);
    int kind;

    strbuf_put(&text, statement_text(s, 1));
    if (text.over || !enum_value(&dns_kind_names, statement_text(s, 0), &kind))
        return RC_OK; /* of another version: nothing that is known here */
    return background_add_change(b, name, (enum dns_kind)kind, &change);
}

static enum rc followed_add_address(struct background *b, const struct statement *s)
{
    char domain[DOMAIN_SIZE], address[IP_TEXT_MAX];
    struct strbuf name = STRBUF_ON(domain), where = STRBUF_ON(address);

    strbuf_put(&name, statement_text(s, 0));
    strbuf_put(&where, statement_text(s, 1));
    return name.over || where.over ? RC_OK : background_add_caught(b, domain, address);
}

enum rc followed_background(struct db *d, int64_t since_ms, int64_t now_ms, struct background *b, struct err *e)
{
    static const char changes[] = "SELECT kind, name, changed_ms, old_ttl FROM fleet_change WHERE changed_ms > ?1"
                                  " ORDER BY changed_ms LIMIT ?2";
    static const char addresses[] =
        "SELECT c.domain, a.address FROM caught AS c JOIN fleet_address AS a ON a.domain = c.domain"
        " WHERE c.until_ms > ?1 AND c.since_ms <= ?1 + ?3 LIMIT ?2";
    struct statement *s;
    bool row = true;
    enum rc rc;

    if (db_engine(d) != DB_SQLITE)
        return RC_OK; /* it is the centre */
    rc = db_query(d, changes, DB_VALUES(DB_INT(since_ms), DB_INT(DNSTEXT_CHANGES_MAX)), &s, e);
    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row)
        rc = followed_add_change(b, s);
    statement_reset(s);
    if (rc == RC_OK)
        rc = db_query(d, addresses, DB_VALUES(DB_INT(now_ms), DB_INT(ADDRESSES_MAX), DB_INT(SLACK_MS)), &s, e);
    if (rc != RC_OK)
        return rc == RC_NOMEM ? err_set(e, rc, "%s: no memory for what the centre knows", db_path(d)) : rc;
    row = true;
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row)
        rc = followed_add_address(b, s);
    statement_reset(s);
    return rc == RC_NOMEM ? err_set(e, rc, "%s: no memory for what the centre knows", db_path(d)) : rc;
}
