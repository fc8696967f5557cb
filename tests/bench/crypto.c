/*
 * crypto - the least that cryptography costs for a corpus, in one thread (make bench).
 *
 * For each message with signatures the body is hashed once, and for each of its signatures a header of usual size is
 * hashed and one RSA (2048 bits) or Ed25519 signature verified, with keys that are decoded already.  Nothing is
 * canonicalized or parsed, so no verifier of DKIM can do with less.  Prints CPU seconds per 1,000 messages.
 *
 *   crypto CORPUS [TIMES]
 */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "corpus.h"

enum { HEADER = 2500, SIGNATURE_MAX = 512, DIGEST = 32 };

/* A key, and a signature of its own on `digest`. */
struct signer {
    EVP_PKEY *key;
    unsigned char signature[SIGNATURE_MAX];
    size_t size;
};

static const unsigned char digest[DIGEST] = "what is signed";
static EVP_MD *sha256;

static void must(int ok, const char *what)
{
    if (ok != 1) {
        (void)fprintf(stderr, "crypto: OpenSSL: %s\n", what);
        exit(1);
    }
}

static EVP_PKEY_CTX *rsa_context(EVP_PKEY *key, int (*begin)(EVP_PKEY_CTX *))
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);

    must(c != NULL && begin(c) == 1, "RSA");
    must(EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING), "padding");
    must(EVP_PKEY_CTX_set_signature_md(c, sha256), "digest");
    return c;
}

static void rsa_make(struct signer *s)
{
    EVP_PKEY_CTX *c;

    s->key = EVP_RSA_gen(2048);
    s->size = sizeof s->signature;
    c = rsa_context(s->key, EVP_PKEY_sign_init);
    must(EVP_PKEY_sign(c, s->signature, &s->size, digest, DIGEST), "signing");
    EVP_PKEY_CTX_free(c);
}

static void rsa_verify(const struct signer *s)
{
    EVP_PKEY_CTX *c = rsa_context(s->key, EVP_PKEY_verify_init);

    must(EVP_PKEY_verify(c, s->signature, s->size, digest, DIGEST), "verifying");
    EVP_PKEY_CTX_free(c);
}

static void ed25519_make(struct signer *s)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();

    s->key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    s->size = sizeof s->signature;
    must(c != NULL && EVP_DigestSignInit(c, NULL, NULL, NULL, s->key) == 1, "Ed25519");
    must(EVP_DigestSign(c, s->signature, &s->size, digest, DIGEST), "signing");
    EVP_MD_CTX_free(c);
}

static void ed25519_verify(const struct signer *s)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();

    must(c != NULL && EVP_DigestVerifyInit(c, NULL, NULL, NULL, s->key) == 1, "Ed25519");
    must(EVP_DigestVerify(c, s->signature, s->size, digest, DIGEST), "verifying");
    EVP_MD_CTX_free(c);
}

static void hash(EVP_MD_CTX *c, const void *bytes, size_t n)
{
    unsigned char out[EVP_MAX_MD_SIZE];

    must(EVP_DigestInit_ex(c, sha256, NULL) == 1 && EVP_DigestUpdate(c, bytes, n) == 1 &&
         EVP_DigestFinal_ex(c, out, NULL) == 1, "hashing");
}

static void message(EVP_MD_CTX *c, const struct message *m, const struct signer *rsa, const struct signer *ed25519)
{
    static const char header[HEADER];
    bool body_hashed = false;

    for (size_t i = 0; i < m->fields; i++) {
        if (strcasecmp(m->field[i].name, "DKIM-Signature") != 0)
            continue;
        if (!body_hashed)
            hash(c, m->body, m->body_size);
        body_hashed = true;
        hash(c, header, sizeof header);
        if (strstr(m->field[i].value, "a=ed25519") != NULL)
            ed25519_verify(ed25519);
        else
            rsa_verify(rsa);
    }
}

static double cpu_seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    long times = argc > 2 ? strtol(argv[2], NULL, 10) : 3;
    struct signer rsa, ed25519;
    struct corpus corpus = {.n = 0};
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    double began;

    if (argc < 2 || argc > 3 || times < 1) {
        (void)fprintf(stderr, "usage: crypto CORPUS [TIMES]\n");
        return 64;
    }
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    must(sha256 != NULL && c != NULL, "SHA-256");
    corpus_read(argv[1], &corpus);
    rsa_make(&rsa);
    ed25519_make(&ed25519);
    began = cpu_seconds();
    for (long n = 0; n < times; n++)
        for (size_t i = 0; i < corpus.n; i++)
            message(c, &corpus.message[i], &rsa, &ed25519);
    (void)printf("cpu_s=%.5f\n", (cpu_seconds() - began) * 1e3 / ((double)corpus.n * (double)times));
    EVP_PKEY_free(rsa.key);
    EVP_PKEY_free(ed25519.key);
    EVP_MD_CTX_free(c);
    EVP_MD_free(sha256);
    return 0;
}
