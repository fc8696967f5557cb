/* The words for what DKIM and ARC say, as RFC 8601 has them */
#include "dkim/dkim_evidence.h"

static const char *const dkim_names[] = {"none", "pass", "fail", "policy", "neutral", "temperror", "permerror"};
const struct enum_names dkim_result_names = ENUM_NAMES(dkim_names);

static const char *const dkim_problems[] = {"", "body", "headers", "no-key", "revoked", "key", "weak", "dns", "expired",
                                            "from-unsigned", "syntax", "unchecked"};
const struct enum_names dkim_problem_names = ENUM_NAMES(dkim_problems);

static const char *const arc_names[] = {"none", "pass", "fail"};
const struct enum_names arc_result_names = ENUM_NAMES(arc_names);
