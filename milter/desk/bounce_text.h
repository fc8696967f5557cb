/*
 * bounce_text.h - what another receiver's refusal means: the text of a bounce that somebody pasted.
 *
 * Pure.  The texts are those that the large receivers are known to send;
 * what is not known is still told apart by its enhanced code (RFC 7372) and by
 * the words SPF, DKIM and DMARC in it.
 */
#ifndef ASSAY_DESK_BOUNCE_TEXT_H
#define ASSAY_DESK_BOUNCE_TEXT_H

#include "base/arena.h"
#include "base/str.h"
#include "verdict/cause.h"

/* Whether a text says that a check passed. */
enum bounce_check { BOUNCE_NOT_SAID, BOUNCE_PASSED, BOUNCE_FAILED };

struct bounce_text {
    const char *receiver;  /* "Google"; "the receiver" where the text does not tell; NULL: this is no bounce */
    const char *code;      /* "550 5.7.515", "5.7.26"; "" none */
    const char *says;      /* what is meant by it, a sentence without a full stop */
    const char *next;      /* what to do, likewise */
    const char *domain;    /* normal: the domain it is about, as far as the text tells; "" */
    enum cause cause;      /* the likely one; CAUSE_NONE: it is not about authentication, or does not tell */
    enum playbook playbook;
    bool later;            /* a temporary refusal (4xx): the sender's server tries again */
    enum bounce_check spf, dkim, dmarc; /* what the text says of each */
};

/* `text` is a stranger's, at most a few KiB are looked at.  RC_OK also where it is no bounce; RC_NOMEM. */
enum { BOUNCE_TEXT_MAX = 64 * 1024 };
enum rc bounce_text_read(struct arena *a, struct str text, struct bounce_text *out);

#endif
