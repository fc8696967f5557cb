/*
 * secret.h - small files that hold a key or a password, which only we may read.
 */
#ifndef ASSAY_BASE_SECRET_H
#define ASSAY_BASE_SECRET_H

#include "base/err.h"

enum { SECRET_MAX = 16 * 1024 }; /* bytes of such a file */

struct secret;

/*
 * Reads `path`: a regular file, ours or root's, which group and others can
 * neither read nor write, not empty, without NUL.  RC_BAD and RC_IO say what
 * to do; no error ever shows what is in it.
 */
enum rc secret_read(const char *path, struct secret **out, struct err *e);

/* What it holds, NUL-terminated. */
const char *secret_text(const struct secret *s);

/* Wipes it.  NULL allowed. */
void secret_free(struct secret *s);

#endif
