#include "unit.h"

#include "base/siphash.h"

/* The first of the vectors that come with the reference implementation: key 00 … 0f, data 00 01 02 … */
static void reference_vectors(void **state)
{
    static const struct { const char *name; size_t n; uint64_t want; } rows[] = {
        {"empty", 0, 0x726fdb47dd0e0e31}, {"1", 1, 0x74f839c593dc67fd}, {"7", 7, 0xab0200f58b01d137},
        {"8", 8, 0x93f5f5799a932462}, {"15", 15, 0xa129ca6149be45e5},
    };
    unsigned char key[SIPHASH_KEY_BYTES], data[16];

    (void)state;
    for (unsigned char i = 0; i < 16; i++)
        key[i] = data[i] = i;
    FOR_ROWS(row, rows)
        ASSERT_ROW(siphash(key, data, row->n) == row->want, row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reference_vectors)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
