/*
 * domain_name.h - the syntax of domain names as mail uses them: nothing of what they mean.
 */
#ifndef ASSAY_BASE_DOMAIN_NAME_H
#define ASSAY_BASE_DOMAIN_NAME_H

#include "base/str.h"

enum { DOMAIN_NAME_MAX = 253, DOMAIN_NAME_LABEL_MAX = 63 };

/*
 * How many labels it has, in any case, without a dot around it: each 1 to 63
 * letters, digits, '-' and '_', 253 bytes in all.  0: it is no such name.
 */
size_t domain_name_labels(struct str name);

#endif
