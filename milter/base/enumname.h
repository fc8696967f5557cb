/*
 * enumname.h - one table of names per enum, used alike by header, log, SQL and XML.
 *
 * The enum's values are 0, 1, 2, … and index the table.
 */
#ifndef ASSAY_BASE_ENUMNAME_H
#define ASSAY_BASE_ENUMNAME_H

#include <stdbool.h>

#include "base/str.h"

struct enum_names {
    const char *const *name;
    int count;
};

#define ENUM_NAMES(array) {(array), (int)(sizeof(array) / sizeof(array)[0])}

/* The name of `value`; a value outside the table is a broken invariant. */
const char *enum_name(const struct enum_names *names, int value);

/* Finds `name`, ASCII case aside; false when it is not in the table. */
bool enum_value(const struct enum_names *names, struct str name, int *value);

#endif
