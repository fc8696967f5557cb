#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/polyhash.h"

enum { LONGEST = 400 };

static const struct polyhash_key key = {.point = UINT64_C(0x3fe1029384756ab), .mix = UINT64_C(0x7123456789abcde)};
static const uint64_t prime = (UINT64_C(1) << 61) - 1;

/* ---- the definition, slowly ---- */

/* a * k modulo the prime, by doubling: no product is larger than 64 bits. */
static uint64_t slow_times(uint64_t a, uint64_t k)
{
    uint64_t sum = 0;

    for (a %= prime; k > 0; k >>= 1) {
        if ((k & 1) != 0)
            sum = (sum + a) % prime;
        a = 2 * a % prime;
    }
    return sum;
}

static uint64_t slow_hash(const unsigned char *p, size_t n)
{
    uint64_t lane[POLYHASH_LANES] = {0}, sum = n;
    size_t blocks = n == 0 ? 1 : (n + POLYHASH_BLOCK - 1) / POLYHASH_BLOCK;

    for (size_t word = 0; word < POLYHASH_LANES * blocks; word++) {
        uint64_t w = 0, *to = &lane[word % POLYHASH_LANES];

        for (size_t i = 0; i < POLYHASH_WORD; i++)
            if (word * POLYHASH_WORD + i < n)
                w |= (uint64_t)p[word * POLYHASH_WORD + i] << 8 * i;
        *to = (slow_times(*to, key.point) + w) % prime;
    }
    for (size_t i = 0; i < POLYHASH_LANES; i++)
        sum = (slow_times(sum, key.mix) + lane[i]) % prime;
    return sum;
}

static uint64_t hash_whole(const unsigned char *p, size_t n)
{
    struct polyhash h = {.n = 0};

    polyhash_add(&key, &h, (struct str){(const char *)p, n});
    return polyhash_sum(&key, &h);
}

/* ---- tests ---- */

/* Texts of every length, of the largest bytes and of any; each in memory of its own, so that reading over its end shows. */
static void it_is_the_polynomial(void **state)
{
    (void)state;
    for (size_t n = 0; n <= LONGEST; n++)
        for (int any = 0; any < 2; any++) {
            unsigned char *text = malloc(n + (n == 0));

            assert_non_null(text);
            for (size_t i = 0; i < n; i++)
                text[i] = any ? (unsigned char)(i * 151 + n) : 0xff;
            assert_true(hash_whole(text, n) == slow_hash(text, n));
            free(text);
        }
}

static void pieces_do_not_matter(void **state)
{
    unsigned char text[LONGEST];
    uint64_t whole;

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)(i * i);
    whole = hash_whole(text, sizeof text);
    for (size_t piece = 1; piece < sizeof text; piece++) {
        struct polyhash h = {.n = 0};

        for (size_t at = 0; at < sizeof text; at += piece) {
            size_t n = sizeof text - at < piece ? sizeof text - at : piece;

            polyhash_add(&key, &h, (struct str){(const char *)text + at, n});
            polyhash_add(&key, &h, STR_NONE);
            (void)polyhash_sum(&key, &h); /* changes nothing */
        }
        assert_true(polyhash_sum(&key, &h) == whole);
    }
}

/* Each byte, each place and the length count, also of zeros. */
static void other_texts_are_others(void **state)
{
    unsigned char text[LONGEST] = {0};
    uint64_t before = hash_whole(text, 0);

    (void)state;
    for (size_t n = 1; n <= sizeof text; n++) {
        uint64_t now = hash_whole(text, n);

        assert_true(now != before);
        before = now;
    }
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        uint64_t here;

        text[i] = 1;
        here = hash_whole(text, sizeof text);
        text[i] = 0;
        text[i + 1] = 1;
        assert_true(here != before && hash_whole(text, sizeof text) != here);
        text[i + 1] = 0;
    }
}

static void keys_are_others_each_time(void **state)
{
    struct polyhash_key a = polyhash_key(), b = polyhash_key();

    (void)state;
    assert_true(a.point != b.point && a.mix != b.mix && a.point != a.mix);
    for (int i = 0; i < 1000; i++) {
        a = polyhash_key();
        assert_true(a.point > 0 && a.point < UINT64_C(1) << 59 && a.mix > 0 && a.mix < UINT64_C(1) << 59);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_polynomial), cmocka_unit_test(pieces_do_not_matter),
        cmocka_unit_test(other_texts_are_others), cmocka_unit_test(keys_are_others_each_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
