/*
 * sheet.h - answers for people: labels beside text, whatever that text holds.
 */
#ifndef ASSAY_CLI_SHEET_H
#define ASSAY_CLI_SHEET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/str.h"

struct sheet {
    struct arena *a; /* for scratch */
    FILE *to;
};

/* Text fit for a terminal; the record's was cleaned when it was made, but anybody may have written the file. */
const char *sheet_shown(const struct sheet *s, const char *text);
const char *sheet_shown_str(const struct sheet *s, struct str text);

/* The same, or `otherwise` where there is none. */
const char *sheet_or(const struct sheet *s, const char *text, const char *otherwise);

/* Begins a line: two blanks and `name`, filled up; "" for a line that goes on with the one before. */
void sheet_label(const struct sheet *s, const char *name);

/* A heading on a line of its own, with an empty line before. */
void sheet_heading(const struct sheet *s, const char *text);

/* A whole sentence: two blanks in, folded at blanks, the first letter large and a full stop where they lack. */
void sheet_sentence(const struct sheet *s, const char *text);

/* "2026-11-22 09:30:00 UTC"; returns `buf`. */
enum { SHEET_TIME_MAX = 40 };
const char *sheet_time(int64_t time_ms, char buf[static SHEET_TIME_MAX]);

/* "40 minutes", "1 hour", "3 days": the largest unit that gives at least one; never negative.  Returns `buf`. */
enum { SHEET_SPAN_MAX = 40 };
const char *sheet_span(int64_t ms, char buf[static SHEET_SPAN_MAX]);

#endif
