/*
 * alert_ways.h - tells what the watch found to a web address and to a program (AlertURL, AlertCommand).
 *
 * For post/alert.c.  Threads: one at a time.
 */
#ifndef ASSAY_POST_ALERT_WAYS_H
#define ASSAY_POST_ALERT_WAYS_H

#include "post/alert.h"

/* Both, each as far as it goes; what held it up is in out->why, after the option's name.  Errors are the database's. */
enum rc alert_ways_tell(struct db *d, struct arena *a, const struct config *c, struct alert_counts *out,
                        struct err *e);

/* A way that the site does not want: what is untold counts as told, so that it is not all told once it wants it. */
enum rc alert_ways_skip(struct db *d, struct arena *a, enum episode_way way, struct err *e);

#endif
