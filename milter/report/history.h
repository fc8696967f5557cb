/*
 * history.h - OpenDMARC's history file (opendmarc.conf(5), HistoryFile), read and written.
 *
 * A message is a run of lines "key value", of which "job" is the first.  The
 * numbers in it are those of OpenDMARC's own headers.  Pure.
 */
#ifndef ASSAY_REPORT_HISTORY_H
#define ASSAY_REPORT_HISTORY_H

#include "output/record.h"

enum { HISTORY_LINE_MAX = 4096, HISTORY_ENTRY_MAX = 16 * 1024 };

/* ---- reading ---- */

struct history;

/* A reader of one file.  RC_NOMEM. */
enum rc history_open(struct history **out, struct err *e);
void history_free(struct history *h); /* NULL allowed */

/*
 * Takes the next line, without its end.  When it begins another message,
 * `*done` is the one before, valid until the next call; else NULL.  RC_BAD
 * for a message that lacks what a record needs, has a number that cannot be
 * read, or was cut off before its last line, "action" ("line N: …"); the
 * reader goes on after it.  Keys it does not know are passed over.
 */
enum rc history_line(struct history *h, struct str line, const struct record **done, struct err *e);

/* The last message, once the lines are over. */
enum rc history_end(struct history *h, const struct record **done, struct err *e);

/* ---- writing ---- */

/*
 * Appends a message's lines to `out`.  Nothing for a message without a policy
 * record or whose result is not known, as OpenDMARC does.  `reporter` is the
 * name of this host.  RC_LIMIT when it does not fit, with nothing appended.
 */
enum rc history_write(struct arena *a, const struct record *r, const char *reporter, struct strbuf *out);

#endif
