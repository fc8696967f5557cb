#include "inventory/snapshot.h"

#include "db/run.h"
#include "inventory/caught.h"
#include "inventory/dnstext.h"
#include "inventory/followed.h"
#include "inventory/inventory.h"
#include "inventory/networks.h"

enum { HOUR_MS = 3600 * 1000, NAME_MAX_BYTES = 600 };

enum rc snapshot_generation(struct db *d, int64_t *out, struct err *e)
{
    return db_ask(d, "SELECT generation FROM digest", out, e);
}

struct texts {
    char domain[300], source[INVENTORY_SOURCE_MAX + 1], ticket[INVENTORY_TEXT_MAX + 1], owner[INVENTORY_TEXT_MAX + 1];
};

/* False when it does not fit. */
static bool snapshot_copy(char *to, size_t size, struct str text)
{
    struct strbuf b = strbuf_on(to, size);

    strbuf_put(&b, text);
    return !b.over;
}

static enum rc snapshot_add_row(struct background *b, const struct statement *s)
{
    struct texts t;
    struct known_source known = {.ticket = t.ticket, .owner = t.owner};
    int status;

    if (!snapshot_copy(t.domain, sizeof t.domain, statement_text(s, 0)) ||
        !snapshot_copy(t.source, sizeof t.source, statement_text(s, 1)) ||
        !snapshot_copy(t.ticket, sizeof t.ticket, statement_text(s, 3)) ||
        !snapshot_copy(t.owner, sizeof t.owner, statement_text(s, 4)) ||
        !enum_value(&source_status_names, statement_text(s, 2), &status))
        return RC_OK; /* nobody's: what we write fits */
    known.status = (enum source_status)status;
    return background_add_source(b, t.domain, t.source, &known);
}

static enum rc add_networks_of(struct background *b, const struct statement *s)
{
    struct ip_net net[NETWORKS_MAX];
    struct texts t;
    struct err unused = ERR_NONE;
    enum rc rc = RC_OK;
    size_t n;

    if (!snapshot_copy(t.domain, sizeof t.domain, statement_text(s, 0)) ||
        !snapshot_copy(t.source, sizeof t.source, statement_text(s, 1)) ||
        networks_read(statement_text(s, 2), net, &n, &unused) != RC_OK)
        return RC_OK; /* nobody's: what we write fits */
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        rc = background_add_network(b, t.domain, t.source, &net[i]);
    return rc;
}

static enum rc snapshot_add_key(struct background *b, const struct statement *s)
{
    char name[NAME_MAX_BYTES + 1], host[NAME_MAX_BYTES + 1];
    struct known_key key = {.name = name, .host = host, .last_ms = statement_int(s, 4)};
    struct texts t;

    if (!snapshot_copy(t.domain, sizeof t.domain, statement_text(s, 0)) ||
        !snapshot_copy(t.source, sizeof t.source, statement_text(s, 1)) || !snapshot_copy(name, sizeof name,
                                                                                          statement_text(s, 2)) ||
        !snapshot_copy(host, sizeof host, statement_text(s, 3)))
        return RC_OK;
    return background_add_key(b, t.domain, t.source, &key);
}

/* Each row of `sql` that `add` puts into the snapshot. */
static enum rc add_rows(struct db *d, struct background *b, const char *sql,
                        enum rc (*add)(struct background *b, const struct statement *s), struct err *e)
{
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(SNAPSHOT_SOURCES_MAX)), &s, e);

    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row)
        if (add(b, s) != RC_OK)
            rc = err_set(e, RC_NOMEM, "%s: no memory for the inventory", db_path(d));
    statement_reset(s);
    return rc;
}

enum rc snapshot_networks(struct db *d, struct background *b, struct err *e)
{
    static const char sql[] = "SELECT domain, source, network FROM source WHERE network <> '' LIMIT ?1";

    return add_rows(d, b, sql, add_networks_of, e);
}

enum rc snapshot_make(struct db *d, int64_t now_ms, struct background **out, struct err *e)
{
    /* entries that joined by themselves and that nobody touched say no more than no entry does */
    static const char sources[] =
        "SELECT domain, source, status, ticket, owner FROM source"
        " WHERE status <> 'unknown' OR ticket <> '' OR owner <> '' OR client = '' OR network <> '' LIMIT ?1";
    static const char keys[] = "SELECT domain, source, key_name, key_host, key_ms FROM source WHERE key_name <> ''"
                               " LIMIT ?1";
    struct background *b = background_new();
    enum rc rc;

    *out = NULL;
    if (b == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory for the inventory", db_path(d));
    rc = add_rows(d, b, sources, snapshot_add_row, e);
    if (rc == RC_OK)
        rc = snapshot_networks(d, b, e);
    if (rc == RC_OK)
        rc = add_rows(d, b, keys, snapshot_add_key, e);
    if (rc == RC_OK) /* before the host's own, which says when it is so here */
        rc = followed_background(d, now_ms - (int64_t)SNAPSHOT_CHANGE_HOURS * HOUR_MS, now_ms, b, e);
    if (rc == RC_OK)
        rc = dnstext_changes(d, now_ms - (int64_t)SNAPSHOT_CHANGE_HOURS * HOUR_MS, b, e);
    if (rc == RC_OK)
        rc = dnstext_gone(d, b, e);
    if (rc == RC_OK)
        rc = caught_background(d, now_ms, b, e);
    if (rc == RC_OK)
        *out = b;
    else
        background_release(b);
    return rc;
}
