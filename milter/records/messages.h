/*
 * messages.h - the table of records, a row a message.
 */
#ifndef ASSAY_RECORDS_MESSAGES_H
#define ASSAY_RECORDS_MESSAGES_H

#include "base/arena.h"
#include "db/db.h"
#include "output/record.h"

/* Writes them in order, in the caller's transaction: their ids follow one another. */
enum rc messages_insert(struct db *d, const struct record *const *rows, size_t n, struct err *e);

/* Whether there is a record of this queue id that arrived at this time. */
enum rc messages_have(struct db *d, const char *queue_id, int64_t time_ms, bool *found, struct err *e);

/* Notes that this version of the program begins to write. */
enum rc messages_note_run(struct db *d, struct err *e);

/*
 * The record in the row at hand, whose columns from `first` on are those of
 * RECORD_COLUMNS in order; its text is copied into `a`.  RC_NOMEM.
 */
enum rc messages_read(struct arena *a, const struct statement *s, int first, struct record *out);

#endif
