/*
 * option.h - the one table of options.
 *
 * Everything said about an option stands in one row: it drives the parser,
 * `-o`, `assay-milter -n`, the sample file and assay.conf(5).  To add an
 * option, add its field to `struct config` and its row here.
 */
#ifndef ASSAY_CONFIG_OPTION_H
#define ASSAY_CONFIG_OPTION_H

#include "syntax/option_row.h"

enum { OPTION_COUNT = 125 };
extern const struct option option_table[OPTION_COUNT];

/* The same, for syntax/parse.h. */
extern const struct option_rows option_rows;

/* The option of that name, case aside; NULL when there is none. */
const struct option *option_find(struct str name);

/* The name most like `name`, or NULL when none is near. */
const char *option_nearest(struct str name);

#endif
