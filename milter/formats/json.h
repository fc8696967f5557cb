/*
 * json.h - JSON output of the subcommands.
 *
 * A tree is built, printed once and freed whole.  Keys are literals; text may
 * hold any byte (in text that is not UTF-8 the bytes that are not, and control
 * bytes, are printed as \xHH).  Running out of
 * memory ends the program: it is a command, not the daemon.
 */
#ifndef ASSAY_FORMATS_JSON_H
#define ASSAY_FORMATS_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

struct jnode;

/* New and empty. */
struct jnode *jnode_object(void);
struct jnode *jnode_array(void);

/* In an object: `key` becomes the value.  NULL text is written as null. */
void jnode_text(struct jnode *object, const char *key, const char *text);
void jnode_str(struct jnode *object, const char *key, struct str text);
void jnode_int(struct jnode *object, const char *key, int64_t value);
void jnode_bool(struct jnode *object, const char *key, bool value);

/* A point of time, milliseconds since the epoch, as RFC 3339 has it: "2026-11-22T10:30:00Z"; 0 is written as null. */
void jnode_time(struct jnode *object, const char *key, int64_t time_ms);

/* Hands `child` over to the object or array. */
void jnode_put(struct jnode *object, const char *key, struct jnode *child);
void jnode_append(struct jnode *array, struct jnode *child);
void jnode_append_text(struct jnode *array, const char *text);

/* Prints with two-space indentation and a final newline, in the order put; frees the tree. */
void jnode_print(struct jnode *root, FILE *to);

#endif
