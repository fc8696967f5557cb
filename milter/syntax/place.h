/*
 * place.h - where words stand in a configuration file: columns and headings, which the library does not tell.
 *
 * A reader that goes through the same text beside the library.  It only says
 * where things are; should the two ever disagree, columns are missing and
 * nothing else.  Pure.
 */
#ifndef ASSAY_SYNTAX_PLACE_H
#define ASSAY_SYNTAX_PLACE_H

#include <stdbool.h>

#include "base/str.h"

struct place {
    unsigned line, column; /* from 1; 0 unknown */
};

struct place_reader {
    struct str text;
    size_t at;            /* what was read */
    struct place here;    /* where that ends */
    struct place heading; /* the title of the last section entered */
    char before;          /* the punctuation just read; NUL: a word */
    bool in_list;
    bool lost;
};

/* At the begin of `text`, which clean_text has seen. */
struct place_reader place_begin(struct str text);

/* Goes on behind the next value `word`; its place. */
struct place place_value(struct place_reader *r, struct str word);

/* Goes on behind the next name `word`, which "=", "+=" or "{" follows; its place. */
struct place place_name(struct place_reader *r, struct str word);

/* Goes on behind the next title `word`; its place. */
struct place place_title(struct place_reader *r, struct str word);

/* Goes on behind the end of a section; where its title stands. */
struct place place_section_end(struct place_reader *r);

#endif
