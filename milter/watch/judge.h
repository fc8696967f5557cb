/*
 * judge.h - the parts of watch_judge, a file each; for watch/ alone.
 */
#ifndef ASSAY_WATCH_JUDGE_H
#define ASSAY_WATCH_JUDGE_H

#include "watch/watch.h"

/* Where episodes are added. */
struct judge_place {
    const struct watch_domain *d;
    const struct watch_bounds *b;
    struct watch_episode *episode;
    size_t max, *n;
    struct arena *arena;
};

/* Faults that come again, slow declines, a mechanism that is lost.  After the failures of approved sources. */
void drift_judge(const struct judge_place *place);

/* Reporters that fell silent. */
void silence_judge(const struct judge_place *place);

#endif
