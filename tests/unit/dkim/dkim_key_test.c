#include "unit.h"

#include <string.h>

#include "dkim/dkim_key.h"

#define RSA512 "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALiFn9XtCxo2aa5fSurKJtGu2N7s9dvTrz1+pm6+U4HgxpGSs3ukFiX8ifC3Cf1+" \
               "VGS+dzkfk91Le2LPAZc2y9UCAwEAAQ=="
#define RSA1024 "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDTXO5BvH7yUHx0ernGLhqNW3VAsXTTy9dU++xUo3noMDtiIXklhmMqcSQ+/5Yc" \
                "ZtXwyV9yzpwB1AWgnhPWN9ndERWTWMUeY5Ugdjw4WdsngXf9Glk6HarS0SPY/Pibh+d40yATJGtBPl4ysUZ1a5xKYNtYgn3t3d6I" \
                "QvBQae7ghQIDAQAB"
#define PKCS1 "MIGJAoGBANNc7kG8fvJQfHR6ucYuGo1bdUCxdNPL11T77FSjeegwO2IheSWGYypxJD7/lhxm1fDJX3LOnAHUBaCeE9Y32d0RFZNY" \
              "xR5jlSB2PDhZ2yeBd/0aWTodqtLRI9j8+JuH53jTIBMka0E+XjKxRnVrnEpg21iCfe3d3ohC8FBp7uCFAgMBAAE="
#define ED25519 "XK+PhA8DdKaV2GJCkTkDrkNGHKYyPhL3oH/94UJKoxU="
#define ED25519_SPKI "MCowBQYDK2VwAyEAXK+PhA8DdKaV2GJCkTkDrkNGHKYyPhL3oH/94UJKoxU="

static struct dkim_key parsed(struct arena *a, const char *text)
{
    struct dkim_key key;

    assert_int_equal(dkim_key_parse(a, str_of(text), &key), RC_OK);
    return key;
}

static const struct dkim_sig rsa_sig = {.key = DKIM_SIG_KEY_RSA, .domain = "example.com", .identity = "@example.com"};
static const struct dkim_sig rsa_subdomain = {.key = DKIM_SIG_KEY_RSA, .domain = "example.com",
                                              .identity = "@a.example.com", .subdomain = true};
static const struct dkim_sig ed_sig = {.key = DKIM_SIG_KEY_ED25519, .domain = "example.com", .identity = ""};

static void refusals(void **state)
{
    static const struct { const char *name; const struct dkim_sig *sig; const char *why; } rows[] = {
        {"v=DKIM1; k=rsa; p=" RSA1024, &rsa_sig, ""},
        {"p=" RSA1024, &rsa_sig, ""},
        {"v=DKIM1; k=ed25519; p=" ED25519, &ed_sig, ""},
        {" v = DKIM1 ;\tp=" RSA1024 " ; ", &rsa_sig, ""},
        {"v=DKIM1; n=a note with \xc3\xbc; q=unknown; p=" RSA1024, &rsa_sig, ""},
        {"p=" RSA1024 "; v=DKIM1", &rsa_sig, "malformed key record: v= is not DKIM1 at its start"},
        {"v=DKIM2; p=" RSA1024, &rsa_sig, "malformed key record: v= is not DKIM1 at its start"},
        {"v=spf1 -all", &rsa_sig, "malformed key record: v= is not DKIM1 at its start"},
        {"some text", &rsa_sig, "malformed key record: tag without \"=\""},
        {"v=DKIM1; p=" RSA1024 "; p=", &rsa_sig, "malformed key record: duplicate tag p="},
        {"", &rsa_sig, "malformed key record: no p="},
        {"v=DKIM1; k=rsa", &rsa_sig, "malformed key record: no p="},
        {"v=DKIM1; p=", &rsa_sig, "key revoked"},
        {"v=DKIM1; k=ed25519; p=;", &ed_sig, "key revoked"},
        {"k=dsa; p=" RSA1024, &rsa_sig, "unknown key type in k="},
        {"k=rsa; p=" RSA1024, &ed_sig, "k= of the key does not match a="},
        {"k=ed25519; p=" ED25519, &rsa_sig, "k= of the key does not match a="},
        {"h=sha1; p=" RSA1024, &rsa_sig, "key does not allow sha256"},
        {"h=sha1 : sha256; p=" RSA1024, &rsa_sig, ""},
        {"h=; p=" RSA1024, &rsa_sig, "key does not allow sha256"},
        {"s=tlsrpt; p=" RSA1024, &rsa_sig, "key is not for email"},
        {"s=tlsrpt:email; p=" RSA1024, &rsa_sig, ""},
        {"s=*; p=" RSA1024, &rsa_sig, ""},
        {"t=s; p=" RSA1024, &rsa_sig, ""},
        {"t=y:s; p=" RSA1024, &rsa_subdomain, "key forbids subdomains in i="},
        {"t=y; p=" RSA1024, &rsa_subdomain, ""},
        {"p=" RSA512, &rsa_sig, "key has 512 bits, fewer than 1024"},
        {"p=" PKCS1, &rsa_sig, ""},
        {"p=AAAA", &rsa_sig, "p= of the key is no RSA key"},
        {"p=" ED25519, &rsa_sig, "p= of the key is no RSA key"},
        {"p=" ED25519_SPKI, &rsa_sig, "p= of the key is no RSA key"},
        {"k=ed25519; p=" ED25519_SPKI, &ed_sig, "p= of the key is no Ed25519 key"},
        {"p=!!!", &rsa_sig, "p= of the key is not base64"},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    FOR_ROWS(row, rows) {
        struct dkim_key key = parsed(a, row->name);
        const char *why = dkim_key_refusal(a, &key, row->sig, 512);

        if (strcmp(why, row->why) != 0)
            print_error("\"%s\" is not \"%s\"\n", why, row->why);
        ASSERT_ROW(strcmp(why, row->why) == 0, row);
    }
    arena_free(a);
}

/* A SubjectPublicKeyInfo of any size, in base64. */
static const char *rsa_record(struct arena *a, unsigned modulus_bytes, uint8_t top, unsigned exponent_bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const uint8_t algorithm[] = {0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0};
    unsigned key = 4 + modulus_bytes + 4 + exponent_bytes, bits = 4 + key + 1, n = 0;
    uint8_t der[4096] = {0};
    struct strbuf b = strbuf_new(a, 8192);

#define HEAD(tag, size) der[n++] = (tag), der[n++] = 0x82, der[n++] = (uint8_t)((size) >> 8), der[n++] = (uint8_t)(size)
    HEAD(0x30, sizeof algorithm + 4 + bits);
    memcpy(der + n, algorithm, sizeof algorithm);
    n += sizeof algorithm;
    HEAD(0x03, bits);
    n++;
    HEAD(0x30, key);
    HEAD(0x02, modulus_bytes);
    der[n] = top;
    n += modulus_bytes;
    HEAD(0x02, exponent_bytes);
    der[n] = 3;
    n += exponent_bytes;
#undef HEAD
    strbuf_puts(&b, "p=");
    for (unsigned i = 0; i < n; i += 3) {
        unsigned v = (unsigned)der[i] << 16 | (unsigned)der[i + 1] << 8 | der[i + 2];

        for (int shift = 18; shift >= 0; shift -= 6)
            strbuf_putc(&b, digits[v >> shift & 63]);
    }
    return b.p;
}

static void sizes(void **state)
{
    static const struct { const char *name; unsigned modulus; uint8_t top; unsigned exponent, min, bits; } rows[] = {
        {"", 128, 0x80, 3, 1024, 1024},
        {"key has 1023 bits, fewer than 1024", 128, 0x40, 3, 1024, 1023},
        {"", 512, 0xff, 3, 1024, 4096},
        {"key has 4097 bits, more than 4096", 513, 0x01, 3, 1024, 4097},
        {"key has 8192 bits, more than 4096", 1024, 0x80, 3, 1024, 8192},
        {"key has 1024 bits, fewer than 2048", 128, 0x80, 3, 2048, 1024},
        {"exponent of the RSA key is too large", 128, 0x80, 9, 1024, 1024},
        {"", 128, 0x80, 8, 1024, 1024},
        {"key has 0 bits, fewer than 1024", 128, 0, 3, 1024, 0},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    FOR_ROWS(row, rows) {
        struct dkim_key key = parsed(a, rsa_record(a, row->modulus, row->top, row->exponent));

        ASSERT_ROW(key.bits == row->bits, row);
        ASSERT_ROW(strcmp(dkim_key_refusal(a, &key, &rsa_sig, row->min), row->name) == 0, row);
    }
    arena_free(a);
}

static void rewritten(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct dkim_key key = parsed(a, "v=DKIM1; n=for\xc3\xbc testing; t=s:x:y; h=sha1:sha256; k=ed25519; p=XK+PhA8DdKaV2GJC "
                                    "kTkDrkNGHKYyPhL3oH/94UJKoxU=");

    (void)state;
    assert_true(key.testing && key.strict && key.sha256 && key.email && key.is_key);
    assert_int_equal(key.bits, 256);
    assert_int_equal(key.der_size, 32);
    assert_string_equal(dkim_key_record(a, &key), "v=DKIM1; k=ed25519; h=sha256; s=email; t=y:s; p=" ED25519);
    key = parsed(a, "p=" RSA1024);
    assert_string_equal(dkim_key_record(a, &key), "v=DKIM1; k=rsa; h=sha256; s=email; p=" RSA1024);
    arena_free(a);
}

/* Limits of ours are told apart from mistakes of the publisher. */
static void limits(void **state)
{
    struct dns_rr rr[DNS_RR_MAX] = {{.txt = STR("x")}};
    struct arena *a = arena_new(4 << 20);
    struct strbuf b = strbuf_new(a, DKIM_KEY_TEXT_MAX + 1);
    struct dkim_key key;
    const char *why;

    (void)state;
    strbuf_puts(&b, "p=");
    while (!b.over)
        strbuf_putc(&b, 'A');
    rr[0].txt = strbuf_str(&b);
    assert_int_equal(dkim_key_select(a, rr, 1, &rsa_sig, 1024, &key, &why), RC_OK);
    assert_true(key.over && strstr(why, "too long") != NULL);
    for (size_t i = 0; i < DNS_RR_MAX; i++)
        rr[i].txt = STR("p=");
    assert_int_equal(dkim_key_select(a, rr, DNS_RR_MAX - 1, &rsa_sig, 1024, &key, &why), RC_OK);
    assert_false(key.over);
    assert_int_equal(dkim_key_select(a, rr, DNS_RR_MAX, &rsa_sig, 1024, &key, &why), RC_OK);
    assert_true(key.over);
    arena_free(a);
}

/* Several TXT records: the usable key is found, in whatever order they come. */
static void selecting(void **state)
{
    static const struct { const char *name; const char *text[3]; const char *why; } rows[] = {
        {"alone", {"p=" RSA1024}, ""},
        {"among others", {"v=spf1 -all", "v=DKIM1; k=rsa; p=" RSA1024, "hello"}, ""},
        {"others first", {"a text", "v=DKIM1; k=rsa; p=" RSA1024}, ""},
        {"the type that fits", {"v=DKIM1; k=ed25519; p=" ED25519, "v=DKIM1; k=rsa; p=" RSA1024}, ""},
        {"revoked beside another text", {"a text", "v=DKIM1; p="}, "key revoked"},
        {"no key at all", {"v=spf1 -all"}, "malformed key record: v= is not DKIM1 at its start"},
        {"two useless", {"v=DKIM1; p=", "v=DKIM1; p=" RSA512}, "key revoked"},
    };
    struct arena *a = arena_new(1 << 20);
    struct dkim_key key;
    const char *why;

    (void)state;
    FOR_ROWS(row, rows) {
        for (int reversed = 0; reversed < 2; reversed++) {
            struct dns_rr rr[3] = {0};
            size_t n = 0;

            while (n < 3 && row->text[n] != NULL)
                n++;
            for (size_t i = 0; i < n; i++)
                rr[reversed ? n - 1 - i : i].txt = str_of(row->text[i]);
            ASSERT_ROW(dkim_key_select(a, rr, n, &rsa_sig, 1024, &key, &why) == RC_OK, row);
            ASSERT_ROW(strcmp(why, row->why) == 0, row);
        }
    }
    assert_int_equal(dkim_key_select(a, NULL, 0, &rsa_sig, 1024, &key, &why), RC_NOTFOUND);
    assert_false(key.over);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals), cmocka_unit_test(sizes), cmocka_unit_test(rewritten),
        cmocka_unit_test(selecting), cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
