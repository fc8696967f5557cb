/*
 * others.h - episodes that do not follow from a domain's sums: exceptions that end, reports that could not be read.
 *
 * For watch/round.c.  Threads: as struct db.
 */
#ifndef ASSAY_WATCH_OTHERS_H
#define ASSAY_WATCH_OTHERS_H

#include "db/db.h"
#include "episodes/exceptions.h"
#include "watch/watch.h"

enum {
    OTHERS_MAX = 200,     /* episodes of a domain, or of the intake */
    OTHERS_SURE_DAYS = 50 /* others_intake finds all that opened in so many */
};

/*
 * One for each exception whose last day has come, until it is taken out or
 * gives way to another; at most OTHERS_MAX, added behind the *used of `out`.
 */
void others_exceptions(const struct exception *list, size_t n, int64_t today, struct watch_episode *out, size_t *used);

/*
 * One for each sender of whose mails or files at least three in seven days
 * could not be read, and who is who he says; "files" are those that came
 * without a sender.  At most OTHERS_MAX in *out; RC_OK with *n 0 for none.
 */
enum rc others_intake(struct db *d, struct arena *a, int64_t today, struct watch_episode **out, size_t *n,
                      struct err *e);

#endif
