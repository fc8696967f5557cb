/*
 * countfile.h - counts by key, more than memory holds, in a file that vanishes.
 *
 * The file lies where SQLite puts temporary ones: in SQLITE_TMPDIR, TMPDIR,
 * /var/tmp or /tmp.  First all is added, then all is read.
 */
#ifndef ASSAY_DB_COUNTFILE_H
#define ASSAY_DB_COUNTFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct countfile;

/* A new, empty one.  RC_TEMP and RC_IO when there is no room for its file. */
enum rc countfile_open(struct countfile **out, struct err *e);
void countfile_close(struct countfile *t); /* NULL allowed */

/* Adds `n` to what `key`, any bytes, has. */
enum rc countfile_add(struct countfile *t, struct str key, int64_t n, struct err *e);

/* The next key in order of bytes and its sum; *more false after the last.  The key lives until the next call. */
enum rc countfile_next(struct countfile *t, struct str *key, int64_t *n, bool *more, struct err *e);

#endif
