#include "db/countfile.h"

#include <stdlib.h>

#include "db/run.h"
#include "db/sqlite.h"

struct countfile {
    struct db *db;
    struct statement *reading; /* NULL before the first countfile_next */
};

static const char create[] = "CREATE TABLE part (key BLOB NOT NULL, n INTEGER NOT NULL); BEGIN";
static const char add[] = "INSERT INTO part (key, n) VALUES (?1, ?2)";
static const char sums[] = "SELECT key, sum(n) FROM part GROUP BY key";

enum rc countfile_open(struct countfile **out, struct err *e)
{
    struct countfile *t = calloc(1, sizeof *t);
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
        countfile_close(t);
    return rc;
}

void countfile_close(struct countfile *t)
{
    if (t == NULL)
        return;
    db_close(t->db);
    free(t);
}

enum rc countfile_add(struct countfile *t, struct str key, int64_t n, struct err *e)
{
    return db_run_with(t->db, add, DB_VALUES(DB_BLOB(key), DB_INT(n)), e);
}

enum rc countfile_next(struct countfile *t, struct str *key, int64_t *n, bool *more, struct err *e)
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
