/*
 * bounce.h - what comes back to the return path of a report (RFC 3464).
 */
#ifndef ASSAY_POST_BOUNCE_H
#define ASSAY_POST_BOUNCE_H

#include "base/arena.h"
#include "base/enumname.h"
#include "config/config.h"
#include "outbox/outbox.h"
#include "post/mime.h"

enum bounce_kind {
    BOUNCE_DEAD,      /* a report of ours could not be delivered: nothing more goes there for now */
    BOUNCE_DELAYED,   /* a notice that says so, and the mail is still on its way: nothing to do */
    BOUNCE_OTHER,     /* to a return path of ours, but no delivery report: an answer of a person or program */
    BOUNCE_UNKNOWN    /* to none of our return paths, or of one that is not known (any more) */
};
extern const struct enum_names bounce_kind_names;

struct bounce {
    enum bounce_kind kind;
    const char *address;    /* whom the report went to; "" unless known */
    const char *status;     /* "5.1.1"; "" */
    const char *diagnostic; /* safe to show; "" */
    int64_t until_ms;       /* BOUNCE_DEAD: how long it is suppressed */
};

/*
 * Takes in one message that came to ReportSender's extension.  `recipient`
 * is the envelope's, NULL to find it in the header.  What it proves is
 * written down.  RC_LIMIT for a message too large, or what the database says.
 */
enum rc bounce_take(struct db *d, struct arena *a, struct str message, const char *recipient, const struct config *c,
                    int64_t now_ms, struct bounce *out, struct err *e);

/* What a delivery report means.  Pure. */
enum bounce_kind bounce_judge(const struct mime_bounce *m);

#endif
