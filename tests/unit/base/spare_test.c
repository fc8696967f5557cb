#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/shelf.h"
#include "base/spare.h"

enum { THREADS = 6, ROUNDS = 20000, HELD = 5 };

/* A full shelf takes no more, and gives back each thing once; as far as this thread stays on one processor. */
static void shelf_gives_each_once(void **state)
{
    static struct shelf s;
    int thing[100] = {0};
    size_t put = 0, taken = 0;
    int *t;

    (void)state;
    assert_null(shelf_take(&s));
    for (size_t i = 0; i < 100; i++)
        put += shelf_put(&s, &thing[i]) ? 1 : 0;
    assert_in_range(put, 0, SHELF_PROCESSORS * SHELF_EACH);
    while ((t = shelf_take(&s)) != NULL) {
        assert_int_equal((*t)++, 0);
        taken++;
    }
    assert_in_range(taken, 0, put);
}

/* Whoever has a block is alone with it. */
static void *takes_and_gives(void *arg)
{
    unsigned char mark = (unsigned char)(uintptr_t)arg, *held[HELD];

    for (int round = 0; round < ROUNDS; round++) {
        enum spare which = round % 2 == 0 ? SPARE_4K : SPARE_16K;
        size_t n = spare_size(which);

        for (size_t i = 0; i < HELD; i++) {
            held[i] = spare_take(which);
            assert_non_null(held[i]);
            held[i][0] = held[i][n - 1] = (unsigned char)(mark + i);
        }
        for (size_t i = 0; i < HELD; i++) {
            assert_int_equal(held[i][0], (unsigned char)(mark + i));
            assert_int_equal(held[i][n - 1], (unsigned char)(mark + i));
            spare_give(which, held[i]);
        }
    }
    return NULL;
}

static void blocks_are_ones_own(void **state)
{
    pthread_t thread[THREADS];

    (void)state;
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, takes_and_gives, (void *)(i * 40)), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
}

static void giving_back_says_nothing(void **state)
{
    (void)state;
    errno = EAGAIN;
    spare_give(SPARE_4K, NULL);
    for (int i = 0; i < 100; i++)
        spare_give(SPARE_16K, spare_take(SPARE_16K));
    assert_int_equal(errno, EAGAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shelf_gives_each_once),
        cmocka_unit_test(blocks_are_ones_own),
        cmocka_unit_test(giving_back_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
