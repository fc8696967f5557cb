/*
 * job.h - one report of a round of sending (post.h).
 */
#ifndef ASSAY_POST_JOB_H
#define ASSAY_POST_JOB_H

#include "dkim/dkim_sign.h"
#include "post/post.h"
#include "post/quota.h"
#include "post/submit.h"

/* One round. */
struct round {
    const struct post_settings *set;
    struct post_counts *out;
    struct submit *submit;
    struct dkim_signer *signer; /* NULL: not signed */
    struct quota *quota;
    int64_t done;               /* reports that had their turn */
};

/*
 * Gives `item` its turn: sends it (in a dry run: tells what would be sent),
 * notes what became of it, counts that.  RC_OK whatever that is; else the
 * database or memory failed.
 */
enum rc job_run(struct round *round, const struct dispatch *item, struct err *e);

#endif
