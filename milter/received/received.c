#include "received/received.h"

static const char *const trusts[] = {"unproven", "local", "aligned", "verified"};
const struct enum_names received_trust_names = ENUM_NAMES(trusts);

static const char *const outcomes[] = {"stored", "repaired", "partial", "duplicate", "superseded", "empty", "foreign",
                                       "untrusted", "not-a-report", "unreadable", "limited"};
const struct enum_names received_outcome_names = ENUM_NAMES(outcomes);

bool received_is_kept(enum received_outcome outcome)
{
    return outcome == RECEIVED_STORED || outcome == RECEIVED_REPAIRED || outcome == RECEIVED_PARTIAL ||
           outcome == RECEIVED_SUPERSEDED;
}

bool received_is_unread(enum received_outcome outcome)
{
    return outcome == RECEIVED_PARTIAL || outcome == RECEIVED_FOREIGN || outcome == RECEIVED_UNTRUSTED ||
           outcome == RECEIVED_NOT_A_REPORT || outcome == RECEIVED_UNREADABLE || outcome == RECEIVED_LIMITED;
}

enum received_outcome received_weightier(enum received_outcome a, enum received_outcome b)
{
    static const int weight[] = {
        [RECEIVED_NOT_A_REPORT] = 0, [RECEIVED_EMPTY] = 1, [RECEIVED_DUPLICATE] = 2, [RECEIVED_STORED] = 3,
        [RECEIVED_REPAIRED] = 4, [RECEIVED_SUPERSEDED] = 5, [RECEIVED_FOREIGN] = 6, [RECEIVED_PARTIAL] = 7,
        [RECEIVED_UNTRUSTED] = 8, [RECEIVED_LIMITED] = 9, [RECEIVED_UNREADABLE] = 10,
    };

    return weight[a] >= weight[b] ? a : b;
}
