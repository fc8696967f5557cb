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

/*
 * failed: what a host gathered comes to what is alike of other hosts, which
 * gathers here once more; the first of them is the one that is reported.  At most 10,000 wait.
 */
const char tables_failed[] =
    "CREATE OR REPLACE FUNCTION failed(of_store int, of_message bigint, n bigint, gather_ms bigint, of_domain text,"
    " of_bucket text, of_kind text, d text, i text, s text, of_from text, of_headers text) RETURNS void"
    " LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp AS $$"
    "DECLARE now_ms bigint := (extract(epoch FROM now()) * 1000)::bigint; BEGIN"
    "  IF NOT own_store(of_store) THEN RAISE EXCEPTION 'the role % ships for another host than its own', session_user"
    "    USING ERRCODE = 'insufficient_privilege'; END IF;"
    "  INSERT INTO failure AS f (store, message, day, incidents, created_ms, ready_ms, policy_domain, bucket, kind,"
    "    dkim_domain, dkim_identity, dkim_selector, mail_from, headers)"
    "    SELECT of_store, of_message, coalesce((SELECT m.day FROM message AS m WHERE m.store = of_store AND"
    "    m.id = of_message LIMIT 1), '1970-01-01'), n, now_ms, now_ms + gather_ms, of_domain, of_bucket, of_kind, d, i,"
    "    s, of_from, of_headers WHERE (SELECT count(*) FROM failure WHERE open = 1) < 10000"
    "    ON CONFLICT (bucket) WHERE open = 1 DO UPDATE SET incidents = f.incidents + excluded.incidents; END $$;";
