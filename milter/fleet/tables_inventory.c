/* The tables that the keeper makes of the records, and the inventory with its generations. */
#include "fleet/tables_inventory.h"

#define KEY "text COLLATE \"C\" NOT NULL"
#define NUMBER "bigint NOT NULL DEFAULT 0"
#define CATCH_LONGEST "169 * 3600000::bigint" /* ms: CatchHours' greatest, and an hour by which clocks differ */
#define AS_OWNER "LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp"

const char tables_inventory[] =
    "ALTER TABLE fleet ADD COLUMN generation " NUMBER ", ADD COLUMN caught_generation " NUMBER
    ", ADD COLUMN change_generation " NUMBER ";"
    "ALTER TABLE store ADD COLUMN followed timestamptz, ADD COLUMN generation " NUMBER ";"
    "CREATE TABLE keeper (one int PRIMARY KEY CHECK (one = 1), epoch bigint NOT NULL, host text NOT NULL,"
    " since timestamptz NOT NULL, seen timestamptz NOT NULL);"
    "INSERT INTO keeper VALUES (1, 0, '', 'epoch', 'epoch');"
    "CREATE TABLE digested (store int PRIMARY KEY, done_id bigint NOT NULL);"

    "CREATE TABLE tally_room (day bigint PRIMARY KEY, known bigint NOT NULL, strangers bigint NOT NULL);"

    "ALTER TABLE source ADD COLUMN generation " NUMBER ";"
    "CREATE INDEX source_generation ON source (generation) WHERE generation > 0;"

    "CREATE TABLE catch_hour (domain " KEY ", bucket bigint NOT NULL, passed bigint NOT NULL, refused bigint NOT NULL,"
    " PRIMARY KEY (domain, bucket));"
    "CREATE INDEX catch_hour_refused ON catch_hour (bucket) WHERE refused > 0;"
    "CREATE TABLE catch_rest (domain text COLLATE \"C\" PRIMARY KEY, until_ms bigint NOT NULL);"
    "CREATE TABLE generation (generation bigint PRIMARY KEY, at timestamptz NOT NULL);"
    "CREATE TABLE source_gone (domain " KEY ", source " KEY ", generation bigint NOT NULL,"
    " PRIMARY KEY (domain, source));"
    "CREATE INDEX source_gone_generation ON source_gone (generation);"
    "CREATE TABLE known_change (kind " KEY ", name " KEY ", changed_ms bigint NOT NULL, old_ttl bigint NOT NULL,"
    " PRIMARY KEY (kind, name));"
    "CREATE INDEX dns_text_first ON dns_text (first_seen_ms);";

/* ---- generations ---- */

/* The generation of this transaction: raised once in it, the row of fleet locked until its end. */
#define NEXT_GENERATION \
    "CREATE OR REPLACE FUNCTION next_generation() RETURNS bigint " AS_OWNER " AS $$" \
    "DECLARE mine text := current_setting('assay.generation', true); g bigint; BEGIN" \
    "  IF mine <> '' AND split_part(mine, ' ', 1) = pg_current_xact_id()::text THEN" \
    "    RETURN split_part(mine, ' ', 2)::bigint; END IF;" \
    "  UPDATE fleet SET generation = generation + 1 RETURNING generation INTO g;" \
    "  INSERT INTO generation VALUES (g, clock_timestamp());" \
    "  PERFORM set_config('assay.generation', pg_current_xact_id()::text || ' ' || g, true);" \
    "  PERFORM pg_notify('assay', g::text);" \
    "  RETURN g; END $$;"

/*
 * Before the first row is locked.  An entry that joined by itself (it has a
 * client) is nothing to follow; one that people write has none at first.
 */
#define SOURCE_TRIGGERS \
    "CREATE OR REPLACE FUNCTION source_raise() RETURNS trigger " AS_OWNER " AS $$ BEGIN" \
    "  PERFORM next_generation(); RETURN NULL; END $$;" \
    "CREATE OR REPLACE FUNCTION source_mark() RETURNS trigger " AS_OWNER " AS $$ BEGIN" \
    "  IF TG_OP = 'UPDATE' OR NEW.client = '' THEN NEW.generation := next_generation(); END IF;" \
    "  IF TG_OP = 'INSERT' THEN" \
    "    DELETE FROM source_gone g WHERE g.domain = NEW.domain AND g.source = NEW.source; END IF;" \
    "  RETURN NEW; END $$;" \
    "CREATE OR REPLACE FUNCTION source_take_out() RETURNS trigger " AS_OWNER " AS $$ BEGIN" \
    "  INSERT INTO source_gone VALUES (OLD.domain, OLD.source, next_generation())" \
    "    ON CONFLICT (domain, source) DO UPDATE SET generation = excluded.generation;" \
    "  RETURN OLD; END $$;" \
    "CREATE OR REPLACE TRIGGER source_changing BEFORE UPDATE OF status, vendor, platform, kind, sending_domain," \
    " dkim_selectors, spf_include, return_path, owner, ticket, note, network ON source" \
    " FOR EACH STATEMENT EXECUTE FUNCTION source_raise();" \
    "CREATE OR REPLACE TRIGGER source_removing BEFORE DELETE ON source" \
    " FOR EACH STATEMENT EXECUTE FUNCTION source_raise();" \
    "CREATE OR REPLACE TRIGGER source_changed BEFORE UPDATE OF status, vendor, platform, kind, sending_domain," \
    " dkim_selectors, spf_include, return_path, owner, ticket, note, network ON source" \
    " FOR EACH ROW EXECUTE FUNCTION source_mark();" \
    "CREATE OR REPLACE TRIGGER source_added BEFORE INSERT ON source FOR EACH ROW EXECUTE FUNCTION source_mark();" \
    "CREATE OR REPLACE TRIGGER source_removed AFTER DELETE ON source FOR EACH ROW EXECUTE FUNCTION source_take_out();"

/* Who takes one out before its time has released it: it rests as long as it was to last. */
#define CAUGHT_TRIGGERS \
    "CREATE OR REPLACE FUNCTION caught_raise() RETURNS trigger " AS_OWNER " AS $$ BEGIN" \
    "  PERFORM next_generation(); UPDATE fleet SET caught_generation = generation; RETURN NULL; END $$;" \
    "CREATE OR REPLACE FUNCTION caught_release() RETURNS trigger " AS_OWNER " AS $$" \
    "DECLARE now_ms bigint := (extract(epoch FROM clock_timestamp()) * 1000)::bigint; BEGIN" \
    "  DELETE FROM catch_hour WHERE domain = OLD.domain;" \
    "  IF OLD.until_ms > now_ms THEN" \
    "    INSERT INTO catch_rest VALUES (OLD.domain, now_ms" \
    "        + greatest(least(OLD.until_ms - greatest(OLD.since_ms, 0), " CATCH_LONGEST "), 0))" \
    "      ON CONFLICT (domain) DO UPDATE SET until_ms = excluded.until_ms; END IF;" \
    "  RETURN OLD; END $$;" \
    "CREATE OR REPLACE TRIGGER caught_changing BEFORE INSERT OR UPDATE OR DELETE ON caught" \
    " FOR EACH STATEMENT EXECUTE FUNCTION caught_raise();" \
    "CREATE OR REPLACE TRIGGER caught_removed AFTER DELETE ON caught" \
    " FOR EACH ROW EXECUTE FUNCTION caught_release();"

/*
 * What a host's own safety catch put on: until when it is on here then; 0: not, for it is over, may not last so long,
 * was released here, or 1000 are on.
 */
#define CAUGHT_BY_HOST \
    "CREATE OR REPLACE FUNCTION caught_by_host(d text, since_at bigint, until_at bigint) RETURNS bigint " AS_OWNER \
    " AS $$ DECLARE now_ms bigint := (extract(epoch FROM clock_timestamp()) * 1000)::bigint;" \
    " there bigint := coalesce((SELECT until_ms FROM caught c WHERE c.domain = d), 0); BEGIN" \
    "  IF until_at <= now_ms OR until_at > now_ms + " CATCH_LONGEST " OR length(d) > 255 OR d = '' OR EXISTS" \
    "    (SELECT FROM catch_rest r WHERE r.domain = d AND r.until_ms > now_ms) THEN RETURN there; END IF;" \
    "  IF there >= until_at OR (SELECT count(*) FROM caught) >= 1000 THEN RETURN there; END IF;" \
    "  INSERT INTO caught AS c VALUES (d, least(greatest(since_at, now_ms - " CATCH_LONGEST "), now_ms), until_at)" \
    "    ON CONFLICT (domain) DO UPDATE SET until_ms = greatest(c.until_ms, excluded.until_ms);" \
    "  RETURN until_at; END $$;"

const char tables_inventory_functions[] = NEXT_GENERATION SOURCE_TRIGGERS CAUGHT_TRIGGERS CAUGHT_BY_HOST;

const char tables_inventory_rights[] =
    "REVOKE ALL ON FUNCTION next_generation(), source_raise(), source_mark(), source_take_out(), caught_raise(),"
    " caught_release(), caught_by_host(text, bigint, bigint), day_care(), day_drop(), day_work(boolean),"
    " day_index() FROM PUBLIC;"
    "GRANT EXECUTE ON FUNCTION caught_by_host(text, bigint, bigint) TO assay_host;"
    "GRANT EXECUTE ON FUNCTION next_generation(), day_ready(date), day_care(), day_drop(), day_work(boolean),"
    " day_index() TO assay_keeper;";
