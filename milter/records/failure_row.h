/*
 * failure_row.h - a failure that is to be reported, as it is kept, with the record of its message.
 */
#ifndef ASSAY_RECORDS_FAILURE_ROW_H
#define ASSAY_RECORDS_FAILURE_ROW_H

#include "base/arena.h"
#include "db/db.h"
#include "output/failure.h"

struct failure_row {
    int64_t id;
    int64_t incidents; /* messages it stands for */
    struct failure failure;
    bool has_record;   /* the record of the first of them is still kept */
    struct record record;
};

/* RC_NOTFOUND.  Text in the arena. */
enum rc failure_row_get(struct db *d, struct arena *a, int64_t id, struct failure_row *out, struct err *e);

#endif
