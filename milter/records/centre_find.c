#include "records/centre_find.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/postgres.h"
#include "records/keys.h"

enum {
    DAY_MS = 86400000, HOUR_MS = 3600000,
    PAGE_MAX = 500,         /* rows asked for at once */
    SQL_MAX = 16384, VALUES_MAX = 24, SCRATCH_MAX = 256 * 1024,
    DAYS_AHEAD = 2,         /* days whose partitions may be there before they begin */
    SLICE_DAYS_MAX = 64
};

/* One search under way. */
struct looking {
    struct centre *centre;
    struct arena *arena, *scratch;
    const struct store_query *q;
    struct keys_wanted wanted;
    struct record *found;
    size_t n, limit, looked;
    struct db_value value[VALUES_MAX]; /* $1 … */
    size_t values;
    bool has_address;
};

enum rc centre_columns(struct centre *c, struct err *e)
{
    static const char sql[] = "SELECT attname FROM pg_attribute WHERE attrelid = 'message'::regclass AND attnum > 0"
                              " AND NOT attisdropped";
    struct pg_rows *rows;
    enum rc rc = pg_prepared(c->pg, sql, NULL, 0, &rows, e);

    for (int i = 0; rc == RC_OK && i < SCHEMA_COLUMNS; i++) {
        c->has[i] = false;
        for (size_t k = 0; k < pg_rows_count(rows) && !c->has[i]; k++)
            c->has[i] = strcmp(pg_text(rows, k, 0).p, schema_column[i].name) == 0;
    }
    pg_rows_free(rows);
    return rc;
}

static enum rc looking_no_memory(const struct looking *l, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory for what was found", pg_where(l->centre->pg));
}

/* ---- the question, as SQL ---- */

/* Adds a value; answers its number. */
static int looking_value(struct looking *l, struct db_value value)
{
    MUST(l->values < VALUES_MAX);
    l->value[l->values++] = value;
    return (int)l->values;
}

static int64_t looking_hash(const struct looking *l, enum store_key kind)
{
    return (int32_t)(uint32_t)(uint64_t)keys_hash_text(kind, l->wanted.text[kind], l->centre->secret);
}

void centre_put_columns(const struct centre *c, struct strbuf *b)
{
    strbuf_puts(b, "SELECT m.store, m.id, m.time_ms, (SELECT h.name FROM store s JOIN host h USING (host)"
                   " WHERE s.store = m.store)");
    for (int i = 0; i < SCHEMA_COLUMNS; i++)
        if (c->has[i])
            strbuf_putf(b, ", m.%s", schema_column[i].name);
        else
            strbuf_puts(b, schema_column[i].is_text ? ", ''" : ", 0");
}

/* Plain comparisons of columns, each of which an index knows. */
static void looking_put_keys(struct looking *l, struct strbuf *b)
{
    static const struct {
        enum store_key kind;
        const char *column; /* as stored */
        const char *hashed; /* by their hash */
    } places[] = {
        {STORE_KEY_REF, "ref", NULL},           {STORE_KEY_QUEUE_ID, "queue_id", NULL},
        {STORE_KEY_MESSAGE_ID, "message_id", NULL}, {STORE_KEY_IP, "client_ip", NULL},
        {STORE_KEY_DOMAIN, "author_domain", NULL},  {STORE_KEY_DOMAIN, "org_domain", NULL},
        {STORE_KEY_DOMAIN, "mail_from_domain", NULL}, {STORE_KEY_DOMAIN, NULL, "k_rdom"},
        {STORE_KEY_SOURCE, NULL, "k_source"},   {STORE_KEY_TICKET, NULL, "k_ticket"},
        {STORE_KEY_ADDRESS, NULL, "a1"},        {STORE_KEY_ADDRESS, NULL, "a2"},
        {STORE_KEY_ADDRESS, NULL, "a3"},        {STORE_KEY_ADDRESS, NULL, "a4"},
    };
    const char *between = "(";

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        enum store_key kind = places[i].kind;

        if (l->wanted.text[kind].n == 0)
            continue;
        if (places[i].column != NULL)
            strbuf_putf(b, "%sm.%s = $%d", between, places[i].column, looking_value(l, DB_TEXT(l->wanted.text[kind])));
        else
            strbuf_putf(b, "%sm.%s = $%d::bigint::int", between, places[i].hashed,
                        looking_value(l, DB_INT(looking_hash(l, kind))));
        between = " OR ";
    }
    strbuf_puts(b, ")");
}

/* Days $1 to $2; times $3 (from) and $4 (before); rows before ($5, $6, $7) in their order. */
static const char *looking_sql(struct looking *l)
{
    static const char in_time[] = " WHERE m.day BETWEEN date '1970-01-01' + $1::bigint::int AND date '1970-01-01' +"
                                  " $2::bigint::int AND m.time_ms >= $3 AND m.time_ms < $4"
                                  " AND (m.time_ms, m.store::bigint, m.id) < ($5, $6, $7) AND ";
    struct strbuf b = strbuf_new(l->arena, SQL_MAX);

    centre_put_columns(l->centre, &b);
    strbuf_puts(&b, " FROM message m");
    strbuf_puts(&b, in_time);
    looking_put_keys(l, &b);
    if (l->wanted.text[STORE_KEY_ADDRESS].n > 0) { /* those for which a message had no column left */
        strbuf_puts(&b, " UNION ALL ");
        centre_put_columns(l->centre, &b);
        strbuf_puts(&b, " FROM message_key k JOIN message m ON m.day = k.day AND m.store = k.store AND m.id = k.id");
        strbuf_puts(&b, in_time);
        strbuf_putf(&b, "k.day BETWEEN date '1970-01-01' + $1::bigint::int AND date '1970-01-01' + $2::bigint::int AND"
                    " k.hash = $%d::bigint::int", looking_value(l, DB_INT(looking_hash(l, STORE_KEY_ADDRESS))));
    }
    strbuf_putf(&b, " ORDER BY 3 DESC, 1 DESC, 2 DESC LIMIT %d", PAGE_MAX);
    return b.over ? NULL : b.p;
}

/* ---- the answer ---- */

enum rc centre_read_record(struct arena *a, const struct pg_rows *rows, size_t row, struct record *out)
{
    const int first = 4;

    *out = (struct record){.failure = NULL};
    out->host = str_dup(a, pg_text(rows, row, 3));
    for (int i = 0; i < SCHEMA_COLUMNS; i++) {
        char *field = (char *)out + schema_column[i].offset;

        if (schema_column[i].is_text) {
            char *copy = str_dup(a, pg_text(rows, row, first + i));

            if (copy == NULL)
                return RC_NOMEM;
            memcpy(field, &copy, sizeof copy);
        } else {
            int64_t value = pg_int(rows, row, first + i);

            memcpy(field, &value, sizeof value);
        }
    }
    return out->host == NULL ? RC_NOMEM : RC_OK;
}

/* No record: it is longer than one can be (a host that was broken into, before the centre refused such). */
static bool looking_is_absurd(const struct pg_rows *rows, size_t row)
{
    size_t n = 0;

    for (int i = 0; i < SCHEMA_COLUMNS; i++)
        n += pg_text(rows, row, 4 + i).n;
    return n > SCRATCH_MAX / 2;
}

static enum rc looking_consider(struct looking *l, const struct pg_rows *rows, size_t row, struct err *e)
{
    struct record r;

    arena_reset(l->scratch);
    l->looked++;
    if (looking_is_absurd(rows, row))
        return RC_OK;
    if (centre_read_record(l->scratch, rows, row, &r) != RC_OK)
        return looking_no_memory(l, e);
    if (!keys_match(&r, &l->wanted) || (l->q->accept != NULL && !l->q->accept(&r, l->q->ctx)))
        return RC_OK;
    if (centre_read_record(l->arena, rows, row, &l->found[l->n]) != RC_OK)
        return looking_no_memory(l, e);
    l->n++;
    return RC_OK;
}

/* A page of a slice; the next begins behind its last row.  *more: there may be one. */
static enum rc looking_page(struct looking *l, const char *sql, bool *more, struct err *e)
{
    struct pg_rows *rows;
    enum rc rc = pg_query(l->centre->pg, sql, l->value, l->values, &rows, e);
    int64_t store = 0, id = 0;

    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; rc == RC_OK && i < pg_rows_count(rows) && l->n < l->limit; i++) {
        bool again = pg_int(rows, i, 0) == store && pg_int(rows, i, 1) == id; /* found by two keys */

        store = pg_int(rows, i, 0);
        id = pg_int(rows, i, 1);
        l->value[4].number = pg_int(rows, i, 2);
        l->value[5].number = store;
        l->value[6].number = id;
        if (!again)
            rc = looking_consider(l, rows, i, e);
    }
    *more = pg_rows_count(rows) == PAGE_MAX && l->n < l->limit && l->looked < STORE_LOOKED_MAX;
    pg_rows_free(rows);
    return rc;
}

/* All of the days from `first` to `last`, within the times that were asked for and `since_ms`. */
static enum rc looking_slice(struct looking *l, const char *sql, int64_t first, int64_t last, int64_t since_ms,
                             struct err *e)
{
    bool more = true;
    enum rc rc = RC_OK;

    l->value[0].number = first;
    l->value[1].number = last;
    l->value[2].number = since_ms;
    l->value[4].number = l->value[5].number = l->value[6].number = INT64_MAX;
    while (rc == RC_OK && more)
        rc = looking_page(l, sql, &more, e);
    return rc;
}

/*
 * Newest first: the last hour, then the current days whole, then 1, 2, 4 …
 * days more.  A frequent key ends in the first, and a rare one costs little.
 */
static enum rc looking_back(struct looking *l, const char *sql, int64_t oldest, struct err *e)
{
    int64_t now_ms = clock_wall_ms(), today = now_ms / DAY_MS, last = today + DAYS_AHEAD, since = l->q->since_ms;
    int64_t length = 1, first = since > 0 && since / DAY_MS > oldest ? since / DAY_MS : oldest;
    enum rc rc = looking_slice(l, sql, today - 1, last, since > now_ms - HOUR_MS ? since : now_ms - HOUR_MS, e);

    if (rc != RC_OK || l->n == l->limit)
        return rc;
    l->n = 0; /* they come again */
    for (int64_t from = today; rc == RC_OK && l->n < l->limit && last >= first && l->looked < STORE_LOOKED_MAX;) {
        rc = looking_slice(l, sql, from > first ? from : first, last, since, e);
        last = from - 1;
        from = last - length + 1;
        length = length < SLICE_DAYS_MAX ? 2 * length : length;
    }
    return rc;
}

static int looking_newest_first(const void *va, const void *vb)
{
    const struct record *a = va, *b = vb;

    return a->time_ms > b->time_ms ? -1 : a->time_ms < b->time_ms;
}

static bool looking_anything(const struct keys_wanted *w)
{
    size_t n = 0;

    for (int i = 0; i < STORE_KEY_COUNT; i++)
        n += w->text[i].n;
    return n > 0;
}

enum rc centre_first_day(struct centre *c, int64_t *out, struct err *e)
{
    static const char sql[] =
        "SELECT coalesce(min(to_date(right(c.relname, 8), 'YYYYMMDD') - date '1970-01-01'), 0) FROM pg_inherits h"
        " JOIN pg_class c ON c.oid = h.inhrelid WHERE h.inhparent = 'message'::regclass";

    return pg_ask(c->pg, sql, NULL, 0, out, e);
}

enum rc centre_find(struct centre *c, struct arena *a, const struct store_query *q, struct record **out, size_t *n,
                    struct err *e)
{
    struct looking l = {.centre = c, .arena = a, .q = q,
                        .limit = q->limit < STORE_FIND_MAX ? q->limit : STORE_FIND_MAX};
    enum rc rc = keys_want(a, str_of(q->key), q->kinds, &l.wanted);
    const char *sql;
    int64_t oldest = 0;

    *n = 0;
    *out = l.found = arena_array(a, l.limit + 1, sizeof *l.found);
    if (rc != RC_OK || l.found == NULL)
        return looking_no_memory(&l, e);
    if (l.limit == 0 || !looking_anything(&l.wanted))
        return RC_OK;
    for (int i = 0; i < 7; i++)
        (void)looking_value(&l, DB_INT(i == 3 && q->until_ms > 0 ? q->until_ms : INT64_MAX));
    sql = looking_sql(&l);
    l.scratch = arena_new(SCRATCH_MAX);
    if (sql == NULL || l.scratch == NULL)
        rc = looking_no_memory(&l, e);
    if (rc == RC_OK)
        rc = centre_first_day(c, &oldest, e);
    if (rc == RC_OK)
        rc = looking_back(&l, sql, oldest, e);
    arena_free(l.scratch);
    if (rc == RC_OK && l.n > 1)
        qsort(l.found, l.n, sizeof *l.found, looking_newest_first);
    *n = rc == RC_OK ? l.n : 0;
    return rc;
}
