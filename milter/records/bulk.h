/*
 * bulk.h - adds many records to a database that the service writes at the same time.
 *
 * The service waits for no other writer longer than its messages do, so each
 * transaction is short, and after it the database is left alone for twice as
 * long as it was held.
 *
 * Threads: the caller's own database, one thread.
 */
#ifndef ASSAY_RECORDS_BULK_H
#define ASSAY_RECORDS_BULK_H

#include "db/db.h"
#include "output/record.h"

struct bulk {
    struct db *db;     /* borrowed */
    size_t rows;       /* in the transaction at hand; 0: none is open */
    int64_t began_us;  /* when it began */
};

/*
 * Adds the record unless there is one of this queue id and time; *added tells.
 * It is on disk once bulk_finish answered RC_OK.  RC_TEMP when the database is
 * busy for longer than a writer waits; what was committed before stays.
 */
enum rc bulk_add(struct bulk *b, const struct record *r, bool *added, struct err *e);

/* Commits what is open. */
enum rc bulk_finish(struct bulk *b, struct err *e);

#endif
