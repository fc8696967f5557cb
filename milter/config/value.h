/*
 * value.h - from an option's text to its field in struct config, and back.  Pure.
 */
#ifndef ASSAY_CONFIG_VALUE_H
#define ASSAY_CONFIG_VALUE_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "config/option.h"

/*
 * Sets the field of `o` from `text`; strings and lists live in the arena.
 * A list's items stand between commas or blanks.  RC_BAD with
 * "NAME: what; remedy", to which the caller adds where it stands.
 */
enum rc value_set(struct arena *a, struct config *c, const struct option *o, struct str text, struct err *e);

/* Writes the field as it would stand in the file: "yes", 30, {"::1"}. */
void value_print(const struct config *c, const struct option *o, FILE *to);

/* Whether two snapshots agree on an option. */
bool value_equal(const struct config *a, const struct config *b, const struct option *o);

#endif
