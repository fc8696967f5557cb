/*
 * hmac.h - HMAC-SHA-256 (RFC 2104), by which a receiver tells that what it was sent is ours.
 *
 * Threads: any.
 */
#ifndef ASSAY_NET_HMAC_H
#define ASSAY_NET_HMAC_H

#include <stdbool.h>

#include "base/str.h"

enum { HMAC_HEX = 64 + 1 };

/* Of `text` under `key`, in lower-case hexadecimal digits; false when the library fails. */
bool hmac_sha256(struct str key, struct str text, char hex[static HMAC_HEX]);

#endif
