/* Signs letters with an Ed25519 key (RFC 8463), so that what is verified costs all that it can. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "dkim/body_hash.h"
#include "letter.h"

enum { KEY_SIZE = 32, SIGNATURE_SIZE = 64, TEXT_SIZE = 100 };

/* Selector and algorithm that every signature has in common. */
#define KEY_TAGS "a=ed25519-sha256; s=s; "

static EVP_PKEY *private_key(void)
{
    static const unsigned char seed[KEY_SIZE] = "hostile letters are signed thus";
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);

    MUST(key != NULL);
    return key;
}

static void base64(const unsigned char *bytes, size_t n, char out[TEXT_SIZE])
{
    MUST(n <= SIGNATURE_SIZE);
    (void)EVP_EncodeBlock((unsigned char *)out, bytes, (int)n);
}

void letter_key(struct letter *l, const char *domain)
{
    EVP_PKEY *key = private_key();
    unsigned char raw[KEY_SIZE];
    size_t n = sizeof raw;
    char text[TEXT_SIZE];

    MUST(EVP_PKEY_get_raw_public_key(key, raw, &n) == 1);
    EVP_PKEY_free(key);
    base64(raw, n, text);
    letter_zone(l, "s._domainkey.%s. TXT \"v=DKIM1; k=ed25519; p=%s\"", domain, text);
}

static void sign_digest(const unsigned char *digest, char out[TEXT_SIZE])
{
    EVP_PKEY *key = private_key();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char signature[SIGNATURE_SIZE];
    size_t n = sizeof signature;

    MUST(ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
         EVP_DigestSign(ctx, signature, &n, digest, CRYPTO_SHA256_SIZE) == 1);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    base64(signature, n, out);
}

/* bh= for the body, of which l= may take the first part. */
static void body_digest(const struct letter *l, const struct signing *how, char out[TEXT_SIZE])
{
    uint64_t length = how->has_length ? how->length : BODY_HASH_ALL;
    struct body_hash *hash = body_hash_new();
    const unsigned char *digest;

    MUST(hash != NULL && body_hash_want(hash, how->body, length) == RC_OK);
    for (size_t i = 0; i < l->pieces; i++)
        body_hash_add(hash, l->piece);
    body_hash_end(hash);
    digest = body_hash_digest(hash, how->body, length, NULL);
    MUST(digest != NULL);
    base64(digest, CRYPTO_SHA256_SIZE, out);
    body_hash_free(hash);
}

static void add_to_hash(void *ctx, struct str piece)
{
    crypto_hash_add(ctx, piece);
}

/* Header values are LF-folded here, and CRLF-folded where they are signed. */
static void hash_field(struct crypto_hash *hash, enum dkim_canon canon, const char *name, const char *value, bool crlf)
{
    size_t n = strlen(value);
    char *text = malloc(2 * n + 1);
    struct dkim_canon_field f = {.name = str_of(name), .value = {text, 0}, .crlf = crlf};

    MUST(text != NULL);
    for (size_t i = 0; i < n; i++) {
        if (value[i] == '\n')
            text[f.value.n++] = '\r';
        text[f.value.n++] = value[i];
    }
    dkim_canon_header(canon, &f, add_to_hash, hash);
    free(text);
}

/* RFC 6376 section 5.4.2, from the bottom up. */
static void hash_named(struct crypto_hash *hash, const struct letter *l, const struct signing *how, const char *names)
{
    bool *taken = calloc(l->count + 1, sizeof *taken);
    struct str rest = str_of(names);

    MUST(taken != NULL);
    while (rest.n > 0) {
        size_t colon = str_find(rest, ':');
        struct str name = str_slice(rest, 0, colon);

        rest = str_slice(rest, colon + 1, rest.n);
        for (size_t i = l->count; i-- > 0;) {
            if (taken[i] || !str_eq_nocase(str_of(l->field[i].name), name))
                continue;
            taken[i] = true;
            hash_field(hash, how->header, l->field[i].name, l->field[i].value, true);
            break;
        }
    }
    free(taken);
}

static const char *canon_name(enum dkim_canon canon)
{
    return canon == DKIM_CANON_RELAXED ? "relaxed" : "simple";
}

/* A DKIM-Signature or an AMS, which differ in `lead` alone. */
static void sign(struct letter *l, const char *field, const char *lead, const struct signing *how)
{
    const char *domain = how->domain == NULL ? "example.com" : how->domain;
    const char *names = how->names == NULL ? "from:subject:date" : how->names;
    struct crypto_hash *hash = crypto_hash_new();
    unsigned char digest[CRYPTO_SHA256_SIZE];
    char bh[TEXT_SIZE], b[TEXT_SIZE], length[40] = "";
    char *text = NULL;

    MUST(hash != NULL);
    body_digest(l, how, bh);
    if (how->has_length)
        (void)snprintf(length, sizeof length, "l=%llu; ", (unsigned long long)how->length);
    MUST(asprintf(&text, " %s" KEY_TAGS "c=%s/%s; d=%s; %s%sh=%s; bh=%s; b=", lead, canon_name(how->header),
                  canon_name(how->body), domain, length, how->extra == NULL ? "" : how->extra, names, bh) >= 0);
    hash_named(hash, l, how, names);
    if (how->broken)
        crypto_hash_add(hash, STR("x"));
    hash_field(hash, how->header, field, text, false);
    MUST(crypto_hash_peek(hash, digest));
    crypto_hash_free(hash);
    sign_digest(digest, b);
    letter_put(l, field, "%s%s", text, b);
    free(text);
}

void letter_sign(struct letter *l, const struct signing *how)
{
    sign(l, "DKIM-Signature", "v=1; ", how);
}

static void hash_relaxed(struct crypto_hash *hash, const struct letter *l, size_t at)
{
    hash_field(hash, DKIM_CANON_RELAXED, l->field[at].name, l->field[at].value, true);
}

/* RFC 8617 section 5.1.1 */
static void seal(struct letter *l, unsigned instance, const char *domain)
{
    struct crypto_hash *hash = crypto_hash_new();
    unsigned char digest[CRYPTO_SHA256_SIZE];
    char b[TEXT_SIZE], *text = NULL;

    MUST(hash != NULL && asprintf(&text, " i=%u; " KEY_TAGS "cv=%s; d=%s; b=", instance, instance == 1 ? "none" : "pass",
                                  domain) >= 0);
    for (unsigned i = 1; i <= instance; i++) {
        hash_relaxed(hash, l, l->aar[i]);
        hash_relaxed(hash, l, l->ams[i]);
        if (i < instance)
            hash_relaxed(hash, l, l->as[i]);
    }
    hash_field(hash, DKIM_CANON_RELAXED, "ARC-Seal", text, false);
    MUST(crypto_hash_peek(hash, digest));
    crypto_hash_free(hash);
    sign_digest(digest, b);
    l->as[instance] = l->count;
    letter_put(l, "ARC-Seal", "%s%s", text, b);
    free(text);
}

void letter_seal(struct letter *l, unsigned instance, const char *results, const struct signing *how)
{
    char lead[20];

    l->aar[instance] = l->count;
    letter_put(l, "ARC-Authentication-Results", " i=%u; %s", instance, results);
    l->ams[instance] = l->count;
    (void)snprintf(lead, sizeof lead, "i=%u; ", instance);
    sign(l, "ARC-Message-Signature", lead, how);
    seal(l, instance, how->domain == NULL ? "example.com" : how->domain);
}
