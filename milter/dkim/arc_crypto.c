#include "dkim/arc_crypto.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1 /* without memory the key is not kept, see table_insert */

#include "base/err.h"
#include "base/hashtable.h"
#include "base/shelf.h"

/* ---- SHA-256 ---- */

struct crypto_hash {
    EVP_MD_CTX *live;
    EVP_MD_CTX *spare; /* for peeking; NULL until then */
};

static void crypto_hash_drop(struct crypto_hash *h)
{
    if (h == NULL)
        return;
    EVP_MD_CTX_free(h->live);
    EVP_MD_CTX_free(h->spare);
    free(h);
}

static const EVP_MD *sha256_md;
static pthread_once_t sha256_fetched = PTHREAD_ONCE_INIT;

static void sha256_fetch(void)
{
    sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (sha256_md == NULL)
        sha256_md = EVP_sha256(); /* which OpenSSL fetches at each use */
}

static const EVP_MD *sha256(void)
{
    (void)pthread_once(&sha256_fetched, sha256_fetch);
    return sha256_md;
}

static struct shelf crypto_hashes;

struct crypto_hash *crypto_hash_new(void)
{
    struct crypto_hash *h = shelf_take(&crypto_hashes);

    if (h != NULL && EVP_DigestInit_ex(h->live, NULL, NULL) == 1)
        return h;
    crypto_hash_drop(h);
    h = calloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    h->live = EVP_MD_CTX_new();
    if (h->live == NULL || EVP_DigestInit_ex(h->live, sha256(), NULL) != 1) {
        crypto_hash_drop(h);
        return NULL;
    }
    return h;
}

void crypto_hash_add(struct crypto_hash *h, struct str bytes)
{
    if (bytes.n > 0)
        MUST(EVP_DigestUpdate(h->live, bytes.p, bytes.n) == 1);
}

bool crypto_hash_peek(struct crypto_hash *h, unsigned char out[CRYPTO_SHA256_SIZE])
{
    if (h->spare == NULL)
        h->spare = EVP_MD_CTX_new();
    return h->spare != NULL && EVP_MD_CTX_copy_ex(h->spare, h->live) == 1 &&
           EVP_DigestFinal_ex(h->spare, out, NULL) == 1;
}

bool crypto_hash_end(struct crypto_hash *h, unsigned char out[CRYPTO_SHA256_SIZE])
{
    return EVP_DigestFinal_ex(h->live, out, NULL) == 1;
}

struct crypto_hash *crypto_hash_copy(const struct crypto_hash *h)
{
    struct crypto_hash *copy = crypto_hash_new();

    if (copy != NULL && EVP_MD_CTX_copy_ex(copy->live, h->live) != 1) {
        crypto_hash_free(copy);
        copy = NULL;
    }
    return copy;
}

void crypto_hash_free(struct crypto_hash *h)
{
    if (h != NULL && !shelf_put(&crypto_hashes, h))
        crypto_hash_drop(h);
}

/* ---- public keys: decoding ---- */

struct crypto_key {
    enum crypto_kind kind;
    EVP_PKEY *pkey;
    unsigned bits;
    unsigned users;  /* holders, the table being one; under the lock */
    struct str name; /* kind and encoding: what the table finds it by; malloced */
    UT_hash_handle hh;
};

/* A long public exponent turns a verification into milliseconds, so it is looked at before use. */
static enum crypto_key_status rsa_check(const EVP_PKEY *pkey)
{
    BIGNUM *e = NULL;
    int bits;

    if (!EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
        return CRYPTO_KEY_MALFORMED;
    bits = BN_num_bits(e);
    BN_free(e);
    if (EVP_PKEY_get_bits(pkey) > CRYPTO_RSA_BITS_MAX || bits > CRYPTO_RSA_EXPONENT_BITS_MAX)
        return CRYPTO_KEY_TOO_LARGE;
    return CRYPTO_KEY_OK;
}

static enum crypto_key_status rsa_decode(struct str der, EVP_PKEY **out)
{
    const unsigned char *begin = (const unsigned char *)der.p, *at = begin;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)der.n);
    enum crypto_key_status status = CRYPTO_KEY_MALFORMED;

    if (pkey != NULL && at == begin + der.n)
        status = rsa_check(pkey);
    if (status != CRYPTO_KEY_OK) {
        EVP_PKEY_free(pkey);
        return status;
    }
    *out = pkey;
    return CRYPTO_KEY_OK;
}

static enum crypto_key_status key_decode(struct str bytes, enum crypto_kind kind, EVP_PKEY **out)
{
    if (kind == CRYPTO_RSA)
        return rsa_decode(bytes, out);
    if (bytes.n != 32)
        return CRYPTO_KEY_MALFORMED;
    *out = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)bytes.p, bytes.n);
    return *out == NULL ? CRYPTO_KEY_MALFORMED : CRYPTO_KEY_OK;
}

static void key_free(struct crypto_key *k)
{
    EVP_PKEY_free(k->pkey);
    free((char *)k->name.p);
    free(k);
}

/* Takes `name` over, also when it fails. */
static enum crypto_key_status key_new(struct str name, enum crypto_kind kind, struct crypto_key **out)
{
    struct crypto_key *k = calloc(1, sizeof *k);
    enum crypto_key_status status;

    if (k == NULL) {
        free((char *)name.p);
        return CRYPTO_KEY_NOMEM;
    }
    k->name = name;
    k->kind = kind;
    k->users = 1;
    status = key_decode(str_slice(name, 1, name.n), kind, &k->pkey);
    ERR_clear_error(); /* OpenSSL queues its reasons per thread; nobody reads them */
    if (status != CRYPTO_KEY_OK) {
        key_free(k);
        return status;
    }
    k->bits = (unsigned)EVP_PKEY_get_bits(k->pkey);
    if (kind == CRYPTO_ED25519)
        k->bits = 256; /* OpenSSL counts 253; the key is 256 bits (RFC 8463 section 4) */
    *out = k;
    return CRYPTO_KEY_OK;
}

/* ---- public keys: the table of those decoded ---- */

static struct {
    pthread_mutex_t lock;
    struct crypto_key *by_name; /* uthash keeps insertion order: the first is the least recently used */
    struct crypto_counts counts;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Under the lock. */
static void drop_user(struct crypto_key *k)
{
    MUST(k->users > 0);
    if (--k->users == 0)
        key_free(k);
}

static void table_remove(struct crypto_key *k)
{
    HASH_DEL(table.by_name, k);
    drop_user(k);
}

static void table_insert(struct crypto_key *k)
{
    HASH_ADD_KEYPTR(hh, table.by_name, k->name.p, k->name.n, k);
    if (k->hh.tbl != NULL)
        k->users++;
}

/* Finds a key, counts the caller as its user and makes it the most recently used. */
static struct crypto_key *table_find(struct str name)
{
    struct crypto_key *k;

    pthread_mutex_lock(&table.lock);
    HASH_FIND(hh, table.by_name, name.p, name.n, k);
    table.counts.found += k != NULL;
    table.counts.decoded += k == NULL;
    if (k != NULL) {
        k->users++;
        table_remove(k);
        table_insert(k);
    }
    pthread_mutex_unlock(&table.lock);
    return k;
}

/* Another thread may have decoded the same key meanwhile; then ours stays outside. */
static void table_keep(struct crypto_key *k)
{
    struct crypto_key *same;

    pthread_mutex_lock(&table.lock);
    HASH_FIND(hh, table.by_name, k->name.p, k->name.n, same);
    if (same == NULL) {
        if (HASH_COUNT(table.by_name) >= CRYPTO_KEYS_MAX)
            table_remove(table.by_name);
        table_insert(k);
    }
    pthread_mutex_unlock(&table.lock);
}

/* Decodes what was not found, and keeps it. */
static enum crypto_key_status key_take_in(struct str name, enum crypto_kind kind, struct crypto_key **out)
{
    char *copy = malloc(name.n);
    enum crypto_key_status status;

    if (copy == NULL)
        return CRYPTO_KEY_NOMEM;
    memcpy(copy, name.p, name.n);
    status = key_new((struct str){copy, name.n}, kind, out);
    if (status == CRYPTO_KEY_OK)
        table_keep(*out);
    return status;
}

enum crypto_key_status crypto_key_get(struct str bytes, enum crypto_kind kind, struct crypto_key **out)
{
    char mem[1 + CRYPTO_KEY_SIZE_MAX];
    struct str name = {mem, 1 + bytes.n}; /* what the table finds it by */
    struct crypto_key *k;

    if (bytes.n == 0)
        return CRYPTO_KEY_MALFORMED;
    if (bytes.n > CRYPTO_KEY_SIZE_MAX)
        return CRYPTO_KEY_TOO_LARGE;
    mem[0] = kind == CRYPTO_RSA ? 'r' : 'e';
    memcpy(mem + 1, bytes.p, bytes.n);
    k = table_find(name);
    if (k == NULL)
        return key_take_in(name, kind, out);
    *out = k;
    return CRYPTO_KEY_OK;
}

void crypto_key_release(struct crypto_key *k)
{
    pthread_mutex_lock(&table.lock);
    drop_user(k);
    pthread_mutex_unlock(&table.lock);
}

struct crypto_counts crypto_counts(void)
{
    struct crypto_counts counts;

    pthread_mutex_lock(&table.lock);
    counts = table.counts;
    pthread_mutex_unlock(&table.lock);
    return counts;
}

unsigned crypto_key_bits(const struct crypto_key *k)
{
    return k->bits;
}

void crypto_shutdown(void)
{
    pthread_mutex_lock(&table.lock);
    while (table.by_name != NULL)
        table_remove(table.by_name);
    pthread_mutex_unlock(&table.lock);
}

/* ---- libopendkim's keys ---- */

#ifdef ASSAY_KEEP_LIBRARY_KEYS
static EVP_PKEY *key_of_bio(BIO *bio)
{
    const char *bytes;
    long n = BIO_method_type(bio) == BIO_TYPE_MEM ? BIO_get_mem_data(bio, &bytes) : 0;
    struct crypto_key *k;
    EVP_PKEY *pkey = NULL;

    if (n <= 0 || crypto_key_get((struct str){bytes, (size_t)n}, CRYPTO_RSA, &k) != CRYPTO_KEY_OK)
        return NULL;
    if (EVP_PKEY_up_ref(k->pkey) == 1)
        pkey = k->pkey;
    crypto_key_release(k);
    return pkey;
}

/*
 * OpenSSL's function of this name, which libopendkim calls: the dynamic
 * linker looks in the program first.  What the table does not take is left
 * to the macro that OpenSSL's own is made of.
 */
EVP_PKEY *d2i_PUBKEY_bio(BIO *bio, EVP_PKEY **out)
{
    EVP_PKEY *pkey = out == NULL ? key_of_bio(bio) : NULL;

    return pkey != NULL ? pkey : ASN1_d2i_bio_of(EVP_PKEY, EVP_PKEY_new, d2i_PUBKEY, bio, out);
}
#endif

/* ---- verifying ---- */

/* RFC 8017 section 8.2.2; OpenSSL compares the whole encoded block. */
static bool rsa_verify(EVP_PKEY *pkey, const unsigned char *digest, struct str signature)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
    bool good = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_CTX_set_signature_md(ctx, sha256()) == 1 &&
                EVP_PKEY_verify(ctx, (const unsigned char *)signature.p, signature.n, digest,
                                CRYPTO_SHA256_SIZE) == 1;

    EVP_PKEY_CTX_free(ctx);
    return good;
}

static bool ed25519_verify(EVP_PKEY *pkey, const unsigned char *digest, struct str signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
                EVP_DigestVerify(ctx, (const unsigned char *)signature.p, signature.n, digest,
                                 CRYPTO_SHA256_SIZE) == 1;

    EVP_MD_CTX_free(ctx);
    return good;
}

bool crypto_key_verify(const struct crypto_key *k, const unsigned char digest[CRYPTO_SHA256_SIZE],
                       struct str signature)
{
    bool good = k->kind == CRYPTO_RSA ? rsa_verify(k->pkey, digest, signature)
                                      : ed25519_verify(k->pkey, digest, signature);

    ERR_clear_error();
    return good;
}
