#include "fleet/roles.h"

#include <string.h>

enum { CLIENTS_MAX = 8192, ARENA_MAX = 64 * 1024 };

static const char *const kind_words[] = {"host", "keeper", "operator", "viewer", "client", "pages", "clerk"};
const struct enum_names role_kind_names = ENUM_NAMES(kind_words);

/* Roles that were made here say so, and only these are dropped. */
#define MADE_HERE "'made by assay fleet role'"

/*
 * As the role that calls them, whose rights to create roles they need.  They
 * live as long as the transaction: in the session's own schema nobody else finds them.
 */
static const char role_functions[] =
    "CREATE OR REPLACE FUNCTION pg_temp.assay_role_add(role_name text, kind text, of_host text, of_clients text)"
    " RETURNS int LANGUAGE plpgsql SET search_path = assay, pg_temp AS $$"
    "DECLARE one text; made int := 0; there record; BEGIN"
    "  SELECT * INTO there FROM pg_roles WHERE rolname = $1;"
    "  IF NOT FOUND THEN EXECUTE format('CREATE ROLE %I LOGIN', $1);"
    "    EXECUTE format('COMMENT ON ROLE %I IS %L', $1, " MADE_HERE "); made := 1;"
    "  ELSIF there.rolsuper THEN RAISE EXCEPTION '% is a superuser, whom no rule binds', $1 USING ERRCODE = '22023';"
    "  ELSIF NOT there.rolcanlogin THEN RAISE EXCEPTION '% is a group, which nobody logs in as', $1"
    "    USING ERRCODE = '22023'; END IF;"
    "  EXECUTE format('GRANT %I TO %I', 'assay_' || $2, $1);"
    "  EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = assay, pg_temp', $1, current_database());"
    "  IF $2 = 'host' THEN"
    "    INSERT INTO host (name, role) VALUES ($3, $1) ON CONFLICT (name) DO UPDATE SET role = excluded.role;"
    "  ELSIF $2 = 'client' THEN"
    "    IF made = 1 THEN EXECUTE format('ALTER ROLE %I CONNECTION LIMIT 4', $1);"
    "      EXECUTE format('ALTER ROLE %I SET statement_timeout = ''30s''', $1); END IF;"
    "    FOREACH one IN ARRAY string_to_array($4, chr(10)) LOOP"
    "      INSERT INTO client_user (name, client) VALUES ($1, one) ON CONFLICT DO NOTHING; END LOOP; END IF;"
    "  RETURN made; END $$;"
    "CREATE OR REPLACE FUNCTION pg_temp.assay_role_remove(role_name text) RETURNS int"
    " LANGUAGE plpgsql SET search_path = assay, pg_temp AS $$"
    "DECLARE one text; ours boolean; was boolean := false; BEGIN"
    "  FOREACH one IN ARRAY ARRAY['assay_host', 'assay_keeper', 'assay_operator', 'assay_viewer', 'assay_client',"
    "    'assay_pages', 'assay_clerk'] LOOP"
    "    IF EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = $1"
    "      AND m.roleid = one::regrole) THEN"
    "      EXECUTE format('REVOKE %I FROM %I', one, $1); was := true; END IF; END LOOP;"
    "  IF NOT was THEN RETURN 0; END IF;"
    "  DELETE FROM client_user c WHERE c.name = $1;"
    "  DELETE FROM host h WHERE h.role = $1 AND NOT EXISTS (SELECT FROM store s WHERE s.host = h.host);"
    "  SELECT shobj_description(oid, 'pg_authid') = " MADE_HERE " INTO ours FROM pg_roles WHERE rolname = $1;"
    "  EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET ALL', $1, current_database()); BEGIN"
    "  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1;"
    "  EXCEPTION WHEN insufficient_privilege THEN NULL; END;"
    "  IF NOT coalesce(ours, false) THEN RETURN 1; END IF; BEGIN"
    "  EXECUTE format('DROP ROLE %I', $1); EXCEPTION WHEN dependent_objects_still_exist THEN RETURN 1; END;"
    "  RETURN 2; END $$;";

/* Begins a transaction in which the functions are there; it ends with roles_end. */
static enum rc roles_begin(struct pg *p, struct err *e)
{
    enum rc rc = pg_begin(p, e);

    return rc == RC_OK ? pg_run(p, role_functions, e) : rc;
}

static enum rc roles_end(struct pg *p, enum rc rc, struct err *e)
{
    static const char gone[] = "DROP FUNCTION pg_temp.assay_role_add(text, text, text, text);"
                               "DROP FUNCTION pg_temp.assay_role_remove(text)";

    if (rc == RC_OK)
        rc = pg_run(p, gone, e);
    if (rc == RC_OK)
        rc = pg_commit(p, e);
    if (rc != RC_OK)
        pg_roll_back(p);
    return rc;
}

/* As the table's own constraint has it (tables.c). */
static enum rc role_host_check(const struct role_wanted *w, struct err *e)
{
    const char *host = w->host[0] != '\0' ? w->host : w->name;

    for (const char *c = host; w->kind == ROLE_HOST && *c != '\0'; c++)
        if (!char_is_alnum(*c) && strchr("._-", *c) == NULL)
            return err_set(e, RC_BAD, "\"%.64s\" is no name of a host, which has letters, digits, dots, hyphens and "
                           "underscores; name it with --host", host);
    return RC_OK;
}

static enum rc role_name_check(const char *name, struct err *e)
{
    if (name[0] == '\0' || strlen(name) > ROLE_NAME_MAX)
        return err_set(e, RC_BAD, "a role has a name of 1 to %d bytes", ROLE_NAME_MAX);
    if (strncmp(name, "pg_", 3) == 0 || strncmp(name, "assay_", 6) == 0)
        return err_set(e, RC_BAD, "\"%s\": names that begin with pg_ or assay_ are those of groups", name);
    return RC_OK;
}

/* A line each. */
static enum rc role_clients(const struct role_wanted *w, struct strbuf *b, struct err *e)
{
    if (w->kind == ROLE_CLIENT && w->clients == 0)
        return err_set(e, RC_BAD, "a client's role sees the rows of clients: name them (--client)");
    if (w->kind != ROLE_CLIENT && w->clients > 0)
        return err_set(e, RC_BAD, "only a client's role is bound to clients (--as client)");
    for (size_t i = 0; i < w->clients; i++) {
        if (w->client[i][0] == '\0' || strchr(w->client[i], '\n') != NULL)
            return err_set(e, RC_BAD, "a client's name is empty, or has a line's end in it");
        strbuf_puts(b, i > 0 ? "\n" : "");
        strbuf_puts(b, w->client[i]);
    }
    return b->over ? err_set(e, RC_LIMIT, "too many clients for one role") : RC_OK;
}

enum rc role_add(struct pg *p, const struct role_wanted *w, enum role_done *done, struct err *e)
{
    static const char sql[] = "SELECT pg_temp.assay_role_add($1, $2, $3, $4)";
    char mem[CLIENTS_MAX];
    struct strbuf clients = STRBUF_ON(mem);
    int64_t made = 0;
    enum rc rc = role_name_check(w->name, e);

    if (rc == RC_OK)
        rc = role_host_check(w, e);
    if (rc == RC_OK)
        rc = role_clients(w, &clients, e);
    if (rc != RC_OK)
        return rc;
    rc = roles_begin(p, e);
    if (rc == RC_OK)
        rc = pg_ask(p, sql, DB_VALUES(DB_TEXT(str_of(w->name)), DB_TEXT(str_of(kind_words[w->kind])),
                    DB_TEXT(str_of(w->host[0] != '\0' ? w->host : w->name)), DB_TEXT(strbuf_str(&clients))), &made, e);
    *done = made != 0 ? ROLE_MADE : ROLE_TAKEN;
    return roles_end(p, rc, e);
}

enum rc role_remove(struct pg *p, const char *name, enum role_done *done, struct err *e)
{
    static const char sql[] = "SELECT pg_temp.assay_role_remove($1)";
    int64_t what = 0;
    enum rc rc = role_name_check(name, e);

    if (rc == RC_OK)
        rc = roles_begin(p, e);
    if (rc == RC_OK)
        rc = pg_ask(p, sql, DB_VALUES(DB_TEXT(str_of(name))), &what, e);
    if (rc == RC_OK && what == 0)
        rc = err_set(e, RC_NOTFOUND, "no role \"%s\" may do anything there; assay fleet role list has those that may",
                     name);
    *done = what == 2 ? ROLE_DROPPED : ROLE_LEFT;
    return roles_end(p, rc, e);
}

enum rc roles_list(struct pg *p, struct arena *a, struct role_entry **out, size_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT r.rolname, string_agg(substr(g.rolname, 7), ', ' ORDER BY g.rolname),"
        " coalesce((SELECT name FROM host WHERE role = r.rolname), ''),"
        " coalesce((SELECT string_agg(client, ', ' ORDER BY client) FROM client_user WHERE name = r.rolname),"
        " '') FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member"
        " JOIN pg_roles g ON g.oid = m.roleid WHERE g.rolname IN ('assay_host', 'assay_keeper', 'assay_operator',"
        " 'assay_viewer', 'assay_client', 'assay_pages', 'assay_clerk', 'assay_owner') AND r.rolname !~ '^assay_'"
        " GROUP BY r.rolname ORDER BY 1";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(p, sql, NULL, 0, &rows, e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    *out = arena_array(a, pg_rows_count(rows) + 1, sizeof **out);
    for (size_t i = 0; *out != NULL && rc == RC_OK && i < pg_rows_count(rows); i++) {
        struct role_entry *r = &(*out)[(*n)++];

        *r = (struct role_entry){str_dup(a, pg_text(rows, i, 0)), str_dup(a, pg_text(rows, i, 1)),
                                 str_dup(a, pg_text(rows, i, 2)), str_dup(a, pg_text(rows, i, 3))};
        if (r->name == NULL || r->kinds == NULL || r->host == NULL || r->clients == NULL)
            rc = RC_NOMEM;
    }
    pg_rows_free(rows);
    return *out == NULL || rc == RC_NOMEM ? err_set(e, RC_NOMEM, "no memory for the roles") : rc;
}
