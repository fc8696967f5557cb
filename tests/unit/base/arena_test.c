#include "unit.h"

#include <string.h>

#include "base/arena.h"

static void limit_holds(void **state)
{
    struct arena *a = arena_new(1000);
    size_t got = 0;

    (void)state;
    assert_non_null(a);
    assert_null(arena_alloc(a, 1001));
    assert_null(arena_array(a, SIZE_MAX / 2, 3));
    while (arena_alloc(a, 100) != NULL)
        got++;
    assert_in_range(got, 8, 10);
    arena_reset(a);
    assert_int_equal(arena_used(a), 0);
    assert_non_null(arena_alloc(a, 900));
    arena_free(a);
}

static void large_and_small_are_zeroed_and_apart(void **state)
{
    struct arena *a = arena_new(1 << 20);
    char *small = arena_alloc(a, 3), *large = arena_alloc(a, 100000), *after = arena_alloc(a, 3);

    (void)state;
    assert_non_null(large);
    for (size_t i = 0; i < 100000; i++)
        assert_int_equal(large[i], 0);
    memset(large, 'x', 100000);
    assert_int_equal(small[0], 0);
    assert_int_equal(after[2], 0);
    assert_int_equal((uintptr_t)after % _Alignof(max_align_t), 0);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limit_holds), cmocka_unit_test(large_and_small_are_zeroed_and_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
