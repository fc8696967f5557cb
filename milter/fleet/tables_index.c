#include "fleet/tables_index.h"

#define TODAY "(now() AT TIME ZONE 'UTC')::date"
#define AS_OWNER "LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp"

/*
 * Each kind by what it takes (docs/SCALE.md): where nearly each message has a
 * value of its own, a hash index; where values repeat, a B-tree, which writes
 * each once; what most messages lack stands in none for those.
 *
 * A day is over for this when all hosts that are not retired have shipped it
 * whole, or at 06:00 UTC.  Not while another looks after the partition, as an
 * autovacuum, which would be broken off by who waits for it.
 */
const char tables_index[] =
    "CREATE OR REPLACE FUNCTION day_work(beside boolean, OUT leaf text, OUT what text)"
    " STABLE " AS_OWNER " AS $$"
    "DECLARE how text := CASE WHEN beside THEN 'CONCURRENTLY ' ELSE '' END; one record; key record; valid boolean;"
    " taken text; BEGIN"
    "  FOR one IN SELECT c.oid, c.relname AS name FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid"
    "    CROSS JOIN fleet f, LATERAL (SELECT to_date(right(c.relname, 8), 'YYYYMMDD') AS day) AS d"
    "    WHERE h.inhparent = 'message'::regclass AND NOT h.inhdetachpending"
    "    AND pg_relation_size(c.oid) >= " TABLES_INDEX_BYTES
    "    AND d.day < " TODAY " AND (f.keep_days = 0 OR d.day >= " TODAY " - f.keep_days)"
    "    AND (d.day < " TODAY " - 1 OR extract(hour FROM now() AT TIME ZONE 'UTC') >= 6 OR NOT EXISTS (SELECT"
    "      FROM host o JOIN (SELECT host, max(store) AS store FROM store GROUP BY host) t USING (host)"
    "      JOIN store s USING (store) WHERE NOT o.retired"
    "      AND s.whole_until_ms < ((d.day - date '1970-01-01' + 1) * 1440::bigint + 15) * 60000))"
    "    ORDER BY d.day DESC LOOP"
    "    IF EXISTS (SELECT FROM pg_locks l WHERE l.relation = one.oid AND l.database = (SELECT oid FROM pg_database"
    "      WHERE datname = current_database()) AND l.mode = 'ShareUpdateExclusiveLock') THEN"
    "      taken := coalesce(taken, one.name); CONTINUE; END IF;"
    "    leaf := one.name;"
    "    FOR key IN SELECT * FROM (VALUES ('queue_id', 'hash (queue_id)'), ('message_id', 'hash (message_id)'),"
    "      ('ref', 'btree (ref) WHERE ref <> '''''), ('k_ticket', 'btree (k_ticket) WHERE k_ticket <> 0'),"
    "      ('client_ip', 'btree (client_ip)'), ('author_domain', 'btree (author_domain)'),"
    "      ('org_domain', 'btree (org_domain)'), ('mail_from_domain', 'btree (mail_from_domain)'),"
    "      ('k_rdom', 'btree (k_rdom)'), ('k_source', 'btree (k_source) WHERE k_source <> 0'),"
    "      ('a1', 'btree (a1) WHERE a1 <> 0'), ('a2', 'btree (a2) WHERE a2 <> 0'),"
    "      ('a3', 'btree (a3) WHERE a3 <> 0'), ('a4', 'btree (a4) WHERE a4 <> 0')) AS v (name, kind) LOOP"
    "      SELECT i.indisvalid INTO valid FROM pg_index i WHERE i.indrelid = one.oid"
    "        AND i.indexrelid = to_regclass(format('%I', leaf || '_by_' || key.name));"
    "      IF valid IS NULL THEN"
    "        what := format('CREATE INDEX %s%I ON %I USING %s', how, leaf || '_by_' || key.name, leaf, key.kind);"
    "        RETURN;"
    "      ELSIF NOT valid THEN"
    "        what := format('DROP INDEX %s%I', how, leaf || '_by_' || key.name); RETURN; END IF; END LOOP;"
    "    SELECT format('DROP INDEX %s%I', how, i.indexrelid::regclass::text) INTO what FROM pg_index i"
    "      JOIN pg_opclass o ON o.oid = i.indclass[0] WHERE i.indrelid = one.oid AND o.opcname LIKE '%\\_bloom\\_ops'"
    "      LIMIT 1;"
    "    IF what IS NOT NULL THEN RETURN; END IF; END LOOP;"
    "  leaf := taken;"
    "END $$;"
    "CREATE OR REPLACE FUNCTION day_index() RETURNS void " AS_OWNER " SET lock_timeout = '2s' AS $$"
    "DECLARE statement text := (SELECT what FROM day_work(false)); BEGIN"
    "  IF statement IS NOT NULL THEN EXECUTE statement; END IF;"
    "END $$;";
