#include "records/replay.h"

#include "db/run.h"

enum { SLICE = 50000 }; /* rows: a fraction of a second */

#define NAME(kind, name) ", " #name

static const char slice[] = "SELECT id" REPLAY_COLUMNS(NAME) " FROM message WHERE id > ?1 ORDER BY id LIMIT ?2";

static void replay_read_columns(const struct statement *s, struct record *r)
{
    int column = 1;

#define READ_TEXT(name) r->name = statement_text(s, column++).p;
#define READ_INT(name) r->name = statement_int(s, column++);
#define READ(kind, name) READ_##kind(name)
    REPLAY_COLUMNS(READ)
}

static enum rc replay_read_slice(struct statement *s, int64_t since_ms, int64_t *last, int *rows, replay_take *take,
                                 void *arg,
                                 struct err *e)
{
    struct record r;
    bool row;
    enum rc rc;

    record_blank(&r);
    while ((rc = statement_next(s, &row, e)) == RC_OK && row) {
        *last = statement_int(s, 0);
        (*rows)++;
        if (statement_int(s, 1) < since_ms)
            continue;
        replay_read_columns(s, &r);
        rc = take(arg, &r, e);
        if (rc != RC_OK)
            break;
    }
    statement_reset(s);
    return rc;
}

/*
 * Ids follow arrival closely, so the first that is young enough is found by
 * halving.  Where the clock was set back by hours, some that it had called
 * younger may be left out.
 */
static enum rc find_first(struct db *d, int64_t since_ms, int64_t *out, struct err *e)
{
    static const char at[] = "SELECT id, time_ms FROM message WHERE id > ?1 ORDER BY id LIMIT 1";
    int64_t low = 0, high;
    enum rc rc = db_ask(d, "SELECT coalesce(max(id), 0) FROM message", &high, e);

    while (rc == RC_OK && high - low > SLICE) {
        int64_t middle = low + (high - low) / 2;
        struct statement *s;
        bool row = false;

        rc = db_query(d, at, DB_VALUES(DB_INT(middle)), &s, e);
        if (rc != RC_OK)
            return rc;
        rc = statement_next(s, &row, e);
        if (rc == RC_OK && row && statement_int(s, 1) < since_ms)
            low = middle;
        else
            high = middle;
        statement_reset(s);
    }
    *out = low;
    return rc;
}

enum rc replay_each(struct db *d, int64_t since_ms, replay_take *take, void *arg, struct err *e)
{
    int64_t last;
    int rows = SLICE;
    enum rc rc = find_first(d, since_ms, &last, e);

    while (rc == RC_OK && rows == SLICE) {
        struct statement *s;

        rc = db_query(d, slice, DB_VALUES(DB_INT(last), DB_INT(SLICE)), &s, e);
        if (rc != RC_OK)
            return rc;
        rows = 0;
        rc = replay_read_slice(s, since_ms, &last, &rows, take, arg, e);
    }
    return rc;
}
