#include "fleet/tables.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/random.h"
#include "base/siphash.h"
#include "fleet/tables_desk.h"
#include "fleet/tables_door.h"
#include "fleet/tables_index.h"
#include "fleet/tables_inventory.h"
#include "fleet/tables_reports.h"
#include "fleet/tables_rights.h"
#include "records/schema.h"

enum {
    SQL_MAX = 400,
    TABLES_WITH_OWNER = 2, /* the version since which they are assay_owner's */
    MIGRATE_TRIES = 10
};

/* Numbers first: that packs rows best. */
#define AS_INT_INT(name) ", " #name " bigint NOT NULL DEFAULT 0"
#define AS_INT_TEXT(name)
#define AS_TEXT_INT(name)
#define AS_TEXT_TEXT(name) ", " #name " text NOT NULL DEFAULT ''"
#define AS_INT(kind, name, help) AS_INT_##kind(name)
#define AS_TEXT(kind, name, help) AS_TEXT_##kind(name)

#define BLOOM(column, type) \
    "  EXECUTE format('CREATE INDEX ON %I USING brin (" column " " type "_bloom_ops(n_distinct_per_range = 300," \
    " false_positive_rate = 0.0001)) WITH (pages_per_range = 32)', leaf);"

/* The centre's day, whatever the time zone of the session. */
#define TODAY "(now() AT TIME ZONE 'UTC')::date"
/* Days of a centre that keeps all: of older ones none begins, or each day that a host invents would be a partition. */
#define FOR_EVER "3660"
#define AS_OWNER "LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp"

static const char tables_first[] =
    "CREATE TABLE fleet (one int PRIMARY KEY CHECK (one = 1), schema int NOT NULL, secret bytea NOT NULL,"
    " keep_days int NOT NULL, oldest_schema int NOT NULL DEFAULT 0);"
    "CREATE TABLE host (host int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE,"
    " retired boolean NOT NULL DEFAULT false);"
    "CREATE TABLE store (store int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, host int NOT NULL REFERENCES host,"
    " uuid uuid NOT NULL UNIQUE, base_id bigint NOT NULL, shipped_id bigint NOT NULL,"
    " last_ms bigint NOT NULL DEFAULT 0,"
    " last_queue_id text NOT NULL DEFAULT '', newest_id bigint NOT NULL DEFAULT 0, newest_ms bigint NOT NULL DEFAULT 0,"
    " dns_mark bigint NOT NULL DEFAULT 0, shipped bigint NOT NULL DEFAULT 0, expired bigint NOT NULL DEFAULT 0,"
    " skipped bigint NOT NULL DEFAULT 0, refused bigint NOT NULL DEFAULT 0, schema int NOT NULL DEFAULT 0,"
    " version text NOT NULL DEFAULT '', skew_ms bigint NOT NULL DEFAULT 0, began timestamptz NOT NULL DEFAULT now(),"
    " seen timestamptz NOT NULL DEFAULT now());"
    "CREATE INDEX store_host ON store (host);"
    "CREATE TABLE refused (store int NOT NULL, id bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(),"
    " error text NOT NULL, PRIMARY KEY (store, id));"
    "CREATE TABLE dns_text (name text NOT NULL, kind text NOT NULL, hash bigint NOT NULL, text text NOT NULL,"
    " ttl bigint NOT NULL, first_seen_ms bigint NOT NULL, last_seen_ms bigint NOT NULL,"
    " PRIMARY KEY (name, kind, hash));"
    "CREATE TABLE message (day date NOT NULL, store int NOT NULL, id bigint NOT NULL" RECORD_COLUMNS(AS_INT)
    ", k_source int NOT NULL DEFAULT 0, k_ticket int NOT NULL DEFAULT 0, k_rdom int NOT NULL DEFAULT 0,"
    " a1 int NOT NULL DEFAULT 0, a2 int NOT NULL DEFAULT 0, a3 int NOT NULL DEFAULT 0, a4 int NOT NULL DEFAULT 0"
    RECORD_COLUMNS(AS_TEXT) ") PARTITION BY RANGE (day);"
    "CREATE TABLE message_key (day date NOT NULL, store int NOT NULL, id bigint NOT NULL, hash int NOT NULL)"
    " PARTITION BY RANGE (day);";

/*
 * day_ready: a day's two partitions with their indexes, made beside the table
 * and then attached, which waits for no reader.  Only days that may be needed.
 */
static const char tables_day_ready[] =
    "CREATE OR REPLACE FUNCTION day_ready(d date) RETURNS void " AS_OWNER " AS $$"
    "DECLARE leaf text := 'message_' || to_char(d, 'YYYYMMDD'); keys text := 'message_key_' || to_char(d, 'YYYYMMDD');"
    " kept int := (SELECT keep_days FROM fleet); BEGIN"
    "  IF to_regclass('assay.' || leaf) IS NOT NULL THEN RETURN; END IF;"
    "  IF d > " TODAY " + 2 OR d < " TODAY " - (CASE WHEN kept > 0 THEN kept ELSE " FOR_EVER " END) - 1 THEN"
    "    RAISE EXCEPTION 'no messages are kept of %', d; END IF;"
    "  PERFORM pg_advisory_xact_lock(5, d - date '2000-01-01');"
    "  IF to_regclass('assay.' || leaf) IS NOT NULL THEN RETURN; END IF;"
    "  EXECUTE format('CREATE TABLE %I (LIKE message INCLUDING DEFAULTS)', leaf);"
    "  EXECUTE format('CREATE TABLE %I (LIKE message_key INCLUDING DEFAULTS)', keys);"
    "  EXECUTE format('CREATE UNIQUE INDEX ON %I (store, id)', leaf);"
    "  EXECUTE format('CREATE INDEX ON %I USING brin (time_ms) WITH (pages_per_range = 32)', leaf);"
    BLOOM("ref", "text") BLOOM("queue_id", "text") BLOOM("message_id", "text") BLOOM("client_ip", "text")
    BLOOM("author_domain", "text") BLOOM("org_domain", "text") BLOOM("mail_from_domain", "text")
    BLOOM("k_source", "int4") BLOOM("k_ticket", "int4") BLOOM("k_rdom", "int4")
    BLOOM("a1", "int4") BLOOM("a2", "int4") BLOOM("a3", "int4") BLOOM("a4", "int4")
    "  EXECUTE format('CREATE INDEX ON %I (hash)', keys);"
    "  EXECUTE format('" RIGHTS_ONLY_OWN "', leaf); EXECUTE format('" RIGHTS_ONLY_OWN "', keys);"
    "  EXECUTE format('GRANT INSERT ON %I, %I TO assay_host', leaf, keys);"
    "  EXECUTE format('ALTER TABLE message ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', leaf, d, d + 1);"
    "  EXECUTE format('ALTER TABLE message_key ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', keys, d, d + 1);"
    "END $$;";

/*
 * day_sum: pages that no BRIN index has summed up are read by every question.
 * Who is broken off while it sums up a range leaves there what is never
 * finished (a placeholder), and a scan that meets one takes all ranges behind
 * it for matching, too (PostgreSQL 15: brin_deform_tuple does not forget it).
 * So day_summed says how far all is whole, in the transaction that made it so;
 * what is behind that is always done anew, ranges of 32 pages, so many at a
 * time that no statement takes too long.  Nobody else is asked to do it
 * (autosummarize); an autovacuum, which does, and gives way to who waits for
 * it, is not waited for.
 */
static const char tables_day_sum[] =
    "CREATE TABLE IF NOT EXISTS day_summed (leaf text PRIMARY KEY, ranges bigint NOT NULL, bytes bigint NOT NULL);"
    "CREATE OR REPLACE FUNCTION day_sum(of_day date) RETURNS void " AS_OWNER " AS $$"
    "DECLARE name text := 'message_' || to_char(of_day, 'YYYYMMDD'); done bigint; seen bigint; size bigint;"
    " upto bigint; all_of oid[]; BEGIN"
    "  IF to_regclass('assay.' || name) IS NULL THEN RETURN; END IF; BEGIN"
    "    EXECUTE format('LOCK TABLE %I IN SHARE UPDATE EXCLUSIVE MODE NOWAIT', name);"
    "    EXCEPTION WHEN lock_not_available THEN RETURN; END;"
    "  SELECT ranges, bytes INTO done, seen FROM day_summed WHERE leaf = name;"
    "  size := pg_relation_size(name::regclass); done := coalesce(done, 0);"
    "  IF size = seen THEN RETURN; END IF;"
    "  upto := least(size / 262144, done + 1000);"
    "  SELECT array_agg(i.indexrelid) INTO all_of FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    "    JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'brin' AND i.indrelid = name::regclass;"
    "  FOR n IN done .. upto LOOP"
    "    PERFORM brin_desummarize_range(i, n * 32), brin_summarize_range(i, n * 32) FROM unnest(all_of) i; END LOOP;"
    "  INSERT INTO day_summed AS d VALUES (name, upto, CASE WHEN upto = size / 262144 THEN size ELSE 0 END)"
    "    ON CONFLICT (leaf) DO UPDATE SET ranges = excluded.ranges, bytes = excluded.bytes;"
    "END $$;";

/*
 * day_care: the partitions of today and the next two days, and what came into them summed up.
 * day_drop: of what is older than is kept, a day at a time.
 */
static const char tables_day_care[] =
    "CREATE OR REPLACE FUNCTION day_care() RETURNS void " AS_OWNER " SET lock_timeout = '2s' AS $$"
    "DECLARE today date := " TODAY "; BEGIN"
    "  FOR i IN 0..2 LOOP PERFORM day_ready(today + i); END LOOP;"
    "  PERFORM day_sum(today); PERFORM day_sum(today - 1);"
    "  DELETE FROM day_summed WHERE to_regclass('assay.' || leaf) IS NULL;"
    "END $$;"
    "CREATE OR REPLACE FUNCTION day_drop() RETURNS void " AS_OWNER " SET lock_timeout = '2s' AS $$"
    "DECLARE kept int := (SELECT keep_days FROM fleet); one record; BEGIN"
    "  IF kept = 0 THEN RETURN; END IF;"
    "  FOR one IN SELECT p.relname AS parent, c.relname AS leaf FROM pg_inherits h"
    "    JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_class p ON p.oid = h.inhparent"
    "    WHERE h.inhparent IN ('message'::regclass, 'message_key'::regclass) AND NOT h.inhdetachpending"
    "    AND right(c.relname, 8) < to_char(" TODAY " - kept - 1, 'YYYYMMDD') ORDER BY right(c.relname, 8) LIMIT 2 LOOP"
    "    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', one.parent, one.leaf);"
    "    EXECUTE format('DROP TABLE %I', one.leaf); END LOOP;"
    "END $$;";

/* care: both, by whichever shipper comes first, where no keeper (keep.h) has been heard of for a minute. */
static const char tables_care[] =
    "CREATE OR REPLACE FUNCTION care() RETURNS void " AS_OWNER " SET lock_timeout = '2s' AS $$ BEGIN"
    "  IF EXISTS (SELECT FROM keeper WHERE seen > now() - interval '1 minute') THEN RETURN; END IF;"
    "  IF NOT pg_try_advisory_xact_lock(6, 0) THEN RETURN; END IF;"
    "  PERFORM day_care(); PERFORM day_drop();"
    "END $$;";

/*
 * Roles: the tables become assay_owner's; a host may name the role that ships
 * as it; who of the clients' people sees whose rows.
 */
static const char tables_roles[] =
    "ALTER TABLE host ADD CONSTRAINT host_name CHECK (name ~ '^[A-Za-z0-9._-]{1,64}$') NOT VALID;"
    "ALTER TABLE host ADD COLUMN role text NOT NULL DEFAULT '', ADD COLUMN trouble text NOT NULL DEFAULT '',"
    " ADD COLUMN trouble_at timestamptz NOT NULL DEFAULT '-infinity';"
    "CREATE UNIQUE INDEX host_role ON host (role) WHERE role <> '';"
    "ALTER TABLE fleet ADD COLUMN breaking int NOT NULL DEFAULT 0;"
    "ALTER TABLE message_key ADD COLUMN client text NOT NULL DEFAULT '';"
    "CREATE TABLE client_user (of_web boolean NOT NULL DEFAULT false, name text NOT NULL CHECK (name <> ''),"
    " client text NOT NULL CHECK (client <> ''), PRIMARY KEY (of_web, name, client));";

/* What was made before there were groups belongs to whoever made it. */
static const char tables_to_owner[] =
    "DO $$ DECLARE one record; BEGIN"
    "  EXECUTE 'ALTER SCHEMA assay OWNER TO assay_owner';"
    "  FOR one IN SELECT relname FROM pg_class WHERE relnamespace = 'assay'::regnamespace AND relkind IN ('r', 'p')"
    "    LOOP EXECUTE format('ALTER TABLE %I OWNER TO assay_owner', one.relname); END LOOP;"
    "  FOR one IN SELECT oid::regprocedure AS what FROM pg_proc WHERE pronamespace = 'assay'::regnamespace LOOP"
    "    EXECUTE format('ALTER FUNCTION %s OWNER TO assay_owner', one.what); END LOOP; END $$;";

/* Pages log in as a role of the group assay_pages, not as the one role that all had (tables_rights.c takes it out). */
static const char tables_no_web[] =
    "DELETE FROM client_user WHERE of_web;"
    "ALTER TABLE client_user DROP COLUMN of_web, ADD PRIMARY KEY (name, client);";

/* Step n leads from version n to n + 1.  tables_desk_first is followed by what tables_desk.h makes. */
static const char *const tables_step[TABLES_VERSION] = {tables_first, tables_roles, tables_reports,
                                                         tables_desk_first, tables_inventory, tables_failures,
                                                         tables_no_web};

static enum rc tables_run_step(struct pg *p, int64_t step, struct err *e)
{
    enum rc rc = pg_run(p, tables_step[step], e);

    return rc == RC_OK && tables_step[step] == tables_desk_first ? tables_desk_make(p, e) : rc;
}

/* ---- version ---- */

static enum rc tables_version(struct pg *p, int64_t *version, struct err *e)
{
    int64_t there = 0;
    enum rc rc = pg_ask(p, "SELECT (to_regclass('assay.fleet') IS NOT NULL)::int", NULL, 0, &there, e);

    *version = 0;
    if (rc != RC_OK || there == 0)
        return rc;
    return pg_ask(p, "SELECT schema FROM fleet", NULL, 0, version, e);
}

/* The oldest program that can work with newer tables: additions break nothing. */
static enum rc tables_breaking(struct pg *p, int64_t *breaking, struct err *e)
{
    return pg_ask(p, "SELECT breaking FROM fleet", NULL, 0, breaking, e);
}

static enum rc tables_newer(const struct pg *p, int64_t version, struct err *e)
{
    return err_set(e, RC_BAD, "%s: its tables are those of a newer Assay (version %d, this one knows %d); update this "
                   "machine", pg_where(p), (int)version, TABLES_VERSION);
}

enum rc tables_check(struct pg *p, struct err *e)
{
    int64_t version, breaking = 0;
    enum rc rc = tables_version(p, &version, e);

    if (rc == RC_OK && version > TABLES_VERSION)
        rc = tables_breaking(p, &breaking, e);
    if (rc != RC_OK)
        return rc;
    if (version == 0)
        return err_set(e, RC_NOTFOUND, "%s: it has no tables of Assay; make them: assay fleet init", pg_where(p));
    if (version > TABLES_VERSION && breaking > TABLES_VERSION)
        return tables_newer(p, version, e);
    if (version < TABLES_VERSION)
        return err_set(e, RC_BAD, "%s: its tables are those of an older Assay; run there: assay fleet migrate",
                       pg_where(p));
    return RC_OK;
}

/* ---- making ---- */

/* Functions and rights are made anew each time: they hold nothing. */
static enum rc tables_make_rest(struct pg *p, struct err *e)
{
    enum rc rc = tables_desk_make(p, e);

    if (rc == RC_OK)
        rc = rights_functions_make(p, e);
    if (rc == RC_OK)
        rc = tables_door_make(p, e);
    if (rc == RC_OK)
        rc = pg_run(p, tables_day_ready, e);
    if (rc == RC_OK)
        rc = pg_run(p, tables_day_sum, e);
    if (rc == RC_OK)
        rc = pg_run(p, tables_day_care, e);
    if (rc == RC_OK)
        rc = pg_run(p, tables_care, e);
    if (rc == RC_OK)
        rc = pg_run(p, tables_index, e);
    if (rc == RC_OK)
        rc = pg_run(p, tables_inventory_functions, e);
    if (rc == RC_OK)
        rc = rights_make(p, e);
    return rc == RC_OK ? pg_run(p, tables_inventory_rights, e) : rc;
}

/* From here to the end of the transaction all is made by, and belongs to, assay_owner. */
static enum rc tables_as_owner(struct pg *p, struct err *e)
{
    return pg_run(p, "SET LOCAL ROLE assay_owner", e);
}

/* Columns that records got since: a constant default rewrites nothing. */
static enum rc tables_add_columns(struct pg *p, int *added, struct err *e)
{
    static const char has[] = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'message'::regclass AND attname = $1"
                              " AND NOT attisdropped";
    enum rc rc = RC_OK;

    for (int i = 0; rc == RC_OK && i < SCHEMA_COLUMNS; i++) {
        char sql[SQL_MAX];
        int64_t there = 0;

        rc = pg_ask(p, has, DB_VALUES(DB_TEXT(str_of(schema_column[i].name))), &there, e);
        if (rc != RC_OK || there > 0)
            continue;
        (void)snprintf(sql, sizeof sql, "ALTER TABLE message ADD COLUMN %s %s NOT NULL DEFAULT %s",
                       schema_column[i].name, schema_column[i].is_text ? "text" : "bigint",
                       schema_column[i].is_text ? "''" : "0");
        rc = pg_run(p, sql, e);
        *added += rc == RC_OK;
    }
    return rc;
}

/* Records are UTF-8; in any other encoding some would be refused, or compared wrongly. */
static enum rc tables_encoding(struct pg *p, struct err *e)
{
    static const char sql[] = "SELECT (current_setting('server_encoding') = 'UTF8')::int";
    int64_t utf8 = 0;
    enum rc rc = pg_ask(p, sql, NULL, 0, &utf8, e);

    if (rc == RC_OK && utf8 == 0)
        rc = err_set(e, RC_BAD, "%s: the database is not in UTF-8; make it anew: createdb --template=template0 "
                     "--encoding=UTF8", pg_where(p));
    return rc;
}

/* PUBLIC loses its rights in the whole database, so it must be nobody else's; what extensions made is not counted. */
static enum rc tables_nobody_else(struct pg *p, struct err *e)
{
    static const char sql[] =
        "SELECT (current_database() IN ('postgres', 'template0', 'template1'))::int + (SELECT count(*) FROM pg_class c"
        " WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relnamespace::regnamespace::text !~ '^pg_|^inform'"
        " AND NOT EXISTS (SELECT FROM pg_depend d WHERE classid = 'pg_class'::regclass AND objid = c.oid"
        " AND deptype = 'e'))";
    int64_t others = 0;
    enum rc rc = pg_ask(p, sql, NULL, 0, &others, e);

    if (rc == RC_OK && others > 0)
        rc = err_set(e, RC_BAD, "%s: this database is somebody else's, or the server's own; make one for the fleet: "
                     "createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8 assay", pg_where(p));
    return rc;
}

static enum rc tables_make_first(struct pg *p, unsigned keep_days, struct err *e)
{
    static const char row[] = "INSERT INTO fleet (one, schema, secret, keep_days)"
                              " VALUES (1, $1::bigint, $2, $3::bigint)";
    unsigned char secret[SIPHASH_KEY_BYTES];
    enum rc rc = random_bytes(secret, sizeof secret) ? RC_OK : err_set(e, RC_TEMP, "the system has no random bytes");

    if (rc == RC_OK)
        rc = rights_groups_make(p, e);
    if (rc == RC_OK)
        rc = rights_database_make(p, e);
    if (rc == RC_OK)
        rc = pg_run(p, "CREATE SCHEMA IF NOT EXISTS assay; ALTER SCHEMA assay OWNER TO assay_owner", e);
    if (rc == RC_OK)
        rc = tables_as_owner(p, e);
    for (int i = 0; rc == RC_OK && i < TABLES_VERSION; i++)
        rc = tables_run_step(p, i, e);
    if (rc == RC_OK)
        rc = tables_make_rest(p, e);
    if (rc == RC_OK)
        rc = pg_run_with(p, row, DB_VALUES(DB_INT(TABLES_VERSION), DB_BLOB({(const char *)secret, sizeof secret}),
                         DB_INT(keep_days)), e);
    return rc == RC_OK ? pg_run(p, "SELECT care()", e) : rc;
}

/* In a transaction: whoever else makes or changes tables waits until its end. */
static enum rc tables_alone(struct pg *p, struct err *e)
{
    int64_t nothing;
    enum rc rc = pg_begin(p, e);

    return rc == RC_OK ? pg_ask(p, "SELECT 1 FROM pg_advisory_xact_lock(4, 0)", NULL, 0, &nothing, e) : rc;
}

static enum rc tables_end(struct pg *p, enum rc rc, struct err *e)
{
    if (rc == RC_OK)
        rc = pg_commit(p, e);
    if (rc != RC_OK)
        pg_roll_back(p);
    return rc;
}

enum rc tables_init(struct pg *p, unsigned keep_days, struct err *e)
{
    int64_t version = 0;
    enum rc rc = tables_alone(p, e);

    if (rc == RC_OK)
        rc = tables_version(p, &version, e);
    if (rc == RC_OK && version > 0)
        rc = err_set(e, RC_BAD, "%s: it has tables of Assay already; \"assay fleet migrate\" brings them up to date",
                     pg_where(p));
    if (rc == RC_OK)
        rc = tables_encoding(p, e);
    if (rc == RC_OK)
        rc = tables_nobody_else(p, e);
    if (rc == RC_OK)
        rc = tables_make_first(p, keep_days, e);
    return tables_end(p, rc, e);
}

/* One step of a migration, or, when there is none left, what is made anew. */
static enum rc tables_migrate_on(struct pg *p, int64_t version, int *steps, struct err *e)
{
    enum rc rc = rights_groups_make(p, e);

    if (rc == RC_OK && version < TABLES_WITH_OWNER)
        rc = pg_run(p, tables_to_owner, e);
    if (rc == RC_OK && version == TABLES_VERSION)
        rc = rights_database_make(p, e);
    if (rc == RC_OK)
        rc = tables_as_owner(p, e);
    if (rc == RC_OK && version < TABLES_VERSION) {
        rc = tables_run_step(p, version, e);
        if (rc == RC_OK)
            rc = pg_run(p, "UPDATE fleet SET schema = schema + 1", e);
        *steps += rc == RC_OK;
    } else if (rc == RC_OK) {
        rc = tables_add_columns(p, steps, e);
        if (rc == RC_OK)
            rc = tables_make_rest(p, e);
    }
    return rc;
}

static enum rc tables_migrate_once(struct pg *p, int64_t *version, int *steps, struct err *e)
{
    enum rc rc = tables_alone(p, e);

    if (rc == RC_OK)
        rc = tables_version(p, version, e);
    if (rc == RC_OK && *version == 0)
        rc = err_set(e, RC_NOTFOUND, "%s: it has no tables of Assay; make them: assay fleet init", pg_where(p));
    if (rc == RC_OK && *version > TABLES_VERSION)
        rc = tables_newer(p, *version, e);
    if (rc == RC_OK)
        rc = pg_run(p, "SET LOCAL lock_timeout = '5s'", e); /* who reads on behind us waits as long */
    if (rc == RC_OK)
        rc = tables_migrate_on(p, *version, steps, e);
    return tables_end(p, rc, e);
}

/* A table that somebody reads for long is tried again, so that others get their turn between. */
enum rc tables_migrate(struct pg *p, int *steps, struct err *e)
{
    const struct timespec pause = {.tv_sec = 1, .tv_nsec = 0};
    int64_t version = 0;
    int tries = 0;

    *steps = 0;
    for (;;) {
        int before = *steps;
        enum rc rc = tables_migrate_once(p, &version, steps, e);

        if (rc == RC_TEMP && tries++ < MIGRATE_TRIES && !pg_is_lost(p)) {
            *steps = before;
            (void)nanosleep(&pause, NULL);
        } else if (rc != RC_OK || version >= TABLES_VERSION) {
            return rc;
        }
    }
}
