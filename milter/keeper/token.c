#include "keeper/token.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "dkim/arc_crypto.h"

enum { BYTES = 32 };

static void token_put_hex(const unsigned char *bytes, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < BYTES; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * BYTES] = '\0';
}

static unsigned token_digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void token_get_hex(const char *text, unsigned char bytes[static BYTES])
{
    for (int i = 0; i < BYTES; i++)
        bytes[i] = (unsigned char)(token_digit(text[2 * i]) << 4 | token_digit(text[2 * i + 1]));
}

static bool token_is_hex(const char *text, size_t n)
{
    return strlen(text) == n && strspn(text, "0123456789abcdef") == n;
}

static void token_random(unsigned char bytes[static BYTES])
{
    for (int i = 0; i < BYTES; i += 8) {
        uint64_t bits = random_bits();

        memcpy(bytes + i, &bits, sizeof bits);
    }
}

void token_new(char out[static TOKEN_TEXT + 1])
{
    unsigned char bytes[BYTES];

    token_random(bytes);
    token_put_hex(bytes, out);
}

bool token_is(const char *text)
{
    return token_is_hex(text, TOKEN_TEXT);
}

bool token_hash(const char *token, char out[static TOKEN_TEXT + 1])
{
    struct crypto_hash *h = crypto_hash_new();
    unsigned char digest[CRYPTO_SHA256_SIZE];
    bool good = h != NULL;

    if (good)
        crypto_hash_add(h, str_of(token));
    good = good && crypto_hash_peek(h, digest);
    crypto_hash_free(h);
    if (good)
        token_put_hex(digest, out);
    return good;
}

void token_mask(const char *token, char out[static TOKEN_MASKED_TEXT + 1])
{
    unsigned char mask[BYTES], bytes[BYTES];

    token_random(mask);
    token_get_hex(token, bytes);
    for (int i = 0; i < BYTES; i++)
        bytes[i] ^= mask[i];
    token_put_hex(mask, out);
    token_put_hex(bytes, out + TOKEN_TEXT);
}

bool token_matches(const char *token, const char *masked)
{
    unsigned char want[BYTES], mask[BYTES], bytes[BYTES], differ = 0;

    if (!token_is(token) || !token_is_hex(masked, TOKEN_MASKED_TEXT))
        return false;
    token_get_hex(token, want);
    token_get_hex(masked, mask);
    token_get_hex(masked + TOKEN_TEXT, bytes);
    for (int i = 0; i < BYTES; i++) /* in the same time wherever they differ */
        differ |= (unsigned char)(want[i] ^ mask[i] ^ bytes[i]);
    return differ == 0;
}
