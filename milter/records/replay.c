#include "records/replay.h"

#include "base/clock.h"
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

/* ---- the centre of a fleet: day by day, and of a day store by store ---- */

#define REPLAY_COUNT(kind, name) +1
enum { REPLAY_STORE = 1 REPLAY_COLUMNS(REPLAY_COUNT) /* the column behind all others */ };

static enum rc replay_read_day(struct db *d, int64_t day, int64_t since_ms, replay_take *take, void *arg,
                               struct err *e)
{
    static const char sql[] =
        "SELECT id" REPLAY_COLUMNS(NAME) ", store FROM message WHERE day = date '1970-01-01' + ?1::int"
        " AND (store, id) > (?2::int, ?3) AND time_ms >= ?4 ORDER BY store, id LIMIT ?5";
    int64_t store = 0, last = 0;
    int rows = SLICE;
    enum rc rc = RC_OK;

    while (rc == RC_OK && rows == SLICE) {
        struct statement *s;
        struct record r;
        bool row = false;

        record_blank(&r);
        rows = 0;
        rc = db_query(d, sql, DB_VALUES(DB_INT(day), DB_INT(store), DB_INT(last), DB_INT(since_ms), DB_INT(SLICE)), &s,
                      e);
        if (rc != RC_OK)
            return rc;
        while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
            rows++;
            last = statement_int(s, 0);
            store = statement_int(s, REPLAY_STORE);
            replay_read_columns(s, &r);
            rc = take(arg, &r, e);
        }
        statement_reset(s);
    }
    return rc;
}

/* A record of a wrong clock is in the day that it came; one from the future may be in tomorrow's. */
static enum rc replay_centre(struct db *d, int64_t since_ms, replay_take *take, void *arg, struct err *e)
{
    static const char oldest[] =
        "SELECT min(right(c.relname, 8)::date) - date '1970-01-01' FROM pg_inherits h JOIN pg_class c"
        " ON c.oid = h.inhrelid WHERE h.inhparent = 'message'::regclass";
    int64_t day = 0, today = 0;
    enum rc rc = db_ask(d, oldest, &day, e);

    if (rc == RC_OK)
        rc = db_ask(d, "SELECT (now() AT TIME ZONE 'UTC')::date - date '1970-01-01'", &today, e);
    if (day < since_ms / CLOCK_DAY_MS)
        day = since_ms / CLOCK_DAY_MS;
    if (day == 0)
        day = today; /* no message was ever shipped */
    for (; rc == RC_OK && day <= today + 1; day++)
        rc = replay_read_day(d, day, since_ms, take, arg, e);
    return rc;
}

enum rc replay_each(struct db *d, int64_t since_ms, replay_take *take, void *arg, struct err *e)
{
    int64_t last;
    int rows = SLICE;
    enum rc rc;

    if (db_engine(d) == DB_POSTGRESQL)
        return replay_centre(d, since_ms, take, arg, e);
    rc = find_first(d, since_ms, &last, e);

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
