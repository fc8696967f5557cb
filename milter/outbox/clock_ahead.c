/* Times of the outbox that a clock left behind which was ahead. */
#include "outbox/outbox.h"

#include "db/run.h"

enum { HOUR_MS = 3600 * 1000 };

enum rc outbox_mend_times(struct db *d, int64_t now_ms, int64_t *n, struct err *e)
{
    /* ?1 now, ?2 an hour from now, ?3 a day and a half: no pause and no ReportSpread is longer */
    static const char *const sql[] = {
        "UPDATE dispatch SET next_ms = ?1 WHERE state = 'waiting' AND next_ms > ?3 AND ?2 = ?2",
        "UPDATE dispatch SET since_ms = ?1 WHERE since_ms > ?2 AND ?3 = ?3",
        ("UPDATE delivery SET last_ms = CASE WHEN last_ms < ?1 THEN last_ms ELSE ?1 END,"
         " sent_ms = CASE WHEN sent_ms < ?1 THEN sent_ms ELSE ?1 END WHERE (last_ms > ?2 OR sent_ms > ?2) AND ?3 = ?3"),
        ("UPDATE failure SET created_ms = ?1, ready_ms = CASE WHEN ready_ms < ?1 THEN ready_ms ELSE ?1 END"
         " WHERE created_ms > ?2 AND ?3 = ?3"),
        "UPDATE suppressed SET until_ms = ?1 + until_ms - since_ms, since_ms = ?1 WHERE since_ms > ?2 AND ?3 = ?3",
    };
    int64_t newest = 0;
    const char *of_messages = db_engine(d) == DB_POSTGRESQL
                                  ? "SELECT coalesce(max(newest_ms), 0) FROM store" /* as hosts say */
                                  : "SELECT coalesce((SELECT time_ms FROM message ORDER BY id DESC LIMIT 1), 0)";
    enum rc rc = db_ask(d, of_messages, &newest, e);

    *n = 0;
    if (rc != RC_OK || newest > now_ms + HOUR_MS)
        return rc; /* it may be the clock that is behind */
    for (size_t i = 0; rc == RC_OK && i < sizeof sql / sizeof sql[0]; i++) {
        struct statement *s;

        rc = db_query(d, sql[i], DB_VALUES(DB_INT(now_ms), DB_INT(now_ms + HOUR_MS),
                      DB_INT(now_ms + 36 * (int64_t)HOUR_MS)), &s, e);
        if (rc != RC_OK)
            break;
        rc = statement_run(s, e);
        *n += rc == RC_OK ? db_changes(d) : 0;
    }
    return rc;
}
