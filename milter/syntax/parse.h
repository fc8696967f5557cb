/*
 * parse.h - the syntax of our configuration files, which is libConfuse's.
 */
#ifndef ASSAY_SYNTAX_PARSE_H
#define ASSAY_SYNTAX_PARSE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "syntax/option_row.h"
#include "syntax/sections.h"

enum { CONFIG_FILE_MAX = 256 * 1024 }; /* bytes */

/* What a file says of one option. */
struct setting {
    bool present;
    unsigned line;
    struct str text; /* a list's items joined by commas */
};

/*
 * Reads `path` into `out`, of as many as there are rows; texts live in the arena.
 * Values are not looked at.  RC_BAD (RC_LIMIT when too large) with
 * "PATH:LINE: what; remedy".
 */
enum rc parse_file(struct arena *a, const char *path, const struct option_rows *rows, struct setting *out,
                   struct err *e);

/* As parse_file, for `n` bytes of text (at most CONFIG_FILE_MAX) that came from `path`. */
enum rc parse_text(struct arena *a, struct str text, const char *path, const struct option_rows *rows,
                   struct setting *out, struct err *e);

/*
 * Reads `text` into the sections of `out`, whose path and kind are set; as
 * sections_parse (syntax/sections.h), which is what to call.
 */
enum rc parse_sections(struct arena *a, struct str text, struct sections *out, struct err *e);

#endif
