/* Rules of policy.conf out of a literal. */
#ifndef ASSAY_TESTS_RULES_H
#define ASSAY_TESTS_RULES_H

#include "unit.h"

#include "policy/policy.h"

/* Lives as long as `a`. */
static inline struct policy policy_of(struct arena *a, const char *text)
{
    struct sections *f = arena_alloc(a, sizeof *f);
    struct policy p = {.n = 0};
    struct err e = ERR_NONE;

    if (sections_parse(a, str_of(text), "policy.conf", &policy_sections, f, &e) != RC_OK ||
        policy_make(a, f, &p, &e) != RC_OK)
        fail_msg("%s: %s", text, e.text);
    return p;
}

#endif
