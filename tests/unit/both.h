/*
 * Tests of rooms with tables run on both engines: on a file of their own, and, where ASSAY_TEST_DATABASE names one, on
 * a server (tests/fleet/desk does so), whose tables of the desk are emptied before each test.
 */
#ifndef ASSAY_TESTS_BOTH_H
#define ASSAY_TESTS_BOTH_H

#include <stdlib.h>

#include "records/centre.h"
#include "records/schema.h"

static inline const char *both_server(void)
{
    return getenv("ASSAY_TEST_DATABASE");
}

static inline enum rc both_open(const char *file, struct db **out, struct err *e)
{
    static const char empty[] =
        "DO $$ DECLARE one record; BEGIN FOR one IN SELECT relname FROM pg_class WHERE relnamespace = 'assay'::regnamespace"
        " AND relkind = 'r' AND NOT relispartition AND relname NOT IN ('fleet', 'desk', 'keeper') LOOP"
        " EXECUTE format('TRUNCATE %I RESTART IDENTITY CASCADE', one.relname); END LOOP; END $$";
    enum rc rc;

    store_engine_use(centre_engine);
    rc = db_open_write(both_server() != NULL ? both_server() : file, &records_schema, false, out, e);
    return rc == RC_OK && both_server() != NULL ? db_run(*out, empty, e) : rc;
}

/* At the beginning of a test of what a file alone has. */
#define BOTH_FILE_ALONE() \
    do { \
        if (both_server() != NULL) \
            skip(); \
    } while (0)

#endif
