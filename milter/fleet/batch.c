/* One transaction of a shipper: the next records, their further keys, and how far that is. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/run.h"
#include "fleet/internal.h"
#include "records/aside.h"
#include "records/keys.h"
#include "records/messages.h"

enum { DAY_MS = 86400000, SQL_MAX = 8192, ADDRESSES = 4 /* columns a1 … a4 */, LEAF_MAX = 12 };

struct shipped {
    int64_t id, day; /* the partition's: days since the epoch; -1 expired, not shipped */
    struct record record;
};

struct batch {
    struct shipped *row;
    size_t n;
    bool all;         /* nothing is left in the file */
    int64_t whole_ms; /* then: what was accepted before this is in it, or was before; else 0 */
    int64_t expired, copied;
};

/* ---- out of the file ---- */

/* The rows after the mark; the statement is at its end, and no lock held, when it returns. */
static enum rc batch_read(struct ship *s, struct batch *b, struct err *e)
{
    struct statement *st;
    bool row = true;
    int64_t now_ms = aside_is_there(s->setup.database) ? 0 : clock_wall_ms(); /* before the file is read */
    enum rc rc = db_query(s->db, schema_fetch_after, DB_VALUES(DB_INT(s->shipped_id), DB_INT(s->limit)), &st, e);

    *b = (struct batch){.row = arena_array(s->a, s->limit + 1, sizeof *b->row)};
    if (rc == RC_OK && b->row == NULL)
        rc = err_set(e, RC_NOMEM, "no memory to ship records");
    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && arena_used(s->a) < SHIP_BATCH_BYTES && (rc = statement_next(st, &row, e)) == RC_OK && row) {
        b->row[b->n].id = statement_int(st, 0);
        if (messages_read(s->a, st, 1, &b->row[b->n].record) != RC_OK)
            rc = err_set(e, RC_NOMEM, "no memory to ship records");
        b->n++;
    }
    b->all = rc == RC_OK && !row && b->n < s->limit;
    b->whole_ms = b->all ? now_ms : 0;
    statement_reset(st);
    return rc;
}

/* Ids begin again at 1 in a file whose last record was taken out, and so end before the mark: then we ask anew. */
static enum rc batch_is_behind(struct ship *s, struct err *e)
{
    struct life life;
    enum rc rc = life_read(s->db, s->a, &life, e);

    if (rc == RC_OK && life.newest_id > 0 && life.newest_id < s->shipped_id)
        rc = err_set(e, RC_TEMP, "%s: its records begin anew; asking the centre again", s->setup.database);
    return rc;
}

/* ---- the days ---- */

/*
 * Where each row goes: to the day it came, in UTC; to today when it claims to
 * come from the future (a wrong clock), with the time it claims; nowhere when
 * the centre keeps its day no longer.
 */
static void batch_days(const struct ship *s, struct batch *b)
{
    int64_t today = s->today;

    for (size_t i = 0; i < b->n; i++) {
        int64_t ms = b->row[i].record.time_ms, day = ms < 0 ? 0 : ms / DAY_MS;

        b->row[i].day = day > today + 1 ? today : s->keep_days > 0 && day < today - s->keep_days ? -1 : day;
        b->expired += b->row[i].day < 0;
        b->copied += b->row[i].day >= 0;
    }
}

static void batch_leaf(int64_t day, char to[static LEAF_MAX], const char *format)
{
    time_t at = (time_t)(day * (DAY_MS / 1000));
    struct tm tm;

    (void)gmtime_r(&at, &tm);
    if (strftime(to, LEAF_MAX, format, &tm) == 0)
        to[0] = '\0';
}

/* The partition of a day is there; asked once a connection. */
static enum rc batch_day_ready(struct ship *s, int64_t day, struct err *e)
{
    static const char sql[] = "SELECT 1 FROM (SELECT day_ready($1::date)) AS done";
    char text[LEAF_MAX];
    int64_t nothing;
    enum rc rc;

    for (size_t i = 0; i < s->days; i++)
        if (s->day[i] == day)
            return RC_OK;
    batch_leaf(day, text, "%Y-%m-%d");
    rc = pg_ask(s->pg, sql, DB_VALUES(DB_TEXT(str_of(text))), &nothing, e);
    if (rc == RC_OK)
        s->day[s->days < SHIP_DAYS_MAX ? s->days++ : SHIP_DAYS_MAX - 1] = day;
    return rc;
}

/* ---- a row ---- */

static const char *batch_field(const struct record *r, const struct db_column *column)
{
    return (const char *)r + column->offset;
}

/* Keys that are no column as they stand are found by their hash, of which the low half will do. */
static int32_t batch_low(int64_t hash)
{
    return (int32_t)(uint32_t)(uint64_t)hash;
}

static int32_t batch_key(const struct ship *s, const struct record *r, enum store_key kind)
{
    int64_t hash[KEYS_MAX];

    return keys_hash_kind(r, kind, s->secret, hash) > 0 ? batch_low(hash[0]) : 0;
}

static int32_t batch_domain_key(const struct ship *s, const struct record *r)
{
    struct record only;
    int64_t hash[KEYS_MAX];

    record_blank(&only);
    only.rcpt_domain = r->rcpt_domain;
    return keys_hash_kind(&only, STORE_KEY_DOMAIN, s->secret, hash) > 0 ? batch_low(hash[0]) : 0;
}

static void batch_put_row(struct ship *s, const struct shipped *row, int columns)
{
    const struct record *r = &row->record;
    int64_t hash[KEYS_MAX];
    size_t n = keys_hash_kind(r, STORE_KEY_ADDRESS, s->secret, hash);

    pg_copy_row(s->pg, columns);
    pg_copy_date(s->pg, row->day);
    pg_copy_int4(s->pg, (int32_t)s->store);
    pg_copy_int8(s->pg, row->id);
    pg_copy_int4(s->pg, batch_key(s, r, STORE_KEY_SOURCE));
    pg_copy_int4(s->pg, batch_key(s, r, STORE_KEY_TICKET));
    pg_copy_int4(s->pg, batch_domain_key(s, r));
    for (size_t i = 0; i < ADDRESSES; i++)
        pg_copy_int4(s->pg, i < n ? batch_low(hash[i]) : 0);
    for (int i = 0; i < SCHEMA_COLUMNS; i++) {
        const char *field = batch_field(r, &schema_column[i]);

        if (s->has[i] && schema_column[i].is_text)
            pg_copy_text(s->pg, str_of(*(const char *const *)(const void *)field));
        else if (s->has[i])
            pg_copy_int8(s->pg, *(const int64_t *)(const void *)field);
    }
}

/* ---- COPY ---- */

/* Its columns, in the order of batch_put_row; how many they are in *columns. */
static const char *batch_copy_sql(struct ship *s, int64_t day, int *columns)
{
    struct strbuf b = strbuf_new(s->a, SQL_MAX);
    char leaf[LEAF_MAX];

    batch_leaf(day, leaf, "%Y%m%d");
    strbuf_putf(&b, "COPY message_%s (day, store, id, k_source, k_ticket, k_rdom, a1, a2, a3, a4", leaf);
    *columns = 6 + ADDRESSES;
    for (int i = 0; i < SCHEMA_COLUMNS; i++)
        if (s->has[i]) {
            strbuf_putf(&b, ", %s", schema_column[i].name);
            ++*columns;
        }
    strbuf_puts(&b, ") FROM STDIN (FORMAT binary)");
    return b.over ? NULL : b.p;
}

/* Rows [from, to), all of one day. */
static enum rc batch_copy_rows(struct ship *s, const struct batch *b, size_t from, size_t to, struct err *e)
{
    int columns;
    const char *sql = batch_copy_sql(s, b->row[from].day, &columns);
    enum rc rc = sql == NULL ? err_set(e, RC_NOMEM, "no memory to ship records") : pg_copy_begin(s->pg, sql, e);

    if (rc != RC_OK)
        return rc;
    for (size_t i = from; i < to; i++)
        batch_put_row(s, &b->row[i], columns);
    return pg_copy_end(s->pg, e);
}

/* The addresses that a row has no column for. */
static enum rc batch_copy_keys(struct ship *s, const struct batch *b, size_t from, size_t to, struct err *e)
{
    char sql[120], leaf[LEAF_MAX];
    bool begun = false;
    enum rc rc = RC_OK;

    for (size_t i = from; i < to; i++) {
        int64_t hash[KEYS_MAX];
        size_t n = keys_hash_kind(&b->row[i].record, STORE_KEY_ADDRESS, s->secret, hash);

        if (n > ADDRESSES && !begun) {
            batch_leaf(b->row[i].day, leaf, "%Y%m%d");
            (void)snprintf(sql, sizeof sql, "COPY message_key_%s (day, store, id, hash, client) FROM STDIN"
                           " (FORMAT binary)",
                           leaf);
            rc = pg_copy_begin(s->pg, sql, e);
            if (rc != RC_OK)
                return rc;
            begun = true;
        }
        for (size_t k = ADDRESSES; k < n; k++) {
            pg_copy_row(s->pg, 5);
            pg_copy_date(s->pg, b->row[i].day);
            pg_copy_int4(s->pg, (int32_t)s->store);
            pg_copy_int8(s->pg, b->row[i].id);
            pg_copy_int4(s->pg, batch_low(hash[k]));
            pg_copy_text(s->pg, str_of(b->row[i].record.client));
        }
    }
    return begun ? pg_copy_end(s->pg, e) : RC_OK;
}

static enum rc ship_batch_copy(struct ship *s, const struct batch *b, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t from = 0, to; rc == RC_OK && from < b->n; from = to) {
        for (to = from + 1; to < b->n && b->row[to].day == b->row[from].day; to++)
            ;
        if (b->row[from].day < 0)
            continue;
        rc = batch_copy_rows(s, b, from, to, e);
        if (rc == RC_OK)
            rc = batch_copy_keys(s, b, from, to, e);
    }
    return rc;
}

/* ---- the transaction ---- */

/* Why the mark was not moved. */
static enum rc batch_not_moved(struct ship *s, struct err *e)
{
    static const char sql[] = "SELECT s.shipped_id, h.retired FROM store s JOIN host h USING (host)"
                              " WHERE s.store = $1";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(s->pg, sql, DB_VALUES(DB_INT(s->store)), &rows, e);

    if (rc != RC_OK)
        return rc;
    if (pg_rows_count(rows) == 1 && pg_int(rows, 0, 0) == s->shipped_id && pg_bool(rows, 0, 1))
        rc = err_set(e, RC_BAD, "the host %s was retired, and nothing is shipped; \"assay fleet admit %s\" takes it "
                     "back", s->setup.host, s->setup.host);
    else
        rc = err_set(e, RC_TEMP, "%s: somebody else moved the mark of %s; asking again", s->setup.centre,
                     s->setup.host);
    pg_rows_free(rows);
    return rc;
}

/*
 * The first statement of the transaction: it moves the mark, if that is where we think, and so locks our row; RC_TEMP
 * where it is not, and then we greet the centre anew.  What lies between two ids that follow each other was taken out
 * before it was shipped: told, not hidden.
 */
static enum rc batch_move_mark(struct ship *s, const struct batch *b, bool refused, struct err *e)
{
    static const char sql[] =
        "UPDATE store s SET shipped_id = $2, last_ms = $3, last_queue_id = $4, shipped = shipped + $5,"
        " expired = expired + $6, skipped = skipped + $7, refused = refused + $8, newest_id = greatest($2, newest_id),"
        " seen = now(), whole_until_ms = CASE WHEN $9 > 0 THEN $9 ELSE whole_until_ms END"
        " FROM host h WHERE s.store = $1 AND s.shipped_id = $10 AND h.host = s.host AND NOT h.retired RETURNING 1";
    const struct shipped *last = &b->row[b->n - 1];
    int64_t skipped = last->id - s->shipped_id - (int64_t)b->n, moved = 0;
    enum rc rc = pg_ask(s->pg, sql, DB_VALUES(DB_INT(s->store), DB_INT(last->id), DB_INT(last->record.time_ms),
                        DB_TEXT(str_of(last->record.queue_id)), DB_INT(refused ? 0 : b->copied), DB_INT(b->expired),
                        DB_INT(skipped), DB_INT(refused), DB_INT(b->whole_ms), DB_INT(s->shipped_id)), &moved, e);

    return rc == RC_OK && moved == 0 ? batch_not_moved(s, e) : rc;
}

static enum rc batch_store(struct ship *s, struct batch *b, struct err *e)
{
    enum rc rc = RC_OK;

    batch_days(s, b);
    for (size_t i = 0; rc == RC_OK && i < b->n; i++)
        if (b->row[i].day >= 0 && (i == 0 || b->row[i].day != b->row[i - 1].day))
            rc = batch_day_ready(s, b->row[i].day, e);
    if (rc == RC_OK)
        rc = pg_begin(s->pg, e);
    if (rc == RC_OK)
        rc = batch_move_mark(s, b, false, e);
    if (rc == RC_OK)
        rc = ship_batch_copy(s, b, e);
    return rc == RC_OK ? pg_commit(s->pg, e) : rc;
}

/* A row that the centre will never take (no UTF-8, a number out of range) is put aside, and the next ones go on. */
static enum rc batch_refuse(struct ship *s, const struct batch *b, const struct err *why, struct err *e)
{
    static const char sql[] = "INSERT INTO refused (store, id, error) VALUES ($1::bigint, $2, $3)"
                              " ON CONFLICT (store, id) DO NOTHING";
    struct batch moved = *b;
    enum rc rc;

    moved.row[0].record.queue_id = "";
    pg_roll_back(s->pg);
    rc = pg_begin(s->pg, e);
    if (rc == RC_OK)
        rc = batch_move_mark(s, &moved, true, e);
    if (rc == RC_OK)
        rc = pg_run_with(s->pg, sql, DB_VALUES(DB_INT(s->store), DB_INT(b->row[0].id), DB_TEXT(str_of(why->text))), e);
    if (rc == RC_OK)
        rc = pg_commit(s->pg, e);
    if (rc == RC_OK)
        log_write(LOG_LEVEL_ERROR, NULL, "record %" PRId64 " of %s is refused by the centre and left out: %s",
                  b->row[0].id, s->setup.database, why->text);
    s->counts.refused += rc == RC_OK;
    return rc;
}

static void batch_done(struct ship *s, const struct batch *b, struct ship_round *out)
{
    s->shipped_id = b->row[b->n - 1].id;
    s->counts.records += (uint64_t)b->copied;
    s->counts.expired += (uint64_t)b->expired;
    s->counts.batches++;
    s->whole_ms = b->whole_ms;
    s->limit = 2 * s->limit < SHIP_BATCH_MAX ? 2 * s->limit : SHIP_BATCH_MAX;
    out->records = (uint64_t)b->copied;
    out->all = b->all;
}

enum rc batch_ship(struct ship *s, struct ship_round *out, struct err *e)
{
    struct batch b;
    struct err why = ERR_NONE;
    enum rc rc = batch_read(s, &b, e);

    if (rc != RC_OK)
        return rc;
    out->all = b.all;
    if (b.whole_ms > 0)
        s->whole_ms = 0; /* until they are there */
    if (b.n == 0) {
        s->whole_ms = b.whole_ms;
        return batch_is_behind(s, e);
    }
    rc = batch_store(s, &b, &why);
    if (rc == RC_BAD && b.n > 1 && !pg_is_lost(s->pg)) { /* which one is it?  The next round knows better */
        pg_roll_back(s->pg);
        s->limit = b.n / 2;
        out->all = false;
        return RC_OK;
    }
    if (rc == RC_BAD && b.n == 1 && !pg_is_lost(s->pg)) {
        b.copied = b.expired = 0;
        rc = batch_refuse(s, &b, &why, e);
    } else if (rc != RC_OK) {
        (void)err_set(e, rc, "%s", why.text);
    }
    if (rc != RC_OK)
        return rc;
    batch_done(s, &b, out);
    return RC_OK;
}
