/*
 * textfile.h - a configuration file's text, whole.
 */
#ifndef ASSAY_SYNTAX_TEXTFILE_H
#define ASSAY_SYNTAX_TEXTFILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/*
 * All of the file at `path`, in the arena, with a NUL behind it.  RC_NOTFOUND
 * when there is none, RC_BAD when it cannot be read, RC_LIMIT when it is
 * larger than `most` bytes; "PATH: what; remedy".
 */
enum rc textfile_read(struct arena *a, const char *path, size_t most, struct str *out, struct err *e);

#endif
