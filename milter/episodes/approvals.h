/*
 * approvals.h - who agreed to which stage of a domain's policy, and when.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_EPISODES_APPROVALS_H
#define ASSAY_EPISODES_APPROVALS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db.h"

enum { APPROVAL_TEXT_MAX = 200 };

/* Texts are never NULL. */
struct approval {
    const char *client, *domain; /* normal */
    const char *stage;          /* of watch_stage_names: "p=quarantine; t=y" */
    const char *approver, *ticket;
    int64_t day;                /* on which it was agreed to; of UTC, counted from the epoch */
    int64_t time_ms;            /* when it was written down … */
    const char *who;            /* … and by whom */
};

/* In a transaction of its own. */
enum rc approvals_add(struct db *d, const struct approval *x, struct err *e);

/* Those of the domain, the newest first, at most `max`; texts in the arena. */
enum rc approvals_list(struct db *d, struct arena *a, const char *domain, size_t max, struct approval **out, size_t *n,
                       struct err *e);

#endif
