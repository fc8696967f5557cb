/*
 * judge.h - one message, from what was gathered to what is done about it and what is kept of it.
 *
 * Pure.  The verdict comes first, then the record of it, then the decision,
 * which looks at the record alone (policy/disposition.h), then the actions.
 */
#ifndef ASSAY_POLICY_JUDGE_H
#define ASSAY_POLICY_JUDGE_H

#include "output/record.h"
#include "policy/action.h"
#include "verdict/verdict.h"

struct judgement {
    struct verdict verdict;
    struct actions actions;
    struct record record; /* whole but for what judge_done adds */
};

/* All in `a`, or in what is given.  RC_NOMEM. */
enum rc judge(struct arena *a, const struct given *g, struct judgement *out);

/*
 * Completes the record when `done` was carried out, which may be less than
 * was asked for.  `total_ms`: from MAIL to now.
 */
void judge_done(struct judgement *j, const struct actions *done, int64_t total_ms);

#endif
