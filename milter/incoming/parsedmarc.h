/*
 * parsedmarc.h - what parsedmarc wrote, as the reports that it read.
 *
 * Its JSON and its table (CSV) of an aggregate report become the XML of one,
 * and its JSON of a failure report the fields of one, so that they are read
 * as the reports themselves are, with the same limits.  What parsedmarc does
 * not keep (whether envelope_from was there) cannot come back.
 */
#ifndef ASSAY_INCOMING_PARSEDMARC_H
#define ASSAY_INCOMING_PARSEDMARC_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { PARSEDMARC_MAX = 32 * 1024 * 1024 /* bytes of one report, as it wrote it and as XML */ };

/* One report as JSON, or as a table with its head; `out->p` is the caller's to free.  RC_BAD, RC_LIMIT, RC_NOMEM. */
enum rc parsedmarc_json(struct str text, struct str *out, struct err *e);
enum rc parsedmarc_csv(struct str text, struct str *out, struct err *e);

/* Fields of a failure report, and the message it is about; in the arena.  As above. */
enum rc parsedmarc_failure(struct arena *a, struct str text, struct str *fields, struct str *sample, struct err *e);

#endif
