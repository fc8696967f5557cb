#include "unit.h"

#include <string.h>

#include "mta/frames.h"

struct row {
    const char *bytes;
    size_t n;
    size_t pass; /* how many may be handed on */
};

#define ROW(bytes, pass) {bytes, sizeof bytes - 1, pass}
#define GOOD "\0\0\0\7DMi\0Q1\0"

static const struct row rows[] = {
    ROW(GOOD, 11), ROW(GOOD "\0\0\0\5Ma\0b\0", 20),
    ROW("\0\0\0\1D", 5), ROW("\0\0\0\2DM", 6), ROW("\0\0\0\4DM\0\0", 8), /* nothing, no macros, an empty name */
    ROW("\0\0\0\0" GOOD, 15),                                           /* no command at all */
    ROW("\0\0\0\4DMi\0", 7), ROW("\0\0\0\6DMi\0QQ", 9), ROW("\0\0\0\3DMi", 6), /* no value, none that ends, no end */
    ROW("\0\0\0\xa" "DMi\0Q\0" "1\0x", 13),                                     /* three strings and a half */
    ROW("\0\0\0\x9" "DMi\0Q\0" "1\0", 12),                                      /* a NUL within a value */
    ROW(GOOD "\0\0\0\4DMi\0" "\0\0\0\5Ma\0b\0", 18),                             /* what follows goes nowhere */
    ROW("\0\0\0\5Ma\0b\0", 9), ROW("\0\0\0\4Ma\0b", 8),                         /* other commands may look as they like */
};

/* Fields: what becomes of their NULs, or that they are none. */
static const struct row fields[] = {
    ROW("\0\0\0\7Lab\0cd\0" GOOD, 22), ROW("\0\0\0\5La\0b\0", 9), ROW("\0\0\0\4La\0\0", 8), /* as they should be */
    ROW("\0\0\0\7La\0b\0c\0", 11), ROW("\0\0\0\7La\0\0\0\0\0", 11), ROW("\0\0\0\7L\0a\0b\0\0", 11),
    ROW("\0\0\0\1L", 5), /* nothing, which libmilter finds itself */
    ROW("\0\0\0\4L\0b\0", 7), ROW("\0\0\0\3L\0\0", 6), ROW("\0\0\0\4Lab\0", 7), /* no name, no body */
    ROW("\0\0\0\5La\0bc", 8), ROW("\0\0\0\6La\0b\0c", 9), /* no end */
};
static const struct row cleaned[] = {
    ROW("\0\0\0\7Lab\0cd\0" GOOD, 22), ROW("\0\0\0\5La\0b\0", 9), ROW("\0\0\0\4La\0\0", 8),
    ROW("\0\0\0\7La\0b\1c\0", 11), ROW("\0\0\0\7La\0\1\1\1\0", 11), ROW("\0\0\0\7L\1a\0b\1\0", 11),
};

/* The answer is the same in whatever pieces the bytes come. */
static void in_pieces_of(const struct row *row, size_t size, char *bytes)
{
    struct frames f = {0};
    size_t passed = 0;

    memcpy(bytes, row->bytes, row->n);
    for (size_t at = 0; at < row->n; at += size)
        passed += frames_pass(&f, bytes + at, row->n - at < size ? row->n - at : size);
    if (passed != row->pass || f.broken != (row->pass < row->n))
        fail_msg("row of %zu bytes in pieces of %zu: %zu passed, broken %d", row->n, size, passed, f.broken);
}

enum { ROW_MAX = 64 };

static void each_in_all_pieces(void **state)
{
    char bytes[ROW_MAX];

    (void)state;
    for (size_t size = 1; size < 32; size++)
        FOR_ROWS(row, rows) {
            in_pieces_of(row, size, bytes);
            assert_memory_equal(bytes, row->bytes, row->n);
        }
}

static void fields_in_all_pieces(void **state)
{
    char bytes[ROW_MAX];

    (void)state;
    for (size_t size = 1; size < 32; size++)
        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
            in_pieces_of(&fields[i], size, bytes);
            if (i < sizeof cleaned / sizeof cleaned[0])
                assert_memory_equal(bytes, cleaned[i].bytes, cleaned[i].n);
        }
}

static void a_broken_one_stays(void **state)
{
    char odd[] = "\0\0\0\4DMi\0", good[] = GOOD;
    struct frames f = {0};

    (void)state;
    assert_int_equal(frames_pass(&f, odd, 8), 7);
    assert_true(f.broken);
    assert_int_equal(frames_pass(&f, good, 11), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_in_all_pieces),
        cmocka_unit_test(fields_in_all_pieces),
        cmocka_unit_test(a_broken_one_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
