#include "base/base64.h"

/* The value of one digit, or -1. */
static int digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (char_is_digit(c))
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* Without at most two "=" at the end. */
static struct str unpadded(struct str s)
{
    for (int i = 0; i < 2 && s.n > 0 && s.p[s.n - 1] == '='; i++)
        s.n--;
    return s;
}

size_t base64_size(struct str text)
{
    struct str data = unpadded(text);

    for (size_t i = 0; i < data.n; i++)
        if (digit(data.p[i]) < 0)
            return 0;
    if (data.n % 4 == 1 || (data.n < text.n && text.n % 4 != 0))
        return 0;
    return data.n / 4 * 3 + (data.n % 4 == 0 ? 0 : data.n % 4 - 1);
}

uint8_t *base64_decode(struct arena *a, struct str text)
{
    size_t n = base64_size(text), at = 0;
    uint8_t *out = n == 0 ? NULL : arena_alloc(a, n);
    unsigned bits = 0;

    if (out == NULL)
        return NULL;
    for (size_t i = 0; at < n; i++) {
        bits = (bits << 6 | (unsigned)digit(text.p[i])) & 0xffffff;
        if (i % 4 > 0)
            out[at++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    return out;
}
