#include "records/find.h"

#include <stdlib.h>
#include <string.h>

#include "db/run.h"
#include "records/digest.h"
#include "records/lookup.h"
#include "records/messages.h"
#include "records/schema.h"

/*
 * Messages not yet in lookup_* are read through: those of the last second,
 * and many more only while an older database is being caught up with.
 */
enum { UNDIGESTED_MAX = 20000, SCRATCH_MAX = 256 * 1024 };

/* One search under way. */
struct search {
    struct db *db;
    struct arena *arena;
    const struct store_query *q;
    struct keys_wanted wanted;
    struct record *found;
    size_t n, limit, looked;
    struct arena *scratch; /* rows that are not wanted may be many */
};

static enum rc find_no_memory(const struct db *d, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
}

/* Takes the row at hand if it is one that was asked for. */
static enum rc consider(struct search *s, const struct statement *row, struct err *e)
{
    const struct store_query *q = s->q;
    struct record r;

    arena_reset(s->scratch);
    s->looked++;
    if (messages_read(s->scratch, row, 1, &r) != RC_OK)
        return find_no_memory(s->db, e);
    if (r.time_ms < q->since_ms || (q->until_ms > 0 && r.time_ms >= q->until_ms) || !keys_match(&r, &s->wanted) ||
        (q->accept != NULL && !q->accept(&r, q->ctx)))
        return RC_OK;
    if (messages_read(s->arena, row, 1, &s->found[s->n]) != RC_OK)
        return find_no_memory(s->db, e);
    s->n++;
    return RC_OK;
}

static enum rc search_ids(struct search *s, const struct lookup *l, struct err *e)
{
    struct statement *row;
    enum rc rc = db_statement(s->db, schema_fetch, &row, e);
    bool there = false;

    for (size_t i = 0; rc == RC_OK && i < l->n && s->n < s->limit; i++) {
        statement_bind_int(row, 1, l->id[i]);
        rc = statement_next(row, &there, e);
        if (rc == RC_OK && there)
            rc = consider(s, row, e);
        statement_reset(row);
    }
    return rc;
}

static enum rc search_lookup(struct search *s, const struct digest_state *state, struct err *e)
{
    struct lookup l = {.since_ms = s->q->since_ms, .most = 2 * s->limit + 64};
    bool more = true;
    enum rc rc;

    for (int i = 0; i < STORE_KEY_COUNT; i++)
        if (s->wanted.text[i].n > 0)
            l.hash[l.hashes++] = keys_hash_text((enum store_key)i, s->wanted.text[i], state->hash_key);
    rc = lookup_open(&l, s->db, s->arena, e);
    while (rc == RC_OK && s->n < s->limit && s->looked < STORE_LOOKED_MAX &&
           (rc = lookup_next(&l, &more, e)) == RC_OK && more)
        rc = search_ids(s, &l, e);
    lookup_close(&l);
    return rc;
}

static enum rc search_undigested(struct search *s, int64_t done_id, struct err *e)
{
    struct statement *row;
    bool there = true;
    enum rc rc = db_query(s->db, schema_fetch_last, DB_VALUES(DB_INT(done_id), DB_INT(UNDIGESTED_MAX)), &row, e);

    if (rc == RC_OK) {
    }
    while (rc == RC_OK && s->n < s->limit && (rc = statement_next(row, &there, e)) == RC_OK && there)
        rc = consider(s, row, e);
    if (row != NULL)
        statement_reset(row);
    return rc;
}

static int find_newest_first(const void *va, const void *vb)
{
    const struct record *a = va, *b = vb;

    return a->time_ms > b->time_ms ? -1 : a->time_ms < b->time_ms;
}

static bool anything(const struct keys_wanted *w)
{
    size_t n = 0;

    for (int i = 0; i < STORE_KEY_COUNT; i++)
        n += w->text[i].n;
    return n > 0;
}

enum rc find_messages(struct db *d, struct arena *a, const struct store_query *q, struct record **out, size_t *n,
                      struct err *e)
{
    struct search s = {.db = d, .arena = a, .q = q, .limit = q->limit < STORE_FIND_MAX ? q->limit : STORE_FIND_MAX};
    struct digest_state state;
    enum rc rc = keys_want(a, str_of(q->key), q->kinds, &s.wanted);

    *n = 0;
    *out = s.found = arena_array(a, s.limit + 1, sizeof *s.found);
    if (rc != RC_OK || s.found == NULL)
        return find_no_memory(d, e);
    if (s.limit == 0 || !anything(&s.wanted))
        return RC_OK;
    s.scratch = arena_new(SCRATCH_MAX);
    if (s.scratch == NULL)
        return find_no_memory(d, e);
    rc = db_begin_reading(d, e);
    if (rc != RC_OK) {
        arena_free(s.scratch);
        return rc;
    }
    rc = digest_state(d, &state, e);
    if (rc == RC_OK)
        rc = search_undigested(&s, state.done_id, e);
    if (rc == RC_OK && s.n < s.limit)
        rc = search_lookup(&s, &state, e);
    db_roll_back(d); /* nothing was written */
    arena_free(s.scratch);
    if (rc == RC_OK && s.n > 1)
        qsort(s.found, s.n, sizeof *s.found, find_newest_first);
    *n = s.n;
    return rc;
}

enum rc find_oldest(struct db *d, int64_t *out_ms, struct err *e)
{
    return db_ask(d, "SELECT min(time_ms) FROM message", out_ms, e);
}
