#include "fleet/kept.h"

enum rc kept_read(struct pg *p, struct arena *a, struct kept *out, struct err *e)
{
    static const char sql[] =
        "SELECT k.host, (extract(epoch FROM clock_timestamp() - k.seen) * 1000)::bigint,"
        " (extract(epoch FROM clock_timestamp() - k.since) * 1000)::bigint, k.epoch,"
        " (SELECT coalesce(sum(greatest(s.shipped_id - coalesce(d.done_id, s.base_id), 0)), 0)::bigint FROM store s"
        "  LEFT JOIN digested d USING (store)),"
        " f.generation, (SELECT count(*) FROM caught) FROM keeper k, fleet f";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(p, sql, NULL, 0, &rows, e);

    if (rc != RC_OK)
        return rc;
    *out = (struct kept){
        .keeper = str_dup(a, pg_text(rows, 0, 0)), .keeper_ms = pg_int(rows, 0, 1), .kept_ms = pg_int(rows, 0, 2),
        .epoch = pg_int(rows, 0, 3), .lag_records = pg_int(rows, 0, 4), .generation = pg_int(rows, 0, 5),
        .caught = pg_int(rows, 0, 6)};
    pg_rows_free(rows);
    return out->keeper == NULL ? err_set(e, RC_NOMEM, "no memory for the centre's state") : RC_OK;
}
