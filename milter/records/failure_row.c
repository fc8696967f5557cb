#include "records/failure_row.h"

#include <string.h>

#include "db/run.h"
#include "records/messages.h"

static enum rc failure_row_read(const struct statement *s, struct arena *a, struct failure_row *out)
{
    int at = 2;

    memset(out, 0, sizeof *out);
    out->id = statement_int(s, 0);
    out->incidents = statement_int(s, 1);
#define READ(name, help) \
    if ((out->failure.name = str_dup(a, statement_text(s, at++))) == NULL) \
        return RC_NOMEM;
    FAILURE_COLUMNS(READ)
#undef READ
    out->has_record = statement_int(s, at) != 0;
    return messages_read(a, s, at + 1, &out->record);
}

enum rc failure_row_get(struct db *d, struct arena *a, int64_t id, struct failure_row *out, struct err *e)
{
#define OF(name, help) ", f." #name
#define OF_RECORD(kind, name, help) ", m." #name
    static const char sql[] =
        "SELECT f.id, f.incidents" FAILURE_COLUMNS(OF) ", m.id IS NOT NULL" RECORD_COLUMNS(OF_RECORD)
        " FROM failure f LEFT JOIN message m ON m.id = f.message WHERE f.id = ?1";
    static const char in_centre[] =
        "SELECT f.id, f.incidents" FAILURE_COLUMNS(OF) ", m.id IS NOT NULL" RECORD_COLUMNS(OF_RECORD)
        " FROM failure f LEFT JOIN message m ON m.day = f.day AND m.store = f.store AND m.id = f.message"
        " WHERE f.id = ?1";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, db_engine(d) == DB_SQLITE ? sql : in_centre, DB_VALUES(DB_INT(id)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row && failure_row_read(s, a, out) != RC_OK)
        rc = err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d));
    statement_reset(s);
    return rc == RC_OK && !row ? err_set(e, RC_NOTFOUND, "the failure was removed meanwhile") : rc;
}
