/*
 * tally.h - counts by key, more than memory holds, in a file that vanishes.
 *
 * The file lies where SQLite puts temporary ones: in SQLITE_TMPDIR, TMPDIR,
 * /var/tmp or /tmp.  First all is added, then all is read.
 */
#ifndef ASSAY_STORE_TALLY_H
#define ASSAY_STORE_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct tally;

/* A new, empty one.  RC_TEMP and RC_IO when there is no room for its file. */
enum rc tally_open(struct tally **out, struct err *e);
void tally_close(struct tally *t); /* NULL allowed */

/* Adds `n` to what `key`, any bytes, has. */
enum rc tally_add(struct tally *t, struct str key, int64_t n, struct err *e);

/* The next key in order of bytes and its sum; *more false after the last.  The key lives until the next call. */
enum rc tally_next(struct tally *t, struct str *key, int64_t *n, bool *more, struct err *e);

#endif
