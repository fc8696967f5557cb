/*
 * hook.h - sends small documents to the web address of somebody whom the site named: POST over HTTPS.
 *
 * TLS 1.2 or later, certificate and name verified; plain HTTP to loopback
 * alone.  No redirects, no proxy, no cookies; what is answered is cut off.
 *
 * Threads: a hook belongs to one thread at a time.
 */
#ifndef ASSAY_NET_HOOK_H
#define ASSAY_NET_HOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { HOOK_URL_MAX = 1000, HOOK_ANSWER_MAX = 64 * 1024, HOOK_CONNECT_S = 10, HOOK_ALL_S = 30 };

struct hook_settings {
    const char *url;
    const char *ca_file;       /* "" the system's */
    struct str key;            /* what bodies are signed with; empty: they are not */
    struct str authorization;  /* the value of that field; empty: none is sent */
};

struct hook;

/* RC_BAD with the reason when the address or a field cannot be used; RC_NOMEM. */
enum rc hook_open(const struct hook_settings *settings, struct hook **out, struct err *e);
void hook_close(struct hook *h); /* NULL allowed */

enum hook_outcome {
    HOOK_TAKEN,   /* 2xx */
    HOOK_REFUSED, /* 400, 413, 422: this document, and it will not be taken later either */
    HOOK_LATER    /* anything else; no other will fare better now */
};

/*
 * Sends a JSON document.  `id` (letters, digits, - . _) goes along as
 * Idempotency-Key: the same one again tells of the same notices.  Signed, there is
 * a field "Assay-Signature: t=SECONDS,v1=HEX", the HMAC-SHA-256 of
 * "SECONDS.BODY".  *answer is in the arena, "" when there is none; `e` says
 * what was answered unless it was taken.
 */
enum hook_outcome hook_send(struct hook *h, struct arena *a, const char *id, struct str body, int64_t now_s,
                            struct str *answer, struct err *e);

/* Whether the address can be one: https://HOST…, or http:// on loopback; no name, password or fragment in it.  Pure. */
bool hook_url_is_good(struct str url);

#endif
