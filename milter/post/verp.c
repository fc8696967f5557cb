#include "post/verp.h"

#include <errno.h>

#include "base/random.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

enum { RANDOM_BYTES = 17, EXTENSION = '+' }; /* 26 digits of 5 bits */

enum rc verp_key(char out[VERP_KEY_SIZE + 1], struct err *e)
{
    unsigned char bytes[RANDOM_BYTES];
    unsigned bits = 0, have = 0;
    size_t n = 0;

    if (!random_bytes(bytes, sizeof bytes))
        return err_errno(e, RC_IO, errno, "no random numbers from the system");
    for (size_t i = 0; n < VERP_KEY_SIZE; have -= 5) {
        if (have < 5) {
            bits = bits << 8 | bytes[i++];
            have += 8;
        }
        out[n++] = alphabet[bits >> (have - 5) & 31];
    }
    out[n] = '\0';
    return RC_OK;
}

const char *verp_address(struct arena *a, const char *sender, const char *key)
{
    struct str all = str_of(sender);
    size_t at = str_find(all, '@');
    struct strbuf b;

    if (all.n == 0)
        return "";
    b = strbuf_new(a, all.n + 1 + VERP_KEY_SIZE);
    strbuf_put(&b, str_slice(all, 0, at));
    strbuf_putf(&b, "%c%s", EXTENSION, key);
    strbuf_put(&b, str_slice(all, at, all.n));
    return b.over ? NULL : b.p;
}

struct str verp_key_of(struct str address, const char *sender)
{
    struct str own = str_of(sender), key;
    size_t at = str_find(own, '@');

    if (at == own.n || !str_starts_nocase(address, str_slice(own, 0, at)) ||
        !str_ends_nocase(address, str_slice(own, at, own.n)) || address.n != own.n + 1 + VERP_KEY_SIZE ||
        address.p[at] != EXTENSION)
        return STR_NONE;
    key = str_slice(address, at + 1, at + 1 + VERP_KEY_SIZE);
    for (size_t i = 0; i < key.n; i++)
        if (str_find(STR(alphabet), key.p[i]) == sizeof alphabet - 1)
            return STR_NONE;
    return key;
}
