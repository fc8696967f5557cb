/*
 * job.h - one report of a round of sending (post.h).
 */
#ifndef ASSAY_REPORT_JOB_H
#define ASSAY_REPORT_JOB_H

#include "auth/dkim_sign.h"
#include "report/post.h"
#include "report/submit.h"

/* One round. */
struct round {
    const struct post_settings *set;
    struct post_counts *out;
    struct submit *submit;
    struct dkim_signer *signer; /* NULL: not signed */
    int64_t done;               /* reports that had their turn */
};

/*
 * Gives `item` its turn: sends it (in a dry run: tells what would be sent),
 * notes what became of it, counts that.  RC_OK whatever that is; else the
 * database or memory failed.
 */
enum rc job_run(struct round *round, const struct dispatch *item, struct err *e);

#endif
