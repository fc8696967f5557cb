/*
 * alert_shape.h - notices as JSON documents: our own, and as the usual ticket systems and chats take them.
 *
 * Threads: any.
 */
#ifndef ASSAY_POST_ALERT_SHAPE_H
#define ASSAY_POST_ALERT_SHAPE_H

#include "base/arena.h"
#include "config/config.h"
#include "episodes/episodes.h"

/* What a document is made of. */
struct alert_document {
    enum alert_format format;   /* of config.h */
    const char *queue;          /* project, board, group or team of the ticket system; "" its own choice */
    const char *requester;      /* address of who asks; "" nobody */
    const char *id;             /* by which a second attempt is told */
    const struct episode_notice *notice;
    size_t n;                   /* at least 1 */
};

/* The document, in the arena.  RC_NOMEM. */
enum rc alert_shape(struct arena *a, const struct alert_document *doc, struct str *out);

/* Whether a document of that format is made of such a notice: a ticket is opened once. */
bool alert_shape_wants(enum alert_format format, enum episode_notice_kind kind);

enum { ALERT_TICKET_MAX = 60 /* bytes */ };

/*
 * The ticket's number or key in what the system answered, without control characters; "" none is found, or one that is
 * longer than ALERT_TICKET_MAX.  In the arena; NULL without memory.
 */
const char *alert_shape_ticket(struct arena *a, enum alert_format format, struct str answer);

#endif
