/*
 * token.h - secrets of sessions: made, kept as a hash, shown under a mask.
 */
#ifndef ASSAY_KEEPER_TOKEN_H
#define ASSAY_KEEPER_TOKEN_H

#include <stdbool.h>

enum {
    TOKEN_TEXT = 64,        /* 32 random bytes in hexadecimal */
    TOKEN_MASKED_TEXT = 128 /* the mask, then the token under it */
};

/* A new one; NUL-terminated. */
void token_new(char out[static TOKEN_TEXT + 1]);

/* Whether it looks like one. */
bool token_is(const char *text);

/* Its SHA-256 in hexadecimal: what is kept of it.  False without memory. */
bool token_hash(const char *token, char out[static TOKEN_TEXT + 1]);

/* The token under a fresh random mask, so that no two pages show the same (BREACH); and whether `masked` is it. */
void token_mask(const char *token, char out[static TOKEN_MASKED_TEXT + 1]);
bool token_matches(const char *token, const char *masked);

#endif
