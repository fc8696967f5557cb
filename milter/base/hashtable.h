/*
 * hashtable.h - uthash, with a hash whose collisions nobody outside can make.
 *
 * uthash's own has no salt, so that whoever chooses the keys (names, selectors,
 * addresses of strangers) can put all of them into one bucket.  Included
 * instead of <uthash.h>, everywhere.
 */
#ifndef ASSAY_BASE_HASHTABLE_H
#define ASSAY_BASE_HASHTABLE_H

#include <stddef.h>

/* SipHash of `n` bytes under a key that this process drew for itself.  Threads: any. */
unsigned keyed_hash(const void *key, size_t n);

/* Without memory an element is left out, and its hh.tbl is NULL: whoever adds looks.  uthash's own way is to exit. */
#undef HASH_NONFATAL_OOM
#define HASH_NONFATAL_OOM 1
#define HASH_FUNCTION(key, n, out) ((out) = keyed_hash((key), (n)))
#include <uthash.h>

#endif
