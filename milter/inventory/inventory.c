#include "inventory/inventory.h"

#include <string.h>

#include "base/clock.h"
#include "db/run.h"

#define FIELD_NAME(field, help) #field,
const char *const inventory_field_name[INVENTORY_FIELD_COUNT] = {INVENTORY_FIELDS(FIELD_NAME)};

static enum rc inventory_no_memory(const struct db *d, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
}

/* ---- listing ---- */

#define COMMA_FIELD(field, help) ", " #field

/* A growing list in the arena: what is left behind doubles at most what it holds. */
static enum rc inventory_grow(struct arena *a, struct inventory_row **list, size_t n, size_t *size)
{
    struct inventory_row *grown;

    if (n < *size)
        return RC_OK;
    *size = *size == 0 ? 64 : 2 * *size;
    grown = arena_array(a, *size, sizeof *grown);
    for (size_t i = 0; grown != NULL && i < n; i++)
        grown[i] = (*list)[i];
    *list = grown;
    return grown == NULL ? RC_NOMEM : RC_OK;
}

static enum rc inventory_read_row(struct arena *a, const struct statement *s, struct inventory_row *out)
{
    const char **text[3] = {&out->domain, &out->source, &out->client};
    int at = 0;

    for (int i = 0; i < 3; i++)
        if ((*text[i] = str_dup(a, statement_text(s, at++))) == NULL)
            return RC_NOMEM;
    for (int i = 0; i < INVENTORY_FIELD_COUNT; i++)
        if ((out->field[i] = str_dup(a, statement_text(s, at++))) == NULL)
            return RC_NOMEM;
    out->first_seen_ms = statement_int(s, at++);
    out->last_seen_ms = statement_int(s, at++);
    out->volume = statement_int(s, at++);
    out->passed = statement_int(s, at);
    return RC_OK;
}

enum rc inventory_list(struct db *d, struct arena *a, const struct inventory_filter *f, struct inventory_row **out,
                       size_t *n, struct err *e)
{
#define INVENTORY_LIST \
    "SELECT domain, source, client" INVENTORY_FIELDS(COMMA_FIELD) ", first_seen_ms, last_seen_ms, volume, passed" \
    " FROM source WHERE (?1 = '' OR client = ?1)" \
    " AND (?2 = '' OR domain = ?2 OR substr(domain, length(domain) - length(?2)) = '.' || ?2)" \
    " AND (?3 = '' OR status = ?3) AND (?4 = '' OR source = ?4)" \
    " AND (?5 = '' OR lower(ticket) = lower(?5)) AND (?6 = 0 OR passed < volume) AND last_seen_ms >= ?7"
#define INVENTORY_ORDER " ORDER BY domain, source"
    /* what is named is sought, where it has an index */
    static const char all[] = INVENTORY_LIST INVENTORY_ORDER;
    static const char of_domain[] = INVENTORY_LIST " AND domain = ?2" INVENTORY_ORDER;
    static const char of_client[] = INVENTORY_LIST " AND client = ?1" INVENTORY_ORDER;
    static const char of_source[] = INVENTORY_LIST " AND source = ?4" INVENTORY_ORDER;
    const char *sql = f->domain[0] != '\0' && f->domain_alone ? of_domain
                      : f->client[0] != '\0'                  ? of_client
                      : f->source[0] != '\0'                  ? of_source : all;
    struct statement *s;
    size_t size = 0;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(f->client)), DB_TEXT(str_of(f->domain)),
                          DB_TEXT(str_of(f->status)), DB_TEXT(str_of(f->source)),
                          DB_TEXT(str_of(f->ticket == NULL ? "" : f->ticket)), DB_INT(f->failing),
                          DB_INT(f->since_ms)), &s, e);

    *out = NULL;
    *n = 0;
    if (rc != RC_OK)
        return rc;
    while ((rc = statement_next(s, &row, e)) == RC_OK && row) {
        if (inventory_grow(a, out, *n, &size) != RC_OK || inventory_read_row(a, s, &(*out)[*n]) != RC_OK) {
            rc = inventory_no_memory(d, e);
            break;
        }
        (*n)++;
    }
    statement_reset(s);
    return rc;
}

enum rc inventory_changes(struct db *d, struct arena *a, const char *domain, const char *source, size_t max,
                          struct inventory_change **out, size_t *n, struct err *e)
{
    static const char sql[] = "SELECT time_ms, who, field, old, new FROM source_change"
                              " WHERE domain = ?1 AND source = ?2 ORDER BY id DESC LIMIT ?3";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(domain)), DB_TEXT(str_of(source)), DB_INT(max)), &s, e);

    *n = 0;
    *out = arena_array(a, max + 1, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : inventory_no_memory(d, e);
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        struct inventory_change *c = &(*out)[(*n)++];

        *c = (struct inventory_change){statement_int(s, 0), str_dup(a, statement_text(s, 1)),
                                       str_dup(a, statement_text(s, 2)), str_dup(a, statement_text(s, 3)),
                                       str_dup(a, statement_text(s, 4))};
        if (c->who == NULL || c->field == NULL || c->old == NULL || c->new == NULL)
            rc = inventory_no_memory(d, e);
    }
    statement_reset(s);
    return rc;
}

/* ---- one status ---- */

static enum rc inventory_ask_status(struct db *d, const char *domain, const char *source,
                                    char out[static INVENTORY_STATUS_MAX], bool *found, struct err *e)
{
    static const char sql[] = "SELECT status FROM source WHERE domain = ?1 AND source = ?2";
    struct strbuf b = strbuf_on(out, INVENTORY_STATUS_MAX);
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(domain)), DB_TEXT(str_of(source))), &s, e);

    *found = false;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, found, e);
    if (rc == RC_OK && *found)
        strbuf_put(&b, statement_text(s, 0));
    statement_reset(s);
    return rc;
}

enum rc inventory_status(struct db *d, const char *domain, const char *source, char out[static INVENTORY_STATUS_MAX],
                         struct err *e)
{
    bool found = false;
    enum rc rc;

    out[0] = '\0';
    rc = inventory_ask_status(d, domain, source, out, &found, e);
    while (rc == RC_OK && !found && (domain = strchr(domain, '.')) != NULL && strchr(++domain, '.') != NULL)
        rc = inventory_ask_status(d, domain, source, out, &found, e);
    return rc;
}

/* ---- what the messages add ---- */

/* Runs one of the statements below; `fourth` on are what it has beside domain, source and client. */
static enum rc run_seen(struct db *d, const char *sql, const struct inventory_seen *seen, const int64_t *fourth,
                        size_t n, struct err *e)
{
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(seen->domain)), DB_TEXT(str_of(seen->source)),
                          DB_TEXT(str_of(seen->client))), &s, e);

    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < n; i++)
        statement_bind_int(s, (int)i + 4, fourth[i]);
    return statement_run(s, e);
}

/* The key is noted once a day, so that selectors that take turns cost a write a day. */
static enum rc inventory_note_key(struct db *d, const struct inventory_seen *seen, struct err *e)
{
    static const char sql[] = "UPDATE source SET key_name = ?3, key_host = ?4, key_ms = ?5"
                              " WHERE domain = ?1 AND source = ?2 AND abs(?5 - key_ms) >= ?6";

    if (seen->key_name == NULL)
        return RC_OK;
    return db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(seen->domain)), DB_TEXT(str_of(seen->source)),
                       DB_TEXT(str_of(seen->key_name)), DB_TEXT(str_of(seen->key_host)), DB_INT(seen->last_ms),
                       DB_INT(CLOCK_DAY_MS)), e);
}

static enum rc count_volume(struct db *d, const struct inventory_seen *seen, struct err *e)
{
    static const char update[] =
        "UPDATE source SET volume = volume + ?6, passed = passed + ?7,"
        " last_seen_ms = CASE WHEN last_seen_ms > ?5 THEN last_seen_ms ELSE ?5 END,"
        " first_seen_ms = CASE WHEN first_seen_ms = 0 OR first_seen_ms > ?4 THEN ?4 ELSE first_seen_ms END"
        " WHERE domain = ?1 AND source = ?2 AND client = ?3";
    static const char claim[] = "UPDATE source SET client = ?3 WHERE domain = ?1 AND source = ?2";
    static const char join[] =
        "INSERT INTO source (domain, source, client, status) SELECT ?1, ?2, ?3, 'unknown'"
        " WHERE (SELECT count(*) FROM source WHERE client = ?3) < ?4 AND (?5 > 0 OR"
        " (SELECT count(*) FROM source WHERE client = ?3 AND passed = 0 AND status = 'unknown') < ?6)";
    const int64_t sums[] = {seen->first_ms, seen->last_ms, seen->volume, seen->passed};
    const int64_t joins[] = {INVENTORY_JOIN_MAX, seen->passed, INVENTORY_FAILED_MAX};
    enum rc rc = run_seen(d, update, seen, sums, 4, e);

    if (rc != RC_OK || db_changes(d) > 0 || seen->client[0] == '\0')
        return rc;
    rc = run_seen(d, claim, seen, NULL, 0, e); /* written by hand before its first message, or another client's once */
    if (rc == RC_OK && db_changes(d) == 0)
        rc = run_seen(d, join, seen, joins, 3, e);
    return rc == RC_OK && db_changes(d) > 0 ? run_seen(d, update, seen, sums, 4, e) : rc;
}

enum rc inventory_count(struct db *d, const struct inventory_seen *seen, struct err *e)
{
    enum rc rc = count_volume(d, seen, e);

    return rc == RC_OK ? inventory_note_key(d, seen, e) : rc;
}
