#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "dkim/body_hash.h"

static const char *hex(const unsigned char *digest, char out[2 * CRYPTO_SHA256_SIZE + 1])
{
    struct strbuf b = strbuf_on(out, 2 * CRYPTO_SHA256_SIZE + 1);

    if (digest == NULL)
        return "none";
    for (size_t i = 0; i < CRYPTO_SHA256_SIZE; i++)
        strbuf_putf(&b, "%02x", digest[i]);
    return out;
}

#define SHA_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SHA_CRLF "7eb70257593da06f682a3ddda54a9d260d4fc514f645237f5ca74b08f8da61a6"
#define SHA_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* RFC 6376 sections 3.4.3 and 3.4.4 give the hashes of the empty body. */
static void digests(void **state)
{
    static const struct {
        const char *name, *body;
        enum dkim_canon how;
        uint64_t length;
        const char *want;
        uint64_t beyond;
    } rows[] = {
        {"empty, relaxed", "", DKIM_CANON_RELAXED, BODY_HASH_ALL, SHA_EMPTY, 0},
        {"empty, simple", "", DKIM_CANON_SIMPLE, BODY_HASH_ALL, SHA_CRLF, 0},
        {"l=0", "abc", DKIM_CANON_SIMPLE, 0, SHA_EMPTY, 5},
        {"l=0 of nothing", "", DKIM_CANON_RELAXED, 0, SHA_EMPTY, 0},
        {"l=3", "abcdef\r\n", DKIM_CANON_RELAXED, 3, SHA_ABC, 5},
        {"l= of canonical bytes", "abc   \t\r\n", DKIM_CANON_RELAXED, 5,
         "552bab6864c7a7b69a502ed1854b9245c0e1a30f008aaa0b281da62585fdb025", 0},
        {"l= beyond the end", "abc", DKIM_CANON_SIMPLE, 6, "none", 0},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct body_hash *b = body_hash_new();
        char text[2 * CRYPTO_SHA256_SIZE + 1];
        const unsigned char *digest;
        uint64_t beyond;

        assert_int_equal(body_hash_want(b, row->how, row->length), RC_OK);
        body_hash_add(b, str_of(row->body));
        body_hash_end(b);
        digest = body_hash_digest(b, row->how, row->length, &beyond);
        ASSERT_ROW(strcmp(hex(digest, text), row->want) == 0, row);
        ASSERT_ROW(beyond == row->beyond, row);
        body_hash_free(b);
    }
}

/* One stream, many stops: each digest is what a hash of its own would give. */
static void many_lengths(void **state)
{
    static const uint64_t lengths[] = {7, 0, 3, BODY_HASH_ALL, 7, 100, 12, 4};
    struct str body = STR("seven t\r\nand  more \r\n");
    struct str canonical = STR("seven t\r\nand more\r\n");
    struct body_hash *b = body_hash_new();
    char got[2 * CRYPTO_SHA256_SIZE + 1], want[2 * CRYPTO_SHA256_SIZE + 1];

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        assert_int_equal(body_hash_want(b, DKIM_CANON_RELAXED, lengths[i]), RC_OK);
    for (size_t i = 0; i < body.n; i++)
        body_hash_add(b, str_slice(body, i, i + 1));
    body_hash_end(b);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct crypto_hash *h = crypto_hash_new();
        unsigned char digest[CRYPTO_SHA256_SIZE];
        uint64_t beyond;
        const unsigned char *answer = body_hash_digest(b, DKIM_CANON_RELAXED, lengths[i], &beyond);

        crypto_hash_add(h, str_slice(canonical, 0, lengths[i]));
        assert_true(crypto_hash_peek(h, digest));
        crypto_hash_free(h);
        assert_string_equal(hex(answer, got), lengths[i] == 100 ? "none" : hex(digest, want));
        assert_int_equal(beyond, lengths[i] < canonical.n ? canonical.n - lengths[i] : 0);
    }
    body_hash_free(b);
}

static void the_number_of_lengths_is_limited(void **state)
{
    struct body_hash *b = body_hash_new();

    (void)state;
    for (uint64_t i = 0; i < BODY_HASH_WANTS_MAX; i++)
        assert_int_equal(body_hash_want(b, DKIM_CANON_SIMPLE, 1000 - i), RC_OK);
    assert_int_equal(body_hash_want(b, DKIM_CANON_SIMPLE, 5), RC_LIMIT);
    assert_int_equal(body_hash_want(b, DKIM_CANON_SIMPLE, 1000), RC_OK);
    assert_int_equal(body_hash_want(b, DKIM_CANON_SIMPLE, BODY_HASH_ALL), RC_OK);
    assert_int_equal(body_hash_want(b, DKIM_CANON_SIMPLE, 6), RC_LIMIT);
    assert_int_equal(body_hash_want(b, DKIM_CANON_RELAXED, 6), RC_OK);
    body_hash_end(b);
    body_hash_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests), cmocka_unit_test(many_lengths),
        cmocka_unit_test(the_number_of_lengths_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
