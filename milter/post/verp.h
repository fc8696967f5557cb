/*
 * verp.h - a return path of its own for each report and address, so that a bounce tells which one died.
 *
 * ReportSender "bounces@receiver.example" becomes "bounces+KEY@receiver.example".
 * The key cannot be guessed: nobody can forge the bounce of somebody else's address.
 */
#ifndef ASSAY_POST_VERP_H
#define ASSAY_POST_VERP_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { VERP_KEY_SIZE = 26 }; /* letters and digits: 128 bits in base32 */

/* A new key out of the kernel's random numbers, NUL-terminated. */
enum rc verp_key(char out[VERP_KEY_SIZE + 1], struct err *e);

/* The return path for `key`; "", the null reverse-path, when `sender` is "".  NULL as arena_alloc. */
const char *verp_address(struct arena *a, const char *sender, const char *key);

/* The key in `address`, when it is a return path of `sender`'s; else STR_NONE. */
struct str verp_key_of(struct str address, const char *sender);

#endif
