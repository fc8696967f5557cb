/* The newest messages of the centre, whosever they are. */
#include <string.h>

#include "base/clock.h"
#include "db/postgres.h"
#include "records/centre_find.h"

enum {
    SQL_MAX = 16384,
    DAYS_AHEAD = 2,                                /* days whose partitions may be there before they begin */
    FIRST_SLICE_MS = 600 * 1000, SLICE_DAYS_MAX = 64
};

/* $1, $2: the days that may have them; from the time $3 on; before the place $4, $5, $6; $7: only what failed. */
static const char *newest_sql(const struct centre *c, struct arena *a)
{
    struct strbuf b = strbuf_new(a, SQL_MAX);

    centre_put_columns(c, &b);
    strbuf_puts(&b, " FROM message m WHERE m.day BETWEEN date '1970-01-01' + $1::bigint::int AND date '1970-01-01' +"
                    " $2::bigint::int AND m.time_ms >= $3 AND m.time_ms <= $4 AND (m.time_ms, m.store::bigint, m.id)"
                    " < ($4, $5, $6) AND ($7 = 0 OR m.dmarc <> 'pass')"
                    " ORDER BY m.time_ms DESC, m.store DESC, m.id DESC LIMIT $8");
    return b.over ? NULL : b.p;
}

/* Those from `from_ms` on, behind those there are; *q->before moves on. */
static enum rc newest_slice(struct centre *c, struct arena *a, const char *sql, const struct store_newest *q,
                            int64_t from_ms, struct store_place *before, struct record *out, size_t *n, struct err *e)
{
    int64_t today = clock_wall_ms() / CLOCK_DAY_MS + DAYS_AHEAD, first = from_ms / CLOCK_DAY_MS;
    int64_t last = before->time_ms / CLOCK_DAY_MS < today ? before->time_ms / CLOCK_DAY_MS : today;
    struct pg_rows *rows;
    enum rc rc = pg_query(c->pg, sql, DB_VALUES(DB_INT(first), DB_INT(last), DB_INT(from_ms), DB_INT(before->time_ms),
                          DB_INT(before->store), DB_INT(before->id), DB_INT(q->failed_only), DB_INT(q->limit - *n)),
                          &rows, e);

    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; rc == RC_OK && i < pg_rows_count(rows) && *n < q->limit; i++) {
        rc = centre_read_record(a, rows, i, &out[*n]);
        *before = (struct store_place){pg_int(rows, i, 2), pg_int(rows, i, 0), pg_int(rows, i, 1)};
        *n += rc == RC_OK;
    }
    pg_rows_free(rows);
    return rc == RC_OK ? rc : err_set(e, rc, "%s: no memory for what was found", pg_where(c->pg));
}

/* Back in time, in slices that grow, as an index by time has blocks of rows and not their order. */
enum rc centre_newest(struct centre *c, struct arena *a, const struct store_newest *q, struct record **out, size_t *n,
                      struct store_place *last, struct err *e)
{
    int64_t length = FIRST_SLICE_MS, oldest = 0, now = clock_wall_ms();
    const char *sql = newest_sql(c, a);
    enum rc rc;

    *n = 0;
    *last = q->before;
    *out = arena_array(a, q->limit + 1, sizeof **out);
    if (sql == NULL || *out == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory for what is found", pg_where(c->pg));
    rc = centre_first_day(c, &oldest, e);
    for (struct store_place at = q->before; rc == RC_OK && *n < q->limit && at.time_ms > oldest * CLOCK_DAY_MS;) {
        int64_t from = (at.time_ms < now ? at.time_ms : now) - length;

        if (from < oldest * CLOCK_DAY_MS)
            from = oldest * CLOCK_DAY_MS;
        rc = newest_slice(c, a, sql, q, from, &at, *out, n, e);
        *last = *n > 0 ? at : *last;
        if (*n < q->limit)
            at = (struct store_place){from, 0, 0}; /* numbers begin with 1 */
        length = length < SLICE_DAYS_MAX * CLOCK_DAY_MS ? 6 * length : length;
    }
    return rc;
}
