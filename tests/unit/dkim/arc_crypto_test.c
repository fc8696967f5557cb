#include "unit.h"

#include <openssl/x509.h>
#include <pthread.h>
#include <string.h>

#include "base/base64.h"
#include "dkim/arc_crypto.h"

/* Keys made for this test with openssl(1); the Ed25519 key is that of RFC 8463 appendix A. */
#define RSA_KEY \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCbooev6dfIFYkK4RcLsQWBuXSPuPJom+l1lCvLcPreO1xCG/YdwKUSa/P/WNyd" \
    "CKIvaKmimfOj6KuSSEoWrGOu+wgo5aKn74f2AYe9bYIB6XAp/8p289vQBF8dC69wmClUTPUX9EW57hWehxu9kr8gbDU/yaxSQd9b" \
    "cwtrdxsvUQIDAQAB"
#define RSA_3_KEY /* public exponent 3 */ \
    "MIGdMA0GCSqGSIb3DQEBAQUAA4GLADCBhwKBgQDWGJL2jvhYCNTxXrf6H0ChEBtHJ6Jv8tyQqz2qXO49ds+BdT8gn0xxNlAWoQx9" \
    "tnV0m2woxfJ5zdfUtuivX66+gDxo7Oths5fbU+DHyU405yovSfvxmU7ZKttAO9gksOQxMqBEu4W4k391fMY9njwgafLCG28BGWyy" \
    "Xlb3GNZUawIBAw=="
#define RSA_LONG_EXPONENT_KEY /* 66 bits */ \
    "MIGlMA0GCSqGSIb3DQEBAQUAA4GTADCBjwKBgQCuGNpOfVCX+DhZdWFDNXTvl5dDeR/3C0Tk57Diof6w/4ioY6RCewIpfKKJyOUJ" \
    "qxgX5wtEPi/pfgs00mMuVRjfj/+4UIPmOKR/OPdTq/YhlU59flzYmEwU10vPMJC03eo/mADYWobKbJFaLAf2xW5GsK2XOG8WkSd6" \
    "7Io0yqfLZwIJAgAAAAAAAACD"
#define RSA_4104_KEY \
    "MIICIzANBgkqhkiG9w0BAQEFAAOCAhAAMIICCwKCAgIAtuxRSBaL+dxOh7QNK0oAFcDsYfffa+EzQInfgxh4eZVa+0VhGZOI26L8" \
    "fVfHfBBJQogResBOS1U96GSLokeSwLzw4VY25iQUzRBDritvee53nlEwGWUaEKbPvD0Qjvne7U0iQn0lAKugcX9sBm5UK/3cXNea" \
    "iUUYhFKJwpjg6iNtlyCXpe3JPpZVLAzazcuGJHTiuCXCXKwJyiK8flJ7WWJrvBWRvmdqj4pz9MY9/HzC1k8zlzMsrJr2dYkt0evE" \
    "OjAZAahlKc5Wwtm2OJV3LqQef6rUpDzRus1ny3jdf6IxebJF2kY4wLul9qx7Fc2ioPCFa+vAHyvbX1Cr7//QPudVSQ8/G825HxaS" \
    "EXNW3mEbLhvuovWst1WQia5pTUcvMNRf7sp+k030P1T76ZEWqV86YqHD+9E0FfUxw4MlpzrkcnIlSv9i4MULK5hUaz1OGdFBSdjq" \
    "IV+ul+JuMXsfq3ysRZxQIaY4jdmarZUeG8PGWnaecr0Cq/zueaX0bHdW++FZjVnQCrLXctb6SyejSxzHVTc1nJVcx9P0nNgKB1jG" \
    "QAY0D96o4xo1oI0n28goQkWhASVzp+uw/rJmU06YAJu30zbKsgg/mQPJVh7nCaGAExuAXBI5RSrZc8xMEQKP0WlsWge4bKNqxvRb" \
    "Or/jXHpHiZ24gv+hYs97eAdtnZP/AgMBAAE="
#define RSA_512_KEY \
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAJ1gov8WE288Z6t8ZQPyhFmsB2DvMuE7P43UwZRkiIB+8GU1TOPANjSdlNIDZarsjFEN" \
    "Laa7hVvfmwMug9wXo4kCAwEAAQ=="
#define RSA_PSS_KEY \
    "MIGdMAsGCSqGSIb3DQEBCgOBjQAwgYkCgYEArga9NvT00X/ZgwMl6biST29crPjXR/ofYkLqJvN2kPFw8oKY/4KnT/EtnvXbb/pY" \
    "02zmcJkaX5gD1BOfkN3OPVlXlMeRMpzq/aAUQ7GdxYHTAw0tmwq10IgNG0rJzS3/tDzdSnau9Tyq+KGlIxEVJAr1bRAEcxcAW6A9" \
    "nFZy2sMCAwEAAQ=="
#define EC_KEY \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEk3h5vfjJYNuYL3ZB7DyukQmWUTYKIzvuSv9xi/vIqezdoYUItDis1nGX55lX+rMt" \
    "S+77A5dPhWFUtcUFj0S0qA=="
#define ED_KEY "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

/* Signatures of "assay". */
#define RSA_SIGNATURE \
    "UlRBkTkYvbilnjiTl+DuR1HgL3GZ9IaUU+BPcOvFFJfPKo+ckN9UfbfDD3yNpJMfQeVtcab+smG0fiay3e1XAsIm6Y6pmdgqAoyZ" \
    "YaBCzc3WelZX5AWD3uYsHxcJJKm+p8pimt6yjiojtkVHspBmP0NtAtCcX+76BD4X3U02a1o="
#define RSA_3_SIGNATURE \
    "Oi+wBI97KCOOstXVRBv0D1n6j90EP35Vvskr7MEQuQC2Q6jmXT7b4q+IiPb4V7g2oUW9HaMhJn8DHcHzlkP9jnJyQECqTDnKB08i" \
    "Q3Q/C0Nf9VmlXPlUPrl9W71u2eZABRO3HLTn55S+5+aHvKX64LOdr9oVk2WXU+pc7HD4CXc="
#define ED_SIGNATURE \
    "BzzOExkGtjGqUhUGb8pqkGS2UBesNs+NvyLLGBlws1vgmjSvbvp8aZ+O1Vhn/DX7tn16bH5AUnGFTJdLw/0iAQ=="

static void digest_of(const char *text, unsigned char out[CRYPTO_SHA256_SIZE])
{
    struct crypto_hash *h = crypto_hash_new();

    crypto_hash_add(h, str_of(text));
    assert_true(crypto_hash_peek(h, out));
    crypto_hash_free(h);
}

/* FIPS 180-2 appendix B.1; peeking and copying leave a hash as it was. */
static void hashing(void **state)
{
    static const unsigned char abc[] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
        0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
    };
    unsigned char digest[CRYPTO_SHA256_SIZE], other[CRYPTO_SHA256_SIZE];
    struct crypto_hash *h = crypto_hash_new(), *copy;

    (void)state;
    crypto_hash_add(h, STR("a"));
    assert_true(crypto_hash_peek(h, digest));
    crypto_hash_add(h, STR_NONE);
    crypto_hash_add(h, STR("b"));
    copy = crypto_hash_copy(h);
    crypto_hash_add(h, STR("c"));
    crypto_hash_add(copy, STR("d"));
    assert_true(crypto_hash_peek(h, digest));
    assert_memory_equal(digest, abc, sizeof abc);
    assert_true(crypto_hash_peek(copy, digest));
    digest_of("abd", other);
    assert_memory_equal(digest, other, sizeof other);
    crypto_hash_free(copy);
    crypto_hash_free(h);
    crypto_hash_free(NULL);
}

/* Test keys and signatures are written in base64. */
static struct str decoded(struct arena *a, const char *text)
{
    struct str s = {NULL, base64_size(str_of(text))};

    s.p = (const char *)base64_decode(a, str_of(text));
    return s;
}

static void keys(void **state)
{
    static const struct {
        const char *name, *text;
        enum crypto_kind kind;
        enum crypto_key_status status;
        unsigned bits;
    } rows[] = {
        {"rsa", RSA_KEY, CRYPTO_RSA, CRYPTO_KEY_OK, 1024},
        {"rsa again, from the table", RSA_KEY, CRYPTO_RSA, CRYPTO_KEY_OK, 1024},
        {"rsa, exponent 3", RSA_3_KEY, CRYPTO_RSA, CRYPTO_KEY_OK, 1024},
        {"rsa 512 is the caller's to refuse", RSA_512_KEY, CRYPTO_RSA, CRYPTO_KEY_OK, 512},
        {"rsa 4104", RSA_4104_KEY, CRYPTO_RSA, CRYPTO_KEY_TOO_LARGE, 0},
        {"rsa, long exponent", RSA_LONG_EXPONENT_KEY, CRYPTO_RSA, CRYPTO_KEY_TOO_LARGE, 0},
        {"rsa-pss", RSA_PSS_KEY, CRYPTO_RSA, CRYPTO_KEY_MALFORMED, 0},
        {"elliptic curve", EC_KEY, CRYPTO_RSA, CRYPTO_KEY_MALFORMED, 0},
        {"rsa cut short", "MIGfMA0GCSqGSIb3DQEBAQUA", CRYPTO_RSA, CRYPTO_KEY_MALFORMED, 0},
        {"rsa with more behind", RSA_KEY "AAAA", CRYPTO_RSA, CRYPTO_KEY_MALFORMED, 0},
        {"rsa as ed25519", RSA_KEY, CRYPTO_ED25519, CRYPTO_KEY_MALFORMED, 0},
        {"ed25519", ED_KEY, CRYPTO_ED25519, CRYPTO_KEY_OK, 256},
        {"ed25519 as rsa", ED_KEY, CRYPTO_RSA, CRYPTO_KEY_MALFORMED, 0},
        {"ed25519, a byte short", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==", CRYPTO_ED25519,
         CRYPTO_KEY_MALFORMED, 0},
        {"empty", "", CRYPTO_RSA, CRYPTO_KEY_MALFORMED, 0},
    };

    struct arena *a = arena_new(1 << 16);

    (void)state;
    FOR_ROWS(row, rows) {
        struct crypto_key *k = NULL;

        ASSERT_ROW(crypto_key_get(decoded(a, row->text), row->kind, &k) == row->status, row);
        ASSERT_ROW((k == NULL ? 0 : crypto_key_bits(k)) == row->bits, row);
        if (k != NULL)
            crypto_key_release(k);
    }
    arena_free(a);
}

static void bytes_beyond_the_limit(void **state)
{
    static char bytes[CRYPTO_KEY_SIZE_MAX + 1];
    struct crypto_key *k = NULL;

    (void)state;
    assert_int_equal(crypto_key_get((struct str){bytes, sizeof bytes}, CRYPTO_RSA, &k), CRYPTO_KEY_TOO_LARGE);
}

static void verifying(void **state)
{
    static const struct {
        const char *name, *key;
        enum crypto_kind kind;
        const char *signature, *text;
        bool good;
    } rows[] = {
        {"rsa", RSA_KEY, CRYPTO_RSA, RSA_SIGNATURE, "assay", true},
        {"rsa, exponent 3", RSA_3_KEY, CRYPTO_RSA, RSA_3_SIGNATURE, "assay", true},
        {"rsa, other text", RSA_KEY, CRYPTO_RSA, RSA_SIGNATURE, "assaY", false},
        {"rsa, other key", RSA_3_KEY, CRYPTO_RSA, RSA_SIGNATURE, "assay", false},
        {"rsa, signature of another length", RSA_KEY, CRYPTO_RSA, "AAAA", "assay", false},
        {"ed25519", ED_KEY, CRYPTO_ED25519, ED_SIGNATURE, "assay", true},
        {"ed25519, other text", ED_KEY, CRYPTO_ED25519, ED_SIGNATURE, "essay", false},
        {"ed25519, signature of another length", ED_KEY, CRYPTO_ED25519, "AAAA", "assay", false},
        {"ed25519, signature of rsa", ED_KEY, CRYPTO_ED25519, RSA_SIGNATURE, "assay", false},
    };
    struct arena *a = arena_new(1 << 16);

    (void)state;
    FOR_ROWS(row, rows) {
        unsigned char digest[CRYPTO_SHA256_SIZE];
        struct crypto_key *k = NULL;

        digest_of(row->text, digest);
        assert_int_equal(crypto_key_get(decoded(a, row->key), row->kind, &k), CRYPTO_KEY_OK);
        ASSERT_ROW(crypto_key_verify(k, digest, decoded(a, row->signature)) == row->good, row);
        crypto_key_release(k);
    }
    arena_free(a);
}

/* More keys than the table holds, from several threads: one in use stays valid when it is dropped. */
static void *use_many_keys(void *arg)
{
    struct arena *a = arena_new(1 << 16);
    struct crypto_key *held = NULL;

    arg = NULL;
    if (crypto_key_get(decoded(a, RSA_KEY), CRYPTO_RSA, &held) == CRYPTO_KEY_OK) {
        for (unsigned i = 0; i < 3 * CRYPTO_KEYS_MAX; i++) {
            char bytes[32] = {(char)(i & 0xff), (char)(i >> 8)};
            struct crypto_key *k = NULL;

            if (crypto_key_get((struct str){bytes, sizeof bytes}, CRYPTO_ED25519, &k) == CRYPTO_KEY_OK)
                crypto_key_release(k);
        }
        if (crypto_key_bits(held) == 1024)
            arg = "good";
        crypto_key_release(held);
    }
    arena_free(a);
    return arg;
}

static void the_table_is_bounded_and_shared(void **state)
{
    pthread_t thread[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, use_many_keys, NULL), 0);
    for (size_t i = 0; i < 4; i++) {
        void *said = NULL;

        assert_int_equal(pthread_join(thread[i], &said), 0);
        assert_non_null(said);
    }
}

static void a_key_outlives_the_table(void **state)
{
    struct arena *a = arena_new(1 << 16);
    struct crypto_key *k = NULL;

    (void)state;
    assert_int_equal(crypto_key_get(decoded(a, RSA_KEY), CRYPTO_RSA, &k), CRYPTO_KEY_OK);
    arena_free(a);
    crypto_shutdown();
    assert_int_equal(crypto_key_bits(k), 1024);
    crypto_key_release(k);
    crypto_shutdown();
}

#ifdef ASSAY_KEEP_LIBRARY_KEYS
/* What libopendkim calls answers as OpenSSL's own does; what comes out of the table is one key for all. */
static void library_keys(void **state)
{
    static const struct {
        const char *name, *text;
        bool decodes, kept;
    } rows[] = {
        {"rsa", RSA_KEY, true, true},
        {"rsa, exponent 3", RSA_3_KEY, true, true},
        {"rsa 4104", RSA_4104_KEY, true, false},
        {"rsa, long exponent", RSA_LONG_EXPONENT_KEY, true, false},
        {"rsa-pss", RSA_PSS_KEY, true, false},
        {"elliptic curve", EC_KEY, true, false},
        {"rsa cut short", "MIGfMA0GCSqGSIb3DQEBAQUA", false, false},
        {"ed25519", ED_KEY, false, false},
    };
    struct arena *a = arena_new(1 << 16);

    (void)state;
    FOR_ROWS(row, rows) {
        struct str bytes = decoded(a, row->text);
        BIO *first = BIO_new_mem_buf(bytes.p, (int)bytes.n), *second = BIO_new_mem_buf(bytes.p, (int)bytes.n);
        EVP_PKEY *one = d2i_PUBKEY_bio(first, NULL), *two = d2i_PUBKEY_bio(second, NULL);

        ASSERT_ROW((one != NULL) == row->decodes, row);
        ASSERT_ROW((one == two) == (row->kept || !row->decodes), row);
        EVP_PKEY_free(one);
        crypto_shutdown();
        ASSERT_ROW(two == NULL || EVP_PKEY_get_bits(two) > 0, row);
        EVP_PKEY_free(two);
        BIO_free(first);
        BIO_free(second);
    }
    arena_free(a);
}
#else
static void library_keys(void **state)
{
    (void)state;
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashing), cmocka_unit_test(keys),
        cmocka_unit_test(bytes_beyond_the_limit), cmocka_unit_test(verifying),
        cmocka_unit_test(the_table_is_bounded_and_shared), cmocka_unit_test(a_key_outlives_the_table),
        cmocka_unit_test(library_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
