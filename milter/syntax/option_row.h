/*
 * option_row.h - what is known of one option of a configuration file.
 *
 * The rows themselves are config/option.h's.
 */
#ifndef ASSAY_SYNTAX_OPTION_ROW_H
#define ASSAY_SYNTAX_OPTION_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/enumname.h"
#include "base/str.h"

enum option_type {
    OPTION_TEXT,     /* const char * */
    OPTION_BOOL,     /* bool: yes or no */
    OPTION_NUMBER,   /* unsigned */
    OPTION_OCTAL,    /* unsigned, written in octal */
    OPTION_SECONDS,  /* unsigned; suffix s or m */
    OPTION_SIZE,     /* unsigned, bytes; suffix K or M */
    OPTION_WORD,     /* int: index into `words` */
    OPTION_TEXTS,    /* struct string_list */
    OPTION_NETWORKS  /* struct net_list */
};

/* Says whether `value` will do for a text; if not, `*want` tells what would. */
typedef bool option_check(struct str value, const char **want);

struct option {
    const char *group;       /* heading in sample and manual; the rows of a group stand together */
    const char *name;
    enum option_type type;
    const char *preset;      /* the default, as it would be written; lists separated by ", " */
    size_t offset;           /* of its field in struct config */
    uint32_t min, max;       /* of numbers, inclusive */
    const struct enum_names *words; /* OPTION_WORD */
    option_check *check;     /* OPTION_TEXT and each item of OPTION_TEXTS; NULL: anything goes */
    bool fixed;              /* needs a restart: a reload cannot change it */
    const char *help;        /* sentences */
};

/* A table of them, constant. */
struct option_rows {
    size_t n;
    const struct option *row;
};

/* Whether it takes several values. */
bool option_is_list(const struct option *o);

/* The option of that name, case aside; NULL when there is none. */
const struct option *option_row_find(const struct option_rows *rows, struct str name);

/* The name most like `name`, or NULL when none is near. */
const char *option_row_nearest(const struct option_rows *rows, struct str name);

#endif
