#include "store/tally.h"

#include <stdlib.h>

#include "store/sqlite.h"

struct tally {
    struct db *db;
    struct statement *reading; /* NULL before the first tally_next */
};

static const char create[] = "CREATE TABLE part (key BLOB NOT NULL, n INTEGER NOT NULL); BEGIN";
static const char add[] = "INSERT INTO part (key, n) VALUES (?1, ?2)";
static const char sums[] = "SELECT key, sum(n) FROM part GROUP BY key";

enum rc tally_open(struct tally **out, struct err *e)
{
    struct tally *t = calloc(1, sizeof *t);
    enum rc rc;

    *out = NULL;
    if (t == NULL)
        return err_set(e, RC_NOMEM, "no memory to count in");
    rc = db_open_scratch(&t->db, e);
    if (rc == RC_OK)
        rc = db_run(t->db, create, e);
    if (rc == RC_OK)
        *out = t;
    else
        tally_close(t);
    return rc;
}

void tally_close(struct tally *t)
{
    if (t == NULL)
        return;
    db_close(t->db);
    free(t);
}

enum rc tally_add(struct tally *t, struct str key, int64_t n, struct err *e)
{
    struct statement *s;
    enum rc rc = db_statement(t->db, add, &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_blob(s, 1, key);
    statement_bind_int(s, 2, n);
    return statement_run(s, e);
}

enum rc tally_next(struct tally *t, struct str *key, int64_t *n, bool *more, struct err *e)
{
    enum rc rc = t->reading != NULL ? RC_OK : db_statement(t->db, sums, &t->reading, e);

    *more = false;
    if (rc == RC_OK)
        rc = statement_next(t->reading, more, e);
    if (rc == RC_OK && *more) {
        *key = statement_blob(t->reading, 0);
        *n = statement_int(t->reading, 1);
    }
    return rc;
}
