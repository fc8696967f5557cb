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

/* What comes after a mark goes, large pieces and further blocks with it; what was there stays. */
static void scratch_is_given_back(void **state)
{
    static const size_t before[] = {0, 10, 100, 9000, 30000};

    (void)state;
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        struct arena *a = arena_new(1 << 20);
        char *kept = i == 0 ? NULL : arena_alloc(a, before[i]);
        struct arena_mark mark;
        size_t used;

        if (kept != NULL)
            memset(kept, 'k', before[i]);
        mark = arena_mark(a);
        used = arena_used(a);
        for (int round = 0; round < 500; round++) {
            for (size_t n = 1; n < 60000; n = n * 5 + 3)
                memset(arena_alloc(a, n), 's', n);
            arena_rewind(a, mark);
            assert_int_equal(arena_used(a), used);
        }
        for (size_t n = 0; n < before[i]; n++)
            assert_int_equal(kept[n], 'k');
        assert_non_null(arena_alloc(a, (1 << 20) - used - 64));
        arena_free(a);
    }
}

/* The last part of the limit is there when it is asked back. */
static void the_last_part_is_kept_back(void **state)
{
    struct arena *a = arena_new(100000);

    (void)state;
    arena_keep_back(a, 20000);
    while (arena_alloc(a, 1000) != NULL)
        ;
    assert_true(arena_used(a) <= 80000 && arena_ran_out(a));
    arena_keep_back(a, 0);
    assert_non_null(arena_alloc(a, 19000));
    arena_keep_back(a, 100000);
    arena_reset(a);
    assert_non_null(arena_alloc(a, 99000));
    arena_free(a);
}

/* A list grows to its bound and no further, and keeps what was in it. */
static void grows(void **state)
{
    struct arena *a = arena_new(1 << 20);
    size_t room = 0, n = 0;
    int *list = NULL, *kept = NULL;

    (void)state;
    while ((list = arena_grow(a, list, n, &room, 100, sizeof *list)) != NULL) {
        kept = list;
        list[n] = (int)n;
        n++;
    }
    assert_int_equal(n, 100);
    assert_int_equal(room, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(kept[i], i);
    room = 0;
    assert_null(arena_grow(a, NULL, 0, &room, 10, 1 << 20));
    assert_int_equal(room, 0);
    arena_free(a);
}

/* One of small blocks does what others do; emptied, it can be used again. */
static void small_blocks(void **state)
{
    struct arena *a = arena_new_of(1 << 20, 512);

    (void)state;
    for (int round = 0; round < 3; round++) {
        char *large, *small[100];

        for (int i = 0; i < 100; i++) {
            small[i] = arena_alloc(a, 50);
            assert_non_null(small[i]);
            assert_int_equal(small[i][49], 0);
            memset(small[i], i, 50);
        }
        large = arena_alloc(a, 5000);
        assert_non_null(large);
        assert_int_equal(large[4999], 0);
        memset(large, 'x', 5000);
        for (int i = 0; i < 100; i++)
            assert_true(small[i][0] == i && small[i][49] == i);
        arena_empty(a);
        assert_int_equal(arena_used(a), 0);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_blocks),
        cmocka_unit_test(grows), cmocka_unit_test(limit_holds), cmocka_unit_test(scratch_is_given_back),
        cmocka_unit_test(the_last_part_is_kept_back), cmocka_unit_test(large_and_small_are_zeroed_and_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
