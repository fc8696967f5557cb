/* What stands in the rows of an answer. */
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "db/postgres_internal.h"

size_t pg_rows_count(const struct pg_rows *r)
{
    return (size_t)PQntuples(r->result);
}

void pg_rows_free(struct pg_rows *r)
{
    if (r != NULL)
        PQclear(r->result);
    free(r);
}

/* "" of a row or column that the answer lacks: who asked for it need not have a server's word that it is there. */
static const char *pg_value(const struct pg_rows *r, size_t row, int column)
{
    const char *value = PQgetvalue(r->result, (int)row, column);

    return value == NULL ? "" : value;
}

int64_t pg_int(const struct pg_rows *r, size_t row, int column)
{
    return strtoll(pg_value(r, row, column), NULL, 10);
}

bool pg_is_null(const struct pg_rows *r, size_t row, int column)
{
    return PQgetisnull(r->result, (int)row, column) != 0;
}

bool pg_rows_touched(const struct pg_rows *r, int64_t *n)
{
    bool changes = PQresultStatus(r->result) == PGRES_COMMAND_OK || strncmp(PQcmdStatus(r->result), "SELECT", 6) != 0;

    *n = changes ? strtoll(PQcmdTuples(r->result), NULL, 10) : 0;
    return changes;
}

bool pg_bool(const struct pg_rows *r, size_t row, int column)
{
    return pg_value(r, row, column)[0] == 't';
}

struct str pg_text(const struct pg_rows *r, size_t row, int column)
{
    return (struct str){pg_value(r, row, column), (size_t)PQgetlength(r->result, (int)row, column)};
}
