#include "received/journal.h"

#include <string.h>

#include "db/run.h"

#define COLUMNS \
    "id, time_ms, way, name, sender, sender_domain, subject, message_id, sha256, size, trust, outcome, reason, unread"

static enum rc journal_no_memory(const struct db *d, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory for what came in", db_path(d));
}

/* ---- writing ---- */

static enum rc add_parts(struct db *d, int64_t id, const struct received_part *part, size_t parts, struct err *e)
{
    static const char sql[] = "INSERT INTO received_part (received, n, name, kind, outcome, reason, bytes, report)"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < parts; i++)
        rc = db_run_with(d, sql, DB_VALUES(DB_INT(id), DB_INT(i), DB_TEXT(str_of(part[i].name)),
                         DB_TEXT(str_of(part[i].kind)),
                         DB_TEXT(str_of(enum_name(&received_outcome_names, (int)part[i].outcome))),
                         DB_TEXT(str_of(part[i].reason)), DB_INT(part[i].bytes), DB_INT(part[i].report)), e);
    return rc;
}

static enum rc add_original(struct db *d, const struct received_item *item, struct str original, struct err *e)
{
    static const char sql[] = "INSERT INTO received_original (received, time_ms, size, body) VALUES (?1, ?2, ?3, ?4)";

    return db_run_with(d, sql, DB_VALUES(DB_INT(item->id), DB_INT(item->time_ms), DB_INT(original.n),
                       DB_BLOB(original)), e);
}

static void bind_item(struct statement *s, const struct received_item *item)
{
    const char *const text[] = {item->way, item->name, item->sender, item->sender_domain, item->subject,
                                item->message_id};

    statement_bind_int(s, 2, item->time_ms);
    for (int i = 0; i < 6; i++)
        statement_bind_text(s, 3 + i, str_of(text[i]));
    statement_bind_blob(s, 9, (struct str){(const char *)item->sha256, JOURNAL_HASH_SIZE});
    statement_bind_int(s, 10, item->size);
    statement_bind_text(s, 11, str_of(enum_name(&received_trust_names, (int)item->trust)));
    statement_bind_text(s, 12, str_of(enum_name(&received_outcome_names, (int)item->outcome)));
    statement_bind_text(s, 13, str_of(item->reason));
    statement_bind_int(s, 14, item->unread);
}

enum rc journal_next_id(struct db *d, int64_t *id, struct err *e)
{
    enum rc rc;

    if (db_engine(d) == DB_POSTGRESQL)
        return db_ask(d, "SELECT nextval(pg_get_serial_sequence('received', 'id'))", id, e);
    rc = db_ask(d, "SELECT seq FROM sqlite_sequence WHERE name = 'received'", id, e);
    ++*id;
    return rc;
}

enum rc journal_add(struct db *d, const struct received_item *item, const struct received_part *part, size_t parts,
                    struct str original, struct err *e)
{
    static const char sql[] = "INSERT INTO received (" COLUMNS ")"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(item->id)), &s, e);

    if (rc != RC_OK)
        return rc;
    bind_item(s, item);
    rc = statement_run(s, e);
    if (rc == RC_OK)
        rc = add_parts(d, item->id, part, parts, e);
    return rc == RC_OK && original.n > 0 ? add_original(d, item, original, e) : rc;
}

static enum rc clear_parts(struct db *d, int64_t id, struct err *e)
{
    static const char sql[] = "DELETE FROM received_part WHERE received = ?1";

    return db_run_with(d, sql, DB_VALUES(DB_INT(id)), e);
}

enum rc journal_renew(struct db *d, const struct received_item *item, const struct received_part *part, size_t parts,
                      struct err *e)
{
    static const char sql[] = "UPDATE received SET trust = ?2, outcome = ?3, reason = ?4, unread = ?5 WHERE id = ?1";
    enum rc rc = db_run_with(d, sql, DB_VALUES(DB_INT(item->id),
                             DB_TEXT(str_of(enum_name(&received_trust_names, (int)item->trust))),
                             DB_TEXT(str_of(enum_name(&received_outcome_names, (int)item->outcome))),
                             DB_TEXT(str_of(item->reason)), DB_INT(item->unread)), e);

    if (rc == RC_OK)
        rc = clear_parts(d, item->id, e);
    return rc == RC_OK ? add_parts(d, item->id, part, parts, e) : rc;
}

/* ---- reading ---- */

static int journal_word(const struct enum_names *names, struct str text)
{
    int value = 0;

    return enum_value(names, text, &value) ? value : 0;
}

static enum rc journal_read_item(const struct statement *s, struct arena *a, struct received_item *out)
{
    const char **text[] = {&out->way, &out->name, &out->sender, &out->sender_domain, &out->subject, &out->message_id};
    struct str hash = statement_blob(s, 8);

    out->id = statement_int(s, 0);
    out->time_ms = statement_int(s, 1);
    for (int i = 0; i < 6; i++)
        if ((*text[i] = str_dup(a, statement_text(s, 2 + i))) == NULL)
            return RC_NOMEM;
    if (hash.n == JOURNAL_HASH_SIZE)
        memcpy(out->sha256, hash.p, JOURNAL_HASH_SIZE);
    out->size = statement_int(s, 9);
    out->trust = (enum received_trust)journal_word(&received_trust_names, statement_text(s, 10));
    out->outcome = (enum received_outcome)journal_word(&received_outcome_names, statement_text(s, 11));
    out->reason = str_dup(a, statement_text(s, 12));
    out->unread = statement_int(s, 13) != 0;
    out->original = statement_int(s, 14) != 0;
    return out->reason == NULL ? RC_NOMEM : RC_OK;
}

#define SELECT "SELECT " COLUMNS ", EXISTS (SELECT 1 FROM received_original o WHERE o.received = received.id)" \
    " FROM received WHERE "
#define WANTED \
    " (?2 = '' OR outcome = ?2) AND (?3 = '' OR sender_domain = ?3) AND time_ms >= ?4 AND (?5 = 0 OR id < ?5)" \
    " AND (?6 = 0 OR (trust <> ?7 AND outcome IN (?8, ?9)))" \
    " ORDER BY id DESC LIMIT ?1"

enum rc journal_list(struct db *d, struct arena *a, const struct journal_wanted *w, size_t max,
                     struct received_item **out, size_t *n, struct err *e)
{
    static const char all[] = SELECT WANTED, unread[] = SELECT "unread = 1 AND" WANTED;
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, w->unread ? unread : all, DB_VALUES(DB_INT(max), DB_TEXT(str_of(w->outcome)),
                          DB_TEXT(str_of(w->sender_domain)), DB_INT(w->since_ms), DB_INT(w->before_id),
                          DB_INT(w->trouble), DB_TEXT(str_of(enum_name(&received_trust_names, RECEIVED_UNPROVEN))),
                          DB_TEXT(str_of(enum_name(&received_outcome_names, RECEIVED_UNREADABLE))),
                          DB_TEXT(str_of(enum_name(&received_outcome_names, RECEIVED_LIMITED)))), &s, e);

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : journal_no_memory(d, e);
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row)
        if (journal_read_item(s, a, &(*out)[(*n)++]) != RC_OK)
            rc = journal_no_memory(d, e);
    statement_reset(s);
    return rc;
}

static enum rc read_part(const struct statement *s, struct arena *a, struct received_part *out)
{
    out->n = statement_int(s, 0);
    out->name = str_dup(a, statement_text(s, 1));
    out->kind = str_dup(a, statement_text(s, 2));
    out->outcome = (enum received_outcome)journal_word(&received_outcome_names, statement_text(s, 3));
    out->reason = str_dup(a, statement_text(s, 4));
    out->bytes = statement_int(s, 5);
    out->report = statement_int(s, 6);
    return out->name == NULL || out->kind == NULL || out->reason == NULL ? RC_NOMEM : RC_OK;
}

static enum rc get_parts(struct db *d, struct arena *a, int64_t id, struct received_part **out, size_t *n,
                         struct err *e)
{
    static const char sql[] = "SELECT n, name, kind, outcome, reason, bytes, report FROM received_part"
                              " WHERE received = ?1 ORDER BY n";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(id)), &s, e);

    *n = 0;
    *out = arena_array(a, JOURNAL_PARTS_MAX, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : journal_no_memory(d, e);
    while (rc == RC_OK && *n < JOURNAL_PARTS_MAX && (rc = statement_next(s, &row, e)) == RC_OK && row)
        if (read_part(s, a, &(*out)[(*n)++]) != RC_OK)
            rc = journal_no_memory(d, e);
    statement_reset(s);
    return rc;
}

enum rc journal_get(struct db *d, struct arena *a, int64_t id, struct received_item *out, struct received_part **part,
                    size_t *parts, struct err *e)
{
    static const char sql[] = SELECT "id = ?1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(id)), &s, e);

    *parts = 0;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && !row)
        rc = err_set(e, RC_NOTFOUND, "nothing that came in has the number %lld; \"assay received list\" shows them",
                     (long long)id);
    else if (rc == RC_OK && journal_read_item(s, a, out) != RC_OK)
        rc = journal_no_memory(d, e);
    statement_reset(s);
    return rc == RC_OK ? get_parts(d, a, id, part, parts, e) : rc;
}

enum rc journal_original(struct db *d, struct arena *a, int64_t id, struct str *out, struct err *e)
{
    static const char sql[] = "SELECT body FROM received_original WHERE received = ?1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(id)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && !row)
        rc = err_set(e, RC_NOTFOUND, "the original of number %lld is no longer kept", (long long)id);
    if (rc == RC_OK) {
        *out = statement_blob(s, 0);
        out->p = str_dup(a, *out);
        if (out->p == NULL)
            rc = journal_no_memory(d, e);
    }
    statement_reset(s);
    return rc;
}

enum rc journal_count_sender(struct db *d, const char *sender_domain, int64_t since_ms, int64_t *n, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM received WHERE sender_domain = ?1 AND time_ms >= ?2";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(sender_domain)), DB_INT(since_ms)), &s, e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    *n = rc == RC_OK && row ? statement_int(s, 0) : 0;
    statement_reset(s);
    return rc;
}

enum rc journal_secret(struct db *d, uint8_t key[16], struct err *e)
{
    static const char of_file[] = "SELECT hash_key FROM digest", of_centre[] = "SELECT secret FROM fleet";
    struct statement *s;
    bool row = false;
    enum rc rc = db_statement(d, db_engine(d) == DB_POSTGRESQL ? of_centre : of_file, &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && (!row || statement_blob(s, 0).n != 16))
        rc = err_set(e, RC_INTERNAL, "%s: has no secret of its own", db_path(d));
    if (rc == RC_OK)
        memcpy(key, statement_blob(s, 0).p, 16);
    statement_reset(s);
    return rc;
}
