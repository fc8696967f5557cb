/*
 * base64.h - decoding of base64 (RFC 4648 section 4).
 *
 * Taken as mail and DNS write it: white space must be gone already; padding
 * may be missing, as the grammar of RFC 6376 section 2.10 allows.
 */
#ifndef ASSAY_BASE_BASE64_H
#define ASSAY_BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* Bytes that `text` stands for; 0 when it is empty or no base64. */
size_t base64_size(struct str text);

/* Decodes base64_size(text) bytes into the arena; NULL when that is 0 or as arena_alloc. */
uint8_t *base64_decode(struct arena *a, struct str text);

#endif
