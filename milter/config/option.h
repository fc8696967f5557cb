/*
 * option.h - the one table of options.
 *
 * Everything said about an option stands in one row: it drives the parser,
 * `-o`, `assay-milter -n`, the sample file and assay.conf(5).  To add an
 * option, add its field to `struct config` and its row here.
 */
#ifndef ASSAY_CONFIG_OPTION_H
#define ASSAY_CONFIG_OPTION_H

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

enum { OPTION_COUNT = 68 };
extern const struct option option_table[OPTION_COUNT];

/* The option of that name, case aside; NULL when there is none. */
const struct option *option_find(struct str name);

/* The name most like `name`, or NULL when none is near. */
const char *option_nearest(struct str name);

/* Whether it takes several values. */
bool option_is_list(const struct option *o);

#endif
