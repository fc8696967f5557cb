#include "unit.h"

#include "auth/dkim_length.h"

/* RFC 6376 sections 3.4.3 and 3.4.4 */
static void counting(void **state)
{
    static const struct { const char *name; uint64_t simple, relaxed; } rows[] = {
        {"", 2, 0},
        {"\r\n\r\n", 2, 0},
        {"a\r\n", 3, 3},
        {"a", 3, 3},
        {"a\r\n\r\n\r\n", 3, 3},
        {"a  b \t\r\n", 8, 5},
        {" \t\r\n\r\n", 4, 0},
        {"a\r\n \r\nb\r\n", 9, 8},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        for (size_t chunk = 1; chunk < 4; chunk++) {
            struct dkim_length l;
            struct str rest = str_of(row->name);

            dkim_length_start(&l, true, true);
            for (; rest.n > 0; rest = str_slice(rest, chunk, rest.n))
                dkim_length_add(&l, str_slice(rest, 0, chunk));
            dkim_length_end(&l);
            ASSERT_ROW(l.bytes[DKIM_CANON_SIMPLE] == row->simple, row);
            ASSERT_ROW(l.bytes[DKIM_CANON_RELAXED] == row->relaxed, row);
        }
    }
}

static void beyond(void **state)
{
    struct dkim_length l = {.bytes = {[DKIM_CANON_SIMPLE] = 10, [DKIM_CANON_RELAXED] = 8}};
    struct dkim_sig sig = {.has_length = true, .length = 8};

    (void)state;
    assert_true(dkim_length_beyond(&l, &sig) == 2);
    sig.body_relaxed = true;
    assert_true(dkim_length_beyond(&l, &sig) == 0);
    sig.length = 9;
    assert_true(dkim_length_beyond(&l, &sig) == DKIM_LENGTH_SHORT);
    sig.has_length = false;
    assert_true(dkim_length_beyond(&l, &sig) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counting), cmocka_unit_test(beyond)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
