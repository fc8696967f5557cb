/* Who is signed in, and the log of what they changed. */
#include <string.h>

#include "db/run.h"

#include "keeper/internal.h"

/* Takes out what is over, and the oldest beyond what may be there. */
static enum rc sessions_tidy(struct db *d, const char *name, const struct session_limits *l, int64_t now_ms,
                             struct err *e)
{
    static const char over[] = "DELETE FROM session WHERE used_ms < ?1 OR created_ms < ?2";
    static const char of_account[] =
        "DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE account = ?1"
        " ORDER BY used_ms DESC LIMIT -1 OFFSET ?2)";
    static const char in_all[] =
        "DELETE FROM session WHERE hash IN (SELECT hash FROM session ORDER BY used_ms DESC LIMIT -1 OFFSET ?1)";
    const struct db_value v1[] = {DB_INT(now_ms - l->idle_ms), DB_INT(now_ms - SESSION_MAX_MS)};
    const struct db_value v2[] = {DB_TEXT(str_of(name)), DB_INT(SESSIONS_OF_ACCOUNT - 1)};
    const struct db_value v3[] = {DB_INT(l->in_all - 1)};
    enum rc rc = db_run_with(d, over, v1, 2, e);

    if (rc == RC_OK)
        rc = db_run_with(d, of_account, v2, 2, e);
    return rc == RC_OK ? db_run_with(d, in_all, v3, 1, e) : rc;
}

enum rc sessions_begin(struct db *d, const char *name, const struct session_limits *l, int64_t now_ms,
                       char cookie[static TOKEN_TEXT + 1], struct err *e)
{
    static const char add[] = "INSERT INTO session (hash, account, token, created_ms, used_ms)"
                              " VALUES (?1, ?2, ?3, ?4, ?4)";
    static const char seen[] = "UPDATE account SET before_ms = seen_ms, seen_ms = ?2 WHERE name = ?1";
    char hash[TOKEN_TEXT + 1], token[TOKEN_TEXT + 1];
    enum rc rc;

    token_new(cookie);
    token_new(token);
    if (!token_hash(cookie, hash))
        return err_set(e, RC_NOMEM, "out of memory");
    rc = db_begin(d, e);
    if (rc == RC_OK)
        rc = sessions_tidy(d, name, l, now_ms, e);
    if (rc == RC_OK)
        rc = db_run_with(d, add, DB_VALUES(DB_TEXT(str_of(hash)), DB_TEXT(str_of(name)), DB_TEXT(str_of(token)),
                         DB_INT(now_ms)), e);
    if (rc == RC_OK)
        rc = db_run_with(d, seen, DB_VALUES(DB_TEXT(str_of(name)), DB_INT(now_ms)), e);
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc != RC_OK)
        db_roll_back(d);
    return rc;
}

static enum rc session_read(struct db *d, struct arena *a, const char *hash, int64_t oldest_used, int64_t oldest_begun,
                            struct session *out, int64_t *used_ms, struct err *e)
{
    static const char sql[] =
        "SELECT " KEEPER_ACCOUNT ", token, used_ms FROM session JOIN account ON account.name = session.account"
        " WHERE hash = ?1 AND used_ms >= ?2 AND session.created_ms >= ?3";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(hash)), DB_INT(oldest_used), DB_INT(oldest_begun)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (row) {
        struct strbuf b = STRBUF_ON(out->token);

        keeper_read_account(a, s, 0, &out->account);
        strbuf_put(&b, statement_text(s, KEEPER_ACCOUNT_COLUMNS));
        *used_ms = statement_int(s, KEEPER_ACCOUNT_COLUMNS + 1);
    }
    statement_reset(s);
    if (rc == RC_OK && !row)
        return RC_NOTFOUND;
    return rc == RC_OK && arena_ran_out(a) ? err_set(e, RC_NOMEM, "out of memory") : rc;
}

enum rc sessions_find(struct db *d, struct arena *a, const char *cookie, const struct session_limits *l, int64_t now_ms,
                      struct session *out, struct err *e)
{
    static const char used[] = "UPDATE session SET used_ms = ?2 WHERE hash = ?1";
    enum { NOTE_MS = 60 * 1000 }; /* so that looking does not write each time */
    char hash[TOKEN_TEXT + 1];
    int64_t used_ms = 0;
    enum rc rc;

    *out = (struct session){.id = ""};
    if (!token_is(cookie))
        return RC_NOTFOUND;
    if (!token_hash(cookie, hash))
        return err_set(e, RC_NOMEM, "out of memory");
    rc = session_read(d, a, hash, now_ms - l->idle_ms, now_ms - SESSION_MAX_MS, out, &used_ms, e);
    if (rc == RC_OK && now_ms - used_ms > NOTE_MS)
        /* a locked database signs nobody out */
        (void)db_run_with(d, used, DB_VALUES(DB_TEXT(str_of(hash)), DB_INT(now_ms)), NULL);
    return rc;
}

enum rc sessions_end(struct db *d, const char *cookie, struct err *e)
{
    static const char sql[] = "DELETE FROM session WHERE hash = ?1";
    char hash[TOKEN_TEXT + 1];

    if (!token_is(cookie))
        return RC_OK;
    if (!token_hash(cookie, hash))
        return err_set(e, RC_NOMEM, "out of memory");
    return db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(hash))), e);
}

enum rc sessions_end_all(struct db *d, const char *name, struct err *e)
{
    static const char sql[] = "DELETE FROM session WHERE account = ?1";

    return db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(name))), e);
}

enum rc sessions_count(struct db *d, const char *name, int64_t *n, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM session WHERE account = ?1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(name))), &s, e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (row)
        *n = statement_int(s, 0);
    statement_reset(s);
    return rc;
}

enum rc changes_note(struct db *d, int64_t now_ms, const char *who, const char *verb, const char *what, struct err *e)
{
    static const char sql[] = "INSERT INTO change (time_ms, who, verb, what) VALUES (?1, ?2, ?3, ?4)";
    const struct db_value v[] = {DB_INT(now_ms), DB_TEXT(str_of(who)), DB_TEXT(str_of(verb)), DB_TEXT(str_of(what))};

    return db_run_with(d, sql, v, 4, e);
}
