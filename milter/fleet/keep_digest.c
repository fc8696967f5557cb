/* One step of the keeper: records that were not counted are read, counted in memory, and added in one transaction. */
#include <inttypes.h>

#include "fleet/keep_internal.h"
#include "output/record.h"

enum {
    CHUNK = 2000,         /* records read at once */
    STORE_ROWS = 20000,   /* of one store in a step */
    HELD_MAX = 4 * TALLIES_HELD_MAX, /* counters in memory, beyond which a step reads no more */
    STORES_MAX = 4096     /* of a step */
};

/* What a digest looks at in a record; those of numbers, then those of texts. */
#define DIGEST_NUMBERS(X) X(time_ms) X(spf_aligned) X(dkim_aligned)
#define DIGEST_TEXTS(X) \
    X(client_ip) X(client_name) X(mail_from_domain) X(author_domain) X(org_domain) X(iprev) X(dmarc) X(policy) \
    X(source) X(source_detail) X(source_domain) X(status) X(client) X(cause) X(secondary) X(rule) X(action) \
    X(disposition)

struct digest_store {
    int64_t store, done_id, read_id, shipped_id;
};

/* ---- reading ---- */

static void digest_row(const struct pg_rows *rows, size_t i, struct record *r)
{
    int at = 1;

    record_blank(r);
#define READ_NUMBER(name) r->name = pg_int(rows, i, at++);
    DIGEST_NUMBERS(READ_NUMBER)
#undef READ_NUMBER
#define READ_TEXT(name) r->name = pg_text(rows, i, at++).p;
    DIGEST_TEXTS(READ_TEXT)
#undef READ_TEXT
    r->dkim = pg_text(rows, i, at).p;
}

static enum rc digest_count(struct keep *k, const struct record *r, int64_t now_ms, struct err *e)
{
    if (tallies_add(k->tallies, r) != RC_OK || correspondents_add(k->correspondents, r) != RC_OK ||
        hours_add(k->hours, r, now_ms) != RC_OK)
        return err_set(e, RC_NOMEM, "no memory to count records");
    return RC_OK;
}

/* The next records of a store; what is shipped never changes, so no transaction is needed. */
static enum rc digest_read(struct keep *k, struct digest_store *s, int64_t now_ms, size_t *n, struct err *e)
{
#define COMMA(name) ", " #name
    static const char sql[] =
        "SELECT id" DIGEST_NUMBERS(COMMA) DIGEST_TEXTS(COMMA)
        ", CASE WHEN source_domain <> '' AND dmarc = 'pass' THEN dkim ELSE '' END"
        " FROM message WHERE store = $1::bigint AND id > $2 AND id <= $3 ORDER BY id LIMIT $4";
#undef COMMA
    struct pg_rows *rows;
    enum rc rc = pg_prepared(k->pg, sql, DB_VALUES(DB_INT(s->store), DB_INT(s->read_id), DB_INT(s->shipped_id),
                             DB_INT(CHUNK)), &rows, e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    *n = pg_rows_count(rows);
    for (size_t i = 0; rc == RC_OK && i < *n; i++) {
        struct record r;

        digest_row(rows, i, &r);
        rc = digest_count(k, &r, now_ms, e);
    }
    /* what lies between was pruned, expired or refused */
    s->read_id = *n < CHUNK ? s->shipped_id : pg_int(rows, *n - 1, 0);
    pg_rows_free(rows);
    return rc;
}

static bool digest_is_full(const struct keep *k, uint64_t records)
{
    return records >= KEEP_STEP_ROWS || tallies_held(k->tallies) >= HELD_MAX ||
           correspondents_held(k->correspondents) >= HELD_MAX;
}

static enum rc digest_read_all(struct keep *k, struct digest_store *s, size_t stores, uint64_t *records, bool *all,
                               struct err *e)
{
    int64_t now_ms = 0;
    enum rc rc = keep_now(k, &now_ms, e);

    *records = 0;
    *all = true;
    for (size_t i = 0; rc == RC_OK && i < stores; i++) {
        size_t n = CHUNK;

        for (size_t of_store = 0; rc == RC_OK && n == CHUNK && of_store < STORE_ROWS && !digest_is_full(k, *records);
             of_store += n, *records += n)
            rc = digest_read(k, &s[i], now_ms, &n, e);
        *all = *all && s[i].read_id == s[i].shipped_id;
        if (s[i].read_id > s[i].done_id)
            k->store = s[i].store; /* the next step begins behind it */
    }
    return rc;
}

/* Stores with records that were not counted, from the one behind the last on. */
static enum rc digest_stores(struct keep *k, struct digest_store **out, size_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT s.store, coalesce(d.done_id, s.base_id), s.shipped_id FROM store s LEFT JOIN digested d USING (store)"
        " WHERE s.shipped_id > coalesce(d.done_id, s.base_id) ORDER BY s.store <= $1, s.store LIMIT $2";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(k->pg, sql, DB_VALUES(DB_INT(k->store), DB_INT(STORES_MAX)), &rows, e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    *out = arena_array(k->a, pg_rows_count(rows) + 1, sizeof **out);
    if (*out == NULL)
        rc = err_set(e, RC_NOMEM, "no memory to count records");
    for (size_t i = 0; rc == RC_OK && i < pg_rows_count(rows); i++)
        (*out)[(*n)++] = (struct digest_store){pg_int(rows, i, 0), pg_int(rows, i, 1), pg_int(rows, i, 1),
                                               pg_int(rows, i, 2)};
    pg_rows_free(rows);
    return rc;
}

/* ---- writing ---- */

/* Only from where it was read: else somebody else counted them meanwhile. */
static enum rc digest_mark(struct keep *k, const struct digest_store *s, struct err *e)
{
    static const char sql[] =
        "INSERT INTO digested AS d (store, done_id) VALUES ($1::bigint, $3) ON CONFLICT (store)"
        " DO UPDATE SET done_id = excluded.done_id WHERE d.done_id = $2 RETURNING 1";
    int64_t moved = 0;
    enum rc rc = pg_ask(k->pg, sql, DB_VALUES(DB_INT(s->store), DB_INT(s->done_id), DB_INT(s->read_id)), &moved, e);

    if (rc == RC_OK && moved == 0)
        rc = err_set(e, RC_TEMP, "%s: somebody else counted the records of store %" PRId64, k->setup.centre, s->store);
    return rc;
}

static enum rc digest_write_all(struct keep *k, const struct digest_store *s, size_t stores, struct err *e)
{
    enum rc rc = keep_begin(k, e);

    if (rc == RC_OK)
        rc = keep_write_tallies(k, e);
    if (rc == RC_OK)
        rc = keep_write_sources(k, e);
    if (rc == RC_OK)
        rc = keep_write_hours(k, e); /* by the correspondents of before */
    if (rc == RC_OK)
        rc = keep_write_correspondents(k, e);
    for (size_t i = 0; rc == RC_OK && i < stores; i++)
        if (s[i].read_id > s[i].done_id)
            rc = digest_mark(k, &s[i], e);
    return keep_end(k, rc, e);
}

enum rc keep_digest(struct keep *k, uint64_t *records, bool *all, struct err *e)
{
    struct digest_store *s;
    size_t n;
    enum rc rc = digest_stores(k, &s, &n, e);

    *records = 0;
    *all = true;
    tallies_clear(k->tallies);
    correspondents_clear(k->correspondents);
    hours_clear(k->hours);
    if (rc == RC_OK && n > 0)
        rc = digest_read_all(k, s, n, records, all, e);
    if (rc == RC_OK)
        rc = digest_write_all(k, s, n, e);
    *all = *all && n < STORES_MAX;
    return rc;
}
