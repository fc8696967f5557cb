#include "records/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "db/run.h"
#include "records/lookup_entry.h"

enum {
    PARTS = 16,       /* steps in which a segment is sorted */
    CHUNK_ENTRIES = 78 /* so that a row stays inside a page of 4096 bytes, four to a page */
};

/* ---- appending ---- */

static enum rc reserve(struct lookup_batch *b, size_t more)
{
    size_t size = b->size == 0 ? 64 * 1024 : b->size;
    unsigned char *grown;

    while (size < b->n + more)
        size *= 2;
    if (size == b->size)
        return RC_OK;
    grown = realloc(b->bytes, size);
    if (grown == NULL)
        return RC_NOMEM;
    b->bytes = grown;
    b->size = size;
    return RC_OK;
}

enum rc lookup_add(struct lookup_batch *b, const unsigned char secret[SIPHASH_KEY_BYTES], int64_t id,
                   const struct record *r)
{
    int64_t hash[KEYS_MAX];
    size_t n = keys_hash(r, secret, hash);

    if (reserve(b, n * LOOKUP_ENTRY_BYTES) != RC_OK)
        return RC_NOMEM;
    if (b->first_id == 0)
        b->first_id = id;
    b->last_id = id;
    if (r->time_ms > b->newest_ms)
        b->newest_ms = r->time_ms;
    for (size_t i = 0; i < n; i++) {
        struct lookup_entry entry = {hash[i], (uint32_t)(id - b->first_id)};

        lookup_entry_put(b->bytes + b->n, &entry);
        b->n += LOOKUP_ENTRY_BYTES;
    }
    return RC_OK;
}

enum rc lookup_write(struct db *d, const struct lookup_batch *b, struct err *e)
{
    static const char sql[] = "INSERT INTO lookup_recent (first_id, last_id, newest_ms, entries) VALUES (?, ?, ?, ?)";

    return db_run_with(d, sql, DB_VALUES(DB_INT(b->first_id), DB_INT(b->last_id), DB_INT(b->newest_ms),
                       DB_BLOB((struct str){(const char *)b->bytes, b->n})), e);
}

void lookup_clear(struct lookup_batch *b)
{
    *b = (struct lookup_batch){.bytes = b->bytes, .size = b->size};
}

/* ---- sorting into segments ---- */

struct segment {
    int64_t id, first_id, last_id, parts;
};

struct entries {
    struct lookup_entry *item;
    size_t n, size;
};

/* The segment being made, or a new one when enough has come together; id 0 when there is nothing to do. */
static enum rc find_work(struct db *d, struct segment *out, struct err *e)
{
    static const char last[] = "SELECT id, first_id, last_id, parts FROM lookup_segment ORDER BY id DESC LIMIT 1";
    static const char next[] =
        "SELECT r.first_id, (SELECT last_id FROM lookup_recent WHERE first_id < r.first_id + ?1"
        " ORDER BY first_id DESC LIMIT 1) FROM (SELECT first_id FROM lookup_recent ORDER BY first_id LIMIT 1) AS r"
        " WHERE (SELECT last_id FROM lookup_recent ORDER BY first_id DESC LIMIT 1) - r.first_id >= ?1";
    struct statement *s;
    bool row;
    enum rc rc = db_statement(d, last, &s, e);

    *out = (struct segment){0};
    if (rc == RC_OK)
        rc = statement_next(s, &row, e);
    if (rc != RC_OK)
        return rc;
    if (row)
        *out = (struct segment){statement_int(s, 0), statement_int(s, 1), statement_int(s, 2), statement_int(s, 3)};
    statement_reset(s);
    if (row && out->parts < PARTS)
        return RC_OK;
    rc = db_query(d, next, DB_VALUES(DB_INT(LOOKUP_SEGMENT)), &s, e);
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    *out = (struct segment){.id = row ? out->id + 1 : 0};
    if (row) {
        out->first_id = statement_int(s, 0);
        out->last_id = statement_int(s, 1);
    }
    statement_reset(s);
    return rc;
}

/* Which sixteenth of all hashes it is in, in the order of signed numbers. */
static int64_t part_of(int64_t hash)
{
    return (int64_t)(((uint64_t)hash ^ 1ULL << 63) >> 60);
}

static enum rc collect_blob(struct entries *out, struct str blob, const struct segment *seg, int64_t first_id)
{
    for (size_t i = 0; i + LOOKUP_ENTRY_BYTES <= blob.n; i += LOOKUP_ENTRY_BYTES) {
        struct lookup_entry entry = lookup_entry_get((const unsigned char *)blob.p + i);

        if (part_of(entry.hash) != seg->parts)
            continue;
        if (out->n == out->size) {
            size_t size = out->size == 0 ? 32768 : 2 * out->size;
            struct lookup_entry *grown = realloc(out->item, size * sizeof *grown);

            if (grown == NULL)
                return RC_NOMEM;
            out->item = grown;
            out->size = size;
        }
        entry.offset += (uint32_t)(first_id - seg->first_id);
        out->item[out->n++] = entry;
    }
    return RC_OK;
}

static enum rc lookup_collect(struct db *d, const struct segment *seg, struct entries *out, struct err *e)
{
    static const char sql[] =
        "SELECT first_id, entries FROM lookup_recent WHERE first_id BETWEEN ?1 AND ?2 ORDER BY first_id";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(seg->first_id), DB_INT(seg->last_id)), &s, e);

    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row)
        if (collect_blob(out, statement_blob(s, 1), seg, statement_int(s, 0)) != RC_OK)
            rc = err_set(e, RC_NOMEM, "%s: no memory to sort keys", db_path(d));
    statement_reset(s);
    return rc;
}

static int by_hash_and_id(const void *va, const void *vb)
{
    const struct lookup_entry *a = va, *b = vb;

    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static enum rc write_chunks(struct db *d, const struct segment *seg, const struct entries *sorted, struct err *e)
{
    static const char sql[] = "INSERT INTO lookup_chunk (segment, hash, first, entries) VALUES (?, ?, ?, ?)";
    unsigned char bytes[CHUNK_ENTRIES * LOOKUP_ENTRY_BYTES];
    struct statement *s;
    enum rc rc = db_statement(d, sql, &s, e);

    for (size_t i = 0; rc == RC_OK && i < sorted->n; i += CHUNK_ENTRIES) {
        size_t n = sorted->n - i < CHUNK_ENTRIES ? sorted->n - i : CHUNK_ENTRIES;

        for (size_t k = 0; k < n; k++)
            lookup_entry_put(bytes + k * LOOKUP_ENTRY_BYTES, &sorted->item[i + k]);
        statement_bind_int(s, 1, seg->id);
        statement_bind_int(s, 2, sorted->item[i].hash);
        statement_bind_int(s, 3, sorted->item[i].offset);
        statement_bind_blob(s, 4, (struct str){(const char *)bytes, n * LOOKUP_ENTRY_BYTES});
        rc = statement_run(s, e);
    }
    return rc;
}

/* Notes how far the segment is; with the last part, readers turn to it and the blobs go. */
static enum rc lookup_advance(struct db *d, const struct segment *seg, struct err *e)
{
    static const char note[] =
        "INSERT INTO lookup_segment (id, first_id, last_id, newest_ms, parts) VALUES (?1, ?2, ?3,"
        " (SELECT max(newest_ms) FROM lookup_recent WHERE first_id BETWEEN ?2 AND ?3), ?4)"
        " ON CONFLICT (id) DO UPDATE SET parts = excluded.parts";
    static const char drop[] = "DELETE FROM lookup_recent WHERE first_id BETWEEN ?1 AND ?2";
    enum rc rc = db_run_with(d, note, DB_VALUES(DB_INT(seg->id), DB_INT(seg->first_id), DB_INT(seg->last_id),
                             DB_INT(seg->parts + 1)), e);

    if (rc != RC_OK || seg->parts + 1 < PARTS)
        return rc;
    return db_run_with(d, drop, DB_VALUES(DB_INT(seg->first_id), DB_INT(seg->last_id)), e);
}

enum rc lookup_step(struct db *d, bool *worked, struct err *e)
{
    struct entries part = {NULL, 0, 0};
    struct segment seg;
    enum rc rc = find_work(d, &seg, e);

    *worked = rc == RC_OK && seg.id != 0;
    if (!*worked)
        return rc;
    rc = lookup_collect(d, &seg, &part, e);
    if (rc == RC_OK && part.n > 0)
        qsort(part.item, part.n, sizeof *part.item, by_hash_and_id);
    if (rc == RC_OK)
        rc = db_begin(d, e);
    if (rc == RC_OK)
        rc = write_chunks(d, &seg, &part, e);
    if (rc == RC_OK)
        rc = lookup_advance(d, &seg, e);
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc != RC_OK)
        db_roll_back(d);
    free(part.item);
    return rc;
}

/* ---- pruning ---- */

static enum rc run_counted(struct db *d, const char *sql, int64_t first_id, int64_t most, int64_t *gone, struct err *e)
{
    enum rc rc = db_run_with(d, sql, DB_VALUES(DB_INT(first_id), DB_INT(most)), e);

    if (rc == RC_OK)
        *gone += db_changes(d);
    return rc;
}

enum rc lookup_prune(struct db *d, int64_t first_id, int64_t most, int64_t *gone, struct err *e)
{
    static const char chunks[] =
        "DELETE FROM lookup_chunk WHERE (segment, hash, first) IN (SELECT segment, hash, first FROM lookup_chunk"
        " WHERE segment = (SELECT id FROM lookup_segment WHERE last_id < ?1 AND parts = 16 ORDER BY id LIMIT 1)"
        " LIMIT ?2)";
    /* the newest segment stays: the numbers of those to come are counted from it */
    static const char segment[] =
        "DELETE FROM lookup_segment WHERE id IN (SELECT id FROM lookup_segment WHERE last_id < ?1 AND parts = 16"
        " AND id < (SELECT max(id) FROM lookup_segment) AND NOT EXISTS"
        " (SELECT 1 FROM lookup_chunk WHERE segment = lookup_segment.id) LIMIT min(?2, 1))";
    static const char recent[] =
        "DELETE FROM lookup_recent WHERE first_id IN (SELECT first_id FROM lookup_recent WHERE last_id < ?1"
        " AND first_id < ?1 ORDER BY first_id LIMIT ?2) AND NOT EXISTS"
        " (SELECT 1 FROM lookup_segment WHERE parts < 16)";
    int64_t before = *gone;
    enum rc rc = run_counted(d, chunks, first_id, most, gone, e);

    if (rc == RC_OK && *gone == before)
        rc = run_counted(d, segment, first_id, most, gone, e);
    if (rc == RC_OK && *gone == before)
        rc = run_counted(d, recent, first_id, most / 10 + 1, gone, e);
    return rc;
}
