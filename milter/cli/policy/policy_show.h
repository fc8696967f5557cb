/*
 * policy_show.h - the rules of policy.conf in words, for `assay policy`.
 */
#ifndef ASSAY_CLI_POLICY_POLICY_SHOW_H
#define ASSAY_CLI_POLICY_POLICY_SHOW_H

#include "formats/json.h"
#include "policy/policy.h"

/* Whether the rule has no effect any more. */
bool policy_rule_expired(const struct policy_rule *rule, int64_t now_ms);

/* One rule as lines of text: what it looks at, what it does, and for how long.  `position` counts from 1. */
void policy_print_rule(const struct policy_rule *rule, size_t position, int64_t now_ms, FILE *to);

/* The same as a JSON object. */
struct jnode *policy_rule_node(const struct policy_rule *rule, int64_t now_ms);

#endif
