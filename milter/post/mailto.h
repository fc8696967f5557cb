/*
 * mailto.h - the mailbox out of a mailto URI (RFC 6068), for reports that go where a DNS record says.
 *
 * The record is a stranger's text, so what comes out is narrower than what
 * the RFC allows: one mailbox, a dot-atom before its "@" and a normal domain
 * after it, nothing that a relay might read as a route or another address.
 */
#ifndef ASSAY_POST_MAILTO_H
#define ASSAY_POST_MAILTO_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { MAILTO_LOCAL_MAX = 64, MAILTO_ADDRESS_MAX = MAILTO_LOCAL_MAX + 1 + 253 }; /* bytes; RFC 5321 section 4.5.3.1 */

struct mailto {
    const char *address; /* local@domain, as it may stand in SMTP and in a To field */
    const char *local;
    const char *domain;  /* normal: A-labels, lower case */
};

/*
 * Parses `uri`: percent-decoding once, its header fields ("?subject=…")
 * left out, an obsolete "!size" (RFC 7489) taken off.  RC_NOTFOUND for
 * another scheme, RC_BAD for what no report is sent to, with one clause that
 * says why, free of foreign bytes.  RC_NOMEM.  Text in the arena.
 */
enum rc mailto_parse(struct arena *a, struct str uri, struct mailto *out, struct err *e);

#endif
