#include "fleet/tables_door.h"

#define AS_OWNER_DO "LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp AS $$"
#define AS_DIGITS_NOW(number) #number
#define AS_DIGITS(number) AS_DIGITS_NOW(number)
#define OUT_OF_BOUNDS "USING ERRCODE = 'check_violation'"

/* Bytes of one record: ours have at most 1,000 each of some 50 texts (record.h), and `dkim` some times that. */
#define RECORD_BYTES_MAX "100000"
#define YEAR_9999_MS "253402300799999"

/* What a statement put into a partition: of stores of its own, and as a record can be.  Once a statement, not a row. */
static const char door_records[] =
    "CREATE OR REPLACE FUNCTION only_own() RETURNS trigger " AS_OWNER_DO
    " DECLARE stores int[] := ARRAY(SELECT DISTINCT store FROM fresh); bad bigint; BEGIN"
    "  IF EXISTS (SELECT FROM unnest(stores) AS s WHERE NOT own_store(s)) THEN"
    "    RAISE EXCEPTION 'the role % ships for another host than its own', session_user"
    "      USING ERRCODE = 'insufficient_privilege'; END IF;"
    "  IF TG_TABLE_NAME ~ '^message_key' THEN"
    "    SELECT id INTO bad FROM fresh f WHERE pg_column_size(f) > 2000 LIMIT 1;"
    "  ELSE"
    "    SELECT id INTO bad FROM fresh f WHERE id < 0 OR id >> 52 > 0 OR time_ms NOT BETWEEN 0 AND " YEAR_9999_MS
    "      OR pg_column_size(f) > " RECORD_BYTES_MAX " LIMIT 1; END IF;"
    "  IF bad IS NOT NULL THEN RAISE EXCEPTION 'no assay-milter makes such a record: the time or id of % is absurd, or"
    " it has more than " RECORD_BYTES_MAX " bytes', bad " OUT_OF_BOUNDS "; END IF;"
    "  RETURN NULL; END $$;";

/*
 * How far a host is: what others add up and compare.  Of a life that begins, where and when it began stays.  What a
 * clock says is drawn into bounds, for a clock may be wrong; other numbers of ours are within them.
 */
static const char door_store[] =
    "CREATE OR REPLACE FUNCTION store_door() RETURNS trigger " AS_OWNER_DO
    " DECLARE far bigint := 1000000000000000; BEGIN"
    "  IF least(NEW.base_id, NEW.shipped_id, NEW.newest_id, NEW.dns_mark, NEW.failure_mark, NEW.generation,"
    "      NEW.shipped, NEW.expired, NEW.skipped, NEW.refused) < 0"
    "    OR greatest(NEW.base_id, NEW.shipped_id, NEW.newest_id, NEW.dns_mark, NEW.failure_mark, NEW.generation,"
    "      NEW.shipped, NEW.expired, NEW.skipped, NEW.refused) >> 52 > 0"
    "    OR octet_length(NEW.version) > 100 OR octet_length(NEW.last_queue_id) > 4000 THEN"
    "    RAISE EXCEPTION 'no assay-fleet sets such marks of a store' " OUT_OF_BOUNDS "; END IF;"
    "  IF TG_OP = 'INSERT' AND (SELECT count(*) FROM store WHERE host = NEW.host) >= 1000 THEN"
    "    RAISE EXCEPTION 'a host has 1000 stores at most' " OUT_OF_BOUNDS "; END IF;"
    "  NEW.last_ms := least(greatest(NEW.last_ms, 0), far);"
    "  NEW.newest_ms := least(greatest(NEW.newest_ms, 0), far);"
    "  NEW.whole_until_ms := least(greatest(NEW.whole_until_ms, 0), far);"
    "  NEW.skew_ms := least(greatest(NEW.skew_ms, -far), far);"
    "  NEW.seen := CASE WHEN NEW.seen > '1970-01-01' THEN least(NEW.seen, now()) ELSE '1970-01-01' END;"
    "  NEW.began := CASE TG_OP WHEN 'UPDATE' THEN OLD.began ELSE now() END;"
    "  NEW.followed := CASE WHEN NEW.followed > '1970-01-01' THEN least(NEW.followed, now()) END;"
    "  RETURN NEW; END $$;"
    "CREATE OR REPLACE TRIGGER door BEFORE INSERT OR UPDATE ON store FOR EACH ROW EXECUTE FUNCTION store_door();";

/*
 * A text in DNS as a host saw it, of any domain: others add its time to live to its times.  What comes of a clock that
 * runs ahead is of now.  A text that all hosts see is written now and then, not by each in turn: all wait for its row.
 */
static const char door_dns[] =
    "CREATE OR REPLACE FUNCTION dns_seen(of_name text, of_kind text, of_hash bigint, of_text text, of_ttl bigint,"
    " first_ms bigint, last_ms bigint) RETURNS void " AS_OWNER_DO
    " DECLARE now_ms bigint := (extract(epoch FROM now()) * 1000)::bigint; BEGIN"
    "  IF octet_length(of_name) > 1200 OR octet_length(of_kind) > 30 OR octet_length(of_text) > 40000 THEN"
    "    RAISE EXCEPTION 'no assay-fleet ships such a text' " OUT_OF_BOUNDS "; END IF;"
    "  of_ttl := least(greatest(of_ttl, 0), 2147483647);"
    "  first_ms := least(greatest(first_ms, 0), now_ms); last_ms := least(greatest(last_ms, 0), now_ms);"
    "  IF EXISTS (SELECT FROM dns_text o WHERE o.name = of_name AND o.kind = of_kind AND o.hash = of_hash"
    "    AND o.ttl >= of_ttl AND o.first_seen_ms <= first_ms"
    "    AND o.last_seen_ms >= last_ms - " AS_DIGITS(FLEET_SEEN_MS) ") THEN RETURN; END IF;"
    "  INSERT INTO dns_text AS d (name, kind, hash, text, ttl, first_seen_ms, last_seen_ms)"
    "   VALUES (of_name, of_kind, of_hash, of_text, of_ttl, first_ms, last_ms)"
    "   ON CONFLICT (name, kind, hash) DO UPDATE SET ttl = greatest(d.ttl, excluded.ttl),"
    "    first_seen_ms = least(d.first_seen_ms, excluded.first_seen_ms),"
    "    last_seen_ms = greatest(d.last_seen_ms, excluded.last_seen_ms); END $$;";

/* What a host gathered comes to what is alike of others: at most 10,000 wait, and 2,000 of one store. */
static const char door_failed[] =
    "CREATE OR REPLACE FUNCTION failed(of_store int, of_message bigint, n bigint, gather_ms bigint, of_domain text,"
    " of_bucket text, of_kind text, d text, i text, s text, of_from text, of_headers text) RETURNS void " AS_OWNER_DO
    " DECLARE now_ms bigint := (extract(epoch FROM now()) * 1000)::bigint; many bigint := 1000000000; BEGIN"
    "  IF NOT own_store(of_store) THEN RAISE EXCEPTION 'the role % ships for another host than its own', session_user"
    "    USING ERRCODE = 'insufficient_privilege'; END IF;"
    "  IF octet_length(of_domain) > 1000 OR octet_length(of_bucket) > 2000 OR octet_length(of_kind) > 100 OR"
    "    octet_length(d) + octet_length(i) + octet_length(s) + octet_length(of_from) + octet_length(of_headers) >"
    "    1000000 THEN RAISE EXCEPTION 'no assay-fleet ships such a failure' " OUT_OF_BOUNDS "; END IF;"
    "  INSERT INTO failure AS f (store, message, day, incidents, created_ms, ready_ms, policy_domain, bucket, kind,"
    "    dkim_domain, dkim_identity, dkim_selector, mail_from, headers)"
    "    SELECT of_store, of_message, coalesce((SELECT m.day FROM message AS m WHERE m.store = of_store AND"
    "    m.id = of_message LIMIT 1), '1970-01-01'), least(greatest(n, 1), many), now_ms,"
    "    now_ms + least(greatest(gather_ms, 0), 86400000), of_domain, of_bucket, of_kind, d, i, s, of_from, of_headers"
    "    WHERE (SELECT count(*) FILTER (WHERE store = of_store) < 2000 AND count(*) < 10000 FROM failure"
    "     WHERE open = 1)"
    "    ON CONFLICT (bucket) WHERE open = 1 DO UPDATE SET incidents = least(f.incidents, many) + excluded.incidents;"
    " END $$;";

enum rc tables_door_make(struct pg *p, struct err *e)
{
    static const char *const all[] = {door_records, door_store, door_dns, door_failed};
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < sizeof all / sizeof all[0]; i++)
        rc = pg_run(p, all[i], e);
    return rc;
}
