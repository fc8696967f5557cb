/*
 * polyhash.h - a keyed hash of long texts, many times as quick as SipHash: the text as a polynomial at a secret point.
 *
 * For whoever has seen neither key nor hash, two texts collide with a probability of at most their number of words, of
 * seven bytes, by 2^59; who sees hashes can work out the key.  So they are not to be shown, and where several are added
 * up each goes through SipHash first.
 *
 * Pure but for polyhash_key.
 */
#ifndef ASSAY_BASE_POLYHASH_H
#define ASSAY_BASE_POLYHASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { POLYHASH_LANES = 4, POLYHASH_WORD = 7, POLYHASH_BLOCK = POLYHASH_LANES * POLYHASH_WORD };

/* Secret numbers from 1 to 2^59 - 1. */
struct polyhash_key {
    uint64_t point, mix;
};

/* What came of a text so far; begins as zero. */
struct polyhash {
    uint64_t lane[POLYHASH_LANES]; /* each of every fourth word, at `point`; the sum is one of them, at `mix` */
    uint64_t bytes;
    size_t n;                               /* of `last` */
    unsigned char last[POLYHASH_BLOCK + 1]; /* what is in no lane yet */
};

/* A key that nobody knows. */
struct polyhash_key polyhash_key(void);

/* More of the text, in pieces of any size. */
void polyhash_add(const struct polyhash_key *key, struct polyhash *h, struct str piece);

/* The hash, below 2^61, of what came; more may come.  Other lengths are other texts, also of zeros. */
uint64_t polyhash_sum(const struct polyhash_key *key, const struct polyhash *h);

#endif
