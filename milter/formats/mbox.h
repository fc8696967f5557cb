/*
 * mbox.h - a file of several mails, one behind the other (RFC 4155), taken apart.
 *
 * A mail begins with a line "From sender date" at the beginning or behind an
 * empty line, and then with a header field.  A byte order mark and empty lines
 * may stand before the first.
 *
 * Pure; threads: any.
 */
#ifndef ASSAY_FORMATS_MBOX_H
#define ASSAY_FORMATS_MBOX_H

#include <stdbool.h>

#include "base/str.h"

/* Whether the bytes begin with such a line. */
bool mbox_is(struct str bytes);

/* Whether a further mail follows the first. */
bool mbox_has_more(struct str bytes);

/* Takes the next mail off `rest`, which mbox_is or has come from here; without its "From " line. */
struct str mbox_next(struct str *rest);

/* Behind a line "From sender date" that one mail begins with; the whole where there is none. */
struct str mbox_without_envelope(struct str mail);

#endif
