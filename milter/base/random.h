/*
 * random.h - numbers nobody can guess, from the system.
 */
#ifndef ASSAY_BASE_RANDOM_H
#define ASSAY_BASE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Any 64 bits; never waits.  Threads: any. */
uint64_t random_bits(void);

/* Fills `n` bytes, at most 256, for a key or what must not be guessed; waits on a system that was just switched on. */
bool random_bytes(void *to, size_t n);

#endif
