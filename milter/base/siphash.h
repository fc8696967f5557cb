/*
 * siphash.h - SipHash-2-4 (Aumasson and Bernstein 2012): a hash whose collisions nobody can make who lacks the key.
 */
#ifndef ASSAY_BASE_SIPHASH_H
#define ASSAY_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY_BYTES = 16 };

/* Pure; `n` may be 0. */
uint64_t siphash(const unsigned char key[SIPHASH_KEY_BYTES], const void *data, size_t n);

#endif
