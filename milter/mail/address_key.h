/*
 * address_key.h - one text for an address however it is written, to find it by.
 */
#ifndef ASSAY_MAIL_ADDRESS_KEY_H
#define ASSAY_MAIL_ADDRESS_KEY_H

#include "base/str.h"

enum { ADDRESS_KEY_MAX = 512 };

/*
 * Writes the key of an address (RFC 5321, or RFC 6531 with UTF-8 in it) to
 * `out` and answers its length, at most `max`; what is longer is cut off.
 * ASCII is in lower case; of an internationalized address the local part is
 * case-folded in normal form C, and the domain has A-labels (RFC 5890).  What
 * is no UTF-8 stays as it is.  A text without "@" is treated as a local part.
 * Pure.  Without memory the text is only put in lower case.
 */
size_t address_key(struct str address, char *out, size_t max);

#endif
