#include "unit.h"

#include <string.h>

#include "auth/dmarc_opendmarc.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(decisions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
