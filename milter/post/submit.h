/*
 * submit.h - hands mail over to a relay by SMTP (RFC 5321), one connection for all of it.
 *
 * Hides libcurl.  Threads: one at a time.
 */
#ifndef ASSAY_POST_SUBMIT_H
#define ASSAY_POST_SUBMIT_H

#include "base/err.h"
#include "base/str.h"
#include "config/config.h"

struct submit_settings {
    const char *relay;  /* smtp://HOST[:PORT] or smtps://HOST[:PORT] */
    const char *helo;   /* our name */
    int tls;            /* enum report_tls */
    const char *ca_file; /* "" the system's */
    const char *auth;   /* "user:password"; NULL none.  Copied, never shown */
    unsigned reply_s;   /* how long the relay may be silent; 0: 300 seconds */
};

struct submit;

/* Connects at the first mail.  RC_BAD for an `auth` without ":", RC_NOMEM. */
enum rc submit_open(const struct submit_settings *settings, struct submit **out, struct err *e);
void submit_close(struct submit *s); /* NULL allowed */

enum submit_outcome {
    SUBMIT_TAKEN,   /* the relay answers for it now */
    SUBMIT_LATER,   /* not now, for this mail (4yz); or the connection broke in it and nobody knows */
    SUBMIT_REFUSED, /* never, for this mail (5yz to RCPT, DATA, or its size) */
    SUBMIT_RELAY    /* the relay itself: no connection, no TLS, no login, our sender refused; or it falls silent */
};

/*
 * One mail to one address.  `from` is "" for the null reverse-path; `message`
 * ends its lines in CRLF.  `e` gets the reply or the reason, safe to show,
 * unless SUBMIT_TAKEN.
 */
enum submit_outcome submit_mail(struct submit *s, const char *from, const char *to, struct str message, struct err *e);

#endif
