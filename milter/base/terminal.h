/*
 * terminal.h - standard output and standard error that cannot steer a terminal, whatever is written to them.
 *
 * Foreign text is escaped where it is printed, for what it is printed into.
 * This is the door behind all of that: messages of mistakes, arguments that
 * they repeat, words of libraries.
 */
#ifndef ASSAY_BASE_TERMINAL_H
#define ASSAY_BASE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * From now on control characters in what is printed to stdout and stderr (C0
 * but newline, tab and CR before a newline; DEL; C1), those that turn the
 * direction of text, and what is no UTF-8 come out as \xHH.  Called once, at
 * the start.  Without memory all stays as it is.
 */
void terminal_guard(void);

/* Bytes for standard output as they are, unless that is a terminal; false when they cannot be written. */
bool terminal_copy(const void *bytes, size_t n);

/* A sequence of our own to standard output ("\033[1m"), behind all that was printed; never foreign text. */
void terminal_style(const char *sequence);

/* Words of our own to standard error that go back to the line's beginning ("\r"); nothing foreign among them. */
void terminal_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
