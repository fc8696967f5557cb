#include "unit.h"

#include <stdlib.h>

#include "intake/imap_answer.h"

static void new_again_over(void **state)
{
    struct imap_run *r = calloc(1, sizeof *r);
    uint32_t uid[100];
    size_t n = 0;

    (void)state;
    assert_non_null(r);
    assert_int_equal(imap_run_list(r, uid, &n), IMAP_LIST_NEW); /* nothing is listed */
    for (uint32_t next = 1; r->n < IMAP_RUN_MAX; next += 99) {
        for (uint32_t i = 0; i < 99; i++)
            uid[i] = next + i;
        n = 99;
        assert_int_equal(imap_run_list(r, uid, &n), IMAP_LIST_NEW);
        assert_true(n == 99 || r->n + n == IMAP_RUN_MAX); /* of the last batch as many as a run may have */
        imap_run_moved(r, uid, n);
        uid[0] = (uint32_t)r->n + 1;
        uid[1] = next; /* a list A, a list B, and A again: however long it is since */
        n = 2;
        assert_int_equal(imap_run_list(r, uid, &n), IMAP_LIST_AGAIN);
        uid[1] = 1;
        assert_int_equal(imap_run_list(r, uid, &n), IMAP_LIST_AGAIN);
    }
    uid[0] = uid[1] = IMAP_RUN_MAX + 1;
    n = 2;
    assert_int_equal(imap_run_list(r, uid, &n), IMAP_LIST_OVER);
    n = 0;
    assert_int_equal(imap_run_list(r, uid, &n), IMAP_LIST_NEW); /* it has no more, and the run ends well */
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(new_again_over)};

    return cmocka_run_group_tests_name("imap_answer", tests, NULL, NULL);
}
