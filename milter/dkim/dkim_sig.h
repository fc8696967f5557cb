/*
 * dkim_sig.h - our own reading of a DKIM-Signature field (RFC 6376 section 3.5).
 *
 * Also reads an ARC-Message-Signature, which has the same tags but for v= and
 * i= (RFC 8617 section 4.1.2), and an ARC-Seal, which has only some of them
 * and cv= (section 4.1.3).  Pure: says what is written and what is wrong with
 * it; nothing is verified here.
 */
#ifndef ASSAY_DKIM_DKIM_SIG_H
#define ASSAY_DKIM_DKIM_SIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum dkim_sig_kind { DKIM_SIG_MESSAGE, DKIM_SIG_ARC, DKIM_SIG_SEAL };

/* What is wrong with the field: the first thing met, section 6.1.1. */
enum dkim_sig_fault {
    DKIM_SIG_OK,
    DKIM_SIG_MALFORMED,  /* breaks the grammar, or a limit of ours */
    DKIM_SIG_UNKNOWN,    /* a v=, a=, c= or q= that we do not know */
    DKIM_SIG_INCOMPLETE, /* a required tag is missing or empty */
    DKIM_SIG_IDENTITY,   /* i= is not within d= */
    DKIM_SIG_FROM,       /* h= does not name From */
    DKIM_SIG_SHA1        /* rsa-sha1, RFC 8301 section 3.1 */
};

enum dkim_sig_key { DKIM_SIG_KEY_NONE, DKIM_SIG_KEY_RSA, DKIM_SIG_KEY_ED25519 };

enum {
    DKIM_SIG_NAMES_MAX = 256, /* names in h=; more is DKIM_SIG_MALFORMED */
    DKIM_SIG_INSTANCE_MAX = 50
};

struct dkim_sig {
    enum dkim_sig_fault fault;
    const char *why;         /* the fault in a short clause, printable; "" for DKIM_SIG_OK */
    bool over;               /* the fault is more tags or names than are read */
    /* what follows holds as much as could be read, whatever the fault */
    const char *domain;      /* d=, normal; "" unusable */
    const char *selector;    /* s=, normal; "" unusable */
    const char *identity;    /* i= without white space, "@d" by default; "" unusable or ARC */
    bool subdomain;          /* i= names a subdomain of d= */
    const char *algorithm;   /* a=; "" unusable */
    enum dkim_sig_key key;   /* of a=; DKIM_SIG_KEY_NONE when unknown */
    const char *b;           /* base64 without white space; "" unusable */
    size_t b_from, b_to;     /* where that stands in the field's value, white space around it included */
    const char *bh;
    bool header_relaxed;     /* c=, simple by default */
    bool body_relaxed;
    const struct str *names; /* of h=, in order, blanks around them removed */
    size_t name_count;
    bool has_length;
    uint64_t length;         /* l=, UINT64_MAX when even larger */
    bool has_time, has_expiry;
    uint64_t time, expiry;   /* t= and x=, seconds since the epoch */
    unsigned instance;       /* i= of ARC, 1 to DKIM_SIG_INSTANCE_MAX; 0 unusable */
    struct str seal;         /* cv= of an ARC-Seal as written; empty unusable */
};

/*
 * Reads `value`, all that follows the field's colon, which must outlive `out`.
 * RC_OK whatever is wrong with it; RC_NOMEM.  Text belongs to the arena.
 */
enum rc dkim_sig_parse(struct arena *a, struct str value, enum dkim_sig_kind kind, struct dkim_sig *out);

/* How often h= has `name`, case aside. */
size_t dkim_sig_signs(const struct dkim_sig *sig, const char *name);

#endif
