#include "outbox/outbox.h"

#include <stdlib.h>

#include "base/random.h"
#include "db/run.h"

static const char *const kind_words[] = {"aggregate", "failure"};
const struct enum_names outbox_kind_names = ENUM_NAMES(kind_words);
static const char *const state_words[] = {"waiting", "sending", "sent", "refused", "failed", "suppressed"};
const struct enum_names delivery_state_names = ENUM_NAMES(state_words);

/* By its clock the machines of a fleet agree how long something has been so; 16 minutes: see post/submit.c. */
#define OUTBOX_SERVER_MS "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
#define OUTBOX_UNKNOWN "its sender ended before the outcome was known"

#define DISPATCH_COLUMNS "kind, item, policy_domain, state, attempts, since_ms, next_ms, error"
#define DELIVERY_COLUMNS "id, kind, item, address, state, attempts, last_ms, sent_ms, error, message_id, verp"

/* ---- rows ---- */

static enum rc outbox_no_memory(const struct db *d, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
}

static struct str outbox_word(const struct enum_names *names, int value)
{
    return str_of(enum_name(names, value));
}

/* A word that no version of ours wrote reads as the first of the table, which is the one that is looked at again. */
static int outbox_value_of(const struct enum_names *names, struct str text)
{
    int value = 0;

    return enum_value(names, text, &value) ? value : 0;
}

static enum rc read_dispatch(const struct statement *s, struct arena *a, struct dispatch *out)
{
    *out = (struct dispatch){
        .kind = (enum outbox_kind)outbox_value_of(&outbox_kind_names, statement_text(s, 0)),
        .item = statement_int(s, 1),
        .policy_domain = str_dup(a, statement_text(s, 2)),
        .state = (enum delivery_state)outbox_value_of(&delivery_state_names, statement_text(s, 3)),
        .attempts = statement_int(s, 4),
        .since_ms = statement_int(s, 5),
        .next_ms = statement_int(s, 6),
        .error = str_dup(a, statement_text(s, 7)),
    };
    return out->policy_domain == NULL || out->error == NULL ? RC_NOMEM : RC_OK;
}

static enum rc read_delivery(const struct statement *s, struct arena *a, struct delivery *out)
{
    *out = (struct delivery){
        .id = statement_int(s, 0),
        .kind = (enum outbox_kind)outbox_value_of(&outbox_kind_names, statement_text(s, 1)),
        .item = statement_int(s, 2),
        .address = str_dup(a, statement_text(s, 3)),
        .state = (enum delivery_state)outbox_value_of(&delivery_state_names, statement_text(s, 4)),
        .attempts = statement_int(s, 5),
        .last_ms = statement_int(s, 6),
        .sent_ms = statement_int(s, 7),
        .error = str_dup(a, statement_text(s, 8)),
        .message_id = str_dup(a, statement_text(s, 9)),
        .verp = str_dup(a, statement_text(s, 10)),
    };
    return out->address == NULL || out->error == NULL || out->message_id == NULL || out->verp == NULL ? RC_NOMEM
                                                                                                      : RC_OK;
}

/* ---- reports ---- */

enum rc outbox_enroll(struct db *d, int64_t now_ms, int64_t spread_ms, struct err *e)
{
    static const char aggregate[] =
        "INSERT INTO dispatch (kind, item, policy_domain, state, since_ms, next_ms)"
        " SELECT 'aggregate', id, policy_domain, 'waiting', ?1, ?1 + ((id % 1000003) * ?3 + ?4) % ?2 FROM report"
        " WHERE id > coalesce((SELECT max(item) FROM dispatch WHERE kind = 'aggregate'), 0)";
    static const char failure[] = /* hosts commit in any order */
        "INSERT INTO dispatch (kind, item, policy_domain, state, since_ms, next_ms)"
        " SELECT 'failure', id, policy_domain, 'waiting', ?1, ready_ms FROM failure AS f"
        " WHERE NOT EXISTS (SELECT 1 FROM dispatch WHERE kind = 'failure' AND item = f.id)";
    int64_t step = (int64_t)(random_bits() >> 34) | 1, first = (int64_t)(random_bits() >> 34);
    enum rc rc = db_run_with(d, aggregate, DB_VALUES(DB_INT(now_ms), DB_INT(spread_ms > 0 ? spread_ms : 1),
                             DB_INT(step), DB_INT(first)), e);

    if (rc == RC_OK)
        rc = db_run_with(d, failure, DB_VALUES(DB_INT(now_ms)), e);
    return rc;
}

enum rc outbox_recover(struct db *d, int64_t *n, struct err *e)
{
    static const char all[] = "UPDATE delivery SET state = 'waiting', error = '" OUTBOX_UNKNOWN "'"
                              " WHERE state = 'sending'";
    static const char in_centre[] = "UPDATE delivery SET state = 'waiting', error = '" OUTBOX_UNKNOWN "'"
                                    " WHERE state = 'sending' AND last_ms < " OUTBOX_SERVER_MS " - 16 * 60000";
    enum rc rc = db_run_with(d, db_engine(d) == DB_SQLITE ? all : in_centre, NULL, 0, e);

    *n = rc == RC_OK ? db_changes(d) : 0;
    return rc;
}

static enum rc list_dispatch(struct db *d, struct statement *s, struct arena *a, size_t max, struct dispatch **out,
                             size_t *n, struct err *e)
{
    bool row = true;
    enum rc rc = RC_OK;

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (*out == NULL)
        return outbox_no_memory(d, e);
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row)
        if (read_dispatch(s, a, &(*out)[(*n)++]) != RC_OK)
            rc = outbox_no_memory(d, e);
    statement_reset(s);
    return rc;
}

enum rc outbox_due(struct db *d, struct arena *a, int64_t now_ms, size_t max, struct dispatch **out, size_t *n,
                   struct err *e)
{
    static const char sql[] = "SELECT " DISPATCH_COLUMNS " FROM dispatch WHERE state = 'waiting' AND next_ms <= ?1"
                              " ORDER BY next_ms, item LIMIT ?2";
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(now_ms), DB_INT(max)), &s, e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    return list_dispatch(d, s, a, max, out, n, e);
}

enum rc outbox_count_due(struct db *d, int64_t now_ms, int64_t *reports, int64_t *domains, int64_t *later,
                         struct err *e)
{
    static const char sql[] = "SELECT count(*) FILTER (WHERE next_ms <= ?1), count(DISTINCT CASE WHEN next_ms <= ?1"
                              " THEN policy_domain END), count(*) FILTER (WHERE next_ms > ?1) FROM dispatch"
                              " WHERE state = 'waiting'";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(now_ms)), &s, e);

    *reports = *domains = *later = 0;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row) {
        *reports = statement_int(s, 0);
        *domains = statement_int(s, 1);
        *later = statement_int(s, 2);
    }
    statement_reset(s);
    return rc;
}

enum rc outbox_find(struct db *d, struct arena *a, enum outbox_kind kind, int64_t item, struct dispatch *out,
                    struct err *e)
{
    static const char sql[] = "SELECT " DISPATCH_COLUMNS " FROM dispatch WHERE kind = ?1 AND item = ?2";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(outbox_word(&outbox_kind_names, (int)kind)), DB_INT(item)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row && read_dispatch(s, a, out) != RC_OK)
        rc = outbox_no_memory(d, e);
    statement_reset(s);
    return rc == RC_OK && !row ? RC_NOTFOUND : rc;
}

enum rc outbox_settle(struct db *d, const struct dispatch *item, enum delivery_state state, int64_t next_ms,
                      const char *error, struct err *e)
{
    static const char sql[] = "UPDATE dispatch SET state = ?3, next_ms = ?4, error = ?5, attempts = attempts + 1"
                              " WHERE kind = ?1 AND item = ?2";

    return db_run_with(d, sql, DB_VALUES(DB_TEXT(outbox_word(&outbox_kind_names, (int)item->kind)), DB_INT(item->item),
                       DB_TEXT(outbox_word(&delivery_state_names,
                                           (int)state)), DB_INT(next_ms), DB_TEXT(str_of(error))), e);
}

/* ---- addresses ---- */

enum rc outbox_deliveries(struct db *d, struct arena *a, enum outbox_kind kind, int64_t item, struct delivery **out,
                          size_t *n, struct err *e)
{
    enum { ADDRESSES_MAX = 100 }; /* of one report; destinations are far fewer, but change from round to round */
    static const char sql[] = "SELECT " DELIVERY_COLUMNS " FROM delivery WHERE kind = ?1 AND item = ?2"
                              " ORDER BY id LIMIT 100";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(outbox_word(&outbox_kind_names, (int)kind)), DB_INT(item)), &s, e);

    *n = 0;
    *out = arena_array(a, ADDRESSES_MAX, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : outbox_no_memory(d, e);
    while (rc == RC_OK && *n < ADDRESSES_MAX && (rc = statement_next(s, &row, e)) == RC_OK && row)
        if (read_delivery(s, a, &(*out)[(*n)++]) != RC_OK)
            rc = outbox_no_memory(d, e);
    statement_reset(s);
    return rc;
}

enum rc outbox_add(struct db *d, const struct delivery *row, struct err *e)
{
    static const char sql[] =
        "INSERT INTO delivery (kind, item, address, state, error, message_id, verp)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";

    return db_run_with(d, sql, DB_VALUES(DB_TEXT(outbox_word(&outbox_kind_names, (int)row->kind)), DB_INT(row->item),
                       DB_TEXT(str_of(row->address)), DB_TEXT(outbox_word(&delivery_state_names, (int)row->state)),
                       DB_TEXT(str_of(row->error)), DB_TEXT(str_of(row->message_id)), DB_TEXT(str_of(row->verp))), e);
}

enum rc outbox_begin(struct db *d, const struct outbox_lock *lock, int64_t id, int64_t now_ms, struct err *e)
{
    static const char sql[] = "UPDATE delivery SET state = 'sending', attempts = attempts + 1, last_ms = ?2"
                              " WHERE id = ?1";
    static const char in_centre[] = "UPDATE delivery SET state = 'sending', attempts = attempts + 1,"
                                    " last_ms = " OUTBOX_SERVER_MS " WHERE id = ?1 AND EXISTS (SELECT 1 FROM"
                                    " report_lock WHERE work = 'sending' AND epoch = ?2)";
    enum rc rc;

    if (db_engine(d) == DB_SQLITE)
        return db_run_with(d, sql, DB_VALUES(DB_INT(id), DB_INT(now_ms)), e);
    rc = db_run_with(d, in_centre, DB_VALUES(DB_INT(id), DB_INT(outbox_epoch(lock))), e);
    if (rc == RC_OK && db_changes(d) == 0)
        rc = err_set(e, RC_TEMP, "%s: another machine sends reports by now", db_path(d));
    return rc;
}

enum rc outbox_end(struct db *d, int64_t id, enum delivery_state state, int64_t now_ms, const char *error,
                   struct err *e)
{
    static const char sql[] = "UPDATE delivery SET state = ?2, error = ?4, last_ms = ?3,"
                              " sent_ms = CASE WHEN ?2 = 'sent' THEN ?3 ELSE sent_ms END WHERE id = ?1";

    return db_run_with(d, sql, DB_VALUES(DB_INT(id), DB_TEXT(outbox_word(&delivery_state_names, (int)state)),
                                         DB_INT(now_ms),
                       DB_TEXT(str_of(error))), e);
}

enum rc outbox_find_verp(struct db *d, struct arena *a, struct str verp, struct delivery *out, struct err *e)
{
    static const char sql[] = "SELECT " DELIVERY_COLUMNS " FROM delivery WHERE verp = ?1 AND verp <> ''";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(verp)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row && read_delivery(s, a, out) != RC_OK)
        rc = outbox_no_memory(d, e);
    statement_reset(s);
    return rc == RC_OK && !row ? err_set(e, RC_NOTFOUND, "no report went out with that return path") : rc;
}

/* ---- again ---- */

static enum rc retry_all(struct db *d, int64_t now_ms, int64_t *n, struct err *e)
{
    static const char sql[] = "UPDATE dispatch SET next_ms = ?1 WHERE state = 'waiting'";
    enum rc rc = db_run_with(d, sql, DB_VALUES(DB_INT(now_ms)), e);

    *n = rc == RC_OK ? db_changes(d) : 0;
    return rc;
}

/* Runs `sql`, whose ?1 is the key. */
static enum rc outbox_run_with_key(struct db *d, const char *sql, struct str key, int64_t now_ms, struct err *e)
{
    return db_run_with(d, sql, DB_VALUES(DB_TEXT(key), DB_INT(now_ms)), e);
}

/* ?2, the time, is not always needed, but always bound. */
#define WITH_KEY \
    " (kind, item) IN (SELECT kind, item FROM dispatch WHERE policy_domain = ?1 AND ?2 = ?2" \
    " UNION SELECT kind, item FROM delivery WHERE address = ?1" \
    " UNION SELECT 'aggregate', id FROM report WHERE report_id = ?1)"

static enum rc retry_some(struct db *d, struct str key, int64_t now_ms, int64_t *n, struct err *e)
{
    static const char lift[] = "DELETE FROM suppressed WHERE address = ?1 AND ?2 = ?2";
    static const char deliveries[] = "UPDATE delivery SET state = 'waiting'"
                                     " WHERE state IN ('failed', 'suppressed') AND" WITH_KEY;
    static const char reports[] = /* "since" begins anew, so that it is not given up at once */
        "UPDATE dispatch SET state = 'waiting', since_ms = ?2, next_ms = ?2 WHERE" WITH_KEY
        " AND (state <> 'sent' OR EXISTS (SELECT 1 FROM delivery v WHERE v.kind = dispatch.kind"
        " AND v.item = dispatch.item AND v.state = 'waiting'))";
    enum rc rc = outbox_run_with_key(d, lift, key, now_ms, e);

    if (rc == RC_OK)
        rc = outbox_run_with_key(d, deliveries, key, now_ms, e);
    if (rc == RC_OK)
        rc = outbox_run_with_key(d, reports, key, now_ms, e);
    *n = rc == RC_OK ? db_changes(d) : 0;
    return rc;
}

enum rc outbox_retry(struct db *d, struct str key, int64_t now_ms, int64_t *n, struct err *e)
{
    enum rc rc;

    *n = 0;
    if (key.n == 0)
        return retry_all(d, now_ms, n, e);
    rc = db_begin(d, e);
    if (rc == RC_OK)
        rc = retry_some(d, key, now_ms, n, e);
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc != RC_OK)
        db_roll_back(d);
    return rc;
}

enum rc outbox_count_sent(struct db *d, enum outbox_kind kind, int64_t since_ms, struct str address,
                          struct str policy_domain, int64_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT count(*) FROM delivery v WHERE v.state = 'sent' AND v.kind = ?1 AND v.sent_ms > ?2"
        " AND (?3 = '' OR v.address = ?3) AND (?4 = '' OR EXISTS (SELECT 1 FROM dispatch p"
        " WHERE p.kind = v.kind AND p.item = v.item AND p.policy_domain = ?4))";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(outbox_word(&outbox_kind_names, (int)kind)), DB_INT(since_ms),
                          DB_TEXT(address), DB_TEXT(policy_domain)), &s, e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        *n = statement_int(s, 0);
    statement_reset(s);
    return rc;
}
