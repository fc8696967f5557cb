#include "policy/catch_rule.h"

#include <string.h>

#include "policy/disposition.h"
#include "policy/tie.h"

static bool catch_rule_is(const struct record *r, enum policy_action action)
{
    return strcmp(r->action, enum_name(&policy_action_names, (int)action)) == 0;
}

struct catch_weight catch_weigh(const struct record *r)
{
    struct catch_weight w = {.asked = r->action[0] != '\0' && !disposition_is_built_in(r->rule)};
    struct facts f;

    if (!w.asked)
        return w;
    f = facts_recorded(r);
    w.refused = catch_rule_is(r, POLICY_REJECT) || catch_rule_is(r, POLICY_QUARANTINE);
    w.claim = w.refused && disposition_is_mishap(&f);
    w.proof = tie_is_proved(r);
    return w;
}

bool catch_is_suspect(uint64_t refused, uint64_t all, unsigned share, unsigned least)
{
    return share > 0 && refused >= least && refused * 100 > all * share;
}

bool catch_comes_on(int64_t passed)
{
    return passed >= CATCH_KNOWN;
}

bool catch_is_unusual(uint64_t refused, uint64_t all, int64_t past_passed, int64_t past_refused, int64_t past_all)
{
    return past_passed >= CATCH_KNOWN && refused * (uint64_t)past_all > 2 * (uint64_t)past_refused * all;
}
