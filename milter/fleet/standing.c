#include "fleet/standing.h"

enum rc standing_read(struct pg *p, struct arena *a, struct standing *out, struct err *e)
{
    static const char sql[] =
        "SELECT k.host, (extract(epoch FROM clock_timestamp() - k.seen) * 1000)::bigint,"
        " (extract(epoch FROM clock_timestamp() - k.since) * 1000)::bigint, k.epoch,"
        " (SELECT coalesce(sum(greatest(s.shipped_id - coalesce(d.done_id, s.base_id), 0)), 0)::bigint FROM store s"
        "  LEFT JOIN digested d USING (store)),"
        " f.generation, (SELECT count(*) FROM caught),"
        " (SELECT count(*) FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid"
        "  WHERE h.inhparent = 'message'::regclass AND right(c.relname, 8) >"
        "  to_char((now() AT TIME ZONE 'UTC')::date, 'YYYYMMDD')),"
        " (SELECT count(*) FROM pg_inherits WHERE inhdetachpending) FROM keeper k, fleet f";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(p, sql, NULL, 0, &rows, e);

    if (rc != RC_OK)
        return rc;
    *out = (struct standing){
        .keeper = str_dup(a, pg_text(rows, 0, 0)), .keeper_ms = pg_int(rows, 0, 1), .kept_ms = pg_int(rows, 0, 2),
        .epoch = pg_int(rows, 0, 3), .lag_records = pg_int(rows, 0, 4), .generation = pg_int(rows, 0, 5),
        .caught = pg_int(rows, 0, 6), .ready_days = pg_int(rows, 0, 7), .detach_pending = pg_int(rows, 0, 8)};
    pg_rows_free(rows);
    return out->keeper == NULL ? err_set(e, RC_NOMEM, "no memory for the centre's state") : RC_OK;
}
