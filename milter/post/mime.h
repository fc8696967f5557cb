/*
 * mime.h - composes the mail that reports travel in, and reads the bounces that come back.
 *
 * Hides GMime.  Aggregate reports: RFC 9990 section 3.5.2.  Failure reports:
 * RFC 5965 section 2, RFC 6591 section 3.  Bounces: RFC 3464.
 *
 * Threads: one at a time.
 */
#ifndef ASSAY_POST_MIME_H
#define ASSAY_POST_MIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Before anything else here, as often as one likes; by one thread at a time. */
void mime_init(void);

/* What both kinds of report have. */
struct mime_mail {
    const char *from_name;  /* display name, UTF-8; "" none */
    const char *from;       /* address */
    const char *to;         /* address, ASCII */
    const char *subject;    /* UTF-8 without control characters; ASCII is folded at blanks, else RFC 2047 */
    const char *message_id; /* without angle brackets */
    const char *boundary;   /* a token of at most 60 letters and digits that no part can hold */
    int64_t date_s;         /* seconds since the epoch */
    const char *text;       /* the part for human eyes: UTF-8, lines end in "\n" */
};

/*
 * An aggregate report: `file` attached under `filename` (ASCII without quotes
 * and control characters) as application/gzip when the name ends in ".gz",
 * else as text/xml.  The whole message, lines ending in CRLF, in the arena.
 * RC_NOMEM.
 */
enum rc mime_aggregate(struct arena *a, const struct mime_mail *mail, const char *filename, struct str file,
                       struct str *out, struct err *e);

/* A report to a client: `file` attached under `filename`, as above, as application/pdf. */
enum rc mime_document(struct arena *a, const struct mime_mail *mail, const char *filename, struct str file,
                      struct str *out, struct err *e);

/*
 * A failure report: `fields` is the body of the message/feedback-report part,
 * `headers` that of the text/rfc822-headers part; both ASCII, lines of at
 * most 990 bytes that end in "\n".
 */
enum rc mime_failure(struct arena *a, const struct mime_mail *mail, const char *fields, const char *headers,
                     struct str *out, struct err *e);

/* A message of text alone.  The whole message, lines ending in CRLF, in the arena.  RC_NOMEM. */
enum rc mime_text(struct arena *a, const struct mime_mail *mail, struct str *out, struct err *e);

/* ---- bounces ---- */

enum { MIME_BOUNCE_MAX = 1024 * 1024, MIME_RECIPIENTS_MAX = 20 }; /* bytes that are read of one */

struct mime_bounce {
    bool dsn;               /* multipart/report; report-type=delivery-status */
    bool failed;            /* a recipient's Action is "failed" */
    const char *status;     /* that recipient's, "5.1.1"; "" none */
    const char *diagnostic; /* its Diagnostic-Code, made safe to keep; "" */
    size_t recipients;      /* to whom the bounce itself came: candidates for our return path */
    const char *recipient[MIME_RECIPIENTS_MAX]; /* from X-Original-To, Delivered-To, To; text in the arena */
};

/* Reads a message, any bytes.  RC_LIMIT when it is larger than MIME_BOUNCE_MAX; RC_NOMEM. */
enum rc mime_read_bounce(struct arena *a, struct str message, struct mime_bounce *out, struct err *e);

#endif
