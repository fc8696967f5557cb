/*
 * json_read.h - JSON of strangers, read into a tree (RFC 8259).
 *
 * Threads: a tree belongs to one thread at a time.
 */
#ifndef ASSAY_FORMATS_JSON_READ_H
#define ASSAY_FORMATS_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum { JSON_READ_MAX = 16 * 1024 * 1024, JSON_READ_DEPTH = 16 };

struct jvalue; /* part of a tree, and lives as long */

/*
 * A document.  RC_BAD with "line N: what", also for a key that an object has
 * twice; RC_LIMIT when it is longer or deeper than above; RC_NOMEM.
 */
enum rc jvalue_read(struct str text, struct jvalue **root, struct err *e);
void jvalue_free(struct jvalue *root); /* NULL allowed */

/* The member of an object; NULL when there is none, when it is null, and when `v` is NULL or no object. */
const struct jvalue *jvalue_member(const struct jvalue *v, const char *key);

/* Name of member `i` of an object, in an order of its own; NULL past the end, and when `v` is NULL or no object. */
const char *jvalue_name(const struct jvalue *v, size_t i);

/* Entries of a list, 0 for anything else; and one of them. */
size_t jvalue_length(const struct jvalue *v);
const struct jvalue *jvalue_at(const struct jvalue *v, size_t i);

/* Whether `v` (NULL allowed) is of that kind; numbers with a fraction lose it. */
bool jvalue_is_object(const struct jvalue *v);
bool jvalue_is_list(const struct jvalue *v);
bool jvalue_text(const struct jvalue *v, struct str *out);
bool jvalue_number(const struct jvalue *v, int64_t *out);

#endif
