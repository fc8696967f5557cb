#include "unit.h"

#include <string.h>

#include "base/hashtable.h"
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

/* Which bucket a key comes into is not what anybody outside can work out. */
static void tables_are_keyed(void **state)
{
    static const char *const keys[] = {"a.example", "b.example", "c.example"};

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        unsigned plain, ours;

        HASH_JEN(keys[i], strlen(keys[i]), plain);
        HASH_VALUE(keys[i], strlen(keys[i]), ours);
        assert_int_not_equal(plain, ours);
        assert_int_equal(ours, keyed_hash(keys[i], strlen(keys[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reference_vectors), cmocka_unit_test(tables_are_keyed)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
