/*
 * pg_error.h - what a PostgreSQL server says went wrong, in our terms.  Pure.
 */
#ifndef ASSAY_DB_PG_ERROR_H
#define ASSAY_DB_PG_ERROR_H

#include <stdbool.h>

#include "base/err.h"

/*
 * What an SQLSTATE means for who wants to go on (PostgreSQL's manual, appendix A); RC_INTERNAL one not known.  That two
 * change rights or a table at once has none of its own: the server's `words` tell it.
 */
enum rc pg_error_rc(const char *state, const char *words);

/* Whether it says that another transaction was in the way. */
bool pg_error_is_lock(const char *state);

/* What to do about an SQLSTATE, beginning with "; "; "" where the server's own words must do. */
const char *pg_error_remedy(const char *state);

/*
 * An error whose `words`, of several lines, are the server's or libpq's; no
 * password ever stands in them.  `remedy` begins with "; ", or is "".
 */
enum rc pg_error_say(const char *where, enum rc rc, const char *words, const char *remedy, struct err *e);

#endif
