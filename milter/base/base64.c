#include "base/base64.h"

enum { NO_DIGIT = 64 };

/* The value of each ASCII character as a digit. */
static const uint8_t digits[128] = {
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62, 64, 64, 64, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64,
    64, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 64,
    64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64,
};

static unsigned digit(char c)
{
    return (unsigned char)c < sizeof digits ? digits[(unsigned char)c] : NO_DIGIT;
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
    unsigned all = 0;

    for (size_t i = 0; i < data.n; i++)
        all |= digit(data.p[i]);
    if ((all & NO_DIGIT) != 0)
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
        bits = (bits << 6 | digit(text.p[i])) & 0xffffff;
        if (i % 4 > 0)
            out[at++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    return out;
}
