#include "fleet/tables_reports.h"

/*
 * store.whole_until_ms: up to here, by the host's own clock, all its records
 * are here.  report_lock: who is at a work of which one machine is at a time
 * (outbox/lock.c), the how many-th.  report_day: days whose reports were built, and by whom.
 */
const char tables_reports[] =
    "ALTER TABLE store ADD COLUMN whole_until_ms bigint NOT NULL DEFAULT 0;"
    "CREATE TABLE report_lock (work text PRIMARY KEY, host text NOT NULL, epoch bigint NOT NULL,"
    " since timestamptz NOT NULL);"
    "CREATE TABLE report_day (begin_s bigint PRIMARY KEY, host text NOT NULL, built_ms bigint NOT NULL,"
    " lacking text NOT NULL);";

/* failure: whose message it is, and in which partition that lies; store.failure_mark: up to which they came here. */
const char tables_failures[] =
    "ALTER TABLE store ADD COLUMN failure_mark bigint NOT NULL DEFAULT 0;"
    "ALTER TABLE failure ADD COLUMN store int NOT NULL DEFAULT 0, ADD COLUMN day date NOT NULL DEFAULT '1970-01-01';";
