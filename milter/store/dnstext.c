#include "store/dnstext.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum {
    DAY_MS = 24 * 3600 * 1000,
    TURNS_MS = 10 * 60 * 1000, /* between two writings of a text that takes turns with others */
    SLACK_MS = 3600 * 1000,    /* beyond a TTL, for caches and clocks */
    TEXTS_HELD = 4             /* texts of one name in memory */
};

/* What is in the table of one name, as far as it matters for not writing it again. */
struct name {
    UT_hash_handle hh;
    struct {
        int64_t hash; /* 0 none */
        int64_t written_ms;
    } text[TEXTS_HELD];
    unsigned next;   /* which of them is given up for another */
    int64_t current; /* hash of the text seen last */
    size_t key_size;
    char key[]; /* kind, name */
};

struct dnstext {
    struct name *names; /* in the order of use, the oldest first */
    int64_t day;        /* whose new texts were counted */
    int64_t added;
};

struct dnstext *dnstext_new(void)
{
    return calloc(1, sizeof(struct dnstext));
}

void dnstext_forget(struct dnstext *t)
{
    struct name *n, *next;

    HASH_ITER(hh, t->names, n, next) {
        HASH_DEL(t->names, n);
        free(n);
    }
}

void dnstext_free(struct dnstext *t)
{
    if (t != NULL)
        dnstext_forget(t);
    free(t);
}

/* ---- what is in memory ---- */

/* The name, now the most recently used; NULL without memory: then it is merely written more often. */
static struct name *hold(struct dnstext *t, const struct dns_seen *seen)
{
    char key[300] = {(char)('0' + (int)seen->kind)};
    size_t n = strlen(seen->name) + 1;
    struct name *found = NULL;

    if (n >= sizeof key)
        return NULL;
    memcpy(key + 1, seen->name, n - 1);
    HASH_FIND(hh, t->names, key, n, found);
    if (found != NULL) {
        HASH_DEL(t->names, found);
    } else {
        if (HASH_COUNT(t->names) >= DNSTEXT_NAMES_MAX) {
            struct name *oldest = t->names;

            HASH_DEL(t->names, oldest);
            free(oldest);
        }
        found = calloc(1, sizeof *found + n);
        if (found == NULL)
            return NULL;
        memcpy(found->key, key, n);
        found->key_size = n;
    }
    HASH_ADD_KEYPTR(hh, t->names, found->key, found->key_size, found);
    return found;
}

/* Whether the table should hear of it now; then it counts as written. */
static bool worth_writing(struct name *n, int64_t hash, int64_t now_ms)
{
    bool turned = n->current != hash;

    n->current = hash;
    for (size_t i = 0; i < TEXTS_HELD; i++)
        if (n->text[i].hash == hash) {
            if (now_ms - n->text[i].written_ms < (turned ? TURNS_MS : DAY_MS))
                return false;
            n->text[i].written_ms = now_ms;
            return true;
        }
    n->text[n->next].hash = hash;
    n->text[n->next].written_ms = now_ms;
    n->next = (n->next + 1) % TEXTS_HELD;
    return true;
}

/* ---- what is in the table ---- */

/* `sql` with ?1 kind, ?2 name, ?3 hash, ?4 now, ?5 ttl; *changed rows. */
static enum rc run_known(struct db *d, const char *sql, const struct dns_seen *seen, int64_t hash, int64_t now_ms,
                         struct err *e)
{
    struct statement *s;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_text(s, 1, str_of(enum_name(&dns_kind_names, (int)seen->kind)));
    statement_bind_text(s, 2, str_of(seen->name));
    statement_bind_int(s, 3, hash);
    statement_bind_int(s, 4, now_ms);
    statement_bind_int(s, 5, seen->ttl);
    return statement_run(s, e);
}

/*
 * That a name has no record (text "") is kept of names that had one: it is a
 * change of theirs.  Of others it is nothing: a sender can invent them.
 */
static enum rc insert(struct db *d, const struct dns_seen *seen, int64_t hash, int64_t now_ms, bool *added,
                      struct err *e)
{
    static const char sql[] =
        "INSERT INTO dns_text (kind, name, hash, text, ttl, first_seen_ms, last_seen_ms, replaces)"
        " SELECT ?1, ?2, ?3, ?6, ?5, ?4, ?4, coalesce((SELECT hash FROM dns_text WHERE name = ?2 AND kind = ?1"
        " AND first_seen_ms < ?4 ORDER BY last_seen_ms DESC LIMIT 1), 0)"
        " WHERE ?6 <> '' OR EXISTS (SELECT 1 FROM dns_text WHERE name = ?2 AND kind = ?1)";
    static const char shorten[] =
        "DELETE FROM dns_text WHERE id IN (SELECT id FROM dns_text WHERE name = ?1 AND kind = ?2"
        " ORDER BY last_seen_ms DESC LIMIT -1 OFFSET ?3)";
    struct str kind = str_of(enum_name(&dns_kind_names, (int)seen->kind)), text = str_of(seen->text);
    struct statement *s;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    if (text.n > DNSTEXT_TEXT_MAX)
        text.n = DNSTEXT_TEXT_MAX;
    statement_bind_text(s, 1, kind);
    statement_bind_text(s, 2, str_of(seen->name));
    statement_bind_int(s, 3, hash);
    statement_bind_int(s, 4, now_ms);
    statement_bind_int(s, 5, seen->ttl);
    statement_bind_text(s, 6, text);
    rc = statement_run(s, e);
    *added = rc == RC_OK && db_changes(d) > 0;
    if (*added)
        rc = db_statement(d, shorten, &s, e);
    if (!*added || rc != RC_OK)
        return rc;
    statement_bind_text(s, 1, str_of(seen->name));
    statement_bind_text(s, 2, kind);
    statement_bind_int(s, 3, DNSTEXT_TEXTS_MAX);
    return statement_run(s, e);
}

/* A day's room for new texts; the first of a process has the whole of it. */
static bool has_room(struct dnstext *t, int64_t now_ms)
{
    if (t->day != now_ms / DAY_MS) {
        t->day = now_ms / DAY_MS;
        t->added = 0;
    }
    return t->added < DNSTEXT_NEW_MAX;
}

enum rc dnstext_note(struct dnstext *t, struct db *d, const unsigned char secret[SIPHASH_KEY_BYTES],
                     const struct dns_seen *seen, int64_t now_ms, struct err *e)
{
    static const char update[] = "UPDATE dns_text SET last_seen_ms = max(last_seen_ms, ?4), ttl = max(ttl, ?5)"
                                 " WHERE kind = ?1 AND name = ?2 AND hash = ?3";
    int64_t hash = (int64_t)siphash(secret, seen->text, strlen(seen->text));
    struct name *n = hold(t, seen);
    bool added = false;
    enum rc rc;

    if (hash == 0)
        hash = 1; /* 0 is "none" */
    if (n == NULL || !worth_writing(n, hash, now_ms))
        return RC_OK;
    rc = run_known(d, update, seen, hash, now_ms, e);
    if (rc != RC_OK || db_changes(d) > 0 || !has_room(t, now_ms))
        return rc;
    rc = insert(d, seen, hash, now_ms, &added, e);
    t->added += added;
    return rc;
}

/* ---- asking ---- */

enum rc dnstext_history(struct db *d, struct arena *a, enum dns_kind kind, const char *name, size_t max,
                        struct store_dns_text **out, size_t *n, struct err *e)
{
    static const char sql[] = "SELECT text, ttl, first_seen_ms, last_seen_ms FROM dns_text"
                              " WHERE name = ?1 AND kind = ?2 ORDER BY first_seen_ms DESC, id DESC LIMIT ?3";
    struct statement *s;
    bool row = true;
    enum rc rc = db_statement(d, sql, &s, e);

    *n = 0;
    *out = arena_array(a, max + 1, sizeof **out);
    if (rc == RC_OK && *out == NULL)
        rc = err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
    if (rc != RC_OK)
        return rc;
    statement_bind_text(s, 1, str_of(name));
    statement_bind_text(s, 2, str_of(enum_name(&dns_kind_names, (int)kind)));
    statement_bind_int(s, 3, (int64_t)max);
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        const char *text = str_dup(a, statement_text(s, 0));

        if (text == NULL)
            rc = err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
        else
            (*out)[(*n)++] = (struct store_dns_text){text, statement_int(s, 1), statement_int(s, 2),
                                                     statement_int(s, 3)};
    }
    statement_reset(s);
    return rc;
}

static enum rc add_change(struct background *b, const struct statement *s)
{
    struct known_change change = {.changed_ms = statement_int(s, 2), .old_ttl = (uint32_t)statement_int(s, 3)};
    char name[300];
    struct strbuf text = STRBUF_ON(name);
    int kind;

    strbuf_put(&text, statement_text(s, 1));
    if (text.over || !enum_value(&dns_kind_names, statement_text(s, 0), &kind))
        return RC_OK; /* of another version: nothing that is known here */
    return background_add_change(b, name, (enum dns_kind)kind, &change);
}

enum rc dnstext_changes(struct db *d, int64_t since_ms, struct background *b, struct err *e)
{
    /* `ttl` is that of the row with the greatest last_seen_ms: SQLite's rule for a bare column beside max() */
    static const char sql[] =
        "SELECT n.kind, n.name, n.first_seen_ms, o.ttl, max(o.last_seen_ms) AS seen FROM dns_text AS n"
        " JOIN dns_text AS o ON o.name = n.name AND o.kind = n.kind AND o.first_seen_ms < n.first_seen_ms"
        " WHERE n.replaces <> 0 AND n.first_seen_ms > ?1 AND (SELECT count(*) FROM dns_text AS r"
        "  WHERE r.name = n.name AND r.kind = n.kind AND r.replaces <> 0"
        "  AND r.first_seen_ms > n.first_seen_ms - ?2) <= ?3"
        " GROUP BY n.id HAVING seen <= n.first_seen_ms + o.ttl * 1000 + ?4 ORDER BY n.first_seen_ms LIMIT ?5";
    struct statement *s;
    bool row = true;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_int(s, 1, since_ms);
    statement_bind_int(s, 2, DNSTEXT_RESTLESS_MS);
    statement_bind_int(s, 3, DNSTEXT_RESTLESS);
    statement_bind_int(s, 4, SLACK_MS);
    statement_bind_int(s, 5, DNSTEXT_CHANGES_MAX);
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row)
        if (add_change(b, s) != RC_OK)
            rc = err_set(e, RC_NOMEM, "%s: no memory for the DNS changes", db_path(d));
    statement_reset(s);
    return rc;
}

/* ---- pruning ---- */

static enum rc range_end(struct db *d, int64_t after, int64_t most, int64_t *end, struct err *e)
{
    static const char sql[] =
        "SELECT coalesce(max(id), 0) FROM (SELECT id FROM dns_text WHERE id > ?1 ORDER BY id LIMIT ?2)";
    struct statement *s;
    bool row = false;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_int(s, 1, after);
    statement_bind_int(s, 2, most);
    rc = statement_next(s, &row, e);
    *end = row ? statement_int(s, 0) : 0;
    statement_reset(s);
    return rc;
}

enum rc dnstext_prune(struct db *d, int64_t before_ms, int64_t most, int64_t *cursor, int64_t *gone, struct err *e)
{
    static const char sql[] = "DELETE FROM dns_text WHERE id > ?1 AND id <= ?2 AND last_seen_ms < ?3";
    struct statement *s;
    int64_t end = 0;
    enum rc rc = range_end(d, *cursor, most, &end, e);

    if (rc == RC_OK && end > 0)
        rc = db_statement(d, sql, &s, e);
    if (rc != RC_OK)
        return rc;
    if (end > 0) {
        statement_bind_int(s, 1, *cursor);
        statement_bind_int(s, 2, end);
        statement_bind_int(s, 3, before_ms);
        rc = statement_run(s, e);
        if (rc == RC_OK)
            *gone += db_changes(d);
    }
    *cursor = end;
    return rc;
}
