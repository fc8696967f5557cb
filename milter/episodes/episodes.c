#include "episodes/episodes.h"

#include <string.h>

#include "db/run.h"
#include "episodes/internal.h"
#include "episodes/tables.h"

static const char *const state_words[] = {"open", "resolved", "closed", "withdrawn"};
const struct enum_names episode_state_names = ENUM_NAMES(state_words);
static const char *const kind_words[] = {"opened", "worsened", "reminder", "resolved", "withdrawn"};
const struct enum_names episode_notice_names = ENUM_NAMES(kind_words);

/* ---- rows ---- */

/* Drawn into bounds: in a centre people's roles may write there what is no band. */
static int64_t episode_band(int64_t band)
{
    return band < 0 ? 0 : band > EPISODE_BAND_WORST ? EPISODE_BAND_WORST : band;
}

enum rc episode_read(const struct statement *s, int first, struct arena *a, struct episode *out)
{
    const char **text[] = {&out->ref,    &out->client, &out->domain, &out->workflow,
                           &out->source, &out->cause,  &out->detail, &out->ticket};
    int64_t *number[] = {&out->opened_day, &out->closed_day, &out->since_day, &out->band, &out->messages, &out->passed,
                         &out->quarantined, &out->rejected, &out->before, &out->count, &out->told_band, &out->told_ms,
                         &out->first_ms};
    int at = first, state = EPISODE_OPEN;

    *out = (struct episode){.id = statement_int(s, at++)};
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        if ((*text[i] = str_dup(a, statement_text(s, at++))) == NULL)
            return RC_NOMEM;
    for (size_t i = 0; i < sizeof number / sizeof number[0]; i++)
        *number[i] = statement_int(s, at++);
    out->band = episode_band(out->band);
    out->told_band = episode_band(out->told_band);
    (void)enum_value(&episode_state_names, statement_text(s, at++), &state);
    out->state = (enum episode_state)state;
    out->own_messages = statement_int(s, at++);
    out->own_passed = statement_int(s, at++);
    out->dns_change = str_dup(a, statement_text(s, at));
    return out->dns_change == NULL ? RC_NOMEM : RC_OK;
}

enum rc episode_rows(struct db *d, struct arena *a, struct statement *s, size_t max, struct episode **out, size_t *n,
                     struct err *e)
{
    size_t room = 0;
    bool row = true;
    enum rc rc = RC_OK;

    *n = 0;
    *out = NULL;
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        *out = arena_grow(a, *out, *n, &room, max, sizeof **out);
        rc = *out == NULL ? RC_NOMEM : episode_read(s, 0, a, &(*out)[*n]);
        *n += rc == RC_OK;
    }
    statement_reset(s);
    return rc == RC_NOMEM ? err_set(e, rc, "%s: no memory for episodes", db_path(d)) : rc;
}

/* ---- questions ---- */

#define EPISODES_WHERE \
    " FROM episode WHERE (?1 = '' OR client = ?1) AND (?2 = '' OR domain = ?2)" \
    " AND (?3 = '' OR workflow = ?3) AND (?4 = '' OR source = ?4)" \
    " AND (?5 = 0 OR opened_day >= ?5 OR closed_day >= ?5) AND (?6 = 0 OR band = ?6)"
#define EPISODES_ALL " AND state <> 'withdrawn'" /* by the index episode_listed */
#define EPISODES_OPEN " AND state = 'open'"      /* by episode_open, since episode_listed has no such condition */
#define EPISODES_CLIENT " AND client = ?1" /* where it is named, so that it is sought */

/* Of the statements for all, for those that are open, and for those of one client that are open. */
static const char *episodes_statement(const struct episode_filter *f, const char *const sql[3])
{
    return sql[!f->open_only ? 0 : f->client[0] == '\0' ? 1 : 2];
}

/* The values of EPISODES_WHERE. */
#define EPISODES_VALUES(f) \
    DB_TEXT(str_of((f)->client)), DB_TEXT(str_of((f)->domain)), DB_TEXT(str_of((f)->workflow)), \
    DB_TEXT(str_of((f)->source)), DB_INT((f)->since_day), DB_INT((f)->band)

static enum rc episodes_usual(struct db *d, struct arena *a, const struct episode_filter *f, size_t skip, size_t max,
                              struct episode **out, size_t *n, struct err *e)
{
#define EPISODES_LIST " ORDER BY " EPISODES_ORDER " LIMIT ?7 OFFSET ?8"
    static const char *const sql[] = {
        "SELECT " EPISODE_COLUMNS EPISODES_WHERE EPISODES_ALL EPISODES_LIST,
        "SELECT " EPISODE_COLUMNS EPISODES_WHERE EPISODES_OPEN EPISODES_LIST,
        "SELECT " EPISODE_COLUMNS EPISODES_WHERE EPISODES_OPEN EPISODES_CLIENT EPISODES_LIST,
    };
    struct statement *s;
    enum rc rc = db_query(d, episodes_statement(f, sql), DB_VALUES(EPISODES_VALUES(f), DB_INT(max), DB_INT(skip)), &s,
                          e);

    *n = 0;
    *out = NULL;
    return rc == RC_OK ? episode_rows(d, a, s, max, out, n, e) : rc;
}

enum rc episodes_list(struct db *d, struct arena *a, const struct episode_filter *f, size_t max, struct episode **out,
                      size_t *n, struct err *e)
{
    return episodes_usual(d, a, f, 0, max, out, n, e);
}

static enum rc episodes_number(struct db *d, const struct episode_filter *f, int64_t *out, struct err *e)
{
    static const char *const sql[] = {
        "SELECT count(*)" EPISODES_WHERE EPISODES_ALL,
        "SELECT count(*)" EPISODES_WHERE EPISODES_OPEN,
        "SELECT count(*)" EPISODES_WHERE EPISODES_OPEN EPISODES_CLIENT,
    };
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, episodes_statement(f, sql), DB_VALUES(EPISODES_VALUES(f)), &s, e);

    *out = 0;
    if (rc == RC_OK)
        rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *out = statement_int(s, 0);
    statement_reset(s);
    return rc;
}

static enum rc episodes_one(struct db *d, struct arena *a, int64_t id, struct episode *out, bool *there, struct err *e)
{
    struct statement *s;
    enum rc rc = db_query(d, "SELECT " EPISODE_COLUMNS " FROM episode WHERE id = ?1", DB_VALUES(DB_INT(id)), &s, e);

    *there = false;
    if (rc == RC_OK)
        rc = statement_next(s, there, e);
    if (rc == RC_OK && *there && episode_read(s, 0, a, out) != RC_OK)
        rc = err_set(e, RC_NOMEM, "%s: no memory for episodes", db_path(d));
    statement_reset(s);
    return rc;
}

/* In another order: first which, then these alone with all that is known of them. */
static enum rc episodes_ordered(struct db *d, struct arena *a, const struct episode_filter *f,
                                const struct episodes_part *part, struct episode **out, size_t *n, struct err *e)
{
#define EPISODES_IDS "SELECT id" EPISODES_WHERE EPISODES_ALL " AND (?10 = 0 OR state = 'open') ORDER BY"
#define EPISODES_NUMBER " CASE ?9 WHEN 1 THEN band WHEN 4 THEN messages WHEN 7 THEN since_day END"
#define EPISODES_TEXT \
    " CASE ?9 WHEN 2 THEN workflow || ' ' || source WHEN 3 THEN domain WHEN 5 THEN workflow || ' ' || cause" \
    " WHEN 6 THEN ticket END"
    static const char *const sql[] = {
        EPISODES_IDS EPISODES_NUMBER "," EPISODES_TEXT ", " EPISODES_ORDER " LIMIT ?7 OFFSET ?8",
        EPISODES_IDS EPISODES_NUMBER " DESC," EPISODES_TEXT " DESC, " EPISODES_ORDER " LIMIT ?7 OFFSET ?8",
    };
    struct statement *s;
    int64_t *id = NULL;
    size_t ids = 0, room = 0;
    bool there = true;
    enum rc rc = db_query(d, sql[part->down], DB_VALUES(EPISODES_VALUES(f), DB_INT(part->max), DB_INT(part->skip),
                          DB_INT(part->order), DB_INT(f->open_only)), &s, e);

    while (rc == RC_OK && ids < part->max && (rc = statement_next(s, &there, e)) == RC_OK && there) {
        id = arena_grow(a, id, ids, &room, part->max, sizeof *id);
        if (id == NULL)
            rc = err_set(e, RC_NOMEM, "%s: no memory for episodes", db_path(d));
        else
            id[ids++] = statement_int(s, 0);
    }
    statement_reset(s);
    *out = arena_array(a, ids + 1, sizeof **out);
    for (size_t i = 0; rc == RC_OK && *out != NULL && i < ids; i++) {
        rc = episodes_one(d, a, id[i], &(*out)[*n], &there, e);
        *n += rc == RC_OK && there;
    }
    return rc == RC_OK && *out == NULL ? err_set(e, RC_NOMEM, "%s: no memory for episodes", db_path(d)) : rc;
}

enum rc episodes_part(struct db *d, struct arena *a, const struct episode_filter *f, const struct episodes_part *part,
                      struct episode **out, size_t *n, int64_t *all, struct err *e)
{
    enum rc rc = episodes_number(d, f, all, e);

    *n = 0;
    *out = NULL;
    if (rc != RC_OK)
        return rc;
    if (part->order == EPISODES_BY_USUAL)
        return episodes_usual(d, a, f, part->skip, part->max, out, n, e);
    return episodes_ordered(d, a, f, part, out, n, e);
}

enum rc episodes_open_of_each(struct db *d, struct arena *a, struct episode_number **out, size_t *n, struct err *e)
{
    static const char number[] = "SELECT count(DISTINCT client) FROM episode WHERE state = 'open'";
    static const char sql[] =
        "SELECT client, count(*), max(band) FROM episode WHERE state = 'open' GROUP BY client ORDER BY client";
    struct statement *s = NULL;
    int64_t room = 0;
    bool row = false;
    enum rc rc = db_ask(d, number, &room, e);

    *n = 0;
    *out = arena_array(a, (size_t)room + 1, sizeof **out);
    if (rc == RC_OK && *out != NULL)
        rc = db_statement(d, sql, &s, e);
    while (s != NULL && *n < (size_t)room && rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row)
        (*out)[(*n)++] = (struct episode_number){str_dup(a, statement_text(s, 0)), statement_int(s, 1),
                                                 statement_int(s, 2)};
    if (s != NULL)
        statement_reset(s);
    return rc == RC_OK && (*out == NULL || arena_ran_out(a)) ? err_set(e, RC_NOMEM, "no memory for episodes") : rc;
}

enum rc episodes_get(struct db *d, struct arena *a, const char *key, struct episode *out, struct err *e)
{
    static const char sql[] =
        "SELECT " EPISODE_COLUMNS " FROM episode WHERE ref = upper(?1) OR (ticket = ?1 AND ?1 <> '')"
        " ORDER BY ref <> upper(?1), id DESC LIMIT 2";
    struct episode *found;
    struct statement *s;
    size_t n;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(key))), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = episode_rows(d, a, s, 2, &found, &n, e);
    if (rc != RC_OK)
        return rc;
    if (n == 0)
        return err_set(e, RC_NOTFOUND, "no episode \"%s\"; \"assay episode list\" has them all", key);
    if (n == 2 && strcmp(found[0].ticket, found[1].ticket) == 0 && strcmp(found[0].ticket, key) == 0)
        return err_set(e, RC_LIMIT, "several episodes have the ticket %s; name one by its reference", key);
    *out = found[0];
    return RC_OK;
}

enum rc episodes_history(struct db *d, struct arena *a, int64_t id, struct episode_event **out, size_t *n,
                         struct err *e)
{
    enum { EVENTS_MAX = 500 };
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d,
                          "SELECT time_ms, who, what, text FROM episode_event WHERE episode = ?1 ORDER BY n LIMIT ?2",
                          DB_VALUES(DB_INT(id), DB_INT(EVENTS_MAX)), &s, e);

    *n = 0;
    *out = arena_array(a, EVENTS_MAX, sizeof **out);
    if (rc != RC_OK)
        return rc;
    while (*out != NULL && rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        struct episode_event *v = &(*out)[*n];

        *v = (struct episode_event){statement_int(s, 0), str_dup(a, statement_text(s, 1)),
                                    str_dup(a, statement_text(s, 2)), str_dup(a, statement_text(s, 3))};
        if (v->who == NULL || v->what == NULL || v->text == NULL)
            break;
        (*n)++;
    }
    statement_reset(s);
    return rc;
}

/* ---- by a person ---- */

enum rc episode_event(struct db *d, int64_t id, int64_t now_ms, const char *who, const char *what, const char *text,
                      struct err *e)
{
    static const char sql[] = "INSERT INTO episode_event SELECT ?1, coalesce(max(n), 0) + 1, ?2, ?3, ?4, ?5 FROM "
                              "episode_event WHERE episode = ?1";

    return db_run_with(d, sql, DB_VALUES(DB_INT(id), DB_INT(now_ms), DB_TEXT(str_of(who)), DB_TEXT(str_of(what)),
                       DB_TEXT(str_of(text))), e);
}

static enum rc episodes_end_transaction(struct db *d, enum rc rc, struct err *e)
{
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc != RC_OK)
        db_roll_back(d);
    return rc;
}

enum rc episodes_note(struct db *d, int64_t id, const char *who, const char *text, int64_t now_ms, struct err *e)
{
    enum rc rc = db_begin(d, e);

    if (rc == RC_OK)
        rc = episode_event(d, id, now_ms, who, "note", text, e);
    return episodes_end_transaction(d, rc, e);
}

enum rc episodes_ticket(struct db *d, int64_t id, const char *who, const char *ticket, int64_t now_ms, struct err *e)
{
    enum rc rc = db_begin(d, e);

    if (rc == RC_OK)
        rc = db_run_with(d, "UPDATE episode SET ticket = ?2 WHERE id = ?1", DB_VALUES(DB_INT(id),
                         DB_TEXT(str_of(ticket))), e);
    if (rc == RC_OK)
        rc = episode_event(d, id, now_ms, who, "ticket", ticket, e);
    return episodes_end_transaction(d, rc, e);
}

enum rc episodes_close(struct db *d, int64_t id, const char *who, const char *note, int64_t today, int64_t now_ms,
                       struct err *e)
{
    static const char sql[] = "UPDATE episode SET state = 'closed', closed_day = ?2 WHERE id = ?1 AND state = 'open'"
                              " RETURNING id";
    struct statement *s;
    bool was = false;
    enum rc rc = db_begin(d, e);

    if (rc == RC_OK)
        rc = db_query(d, sql, DB_VALUES(DB_INT(id), DB_INT(today)), &s, e);
    if (rc == RC_OK) {
        rc = statement_next(s, &was, e);
        statement_reset(s);
    }
    if (rc == RC_OK && !was)
        rc = err_set(e, RC_NOTFOUND, "it is not open any more");
    if (rc == RC_OK)
        rc = episode_event(d, id, now_ms, who, "closed", note, e);
    return episodes_end_transaction(d, rc, e);
}
