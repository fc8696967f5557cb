/*
 * aside.h - records that the database cannot take now wait in a file beside it, so that none is lost.
 *
 * Whoever may read a database may lock it (SQLite's locks are the kernel's,
 * and a descriptor for reading is enough), and so keep its writer out for as
 * long as he likes.  What is to be kept meanwhile is appended to
 * PATH.aside, which is the writer's alone, synced as the database is, and
 * written into the database as soon as it can be, in the order it came.  A
 * process that dies leaves the file to the next one.  One that dies between
 * a commit and the note of it here leaves that commit to be written twice:
 * at most 500 records.
 *
 * Threads: one, the store's.
 */
#ifndef ASSAY_RECORDS_ASIDE_H
#define ASSAY_RECORDS_ASIDE_H

#include <stdbool.h>

#include "base/err.h"
#include "records/item.h"

enum { ASIDE_MAX_MIB = 1024 }; /* of the file: about a million records; what comes then is lost, and counted */

struct aside;

/*
 * For the database `path`, with what a process before this one left.  A file
 * of another version, or of none, is kept as PATH.aside.unread, and the log
 * says so; what a crash tore off at its end is forgotten.  NULL without memory.
 */
struct aside *aside_new(const char *path);

/* For another process: whether records of the database `path` wait, as far as it can tell. */
bool aside_is_there(const char *path);

/* NULL allowed; what waits stays in the file. */
void aside_free(struct aside *a);

/* Whether records wait there, those of a process before this one included. */
bool aside_waits(struct aside *a);

/*
 * Appends them and, with `sync`, waits for the disk.  RC_TEMP when that fails
 * (a full disk too): then none of them is there.
 */
enum rc aside_put(struct aside *a, const struct item *const *items, size_t n, bool sync, struct err *e);

/*
 * The next that wait, at most `most`, as new items for the caller to free; *n
 * is 0 when there are none.  A file that cannot be read any more is kept as
 * PATH.aside.unread, and the log says so.
 */
enum rc aside_take(struct aside *a, struct item **items, size_t most, size_t *n, struct err *e);

/* Those last taken are in the database: they wait no longer.  The file goes with the last of them. */
void aside_done(struct aside *a);

#endif
