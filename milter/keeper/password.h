/*
 * password.h - passwords as they are kept: crypt(5), yescrypt.
 *
 * One takes 0.1 s and 34 MiB; at most PASSWORD_AT_ONCE are worked on at a
 * time.  Threads: any.
 */
#ifndef ASSAY_KEEPER_PASSWORD_H
#define ASSAY_KEEPER_PASSWORD_H

#include <stdbool.h>

#include "base/err.h"

enum { PASSWORD_MIN = 14, PASSWORD_MAX = 200 /* bytes */, PASSWORD_HASH_MAX = 384, PASSWORD_AT_ONCE = 2 };

/* Whether it will do for that account: length alone, and that it is not the name. */
enum rc password_check(const char *password, const char *name, struct err *e);

/* Its hash.  RC_TEMP, RC_NOMEM. */
enum rc password_hash(const char *password, char out[static PASSWORD_HASH_MAX], struct err *e);

/* Whether `hash` is its hash; a `hash` of "" never is, and takes as long to find out.  RC_TEMP when too many wait. */
enum rc password_verify(const char *password, const char *hash, bool *is, struct err *e);

#endif
