#include "store/snapshot.h"

#include "store/caught.h"
#include "store/dnstext.h"
#include "store/inventory.h"

enum { HOUR_MS = 3600 * 1000 };

enum rc snapshot_generation(struct db *d, int64_t *out, struct err *e)
{
    static const char sql[] = "SELECT generation FROM digest";
    struct statement *s;
    bool row = false;
    enum rc rc = db_statement(d, sql, &s, e);

    *out = 0;
    if (rc == RC_OK)
        rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *out = statement_int(s, 0);
    if (rc == RC_OK)
        statement_reset(s);
    return rc;
}

struct texts {
    char domain[300], source[INVENTORY_SOURCE_MAX + 1], ticket[INVENTORY_TEXT_MAX + 1], owner[INVENTORY_TEXT_MAX + 1];
};

/* False when it does not fit. */
static bool copy(char *to, size_t size, struct str text)
{
    struct strbuf b = strbuf_on(to, size);

    strbuf_put(&b, text);
    return !b.over;
}

static enum rc add_row(struct background *b, const struct statement *s)
{
    struct texts t;
    struct known_source known = {.ticket = t.ticket, .owner = t.owner};
    int status;

    if (!copy(t.domain, sizeof t.domain, statement_text(s, 0)) ||
        !copy(t.source, sizeof t.source, statement_text(s, 1)) ||
        !copy(t.ticket, sizeof t.ticket, statement_text(s, 3)) ||
        !copy(t.owner, sizeof t.owner, statement_text(s, 4)) ||
        !enum_value(&source_status_names, statement_text(s, 2), &status))
        return RC_OK; /* nobody's: what we write fits */
    known.status = (enum source_status)status;
    return background_add_source(b, t.domain, t.source, &known);
}

/* Entries that joined by themselves and that nobody touched say no more than no entry does. */
static enum rc add_sources(struct db *d, struct background *b, struct err *e)
{
    static const char sql[] =
        "SELECT domain, source, status, ticket, owner FROM source"
        " WHERE status <> 'unknown' OR ticket <> '' OR owner <> '' OR client = '' LIMIT ?1";
    struct statement *s;
    bool row = true;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_int(s, 1, SNAPSHOT_SOURCES_MAX);
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row)
        if (add_row(b, s) != RC_OK)
            rc = err_set(e, RC_NOMEM, "%s: no memory for the inventory", db_path(d));
    statement_reset(s);
    return rc;
}

enum rc snapshot_make(struct db *d, int64_t now_ms, struct background **out, struct err *e)
{
    struct background *b = background_new();
    enum rc rc;

    *out = NULL;
    if (b == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory for the inventory", db_path(d));
    rc = add_sources(d, b, e);
    if (rc == RC_OK)
        rc = dnstext_changes(d, now_ms - (int64_t)SNAPSHOT_CHANGE_HOURS * HOUR_MS, b, e);
    if (rc == RC_OK)
        rc = caught_background(d, now_ms, b, e);
    if (rc == RC_OK)
        *out = b;
    else
        background_release(b);
    return rc;
}
