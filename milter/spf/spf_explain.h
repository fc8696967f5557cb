/*
 * spf_explain.h - the publisher's explanation of a fail (RFC 7208 section 6.2).
 */
#ifndef ASSAY_SPF_SPF_EXPLAIN_H
#define ASSAY_SPF_SPF_EXPLAIN_H

#include "spf/spf_eval.h"

enum { SPF_EXPLANATION_MAX = 1000 }; /* bytes; a longer one is as none */

/*
 * Fetches and expands what exp= of `policy` points at.  Printable US-ASCII,
 * NUL-terminated; "" when there is none, or anything is wrong with it.
 */
const char *spf_explain(struct spf_eval *e, const struct spf_policy *policy);

#endif
