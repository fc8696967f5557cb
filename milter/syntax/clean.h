/*
 * clean.h - what of a configuration file may reach the library.  Pure.
 *
 * libConfuse expands ${NAME} from the environment, lets strings run over
 * lines, knows escapes that yield any byte, drops some signs between words,
 * and (3.3) writes one byte past its buffer for comments of some lengths.
 * None of it is wanted: values must not depend on who starts the program.
 */
#ifndef ASSAY_SYNTAX_CLEAN_H
#define ASSAY_SYNTAX_CLEAN_H

#include <stddef.h>

#include "base/err.h"

/*
 * Overwrites comments and carriage returns in `text` (`n` bytes) with blanks,
 * so that lines keep their numbers.  RC_BAD with "PATH:LINE: what; remedy" for
 * NUL and other control bytes, an unclosed string or comment, a backslash, ${,
 * and for * and + (but not +=) outside of quotes.
 */
enum rc clean_text(char *text, size_t n, const char *path, struct err *e);

#endif
