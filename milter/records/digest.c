#include "records/digest.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/run.h"
#include "inventory/correspondents.h"
#include "records/lookup.h"
#include "records/messages.h"
#include "records/schema.h"
#include "records/tallies.h"

enum {
    EVERY_MS = 1000,
    WAITING_MAX = 2000, /* messages; more are written at once, for readers go through what was not */
    STEP_ROWS = 500,    /* read from the table at once */
    SCRATCH_MAX = 256 * 1024
};

struct digest {
    bool behind;         /* messages after `done_id` are in the table alone */
    struct digest_state state;
    int64_t last_id;     /* of the messages that wait; state.done_id when none */
    size_t waiting;
    int64_t since_ms;    /* when the last were written; monotonic */
    struct tallies *tallies;
    struct correspondents *correspondents;
    struct lookup_batch keys;
};

struct digest *digest_new(void)
{
    struct digest *g = calloc(1, sizeof *g);

    if (g == NULL)
        return NULL;
    g->tallies = tallies_new();
    g->correspondents = correspondents_new();
    g->behind = true;
    if (g->tallies != NULL && g->correspondents != NULL)
        return g;
    digest_free(g);
    return NULL;
}

void digest_free(struct digest *g)
{
    if (g == NULL)
        return;
    tallies_free(g->tallies);
    correspondents_free(g->correspondents);
    free(g->keys.bytes);
    free(g);
}

enum rc digest_state(struct db *d, struct digest_state *out, struct err *e)
{
    static const char of_file[] = "SELECT done_id, hash_key FROM digest", of_centre[] = "SELECT 0, secret FROM fleet";
    struct statement *s;
    bool row = false;
    enum rc rc = db_statement(d, db_engine(d) == DB_POSTGRESQL ? of_centre : of_file, &s, e);

    if (rc == RC_OK)
        rc = statement_next(s, &row, e);
    if (rc != RC_OK)
        return rc;
    if (row && statement_blob(s, 1).n == SIPHASH_KEY_BYTES) {
        out->done_id = statement_int(s, 0);
        memcpy(out->hash_key, statement_blob(s, 1).p, SIPHASH_KEY_BYTES);
    } else {
        rc = err_set(e, RC_BAD, "%s: its table \"digest\" is damaged; restore it from a backup", db_path(d));
    }
    statement_reset(s);
    return rc;
}

static void clear(struct digest *g)
{
    tallies_clear(g->tallies);
    correspondents_clear(g->correspondents);
    lookup_clear(&g->keys);
    g->waiting = 0;
}

void digest_forget(struct digest *g)
{
    clear(g);
    g->behind = true;
}

static enum rc digest_take(struct digest *g, const struct record *r, int64_t id)
{
    if (lookup_add(&g->keys, g->state.hash_key, id, r) != RC_OK || tallies_add(g->tallies, r) != RC_OK ||
        correspondents_add(g->correspondents, r) != RC_OK)
        return RC_NOMEM;
    g->last_id = id;
    g->waiting++;
    return RC_OK;
}

void digest_add(struct digest *g, const struct record *const *rows, size_t n, int64_t first_id)
{
    if (g->behind)
        return;
    if (first_id != g->last_id + 1) { /* somebody else wrote in between */
        digest_forget(g);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (digest_take(g, rows[i], first_id + (int64_t)i) != RC_OK) {
            digest_forget(g);
            return;
        }
}

bool digest_is_waiting(const struct digest *g)
{
    return g->waiting > 0;
}

bool digest_is_due(const struct digest *g, int64_t now_ms)
{
    return g->waiting > 0 && (g->behind || now_ms - g->since_ms >= EVERY_MS || g->waiting >= WAITING_MAX ||
                              tallies_held(g->tallies) >= TALLIES_HELD_MAX);
}

static enum rc note_done(struct digest *g, struct db *d, struct err *e)
{
    static const char sql[] = "UPDATE digest SET done_id = ?1";

    return db_run_with(d, sql, DB_VALUES(DB_INT(g->last_id)), e);
}

enum rc digest_write(struct digest *g, struct db *d, struct err *e)
{
    enum rc rc = tallies_write(g->tallies, d, e);

    if (rc == RC_OK)
        rc = correspondents_write(g->correspondents, d, e);
    if (rc == RC_OK)
        rc = lookup_write(d, &g->keys, e);
    return rc == RC_OK ? note_done(g, d, e) : rc;
}

void digest_settle(struct digest *g, int64_t now_ms)
{
    g->state.done_id = g->last_id;
    g->since_ms = now_ms;
    clear(g);
}

bool digest_is_behind(const struct digest *g)
{
    return g->behind;
}

enum rc digest_catch_up(struct digest *g, struct db *d, struct err *e)
{
    struct arena *scratch = arena_new(SCRATCH_MAX);
    struct statement *s = NULL;
    size_t rows = 0;
    bool row = true;
    enum rc rc = digest_state(d, &g->state, e);

    if (scratch == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to read messages", db_path(d));
    clear(g);
    g->last_id = g->state.done_id;
    if (rc == RC_OK)
        rc = db_query(d, schema_fetch_after, DB_VALUES(DB_INT(g->state.done_id), DB_INT(STEP_ROWS)), &s, e);
    if (rc == RC_OK) {
    }
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        struct record r;

        arena_reset(scratch);
        rows++;
        if (messages_read(scratch, s, 1, &r) != RC_OK || digest_take(g, &r, statement_int(s, 0)) != RC_OK)
            rc = err_set(e, RC_NOMEM, "%s: no memory to read messages", db_path(d));
    }
    if (s != NULL)
        statement_reset(s);
    arena_free(scratch);
    if (rc != RC_OK)
        digest_forget(g);
    else
        g->behind = rows == STEP_ROWS;
    return rc;
}
