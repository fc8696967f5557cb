#include "base/polyhash.h"

#include <string.h>

#include "base/random.h"

/* Numbers modulo this prime; between steps they may be larger, below 2^63. */
static const uint64_t prime = (UINT64_C(1) << 61) - 1;

/* Keys are below this, so that a product and a word stay below 2^62 however often that is repeated. */
static const uint64_t keys = UINT64_C(1) << 59;

static uint64_t fold(uint64_t x)
{
    return (x & prime) + (x >> 61);
}

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 wide;
#endif

/* `a` below 2^63. */
static uint64_t polyhash_times(uint64_t a, uint64_t k)
{
#ifdef __SIZEOF_INT128__
    wide x = (wide)a * k;

    return ((uint64_t)x & prime) + (uint64_t)(x >> 61);
#else
    /* in halves: modulo the prime 2^64 is 8, and 2^61 is 1 */
    uint64_t ah = a >> 32, al = a & UINT32_MAX, kh = k >> 32, kl = k & UINT32_MAX;
    uint64_t middle = ah * kl + al * kh;

    return fold(8 * ah * kh + (middle >> 29) + ((middle & ((UINT64_C(1) << 29) - 1)) << 32) + fold(al * kl));
#endif
}

struct polyhash_key polyhash_key(void)
{
    return (struct polyhash_key){.point = random_bits() % (keys - 1) + 1, .mix = random_bits() % (keys - 1) + 1};
}

/* The word at `p`, which has a byte behind it. */
static uint64_t polyhash_word(const unsigned char *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof w);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w & ((UINT64_C(1) << 8 * POLYHASH_WORD) - 1);
}

/* A block, which has a byte behind it. */
static void polyhash_block(uint64_t k, uint64_t lane[POLYHASH_LANES], const unsigned char *p)
{
    for (int i = 0; i < POLYHASH_LANES; i++)
        lane[i] = polyhash_times(lane[i], k) + polyhash_word(p + i * POLYHASH_WORD);
}

/* Fills up what waits; how much of the piece it took. */
static size_t polyhash_fill(struct polyhash *h, struct str piece)
{
    size_t n = POLYHASH_BLOCK - h->n < piece.n ? POLYHASH_BLOCK - h->n : piece.n;

    if (n > 0)
        memcpy(h->last + h->n, piece.p, n);
    h->n += n;
    return n;
}

void polyhash_add(const struct polyhash_key *key, struct polyhash *h, struct str piece)
{
    uint64_t lane[POLYHASH_LANES];
    size_t at = polyhash_fill(h, piece);

    h->bytes += piece.n;
    if (at == piece.n)
        return;
    memcpy(lane, h->lane, sizeof lane);
    polyhash_block(key->point, lane, h->last);
    h->n = 0;
    for (; piece.n - at > POLYHASH_BLOCK; at += POLYHASH_BLOCK)
        polyhash_block(key->point, lane, (const unsigned char *)piece.p + at);
    memcpy(h->lane, lane, sizeof lane);
    (void)polyhash_fill(h, str_slice(piece, at, piece.n));
}

uint64_t polyhash_sum(const struct polyhash_key *key, const struct polyhash *h)
{
    unsigned char last[POLYHASH_BLOCK + 1] = {0};
    uint64_t lane[POLYHASH_LANES], sum = h->bytes;

    memcpy(lane, h->lane, sizeof lane);
    memcpy(last, h->last, h->n);
    polyhash_block(key->point, lane, last);
    for (int i = 0; i < POLYHASH_LANES; i++)
        sum = polyhash_times(sum, key->mix) + lane[i];
    sum = fold(fold(sum));
    return sum < prime ? sum : sum - prime;
}
