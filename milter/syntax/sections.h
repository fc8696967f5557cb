/*
 * sections.h - files of titled sections: NAME TITLE { FIELD = VALUE  LIST = {VALUE, VALUE} }.
 *
 * senders.conf, clients.conf and the like.  Who reads such a file tells which
 * fields a section has and gets all text, with the place of each, in the
 * order of the file; what values mean is his to say.
 */
#ifndef ASSAY_SYNTAX_SECTIONS_H
#define ASSAY_SYNTAX_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "syntax/list.h"
#include "syntax/place.h"

enum {
    SECTIONS_FILE_MAX = 2 << 20, /* bytes */
    SECTIONS_MAX = 5000,
    SECTION_ITEMS_MAX = 2000,    /* values of one list */
    SECTION_FIELDS_MAX = 32
};

struct section_field {
    const char *name; /* compared case aside */
    bool list;
};

struct section_kind {
    const char *word;   /* "sender" */
    const char *manual; /* "senders.conf(5)" */
    const struct section_field *field;
    size_t fields;      /* at most SECTION_FIELDS_MAX */
};

struct section_item {
    const char *text;
    struct place place;
};

struct section_value {
    bool present;
    struct place place; /* of its first item; of the title when the list is empty */
    size_t n;           /* 1, unless it is a list */
    struct section_item *item;
};

struct section {
    const char *title;
    struct place place;          /* of the title */
    struct section_value *value; /* as kind->field */
};

struct sections {
    const char *path; /* as given; must outlive this */
    const struct section_kind *kind;
    size_t n;
    struct section *section; /* in the order of the file; no title twice, case aside */
};

/*
 * Reads `path`; all text lives in the arena.  RC_BAD or RC_LIMIT with
 * "PATH:LINE:COLUMN: what; remedy", RC_NOTFOUND when there is no such file.
 */
enum rc sections_read(struct arena *a, const char *path, const struct section_kind *kind, struct sections *out,
                      struct err *e);

/* As sections_read, for text (at most SECTIONS_FILE_MAX bytes) that came from `path`. */
enum rc sections_parse(struct arena *a, struct str text, const char *path, const struct section_kind *kind,
                       struct sections *out, struct err *e);

/* A complaint about what stands at `place`: sets "PATH:LINE:COLUMN: what; remedy" and returns RC_BAD. */
enum rc sections_bad(const struct sections *f, struct place place, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- values of common kinds: copied to `a`, which may be another arena than the file's ---- */

/* Of a field that is no list: its text, "" when it is absent.  NULL without memory. */
const char *section_text(struct arena *a, const struct section *s, size_t field);

/* The texts of a list, as they are.  RC_NOMEM. */
enum rc section_texts(struct arena *a, const struct section *s, size_t field, struct string_list *out);

/* The domains of a list, in lower case.  RC_BAD for what is no domain of two labels at least; RC_NOMEM. */
enum rc section_domains(struct arena *a, const struct sections *f, const struct section *s, size_t field,
                        struct string_list *out, struct err *e);

/* The networks of a list.  RC_BAD; RC_NOMEM. */
enum rc section_networks(struct arena *a, const struct sections *f, const struct section *s, size_t field,
                         struct net_list *out, struct err *e);

#endif
