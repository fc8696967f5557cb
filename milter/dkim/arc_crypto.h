/*
 * arc_crypto.h - the arithmetic behind signatures: SHA-256, RSA, Ed25519.
 *
 * Hides OpenSSL.  Decoding a public key costs several times what verifying
 * with it does, so decoded keys are kept: a process-wide table of at most
 * CRYPTO_KEYS_MAX keys, found by kind and encoding, the least recently used
 * one making room.
 *
 * libopendkim decodes the key of each signature anew, which takes several
 * times as long as the rest of what it does with it.  So where the program is
 * linked to it and to OpenSSL as shared libraries (configure looks), this
 * file also defines d2i_PUBKEY_bio, the function it decodes with: RSA keys
 * then come out of the same table, and all else from OpenSSL as before.  A
 * program that calls d2i_PUBKEY_bio gets a key that others use too, and must
 * not change it.
 *
 * Threads: any; the table locks itself.  A hash belongs to one thread at a
 * time.
 */
#ifndef ASSAY_DKIM_ARC_CRYPTO_H
#define ASSAY_DKIM_ARC_CRYPTO_H

#include <stdbool.h>

#include "base/str.h"

enum {
    CRYPTO_SHA256_SIZE = 32,
    CRYPTO_KEYS_MAX = 1024,           /* of 2048 bits some 6 KB each */
    CRYPTO_KEY_SIZE_MAX = 2048,       /* bytes of an encoded key; 4096 bits take 550 */
    CRYPTO_RSA_BITS_MAX = 4096,       /* RFC 8301 section 3.2 asks for 1024 to 4096 */
    CRYPTO_RSA_EXPONENT_BITS_MAX = 64 /* a long exponent lets the holder of the key choose our CPU time */
};

/* ---- SHA-256 ---- */

struct crypto_hash;

struct crypto_hash *crypto_hash_new(void); /* NULL without memory */
/* Bytes of any number, in any pieces. */
void crypto_hash_add(struct crypto_hash *h, struct str bytes);

/* The digest of what was added so far; more may be added afterwards.  False without memory. */
bool crypto_hash_peek(struct crypto_hash *h, unsigned char out[CRYPTO_SHA256_SIZE]);

/* The same; nothing may be added or asked for afterwards, and it costs less. */
bool crypto_hash_end(struct crypto_hash *h, unsigned char out[CRYPTO_SHA256_SIZE]);

/* A second hash that has seen what `h` has; NULL without memory. */
struct crypto_hash *crypto_hash_copy(const struct crypto_hash *h);
void crypto_hash_free(struct crypto_hash *h); /* NULL is allowed */

/* ---- public keys ---- */

enum crypto_kind { CRYPTO_RSA, CRYPTO_ED25519 };

enum crypto_key_status {
    CRYPTO_KEY_OK,
    CRYPTO_KEY_MALFORMED, /* not a key of that kind */
    CRYPTO_KEY_TOO_LARGE, /* beyond one of the limits above */
    CRYPTO_KEY_NOMEM
};

struct crypto_key;

/*
 * The key that `bytes` encode, which is what a key record's p= holds: for RSA
 * a DER SubjectPublicKeyInfo (RFC 6376 section 3.6.1 with erratum 3017), for
 * Ed25519 the 32 bytes of RFC 8463 section 4.  Release it with
 * crypto_key_release.
 */
enum crypto_key_status crypto_key_get(struct str bytes, enum crypto_kind kind, struct crypto_key **out);
void crypto_key_release(struct crypto_key *k);

/* How often a key was wanted since the start: found in the table, or had to be decoded. */
struct crypto_counts {
    uint64_t found, decoded;
};
struct crypto_counts crypto_counts(void);

unsigned crypto_key_bits(const struct crypto_key *k); /* 256 for Ed25519 */

/*
 * Whether `signature` (raw) is the key's over `digest`: RSASSA-PKCS1-v1_5
 * with SHA-256, or PureEdDSA over the digest's 32 bytes (RFC 8463 section 3).
 */
bool crypto_key_verify(const struct crypto_key *k, const unsigned char digest[CRYPTO_SHA256_SIZE],
                       struct str signature);

/* Forgets the keys kept, at the end of the process; those in use stay valid. */
void crypto_shutdown(void);

#endif
