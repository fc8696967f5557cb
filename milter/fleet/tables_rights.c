/* Who may do what with the centre's tables, and which rows: groups, rights, row rules and the functions behind them. */
#include "fleet/tables_rights.h"

#include "base/arena.h"

enum { SQL_MAX = 96 * 1024, ARENA_MAX = 1024 * 1024 };

#define OWN_PATH " SET search_path = assay, pg_temp"
#define AS_OWNER(language) "LANGUAGE " language " SECURITY DEFINER" OWN_PATH " AS $$"
#define AS_OWNER_DO "LANGUAGE plpgsql SECURITY DEFINER" OWN_PATH " AS $$ BEGIN"
#define READ "SELECT"
#define WRITE "SELECT, INSERT, UPDATE, DELETE"

/* What a host sets in rows of its own; who may update whole rows may lock the table against all others. */
#define STORE_MARKS \
    "shipped_id, last_ms, last_queue_id, newest_id, newest_ms, dns_mark, failure_mark, whole_until_ms, shipped," \
    " expired, skipped, refused, schema, version, skew_ms, seen, followed, generation"

/*
 * A line a table; NULL: nothing.  Operators, keepers and the pages are
 * members of the viewers, too, and clerks of the operators.  A table that has no line here is nobody's but the owner's
 * (tests/fleet/roles holds that all have one).  Clients see of each the rows of
 * their own (column client), so that only tables with that column may have
 * something in the last place, and `fleet`, without whose key they could not search.
 */
static const struct table_right {
    const char *table, *host, *keeper, *operator, *viewer, *client;
} table_rights[] = {
    {"fleet", READ, "SELECT, UPDATE", "UPDATE (generation)", READ, READ},
    {"desk", NULL, READ, NULL, READ, READ},
    {"host", "SELECT, INSERT (name)", READ, "UPDATE (retired)", READ, "SELECT (host, name)"},
    {"store", "SELECT, INSERT, UPDATE (" STORE_MARKS ")", "SELECT, UPDATE", NULL, READ, "SELECT (store, host)"},
    {"refused", "SELECT, INSERT", "SELECT, DELETE", "DELETE", READ, NULL},
    {"client_user", NULL, WRITE, NULL, READ, NULL},
    {"client_domain", NULL, WRITE, NULL, READ, READ},
    /* messages, and what is made of them; hosts write into the partitions */
    {"message", NULL, NULL, NULL, READ, READ},
    {"message_key", NULL, NULL, NULL, READ, READ},
    {"day_summed", NULL, NULL, NULL, READ, NULL},
    {"dns_text", READ, WRITE, NULL, READ, NULL},
    {"digest", NULL, WRITE, NULL, READ, NULL},
    {"tally", NULL, WRITE, NULL, READ, READ},
    {"mail_sum", NULL, WRITE, NULL, READ, READ},
    {"mail_fail", NULL, WRITE, NULL, READ, READ},
    {"mail_sum_stale", NULL, WRITE, "INSERT", READ, NULL},
    {"tally_room", NULL, WRITE, NULL, READ, NULL},
    {"keeper", READ, "SELECT, UPDATE", NULL, READ, NULL},
    {"digested", READ, WRITE, NULL, READ, NULL},
    {"catch_hour", NULL, WRITE, NULL, READ, NULL},
    {"catch_rest", NULL, WRITE, NULL, READ, NULL},
    {"caught", READ, WRITE, "UPDATE, DELETE", READ, NULL},
    /* inventory */
    {"source", READ, WRITE, "INSERT, UPDATE, DELETE", READ, READ},
    {"source_change", NULL, WRITE, "INSERT", READ, NULL},
    {"source_gone", READ, WRITE, NULL, READ, NULL},
    {"generation", READ, WRITE, NULL, READ, NULL},
    {"known_change", READ, WRITE, NULL, READ, NULL},
    {"correspondent", READ, WRITE, NULL, READ, NULL},
    {"domain_run", NULL, WRITE, NULL, READ, NULL},
    /* reports that are sent, and what became of them */
    {"report", NULL, WRITE, NULL, READ, NULL},
    {"report_day", NULL, WRITE, NULL, READ, NULL},
    {"report_lock", NULL, WRITE, NULL, READ, NULL},
    {"failure", NULL, WRITE, NULL, READ, NULL},
    {"dispatch", NULL, WRITE, NULL, READ, NULL},
    {"delivery", NULL, WRITE, NULL, READ, NULL},
    {"suppressed", NULL, WRITE, NULL, READ, NULL},
    {"client_report", NULL, WRITE, NULL, READ, NULL}, /* a client sees none that nobody released */
    {"client_report_mail", NULL, WRITE, NULL, READ, NULL},
    /* reports received */
    {"received", NULL, WRITE, NULL, READ, NULL},
    {"received_part", NULL, WRITE, NULL, READ, NULL},
    {"received_original", NULL, WRITE, NULL, READ, NULL},
    {"address_in", NULL, WRITE, NULL, READ, NULL},
    {"report_in", NULL, WRITE, NULL, READ, READ},
    {"row_in", NULL, WRITE, NULL, READ, READ},
    {"day_in", NULL, WRITE, NULL, READ, READ},
    {"domain_day_in", NULL, WRITE, NULL, READ, READ},
    {"failure_in", NULL, WRITE, NULL, READ, READ},
    {"tls_in", NULL, WRITE, NULL, READ, NULL},
    {"tls_policy", NULL, WRITE, NULL, READ, READ},
    {"tls_detail", NULL, WRITE, NULL, READ, READ},
    /* what the watch found */
    {"episode", NULL, WRITE, "UPDATE", READ, READ},
    {"episode_event", NULL, WRITE, "INSERT", READ, NULL},
    {"notice", NULL, WRITE, NULL, READ, NULL},
    {"way", NULL, WRITE, NULL, READ, NULL},
    {"exception", NULL, WRITE, "INSERT, UPDATE", READ, READ},
    {"approval", NULL, WRITE, "INSERT", READ, READ},
};

/* Groups are the server's, not the database's, and so may be there already. */
static const char rights_groups[] =
    "DO $$ DECLARE one text; BEGIN"
    "  FOREACH one IN ARRAY ARRAY['owner', 'host', 'keeper', 'operator', 'viewer', 'client', 'pages', 'clerk']"
    "    LOOP"
    "    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'assay_' || one) THEN"
    "      EXECUTE format('CREATE ROLE %I NOLOGIN', 'assay_' || one); END IF; END LOOP;"
    "  FOREACH one IN ARRAY ARRAY['operator', 'keeper', 'pages'] LOOP"
    "    IF NOT pg_has_role('assay_' || one, 'assay_viewer', 'USAGE') THEN"
    "      EXECUTE format('GRANT assay_viewer TO %I', 'assay_' || one); END IF; END LOOP;"
    "  IF NOT pg_has_role('assay_clerk', 'assay_operator', 'USAGE') THEN GRANT assay_operator TO assay_clerk; END IF;"
    "  IF NOT pg_has_role('assay_owner', 'USAGE') THEN"
    "    EXECUTE format('GRANT assay_owner TO %I', session_user); END IF; END $$;";

/*
 * Of the database, PUBLIC keeps nothing, not even to connect, and a role goes
 * that versions 2 to 6 had and nobody used.  That who reads may neither hold
 * locks that hosts wait for nor store large objects is the server's
 * superuser's to say.
 */
static const char rights_database[] =
    "DO $$ DECLARE one record; super boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = session_user); BEGIN"
    "  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());"
    "  EXECUTE format('GRANT CONNECT ON DATABASE %I TO assay_owner, assay_host, assay_keeper, assay_operator,"
    " assay_viewer, assay_client', current_database());"
    "  EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO assay_owner', current_database());"
    "  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO assay_keeper', current_database());"
    "  IF to_regnamespace('public') IS NOT NULL AND has_schema_privilege('public', 'USAGE') THEN"
    "    REVOKE ALL ON SCHEMA public FROM PUBLIC; END IF;"
    "  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'assay_web') AND to_regnamespace('assay') IS NOT NULL THEN BEGIN"
    "    REVOKE assay_viewer, assay_client FROM assay_web;"
    "    REVOKE ALL ON ALL TABLES IN SCHEMA assay FROM assay_web; REVOKE ALL ON SCHEMA assay FROM assay_web;"
    "    EXECUTE format('REVOKE ALL ON DATABASE %I FROM assay_web', current_database());"
    "    DROP ROLE assay_web;"
    "    EXCEPTION WHEN insufficient_privilege OR dependent_objects_still_exist THEN NULL; END; END IF;"
    "  IF NOT super THEN RETURN; END IF;"
    "  FOR one IN SELECT p.oid::regprocedure AS what, proname FROM pg_proc p WHERE pronamespace ="
    "    'pg_catalog'::regnamespace AND (proname ~ '^pg_(try_)?advisory_' OR proname IN ('lo_creat',"
    "    'lo_create', 'lo_from_bytea')) LOOP"
    "    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', one.what);"
    "    IF one.proname ~ 'advisory' THEN EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO assay_owner, assay_host,"
    " assay_keeper, assay_operator', one.what); END IF; END LOOP; END $$;";

/*
 * A role that is named by a host ships as that one alone; any other as any host that names no role.  What is asked with
 * each batch is plpgsql: its statements are planned once a session, those of an SQL function in each that calls it.
 */
static const char rights_of_hosts[] =
    "CREATE OR REPLACE FUNCTION bound_to() RETURNS text STABLE " AS_OWNER_DO
    "  RETURN coalesce((SELECT name FROM host WHERE role = session_user::text), ''); END $$;"
    "CREATE OR REPLACE FUNCTION may_ship(of_host int) RETURNS boolean STABLE " AS_OWNER_DO
    "  RETURN EXISTS (SELECT FROM host WHERE host = of_host AND (role = session_user::text"
    "   OR (role = '' AND bound_to() = '') OR (SELECT rolsuper FROM pg_roles WHERE rolname = session_user))); END $$;"
    "CREATE OR REPLACE FUNCTION own_store(of_store int) RETURNS boolean STABLE " AS_OWNER_DO
    "  RETURN EXISTS (SELECT FROM store WHERE store = of_store AND may_ship(host)); END $$;"
    "CREATE OR REPLACE FUNCTION shipped(of_host int, of_uuid uuid, of_id bigint, at_ms bigint, of_queue_id text)"
    " RETURNS boolean STABLE " AS_OWNER("sql")
    " SELECT may_ship($1) AND EXISTS (SELECT FROM message WHERE store IN (SELECT store FROM store WHERE host = $1"
    "  OR uuid = $2 OR $5 <> '') AND id = $3 AND time_ms = $4 AND queue_id = $5) $$;"
    "CREATE OR REPLACE FUNCTION host_trouble(of_name text, what text) RETURNS void " AS_OWNER_DO
    "  IF what NOT IN ('name-taken', 'refused') THEN RAISE EXCEPTION 'no such trouble'; END IF;"
    "  UPDATE host SET trouble = what, trouble_at = now() WHERE name = of_name"
    "    AND (trouble <> what OR trouble_at < now() - interval '5 s'); END $$;";

/*
 * my_clients: whose rows a client sees.  The pages log in as one role and say for whom they ask; a client that
 * logs in itself is believed nothing.  name_of_who: what people do is noted under the role they logged in as; the
 * keeper of the pages' accounts (assay-keeper, a clerk) is believed whose change it makes.
 */
#define BELIEVED \
    "(pg_has_role(session_user, 'assay_keeper', 'MEMBER') OR pg_has_role(session_user, 'assay_clerk', 'MEMBER'))"
static const char rights_of_people[] =
    "CREATE OR REPLACE FUNCTION my_clients() RETURNS text[] STABLE " AS_OWNER("sql")
    " SELECT coalesce(array_agg(client), '{}') FROM client_user WHERE name = session_user::text $$;"
    "CREATE OR REPLACE FUNCTION name_of_who() RETURNS trigger " AS_OWNER_DO
    "  IF NOT " BELIEVED " THEN NEW.who := session_user; END IF;"
    "  RETURN NEW; END $$;"
    "CREATE OR REPLACE FUNCTION name_of_remover() RETURNS trigger " AS_OWNER_DO
    "  IF NEW.removed_by <> OLD.removed_by AND NOT " BELIEVED " THEN"
    "    NEW.removed_by := session_user; END IF;"
    "  RETURN NEW; END $$;";

/* Nobody has anything; then each what the list says.  Partitions are written by hosts and read by nobody. */
static const char rights_none[] =
    "REVOKE ALL ON ALL TABLES IN SCHEMA assay FROM PUBLIC, assay_host, assay_keeper, assay_operator, assay_viewer,"
    " assay_client;"
    "REVOKE ALL ON ALL SEQUENCES IN SCHEMA assay FROM PUBLIC, assay_host, assay_keeper, assay_operator, assay_viewer,"
    " assay_client;"
    "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA assay FROM PUBLIC, assay_host, assay_keeper, assay_operator, assay_viewer,"
    " assay_client;"
    "REVOKE ALL ON SCHEMA assay FROM PUBLIC;"
    "GRANT USAGE ON SCHEMA assay TO assay_host, assay_keeper, assay_operator, assay_viewer, assay_client;"
    "GRANT EXECUTE ON FUNCTION day_ready(date), care() TO assay_host, assay_keeper;"
    "GRANT EXECUTE ON FUNCTION bound_to(), may_ship(int), own_store(int), shipped(int, uuid, bigint, bigint, text),"
    " dns_seen(text, text, bigint, text, bigint, bigint, bigint), host_trouble(text, text),"
    " failed(int, bigint, bigint, bigint, text, text, text, text, text, text, text, text) TO assay_host;"
    "GRANT EXECUTE ON FUNCTION my_clients() TO assay_client;"
    "DO $$ DECLARE one record; BEGIN"
    "  FOR one IN SELECT c.relname, EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgname = 'only_own')"
    "    AS held FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid"
    "    WHERE h.inhparent IN ('message'::regclass, 'message_key'::regclass) LOOP"
    "    IF NOT one.held THEN EXECUTE format('" RIGHTS_ONLY_OWN "', one.relname); END IF;"
    "    EXECUTE format('GRANT INSERT ON %I TO assay_host', one.relname); END LOOP; END $$;";

/*
 * Each table with a column `client`, and those in which hosts have rows of
 * their own, is under rules, for its owner, too.  A rule that is there is left: making one waits for every reader.
 * of_pages takes from what a viewer sees: the pages say in each transaction whose rows a page is about (db_bound), and
 * who says nothing sees none.
 */
#define SAID_CLIENTS "(SELECT coalesce(current_setting(''assay.clients'', true), ''''))"
static const char rights_rows[] =
    "DO $$ DECLARE t record; p record; BEGIN"
    "  FOR t IN SELECT c.oid, c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS ruled,"
    "      EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'client' AND NOT a.attisdropped)"
    "      AS of_clients, c.relname IN ('host', 'store', 'refused') AS of_hosts"
    "    FROM pg_class c WHERE c.relnamespace = 'assay'::regnamespace AND c.relkind IN ('r', 'p')"
    "    AND NOT c.relispartition LOOP"
    "    IF NOT t.of_clients AND NOT t.of_hosts THEN CONTINUE; END IF;"
    "    IF NOT t.ruled THEN"
    "      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t.name); END IF;"
    "    FOR p IN SELECT * FROM (VALUES"
    "      ('of_centre', true, 'ALL TO assay_owner, assay_keeper, assay_operator, assay_viewer USING (true) WITH CHECK"
    " (true)'),"
    "      ('of_client', t.of_clients, 'SELECT TO assay_client USING (client = ANY ((SELECT my_clients())::text[]))'),"
    "      ('of_pages', t.of_clients, 'SELECT TO assay_pages USING (" SAID_CLIENTS " = ''*'' OR client = ANY ((SELECT"
    " string_to_array(" SAID_CLIENTS ", '',''))::text[]))'),"
    "      ('host_reads', t.name IN ('host', 'store', 'source'), 'SELECT TO assay_host USING (true)'),"
    "      ('client_names', t.name IN ('host', 'store'), 'SELECT TO assay_client USING (true)'),"
    "      ('host_adds', t.name = 'host', 'INSERT TO assay_host WITH CHECK (role = '''' AND bound_to() = '''')'),"
    "      ('own_added', t.name = 'store', 'INSERT TO assay_host WITH CHECK (may_ship(host))'),"
    "      ('own_moved', t.name = 'store', 'UPDATE TO assay_host USING (may_ship(host)) WITH CHECK (may_ship(host))'),"
    "      ('own_refused', t.name = 'refused', 'ALL TO assay_host USING (own_store(store)) WITH CHECK"
    " (own_store(store))')) AS v (policy, wanted, rule) LOOP"
    "      IF p.wanted AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = t.oid AND polname = p.policy) THEN"
    "        EXECUTE format('CREATE POLICY %I ON %I %s FOR %s', p.policy, t.name, CASE p.policy WHEN 'of_pages' THEN"
    " 'AS RESTRICTIVE' ELSE '' END, p.rule); END IF; END LOOP;"
    "  END LOOP;"
    "  FOR t IN SELECT c.relname AS name, a.attname AS col FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
    "    WHERE c.relnamespace = 'assay'::regnamespace AND c.relkind = 'r' AND a.attname IN ('who', 'removed_by')"
    "    AND NOT a.attisdropped LOOP"
    "    EXECUTE format(CASE t.col WHEN 'who' THEN 'CREATE OR REPLACE TRIGGER a_who BEFORE INSERT ON %I FOR EACH ROW"
    " EXECUTE FUNCTION name_of_who()' ELSE 'CREATE OR REPLACE TRIGGER a_remover BEFORE UPDATE ON %I FOR EACH ROW"
    " EXECUTE FUNCTION name_of_remover()' END, t.name); END LOOP; END $$;";

/* ---- */

enum rc rights_groups_make(struct pg *p, struct err *e)
{
    return pg_run(p, rights_groups, e);
}

enum rc rights_database_make(struct pg *p, struct err *e)
{
    return pg_run(p, rights_database, e);
}

enum rc rights_functions_make(struct pg *p, struct err *e)
{
    enum rc rc = pg_run(p, rights_of_hosts, e);

    return rc == RC_OK ? pg_run(p, rights_of_people, e) : rc;
}

/* Numbers that are asked for before their row is written (received/journal.h). */
static const char rights_sequences[] = "GRANT USAGE ON SEQUENCE received_id_seq TO assay_keeper;";

/* A table, or a column of it, may come with a later version, or not be there yet. */
static void rights_put(struct strbuf *b, const char *table, const char *verbs, const char *group)
{
    if (verbs == NULL)
        return;
    strbuf_putf(b, "DO $$ BEGIN IF to_regclass('assay.%s') IS NOT NULL THEN GRANT %s ON assay.%s TO assay_%s; END IF;"
                " EXCEPTION WHEN undefined_column THEN NULL; END $$;", table, verbs, table, group);
}

enum rc rights_make(struct pg *p, struct err *e)
{
    struct arena *a = arena_new(ARENA_MAX);
    struct strbuf b = strbuf_new(a, SQL_MAX);
    enum rc rc = pg_run(p, rights_none, e);

    for (size_t i = 0; i < sizeof table_rights / sizeof table_rights[0]; i++) {
        const struct table_right *t = &table_rights[i];

        rights_put(&b, t->table, t->host, "host");
        rights_put(&b, t->table, t->keeper, "keeper");
        rights_put(&b, t->table, t->operator, "operator");
        rights_put(&b, t->table, t->viewer, "viewer");
        rights_put(&b, t->table, t->client, "client");
    }
    if (rc == RC_OK && (b.p == NULL || b.over))
        rc = err_set(e, RC_NOMEM, "no memory for the rights of roles");
    if (rc == RC_OK)
        rc = pg_run(p, b.p, e);
    if (rc == RC_OK)
        rc = pg_run(p, rights_sequences, e);
    arena_free(a);
    return rc == RC_OK ? pg_run(p, rights_rows, e) : rc;
}
