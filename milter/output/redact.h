/*
 * redact.h - the header of a message for somebody it does not belong to (RFC 9991 section 7, RFC 6590).  Pure.
 */
#ifndef ASSAY_OUTPUT_REDACT_H
#define ASSAY_OUTPUT_REDACT_H

#include "mail/message.h"

enum {
    REDACT_KEY_SIZE = 32,
    REDACT_HEADERS_MAX = 12 * 1024, /* bytes of the redacted header; what is beyond is left out */
    REDACT_TOKEN_SIZE = 8
};

/* Keyed: without it nobody can try out which local-part a token stands for. */
struct redact_key {
    unsigned char bytes[REDACT_KEY_SIZE];
};

/*
 * The fields that tell of a message's way and author, top first, one or more
 * lines of ASCII each, ended by "\n".  Local-parts of addresses are replaced
 * by tokens, the same for the same one; of recipients' fields only the
 * addresses stay; "http" becomes "hxxp".  All other fields are left out.
 * Arena text; NULL as arena_alloc.
 */
const char *redact_headers(struct arena *a, const struct message *m, const struct redact_key *key);

/* `text` with the local-part of every address in it replaced; bytes that are not printable ASCII become "?". */
const char *redact_text(struct arena *a, struct str text, const struct redact_key *key);

#endif
