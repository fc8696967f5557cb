/*
 * feed_split.h - a file that holds many reports, as parsedmarc writes them, taken apart into one each.
 *
 * Where a report ends is all that is looked for here; what is in it is read
 * by incoming/, in a process of its own.
 *
 * Threads: any.
 */
#ifndef ASSAY_INTAKE_FEED_SPLIT_H
#define ASSAY_INTAKE_FEED_SPLIT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

/* Bytes of a table's head, which goes before each of its reports; parsedmarc's has 600. */
enum { FEED_SPLIT_HEAD_MAX = 8192 };

/*
 * Whether it is such a file: a JSON list of reports, lists of them by kind, or
 * a table (CSV) of aggregate reports whose head is within its bound; a byte
 * order mark may stand before any.
 */
bool feed_split_is(struct str bytes);

/*
 * Each report in turn, the last also when it is cut off; a report of a table
 * has the table's head before it.  RC_OK, RC_NOMEM, and what `each` answers.
 * `*n`: how many there were.
 */
enum rc feed_split(struct str bytes, enum rc (*each)(void *arg, struct str report), void *arg, size_t *n,
                   struct err *e);

#endif
