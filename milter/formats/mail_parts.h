/*
 * mail_parts.h - takes mail of strangers apart: its leaves, decoded (RFC 2045, 2046).
 *
 * Hides GMime.
 */
#ifndef ASSAY_FORMATS_MAIL_PARTS_H
#define ASSAY_FORMATS_MAIL_PARTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { MAIL_PARTS_MAX = 100, MAIL_DEPTH_MAX = 16, MAIL_MESSAGES_MAX = 3 };

/* Texts are never NULL, and as they stand: any bytes but NUL. */
struct mail_head {
    const char *from;       /* address of the first author */
    const char *subject;    /* decoded (RFC 2047) */
    const char *message_id; /* without angle brackets */
    const char *date;
    const char *tls_domain, *tls_submitter; /* TLS-Report-Domain, TLS-Report-Submitter */
};

struct mail_part {
    const char *type;   /* "application/gzip", lower case */
    const char *name;   /* of the file; "" none */
    bool message;       /* message/rfc822: `content` is its header, its parts follow */
    struct str content; /* transfer encoding undone */
};

/*
 * Reads a message.  `*n` of at most MAIL_PARTS_MAX parts, in order; `*more`
 * when some were left out, for their number or their depth.  All in the
 * arena.  RC_BAD when it is no message; RC_NOMEM, RC_LIMIT.
 */
enum rc mail_parts_read(struct arena *a, struct str message, struct mail_head *head,
                        struct mail_part parts[static MAIL_PARTS_MAX], size_t *n, bool *more, struct err *e);

#endif
