/*
 * sheet.h - answers for people: labels beside text, whatever that text holds.
 */
#ifndef ASSAY_DESK_SHEET_H
#define ASSAY_DESK_SHEET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/str.h"

enum sheet_kind {
    SHEET_HEADING,
    SHEET_SENTENCE, /* whole, not folded */
    SHEET_PAIR,     /* a label and its text */
    SHEET_LINE      /* as it stands: of the head, of a closure note */
};

struct sheet_item {
    enum sheet_kind kind;
    const char *label; /* of a PAIR; "" goes on with the one before */
    const char *text;
};

enum { SHEET_ITEMS_MAX = 400, SHEET_TEXT_MAX = 8000 /* bytes of an item's text; what is longer is cut */ };

/* What was said, in order. */
struct sheet_list {
    size_t n;
    bool left_off; /* there was more than fits */
    struct sheet_item item[SHEET_ITEMS_MAX];
    struct strbuf open; /* the item being written; of use to sheet.c alone */
    bool is_open;
};

struct sheet {
    struct arena *a; /* for scratch, and for the items' text */
    FILE *to;    /* NULL: into `list` */
    struct sheet_list *list;
    int width;   /* columns of the terminal; 0: not one, lines fold at 100 */
    void (*style)(const char *sequence); /* sends a sequence of ours behind what was written to `to`; NULL: no colour */
};

/* Writes what printf would; a newline ends a collected item, and an empty line is none. */
void sheet_put(const struct sheet *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Text fit for a terminal; the record's was cleaned when it was made, but anybody may have written the file. */
const char *sheet_shown(const struct sheet *s, const char *text);
const char *sheet_shown_str(const struct sheet *s, struct str text);

/* The same, or `otherwise` where there is none. */
const char *sheet_or(const struct sheet *s, const char *text, const char *otherwise);

/* Begins a line: two blanks and `name`, filled up; "" for a line that goes on with the one before. */
void sheet_label(const struct sheet *s, const char *name);

/* A heading on a line of its own, with an empty line before. */
void sheet_heading(const struct sheet *s, const char *text);

/* A few words of our own that must not be overlooked: red where there is colour; no line end. */
void sheet_alarm(const struct sheet *s, const char *text);

/* A whole sentence: two blanks in, folded at the width, with a large first letter and a full stop where they lack. */
void sheet_sentence(const struct sheet *s, const char *text);

/* Local time with its zone, "2026-11-22 10:30:00 CET"; returns `buf`. */
enum { SHEET_TIME_MAX = 40 };
const char *sheet_time(int64_t time_ms, char buf[static SHEET_TIME_MAX]);

/* "40 minutes", "1 hour", "3 days": the largest unit that gives at least one; never negative.  Returns `buf`. */
enum { SHEET_SPAN_MAX = 40 };
const char *sheet_span(int64_t ms, char buf[static SHEET_SPAN_MAX]);

#endif
