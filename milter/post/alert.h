/*
 * alert.h - tells the desk what the watch found: a line in the log, a mail to AlertTo, a document to AlertURL and
 * AlertCommand.
 *
 * A notice is told once each way.  A mail (as a document) is begun in the database before it
 * goes out, under the Message-ID that a second attempt will have, so that a
 * process that dies between the two leaves a mail that readers can tell is the
 * same, and none is forgotten.
 *
 * Threads: one at a time.
 */
#ifndef ASSAY_POST_ALERT_H
#define ASSAY_POST_ALERT_H

#include "config/config.h"
#include "db/db.h"
#include "episodes/episodes.h"

enum {
    ALERT_SINGLE_MAX = 5    /* more notices than this at once are one mail */
};

struct alert_counts {
    int64_t logged, mails;     /* notices; mails sent */
    int64_t documents;         /* that AlertURL or AlertCommand took */
    int64_t waiting;           /* notices that a way out did not take; they wait for the next round */
    struct err why;            /* what held them up, last */
    const char *where;         /* the option of that way; "" nothing did */
};

/*
 * Tells what was not told yet.  RC_OK also when somebody did not take it:
 * out->why says so, and the next round tries again.
 */
enum rc alert_tell(struct db *d, struct arena *a, const struct config *c, struct alert_counts *out, struct err *e);

#endif
