/*
 * wire.h - what assay-web and assay-keeper say to each other.
 *
 * A message is one datagram of a SOCK_SEQPACKET socket: a verb, then fields
 * NAME=VALUE, each ended by a NUL.  The answer's verb is "ok" or "no"; a "no"
 * has the fields why (enum wire_why) and text.
 *
 * Pure; a message comes from another process and may hold anything.
 */
#ifndef ASSAY_KEEPER_WIRE_H
#define ASSAY_KEEPER_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/enumname.h"
#include "base/err.h"
#include "base/str.h"

enum { WIRE_MAX = 64 * 1024, WIRE_FIELDS_MAX = 1200 };

enum wire_why {
    WIRE_SIGNED_OUT, /* no such session */
    WIRE_FORBIDDEN,  /* not this role's, not this client's, or without the form's token */
    WIRE_REFUSED,    /* the request itself is wrong: text says how */
    WIRE_CHANGED,    /* somebody changed it meanwhile */
    WIRE_BUSY,       /* too many at once, or the database is locked: later */
    WIRE_FAILED      /* it cannot be done now */
};
extern const struct enum_names wire_why_names; /* "signed-out" … */

struct wire_field {
    const char *name, *value;
};

struct wire {
    const char *verb;
    size_t n;
    struct wire_field field[WIRE_FIELDS_MAX];
};

/* Takes `bytes` apart in place: the names' "=" become NULs.  RC_BAD, RC_LIMIT. */
enum rc wire_read(char *bytes, size_t n, struct wire *out, struct err *e);

/* The field's value, "" when there is none; the first of several. */
const char *wire_get(const struct wire *w, const char *name);

/* A number, or `otherwise`. */
long long wire_int(const struct wire *w, const char *name, long long otherwise);

/* Begins a message, adds a field; `b` remembers when it does not fit. */
void wire_begin(struct strbuf *b, const char *verb);
void wire_put(struct strbuf *b, const char *name, const char *value);
void wire_put_int(struct strbuf *b, const char *name, long long value);

/* A whole answer that is no. */
void wire_no(struct strbuf *b, enum wire_why why, const char *text);

#endif
