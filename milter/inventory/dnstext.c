#include "inventory/dnstext.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hashtable.h"
#include "base/shares.h"
#include "db/run.h"
#include "inventory/correspondents.h"
#include "mail/domain.h"

enum {
    TURNS_MS = 10 * 60 * 1000, /* between two writings of a text that takes turns with others */
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
    int64_t added, known; /* of strangers; of correspondents */
    struct shares *shares;
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
    if (t != NULL) {
        dnstext_forget(t);
        shares_clear(&t->shares);
    }
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
    if (found->hh.tbl == NULL) {
        free(found);
        return NULL;
    }
    return found;
}

/* Whether the table should hear of it now; then it counts as written. */
static bool worth_writing(struct name *n, int64_t hash, int64_t now_ms)
{
    bool turned = n->current != hash;

    n->current = hash;
    for (size_t i = 0; i < TEXTS_HELD; i++)
        if (n->text[i].hash == hash) {
            if (now_ms >= n->text[i].written_ms && now_ms - n->text[i].written_ms < (turned ? TURNS_MS : CLOCK_DAY_MS))
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

int64_t dnstext_hash(const unsigned char secret[SIPHASH_KEY_BYTES], struct str text)
{
    int64_t hash = (int64_t)siphash(secret, text.n == 0 ? "" : text.p, text.n);

    return hash == 0 ? 1 : hash; /* 0 is "none" */
}

enum rc dnstext_see(struct db *d, const struct dnstext_row *row, int64_t now_ms, bool *known, struct err *e)
{
    /* a last time that lies ahead is of a clock that was wrong */
    static const char sql[] = "UPDATE dns_text SET last_seen_ms = CASE WHEN last_seen_ms > ?4 + ?6 THEN ?4"
                              " WHEN last_seen_ms > ?4 THEN last_seen_ms ELSE ?4 END,"
                              " ttl = CASE WHEN ttl > ?5 THEN ttl ELSE ?5 END"
                              " WHERE kind = ?1 AND name = ?2 AND hash = ?3";
    enum rc rc = db_run_with(d, sql, DB_VALUES(DB_TEXT(row->kind), DB_TEXT(row->name), DB_INT(row->hash),
                             DB_INT(now_ms), DB_INT(row->ttl), DB_INT(CLOCK_DAY_MS)), e);

    *known = rc == RC_OK && db_changes(d) > 0;
    return rc;
}

enum rc dnstext_add(struct db *d, const struct dnstext_row *row, int64_t now_ms, struct err *e)
{
    static const char sql[] =
        "INSERT INTO dns_text (kind, name, hash, text, ttl, first_seen_ms, last_seen_ms, replaces)"
        " SELECT ?1, ?2, ?3, ?6, ?5, ?4, ?4, coalesce((SELECT hash FROM dns_text WHERE name = ?2 AND kind = ?1"
        " AND first_seen_ms < ?4 ORDER BY last_seen_ms DESC LIMIT 1), 0)"
        " WHERE ?6 <> '' OR EXISTS (SELECT 1 FROM dns_text WHERE name = ?2 AND kind = ?1)";
    static const char shorten[] =
        "DELETE FROM dns_text WHERE id IN (SELECT id FROM dns_text WHERE name = ?1 AND kind = ?2"
        " ORDER BY last_seen_ms DESC LIMIT 9223372036854775807 OFFSET ?3)";
    struct str text = row->text.n == 0 ? STR("") : str_slice(row->text, 0, DNSTEXT_TEXT_MAX);
    enum rc rc = db_run_with(d, sql, DB_VALUES(DB_TEXT(row->kind), DB_TEXT(row->name), DB_INT(row->hash),
                             DB_INT(now_ms), DB_INT(row->ttl), DB_TEXT(text)), e);

    if (rc != RC_OK || db_changes(d) == 0)
        return rc;
    return db_run_with(d, shorten, DB_VALUES(DB_TEXT(row->name), DB_TEXT(row->kind), DB_INT(DNSTEXT_TEXTS_MAX)), e);
}

/* Whether the name is one of a correspondent's, or of a domain above it that is. */
static enum rc dnstext_is_known(struct db *d, const char *name, int64_t day, bool *known, struct err *e)
{
    const char *least = domain_registered(name);
    enum rc rc = RC_OK;

    *known = false;
    for (const char *at = name; rc == RC_OK && !*known && at <= least;) {
        const char *dot = strchr(at, '.');

        rc = correspondents_is_known(d, at, day, known, e);
        if (dot == NULL)
            break;
        at = dot + 1;
    }
    return rc;
}

/* A day's room for new texts; the first of a process has the whole of it. */
static enum rc take_room(struct dnstext *t, struct db *d, const char *name, int64_t now_ms, bool *room, struct err *e)
{
    int64_t day = now_ms / CLOCK_DAY_MS;
    bool known;
    enum rc rc;

    *room = false;
    if (t->day != day) {
        t->day = day;
        t->added = t->known = 0;
        shares_clear(&t->shares);
    }
    if (!shares_take(&t->shares, domain_registered(name), DNSTEXT_SHARE_MAX))
        return RC_OK;
    rc = dnstext_is_known(d, name, day, &known, e);
    if (rc != RC_OK)
        return rc;
    *room = known ? t->known < DNSTEXT_KNOWN_MAX : t->added < DNSTEXT_NEW_MAX;
    t->known += known;
    t->added += !known;
    return RC_OK;
}

enum rc dnstext_note(struct dnstext *t, struct db *d, const unsigned char secret[SIPHASH_KEY_BYTES],
                     const struct dns_seen *seen, int64_t now_ms, struct err *e)
{
    struct dnstext_row row = {.kind = str_of(enum_name(&dns_kind_names, (int)seen->kind)), .name = str_of(seen->name),
                              .hash = dnstext_hash(secret, str_of(seen->text)), .text = str_of(seen->text),
                              .ttl = seen->ttl};
    struct name *n = hold(t, seen);
    bool room = true, known;
    enum rc rc;

    if (n == NULL || !worth_writing(n, row.hash, now_ms))
        return RC_OK;
    rc = dnstext_see(d, &row, now_ms, &known, e);
    if (rc != RC_OK || known)
        return rc;
    if (row.text.n > 0) /* that there is none is kept of names that are here */
        rc = take_room(t, d, seen->name, now_ms, &room, e);
    return rc == RC_OK && room ? dnstext_add(d, &row, now_ms, e) : rc;
}

/* ---- asking ---- */

enum rc dnstext_history(struct db *d, struct arena *a, enum dns_kind kind, const char *name, size_t max,
                        struct dnstext_version **out, size_t *n, struct err *e)
{
    static const char sql[] = "SELECT text, ttl, first_seen_ms, last_seen_ms FROM dns_text"
                              " WHERE name = ?1 AND kind = ?2 ORDER BY first_seen_ms DESC, id DESC LIMIT ?3";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(name)),
                          DB_TEXT(str_of(enum_name(&dns_kind_names, (int)kind))), DB_INT(max)), &s, e);

    *n = 0;
    *out = arena_array(a, max + 1, sizeof **out);
    if (rc == RC_OK && *out == NULL)
        rc = err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        const char *text = str_dup(a, statement_text(s, 0));

        if (text == NULL)
            rc = err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
        else
            (*out)[(*n)++] = (struct dnstext_version){text, statement_int(s, 1), statement_int(s, 2),
                                                     statement_int(s, 3)};
    }
    statement_reset(s);
    return rc;
}

enum rc dnstext_changed(struct db *d, struct arena *a, int64_t after, size_t max, struct dnstext_copy **out, size_t *n,
                        struct err *e)
{
    static const char sql[] =
        "SELECT kind, name, text, ttl, first_seen_ms, last_seen_ms, changed FROM"
        " (SELECT * FROM dns_text WHERE changed > ?1 ORDER BY changed LIMIT ?2) ORDER BY name, kind, text";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(after), DB_INT(max)), &s, e);

    *n = 0;
    *out = arena_array(a, max + 1, sizeof **out);
    if (rc == RC_OK && *out == NULL)
        rc = err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        struct dnstext_copy *t = &(*out)[(*n)++];

        t->kind = str_of(str_dup(a, statement_text(s, 0)));
        t->name = str_of(str_dup(a, statement_text(s, 1)));
        t->text.n = statement_text(s, 2).n; /* NULs too: it stands as it was published */
        t->text.p = str_dup(a, statement_text(s, 2));
        t->ttl = statement_int(s, 3);
        t->first_seen_ms = statement_int(s, 4);
        t->last_seen_ms = statement_int(s, 5);
        t->changed = statement_int(s, 6);
        if (t->kind.p == NULL || t->name.p == NULL || t->text.p == NULL)
            rc = err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
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
    /* `o` is what was seen last of those that were there before */
    static const char sql[] =
        "SELECT n.kind, n.name, n.first_seen_ms, o.ttl FROM dns_text AS n JOIN dns_text AS o ON o.id ="
        " (SELECT p.id FROM dns_text AS p WHERE p.name = n.name AND p.kind = n.kind"
        "  AND p.first_seen_ms < n.first_seen_ms ORDER BY p.last_seen_ms DESC, p.id LIMIT 1)"
        " WHERE n.replaces <> 0 AND n.first_seen_ms > ?1 AND (SELECT count(*) FROM dns_text AS r"
        "  WHERE r.name = n.name AND r.kind = n.kind AND r.replaces <> 0"
        "  AND r.first_seen_ms > n.first_seen_ms - ?2) <= ?3"
        " AND o.last_seen_ms <= n.first_seen_ms + o.ttl * 1000 + ?4 ORDER BY n.first_seen_ms LIMIT ?5";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(since_ms), DB_INT(DNSTEXT_RESTLESS_MS), DB_INT(DNSTEXT_RESTLESS),
                          DB_INT(DNSTEXT_SLACK_MS), DB_INT(DNSTEXT_CHANGES_MAX)), &s, e);

    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row)
        if (add_change(b, s) != RC_OK)
            rc = err_set(e, RC_NOMEM, "%s: no memory for the DNS changes", db_path(d));
    statement_reset(s);
    return rc;
}

static enum rc add_gone(struct background *b, const struct statement *s)
{
    struct known_gone gone = {.gone_ms = statement_int(s, 2), .last_ms = statement_int(s, 3)};
    char name[300];
    struct strbuf text = STRBUF_ON(name);
    int kind;

    strbuf_put(&text, statement_text(s, 1));
    if (text.over || !enum_value(&dns_kind_names, statement_text(s, 0), &kind))
        return RC_OK;
    return background_add_gone(b, name, (enum dns_kind)kind, &gone);
}

enum rc dnstext_gone(struct db *d, struct background *b, struct err *e)
{
    static const char sql[] =
        "SELECT n.kind, n.name, n.first_seen_ms, o.last_seen_ms FROM dns_text AS n JOIN dns_text AS o ON o.id ="
        " (SELECT p.id FROM dns_text AS p WHERE p.name = n.name AND p.kind = n.kind AND p.text <> ''"
        "  ORDER BY p.last_seen_ms DESC LIMIT 1)"
        " WHERE n.text = '' AND o.last_seen_ms <= n.last_seen_ms ORDER BY n.first_seen_ms DESC LIMIT ?1";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(DNSTEXT_CHANGES_MAX)), &s, e);

    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row)
        if (add_gone(b, s) != RC_OK)
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
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(after), DB_INT(most)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    *end = row ? statement_int(s, 0) : 0;
    statement_reset(s);
    return rc;
}

/* Times that lie ahead, unless the newest record does, too: then it is the clock that is behind. */
static enum rc dnstext_mend_times(struct db *d, int64_t after, int64_t end, int64_t now_ms, struct err *e)
{
    static const char sql[] =
        "UPDATE dns_text SET last_seen_ms = ?3, first_seen_ms = CASE WHEN first_seen_ms < ?3 THEN first_seen_ms"
        " ELSE ?3 END WHERE id > ?1 AND id <= ?2 AND last_seen_ms > ?3 + ?4"
        " AND coalesce((SELECT time_ms FROM message ORDER BY id DESC LIMIT 1), 0) <= ?3 + 3600000";

    return db_run_with(d, sql, DB_VALUES(DB_INT(after), DB_INT(end), DB_INT(now_ms), DB_INT(CLOCK_DAY_MS)), e);
}

enum rc dnstext_prune(struct db *d, int64_t before_ms, int64_t now_ms, int64_t most, int64_t *cursor, int64_t *gone,
                      struct err *e)
{
    static const char sql[] = "DELETE FROM dns_text WHERE id > ?1 AND id <= ?2 AND last_seen_ms < ?3";
    struct statement *s;
    int64_t end = 0;
    enum rc rc = range_end(d, *cursor, most, &end, e);

    if (rc == RC_OK && end > 0)
        rc = dnstext_mend_times(d, *cursor, end, now_ms, e);
    if (rc == RC_OK && end > 0)
        rc = db_query(d, sql, DB_VALUES(DB_INT(*cursor), DB_INT(end), DB_INT(before_ms)), &s, e);
    if (rc != RC_OK)
        return rc;
    if (end > 0) {
        rc = statement_run(s, e);
        if (rc == RC_OK)
            *gone += db_changes(d);
    }
    *cursor = end;
    return rc;
}
