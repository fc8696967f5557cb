#include "unit.h"

#include <pthread.h>
#include <string.h>

#include "dmarc/dmarc_opendmarc.h"

#define L49 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeee"
#define N253 L49 "." L49 "." L49 "." L49 "." L49 ".123"
_Static_assert(sizeof N253 - 1 == 253, "the longest name");

/* The library follows what we found, whatever the shape of the author domain. */
static void decisions(void **state)
{
    static const struct { const char *name; } authors[] = {
        {"example.com"}, {"x.com"}, {"e.example.com"}, {"a.b"}, {"bank"}, {"co.uk"}, {"xn--bcher-kva.example"},
        {"_dmarc.example.com"}, {N253},
    };
    struct err e = ERR_NONE;

    (void)state;
    assert_int_equal(dmarc_opendmarc_init(&e), RC_OK);
    FOR_ROWS(row, authors) {
        for (int policy = DMARC_P_NONE; policy <= DMARC_P_REJECT; policy++) {
            for (unsigned aligned = 0; aligned < 4; aligned++) {
                bool pass = false;
                enum dmarc_policy enforce = DMARC_P_NONE;

                ASSERT_ROW(dmarc_opendmarc_decide(row->name, (enum dmarc_policy)policy, (aligned & 1) != 0,
                                                  (aligned & 2) != 0, &pass, &enforce) == RC_OK, row);
                ASSERT_ROW(pass == (aligned != 0), row);
                ASSERT_ROW((int)enforce == (pass ? DMARC_P_NONE : policy), row);
            }
        }
    }
    dmarc_opendmarc_shutdown();
}

static void *decide_often(void *ctx)
{
    bool *right = ctx;

    for (int i = 0; i < 2000; i++) {
        bool pass = false;
        enum dmarc_policy enforce = DMARC_P_NONE;

        if (dmarc_opendmarc_decide("example.com", DMARC_P_REJECT, i % 2 == 0, false, &pass, &enforce) != RC_OK ||
            pass != (i % 2 == 0) || enforce != (pass ? DMARC_P_NONE : DMARC_P_REJECT))
            *right = false;
    }
    return NULL;
}

/* What dmarc_opendmarc.h promises: any thread, at once. */
static void threads(void **state)
{
    enum { THREADS = 4 };
    pthread_t thread[THREADS];
    bool right[THREADS] = {true, true, true, true};
    struct err e = ERR_NONE;

    (void)state;
    assert_int_equal(dmarc_opendmarc_init(&e), RC_OK);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, decide_often, &right[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_true(right[i]);
    }
    dmarc_opendmarc_shutdown();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(decisions), cmocka_unit_test(threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
