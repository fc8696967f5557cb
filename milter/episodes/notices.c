#include "db/run.h"
#include "episodes/internal.h"

#define SELECT \
    "SELECT " EPISODE_COLUMNS ", notice.id, kind FROM notice JOIN episode ON episode.id = notice.episode WHERE "
/* What was begun is finished before another is: its notices alone. */
#define UNTOLD(done, key) \
    SELECT done " = 0 AND " key " = (SELECT coalesce(max(" key "), '') FROM notice WHERE " done " = 0)" \
    " ORDER BY notice.id LIMIT ?1"
#define TOLD(done, key) "UPDATE notice SET " done " = 1, " key " = ?2 WHERE id = ?1"
#define BEGIN(key) "UPDATE notice SET " key " = ?2 WHERE id = ?1"
#define BEGUN(done, key) "SELECT coalesce(max(" key "), '') FROM notice WHERE " done " = 0"

/* What each way out notes in a notice. */
static const struct {
    const char *untold, *told, *begin, *begun; /* begin NULL: it is told in one step */
} notices_way[] = {
    [EPISODE_LOG] = {SELECT "logged = 0 ORDER BY notice.id LIMIT ?1",
                     "UPDATE notice SET logged = 1 WHERE id = ?1 AND ?2 IS NOT NULL", NULL, NULL},
    [EPISODE_MAIL] = {UNTOLD("mailed", "mail"), TOLD("mailed", "mail"), BEGIN("mail"), BEGUN("mailed", "mail")},
    [EPISODE_POST] = {UNTOLD("posted", "post"), TOLD("posted", "post"), BEGIN("post"), BEGUN("posted", "post")},
    [EPISODE_RUN] = {UNTOLD("run", "run_key"), TOLD("run", "run_key"), BEGIN("run_key"), BEGUN("run", "run_key")},
};

enum { NOTICES_COLUMN = 26 /* behind EPISODE_COLUMNS */ };

enum rc episodes_untold(struct db *d, struct arena *a, enum episode_way way, size_t max, struct episode_notice **out,
                        size_t *n, struct err *e)
{
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, notices_way[way].untold, DB_VALUES(DB_INT(max)), &s, e);

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : err_set(e, RC_NOMEM, "no memory for notices");
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        struct episode_notice *p = &(*out)[(*n)++];
        int kind = EPISODE_OPENED;

        rc = episode_read(s, 0, a, &p->episode);
        p->id = statement_int(s, NOTICES_COLUMN);
        (void)enum_value(&episode_notice_names, statement_text(s, NOTICES_COLUMN + 1), &kind);
        p->kind = (enum episode_notice_kind)kind;
    }
    statement_reset(s);
    return rc;
}

static enum rc notices_set(struct db *d, const char *sql, const struct episode_notice *notice, size_t n,
                           const char *key, struct err *e)
{
    enum rc rc = db_begin(d, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct statement *s;

        rc = db_query(d, sql, DB_VALUES(DB_INT(notice[i].id), DB_TEXT(str_of(key))), &s, e);
        if (rc != RC_OK)
            break;
        rc = statement_run(s, e);
    }
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc != RC_OK)
        db_roll_back(d);
    return rc;
}

enum rc episodes_told(struct db *d, enum episode_way way, const struct episode_notice *notice, size_t n,
                      const char *key, struct err *e)
{
    return notices_set(d, notices_way[way].told, notice, n, key, e);
}

enum rc episodes_begin(struct db *d, enum episode_way way, const struct episode_notice *notice, size_t n,
                       const char *key, struct err *e)
{
    MUST(notices_way[way].begin != NULL);
    return notices_set(d, notices_way[way].begin, notice, n, key, e);
}

enum rc episodes_begun(struct db *d, struct arena *a, enum episode_way way, const char **key, struct err *e)
{
    struct statement *s;
    bool row = false;
    enum rc rc;

    MUST(notices_way[way].begun != NULL);
    rc = db_statement(d, notices_way[way].begun, &s, e);
    *key = "";
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *key = str_dup(a, statement_text(s, 0));
    statement_reset(s);
    if (rc == RC_OK && *key == NULL)
        return err_set(e, RC_NOMEM, "no memory for notices");
    return rc;
}

/* ---- when a way out last did something ---- */

enum rc episodes_way_last(struct db *d, const char *name, int64_t *last_ms, struct err *e)
{
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, "SELECT last_ms FROM way WHERE name = ?1", DB_VALUES(DB_TEXT(str_of(name))), &s, e);

    *last_ms = 0;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *last_ms = statement_int(s, 0);
    statement_reset(s);
    return rc;
}

enum rc episodes_way_note(struct db *d, const char *name, int64_t now_ms, struct err *e)
{
    return db_run_with(d, "INSERT INTO way (name, last_ms, fails, next_ms) VALUES (?1, ?2, 0, 0)"
                       " ON CONFLICT (name) DO UPDATE SET last_ms = ?2",
                       DB_VALUES(DB_TEXT(str_of(name)), DB_INT(now_ms)), e);
}
