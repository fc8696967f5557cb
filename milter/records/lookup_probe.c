/* Asking for keys: through the recent blobs, then into each segment, newest first. */
#include <stdlib.h>

#include "records/lookup.h"
#include "db/run.h"
#include "records/lookup_entry.h"

static const char recent_sql[] =
    "SELECT first_id, entries FROM lookup_recent WHERE newest_ms >= ?1 AND first_id >"
    " (SELECT coalesce(max(last_id), 0) FROM lookup_segment WHERE parts = 16) ORDER BY first_id DESC";
static const char segments_sql[] =
    "SELECT id, first_id FROM lookup_segment WHERE parts = 16 AND newest_ms >= ?1 ORDER BY id DESC";
static const char chunks_sql[] =
    "SELECT entries FROM lookup_chunk WHERE segment = ?1 AND hash <= ?2 ORDER BY hash DESC, first DESC";

static enum rc lookup_probe_begin(struct lookup *l, const char *sql, struct statement **out, struct err *e)
{
    return db_query(l->db, sql, DB_VALUES(DB_INT(l->since_ms)), out, e);
}

enum rc lookup_open(struct lookup *l, struct db *d, struct arena *a, struct err *e)
{
    enum rc rc;

    l->db = d;
    l->recent = l->segments = NULL;
    l->n = 0;
    l->id = arena_array(a, l->most * l->hashes, sizeof *l->id);
    if (l->id == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to look for keys", db_path(d));
    rc = lookup_probe_begin(l, recent_sql, &l->recent, e);
    return rc == RC_OK ? lookup_probe_begin(l, segments_sql, &l->segments, e) : rc;
}

/* From the end, where the newest are; `wanted`: all hashes, or the one that the blob is sorted for. */
static size_t scan_back(struct lookup *l, struct str blob, int64_t first_id, size_t room)
{
    size_t taken = 0;

    for (size_t i = blob.n / LOOKUP_ENTRY_BYTES; i-- > 0 && taken < room;) {
        struct lookup_entry entry = lookup_entry_get((const unsigned char *)blob.p + i * LOOKUP_ENTRY_BYTES);

        for (size_t k = 0; k < l->hashes && taken < room; k++)
            if (entry.hash == l->hash[k]) {
                l->id[l->n++] = first_id + entry.offset;
                taken++;
            }
    }
    return taken;
}

/* The entries of one hash in a sorted chunk, newest first; *on: the chunk before may hold more of them. */
static size_t take_run(struct lookup *l, struct str blob, int64_t first_id, int64_t hash, size_t room, bool *on)
{
    const unsigned char *p = (const unsigned char *)blob.p;
    size_t low = 0, high = blob.n / LOOKUP_ENTRY_BYTES, taken = 0;

    while (low < high) { /* the first entry beyond the run */
        size_t middle = low + (high - low) / 2;

        if (lookup_entry_get(p + middle * LOOKUP_ENTRY_BYTES).hash <= hash)
            low = middle + 1;
        else
            high = middle;
    }
    *on = false;
    while (low-- > 0 && taken < room) {
        struct lookup_entry entry = lookup_entry_get(p + low * LOOKUP_ENTRY_BYTES);

        if (entry.hash != hash)
            return taken;
        l->id[l->n++] = first_id + entry.offset;
        taken++;
    }
    *on = taken < room;
    return taken;
}

static enum rc probe_segment(struct lookup *l, int64_t segment, int64_t first_id, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t k = 0; rc == RC_OK && k < l->hashes; k++) {
        struct statement *s;
        size_t taken = 0;
        bool row, on = true;

        rc = db_query(l->db, chunks_sql, DB_VALUES(DB_INT(segment), DB_INT(l->hash[k])), &s, e);
        if (rc != RC_OK)
            return rc;
        while (on && (rc = statement_next(s, &row, e)) == RC_OK && row)
            taken += take_run(l, statement_blob(s, 0), first_id, l->hash[k], l->most - taken, &on);
        statement_reset(s);
    }
    return rc;
}

static int lookup_probe_newest_first(const void *va, const void *vb)
{
    const int64_t *a = va, *b = vb;

    return *a > *b ? -1 : *a < *b;
}

/* Newest first, each once: a message may have several of the keys. */
static void tidy(struct lookup *l)
{
    size_t n = 0;

    if (l->n > 1)
        qsort(l->id, l->n, sizeof *l->id, lookup_probe_newest_first);
    for (size_t i = 0; i < l->n; i++)
        if (n == 0 || l->id[n - 1] != l->id[i])
            l->id[n++] = l->id[i];
    l->n = n;
}

enum rc lookup_next(struct lookup *l, bool *more, struct err *e)
{
    enum rc rc = RC_OK;

    l->n = 0;
    *more = false;
    if (l->recent != NULL) {
        rc = statement_next(l->recent, more, e);
        if (*more)
            (void)scan_back(l, statement_blob(l->recent, 1), statement_int(l->recent, 0), l->most);
        else
            l->recent = NULL;
    }
    if (rc == RC_OK && !*more && l->segments != NULL) {
        rc = statement_next(l->segments, more, e);
        if (*more)
            rc = probe_segment(l, statement_int(l->segments, 0), statement_int(l->segments, 1), e);
        else
            l->segments = NULL;
    }
    tidy(l);
    return rc;
}

void lookup_close(struct lookup *l)
{
    if (l->recent != NULL)
        statement_reset(l->recent);
    if (l->segments != NULL)
        statement_reset(l->segments);
}
