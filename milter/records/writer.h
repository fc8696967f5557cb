/*
 * writer.h - what the store's thread does with the database: one commit after the other, and maintenance between them.
 *
 * Threads: the store's own.
 */
#ifndef ASSAY_RECORDS_WRITER_H
#define ASSAY_RECORDS_WRITER_H

#include "db/db.h"
#include "records/item.h"

enum { STORE_WAIT_MS = 500 }; /* for another program's lock, while messages wait */

struct writer;

struct writer *writer_new(void); /* NULL without memory */
void writer_free(struct writer *w); /* NULL allowed */

/* Once, when the database is open: begins what is made beside the writer (later.h), up to writer_free. */
void writer_begin_later(struct writer *w, struct db *d, bool full_sync);

/* Writes all of them in one transaction, or none. */
enum rc writer_commit(struct writer *w, struct db *d, const struct item *const *items, size_t n, struct err *e);

/* What is in memory is forgotten: the database was closed, or will be. */
void writer_forget(struct writer *w);

/*
 * One step of what can wait: digesting, sorting keys, taking out what is old;
 * mostly under 5 ms, each in a transaction of its own.  `gone` counts rows
 * taken out.  Answers in how many milliseconds the next is wanted: 0 at once.
 */
enum rc writer_maintain(struct writer *w, struct db *d, const struct store_keep *keep, int *wait_ms, uint64_t *gone,
                    struct err *e);

/* Writes what waits in memory, before the database is closed. */
enum rc writer_finish(struct writer *w, struct db *d, struct err *e);

#endif
