#include "db/run.h"

enum rc db_query(struct db *d, const char *sql, const struct db_value *values, size_t n, struct statement **out,
                 struct err *e)
{
    enum rc rc = db_statement(d, sql, out, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        switch (values[i].kind) {
        case DB_VALUE_INT: statement_bind_int(*out, (int)i + 1, values[i].number); break;
        case DB_VALUE_TEXT: statement_bind_text(*out, (int)i + 1, values[i].bytes); break;
        case DB_VALUE_BLOB: statement_bind_blob(*out, (int)i + 1, values[i].bytes); break;
        case DB_VALUE_NULL: break; /* as it is unless it is bound */
        }
    return rc;
}

enum rc db_run_with(struct db *d, const char *sql, const struct db_value *values, size_t n, struct err *e)
{
    struct statement *s;
    enum rc rc = db_query(d, sql, values, n, &s, e);

    return rc == RC_OK ? statement_run(s, e) : rc;
}
