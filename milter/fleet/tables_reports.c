#include "fleet/tables_reports.h"

/*
 * store.whole_until_ms: up to here, by the host's own clock, all its records
 * are here.  fleet.sender_epoch: who sends reports raised it; an older one
 * sends no more.  report_day: days whose reports were built, and by whom.
 */
const char tables_reports[] =
    "ALTER TABLE store ADD COLUMN whole_until_ms bigint NOT NULL DEFAULT 0;"
    "ALTER TABLE fleet ADD COLUMN sender_epoch bigint NOT NULL DEFAULT 0;"
    "CREATE TABLE report_day (begin_s bigint PRIMARY KEY, host text NOT NULL, built_ms bigint NOT NULL,"
    " lacking text NOT NULL);";
