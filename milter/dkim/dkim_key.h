/*
 * dkim_key.h - DKIM key records (RFC 6376 section 3.6.1, RFC 8463 section 4).
 *
 * Pure.  Serves DKIM and ARC alike.
 */
#ifndef ASSAY_DKIM_DKIM_KEY_H
#define ASSAY_DKIM_DKIM_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "dkim/dkim_sig.h"
#include "dns/dns.h"

enum {
    DKIM_KEY_TEXT_MAX = 16 * 1024, /* bytes of a record; longer ones are malformed */
    DKIM_KEY_BITS_MAX = 4096       /* RSA; RFC 8301 section 3.2 asks for no more */
};

struct dkim_key {
    struct str text;       /* the record as published; belongs to whoever gave it */
    const char *why;       /* what makes it unusable for any signature, printable; "" nothing */
    bool over;             /* that is a limit of ours on a record, or on how many are looked at */
    bool revoked;          /* p= is empty */
    bool is_key;           /* a DKIM key record, usable or not; not somebody's other TXT */
    enum dkim_sig_key type;
    const char *p;         /* base64 as published, without white space; "" unusable */
    const uint8_t *der;    /* SubjectPublicKeyInfo for RSA, whatever p= holds; 32 bytes for Ed25519; NULL unusable */
    size_t der_size;
    unsigned bits;         /* RSA modulus; 256 for Ed25519; 0 unknown */
    bool testing;          /* t=y */
    bool strict;           /* t=s: i= must be in d= itself */
    bool sha256;           /* h= allows it */
    bool email;            /* s= allows it */
};

/* Reads one TXT record.  RC_OK whatever is wrong with it; RC_NOMEM. */
enum rc dkim_key_parse(struct arena *a, struct str text, struct dkim_key *out);

/*
 * Why `key` must not verify `sig`: its own `why`, or a mismatch of the two,
 * or an RSA key outside `min_bits` (at least 1024) to DKIM_KEY_BITS_MAX.
 * "" when it may; NULL without memory.
 */
const char *dkim_key_refusal(struct arena *a, const struct dkim_key *key, const struct dkim_sig *sig,
                             unsigned min_bits);

/*
 * Of the TXT records at a selector the one to verify `sig` with (section
 * 6.1.2 leaves the choice to us): the first that may, in the order of their
 * bytes, so that the order of arrival changes nothing; else the first that
 * is a key at all.  `*why` as dkim_key_refusal.  RC_NOTFOUND: no records.
 */
enum rc dkim_key_select(struct arena *a, const struct dns_rr *rr, size_t count, const struct dkim_sig *sig,
                        unsigned min_bits, struct dkim_key *out, const char **why);

/* The record rewritten as short as it can be, without what was never meant for a library: v k h s t p. */
const char *dkim_key_record(struct arena *a, const struct dkim_key *key);

#endif
