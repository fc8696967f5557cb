#include "records/span.h"

#include "db/run.h"
#include "records/schema.h"

enum { SLICE = 50000 }; /* rows: a tenth of a second */

#define NAME(kind, name) ", " #name
#define SPAN_FROM \
    " AND policy_rua > 0 AND disposition <> 'tempfail' AND (time_ms, id) > (?1, ?2) AND time_ms < ?3" \
    " ORDER BY time_ms, id LIMIT ?4"

static const char slice[] =
    "SELECT time_ms, id" SPAN_COLUMNS(NAME) " FROM message INDEXED BY message_time WHERE true" SPAN_FROM;
static const char slice_of_domain[] =
    "SELECT time_ms, id" SPAN_COLUMNS(NAME) " FROM message INDEXED BY message_time WHERE policy_domain = ?5" SPAN_FROM;

static void span_read_columns(const struct statement *s, struct record *r)
{
    int column = 2;

#define READ_TEXT(name) r->name = statement_text(s, column++).p;
#define READ_INT(name) r->name = statement_int(s, column++);
#define READ(kind, name) READ_##kind(name)
    SPAN_COLUMNS(READ)
}

/* How far the reading has come. */
struct place {
    int64_t time_ms, id;
    size_t rows; /* of this slice */
};

static enum rc span_read_slice(struct statement *s, struct place *at, span_take *take, void *arg, struct err *e)
{
    struct record r;
    bool row;
    enum rc rc;

    record_blank(&r);
    at->rows = 0;
    while ((rc = statement_next(s, &row, e)) == RC_OK && row) {
        at->time_ms = statement_int(s, 0);
        at->id = statement_int(s, 1);
        at->rows++;
        span_read_columns(s, &r);
        rc = take(arg, &r, e);
        if (rc != RC_OK)
            break;
    }
    statement_reset(s);
    return rc;
}

enum rc span_each(struct db *d, int64_t from_ms, int64_t to_ms, struct str policy_domain, span_take *take, void *arg,
                  struct err *e)
{
    struct place at = {.time_ms = from_ms, .id = -1, .rows = SLICE};
    struct statement *s;
    enum rc rc = RC_OK;

    while (rc == RC_OK && at.rows == SLICE) {
        rc = db_query(d, policy_domain.n == 0 ? slice : slice_of_domain, DB_VALUES(DB_INT(at.time_ms), DB_INT(at.id),
                      DB_INT(to_ms), DB_INT(SLICE)), &s, e);
        if (rc != RC_OK)
            return rc;
        if (policy_domain.n > 0)
            statement_bind_text(s, 5, policy_domain);
        rc = span_read_slice(s, &at, take, arg, e);
    }
    return rc;
}
