/* Accounts, their passwords and links. */
#include "keeper/accounts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/run.h"
#include "keeper/internal.h"
#include "keeper/password.h"

static const char *const role_words[] = {"client", "viewer", "operator", "admin"};
const struct enum_names role_names = ENUM_NAMES(role_words);

enum { APPLICATION_ID = 0x41534b50 /* "ASKP" */, ACCOUNTS_VERSION = 1 };

static const char *const migration[ACCOUNTS_VERSION] = {
    "CREATE TABLE account (name TEXT PRIMARY KEY, role TEXT NOT NULL, clients TEXT NOT NULL, proxy INTEGER NOT NULL,"
    " password TEXT NOT NULL DEFAULT '', link TEXT NOT NULL DEFAULT '', link_until_ms INTEGER NOT NULL DEFAULT 0,"
    " theme TEXT NOT NULL DEFAULT '', created_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL DEFAULT 0,"
    " before_ms INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX account_link ON account (link) WHERE link <> '';"
    "CREATE TABLE session (hash TEXT PRIMARY KEY, account TEXT NOT NULL, token TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX session_account ON session (account, used_ms);"
    "CREATE TABLE change (id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, who TEXT NOT NULL, verb TEXT NOT NULL,"
    " what TEXT NOT NULL);",
};
static const struct db_column name_column = {"name", "TEXT NOT NULL DEFAULT ''", true, 0};
static const struct db_schema schema = {
    .application_id = APPLICATION_ID, .version = ACCOUNTS_VERSION, .migration = migration,
    .table = "account", .columns = 1, .column = &name_column,
};

enum rc accounts_open(const char *path, struct db **out, struct err *e)
{
    mode_t mask = umask(0077);
    enum rc rc = db_open_write(path, &schema, true, out, e);

    (void)umask(mask);
    if (rc == RC_OK)
        (void)chmod(path, 0600); /* it may have been made by an older umask */
    return rc;
}

/* ---- what will do ---- */

static bool account_name_will_do(const char *name)
{
    size_t n = strlen(name);

    return n >= 1 && n <= ACCOUNT_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._@-") == n;
}

enum rc accounts_check(const char *name, const char *role, const char *clients, struct err *e)
{
    int value;

    if (!account_name_will_do(name))
        return err_set(e, RC_BAD, "a name has 1 to %d of a-z, 0-9 and . _ @ -", ACCOUNT_NAME_MAX);
    if (!enum_value(&role_names, str_of(role), &value))
        return err_set(e, RC_BAD, "a role is viewer, operator, admin or client");
    if (strlen(clients) > ACCOUNT_CLIENTS_MAX || strpbrk(clients, " \t\r\n\"'<>&;") != NULL)
        return err_set(e, RC_BAD, "clients are names of clients.conf, separated by commas without blanks");
    if (value == ROLE_CLIENT && clients[0] == '\0')
        return err_set(e, RC_BAD, "an account of role client sees its own organisations alone: name them");
    if (value == ROLE_ADMIN && clients[0] != '\0')
        return err_set(e, RC_BAD, "an admin sees all clients: name none");
    return RC_OK;
}

/* ---- changing ---- */

enum rc accounts_add(struct db *d, const struct account_entry *a, int64_t now_ms, struct err *e)
{
    static const char sql[] = "INSERT INTO account (name, role, clients, proxy, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)"
                              " ON CONFLICT DO NOTHING";
    const struct db_value v[] = {DB_TEXT(str_of(a->name)), DB_TEXT(str_of(enum_name(&role_names, (int)a->role))),
                                 DB_TEXT(str_of(a->clients)), DB_INT(a->proxy), DB_INT(now_ms)};
    enum rc rc = db_run_with(d, sql, v, 5, e);

    if (rc == RC_OK && db_changes(d) == 0)
        return err_set(e, RC_BAD, "there is an account \"%s\" already", a->name);
    return rc;
}

/* After a change in a transaction: somebody must be admin still, if anybody was. */
static enum rc account_settle(struct db *d, const char *name, int64_t admins_before, struct err *e)
{
    int64_t changed = db_changes(d), admins = 0;
    enum rc rc;

    if (changed == 0)
        rc = err_set(e, RC_NOTFOUND, "there is no account \"%s\"", name);
    else
        rc = db_ask(d, "SELECT count(*) FROM account WHERE role = 'admin'", &admins, e);
    if (rc == RC_OK && admins == 0 && admins_before > 0)
        rc = err_set(e, RC_BAD, "\"%s\" is the last admin; make another one first", name);
    if (rc == RC_OK)
        rc = sessions_end_all(d, name, e);
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc != RC_OK)
        db_roll_back(d);
    return rc;
}

/* `v` begins with the name. */
static enum rc account_change(struct db *d, const char *sql, const struct db_value *v, size_t n, struct err *e)
{
    int64_t admins = 0;
    enum rc rc = db_begin(d, e);

    if (rc == RC_OK)
        rc = db_ask(d, "SELECT count(*) FROM account WHERE role = 'admin'", &admins, e);
    if (rc == RC_OK)
        rc = db_run_with(d, sql, v, n, e);
    if (rc == RC_OK)
        return account_settle(d, v[0].bytes.p, admins, e);
    db_roll_back(d);
    return rc;
}

enum rc accounts_set_role(struct db *d, const char *name, enum role role, const char *clients, struct err *e)
{
    static const char sql[] = "UPDATE account SET role = ?2, clients = ?3 WHERE name = ?1";
    const struct db_value v[] = {DB_TEXT(str_of(name)), DB_TEXT(str_of(enum_name(&role_names, (int)role))),
                                 DB_TEXT(str_of(clients))};

    return account_change(d, sql, v, 3, e);
}

enum rc accounts_end(struct db *d, const char *name, struct err *e)
{
    static const char sql[] = "DELETE FROM account WHERE name = ?1";

    return account_change(d, sql, DB_VALUES(DB_TEXT(str_of(name))), e);
}

enum rc accounts_set_theme(struct db *d, const char *name, const char *theme, struct err *e)
{
    static const char sql[] = "UPDATE account SET theme = ?2 WHERE name = ?1";
    const struct db_value v[] = {DB_TEXT(str_of(name)), DB_TEXT(str_of(theme))};

    if (theme[0] != '\0' && strcmp(theme, "light") != 0 && strcmp(theme, "dark") != 0)
        return err_set(e, RC_BAD, "a theme is light, dark or the browser's");
    return db_run_with(d, sql, v, 2, e);
}

/* ---- reading ---- */

void keeper_read_account(struct arena *a, const struct statement *s, int at, struct account_entry *out)
{
    int role = ROLE_CLIENT;

    (void)enum_value(&role_names, statement_text(s, at + 1), &role);
    *out = (struct account_entry){
        .name = str_dup(a, statement_text(s, at)), .role = (enum role)role,
        .clients = str_dup(a, statement_text(s, at + 2)), .proxy = statement_int(s, at + 3) != 0,
        .has_password = statement_int(s, at + 4) != 0, .theme = str_dup(a, statement_text(s, at + 5)),
        .created_ms = statement_int(s, at + 6), .seen_ms = statement_int(s, at + 7),
        .before_ms = statement_int(s, at + 8),
    };
}

enum rc accounts_find(struct db *d, struct arena *a, const char *name, struct account_entry *out, struct err *e)
{
    static const char sql[] = "SELECT " KEEPER_ACCOUNT " FROM account WHERE name = ?1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(name))), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (row)
        keeper_read_account(a, s, 0, out);
    statement_reset(s);
    if (rc == RC_OK && !row)
        return err_set(e, RC_NOTFOUND, "there is no such account");
    return rc == RC_OK && arena_ran_out(a) ? err_set(e, RC_NOMEM, "out of memory") : rc;
}

enum rc accounts_list(struct db *d, struct arena *a, struct account_entry **out, size_t *n, struct err *e)
{
    static const char sql[] = "SELECT " KEEPER_ACCOUNT " FROM account ORDER BY name";
    struct statement *s;
    bool row = false;
    int64_t count = 0;
    enum rc rc = db_ask(d, "SELECT count(*) FROM account", &count, e);

    *n = 0;
    *out = arena_array(a, (size_t)count + 1, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : err_set(e, RC_NOMEM, "out of memory");
    rc = db_statement(d, sql, &s, e);
    while (rc == RC_OK && *n < (size_t)count && (rc = statement_next(s, &row, e)) == RC_OK && row)
        keeper_read_account(a, s, 0, &(*out)[(*n)++]);
    if (rc == RC_OK)
        statement_reset(s);
    return rc == RC_OK && arena_ran_out(a) ? err_set(e, RC_NOMEM, "out of memory") : rc;
}

/* ---- passwords ---- */

static enum rc account_text(struct db *d, struct arena *a, const char *sql, const char *key, int64_t number,
                            const char **out, struct err *e)
{
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(key))), &s, e);

    *out = "";
    if (rc != RC_OK)
        return rc;
    if (number != 0)
        statement_bind_int(s, 2, number);
    rc = statement_next(s, &row, e);
    if (row)
        *out = str_dup(a, statement_text(s, 0));
    statement_reset(s);
    return rc == RC_OK && *out == NULL ? err_set(e, RC_NOMEM, "out of memory") : rc;
}

enum rc accounts_password(struct db *d, struct arena *a, const char *name, const char **hash, struct err *e)
{
    static const char sql[] = "SELECT password FROM account WHERE name = ?1 AND proxy = 0";

    return account_text(d, a, sql, name, 0, hash, e);
}

enum rc accounts_set_password(struct db *d, const char *name, const char *hash, struct err *e)
{
    static const char sql[] = "UPDATE account SET password = ?2, link = '', link_until_ms = 0 WHERE name = ?1";
    const struct db_value v[] = {DB_TEXT(str_of(name)), DB_TEXT(str_of(hash))};

    return account_change(d, sql, v, 2, e);
}

enum rc accounts_link(struct db *d, const char *name, int64_t now_ms, char link[static TOKEN_TEXT + 1], struct err *e)
{
    static const char sql[] = "UPDATE account SET link = ?2, link_until_ms = ?3 WHERE name = ?1 AND proxy = 0";
    char hash[TOKEN_TEXT + 1];
    const int64_t until_ms = now_ms + (int64_t)ACCOUNT_LINK_HOURS * 3600 * 1000;
    enum rc rc;

    token_new(link);
    if (!token_hash(link, hash))
        return err_set(e, RC_NOMEM, "out of memory");
    rc = db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(name)), DB_TEXT(str_of(hash)), DB_INT(until_ms)), e);
    if (rc == RC_OK && db_changes(d) == 0)
        return err_set(e, RC_NOTFOUND, "there is no account \"%s\" that has a password", name);
    return rc;
}

enum rc accounts_of_link(struct db *d, struct arena *a, const char *link, int64_t now_ms, const char **name,
                         struct err *e)
{
    static const char sql[] = "SELECT name FROM account WHERE link = ?1 AND link_until_ms >= ?2";
    char hash[TOKEN_TEXT + 1];
    enum rc rc = RC_NOTFOUND;

    *name = "";
    if (token_is(link))
        rc = token_hash(link, hash) ? account_text(d, a, sql, hash, now_ms, name, e) : RC_NOMEM;
    return rc == RC_OK && (*name)[0] == '\0' ? RC_NOTFOUND : rc;
}
