/*
 * Keys of report rows: whatever stands in one is read in bounds; and the key of a record with hostile columns is read
 * back whole.  First byte odd: a key; even: columns, a line each.
 */
#include <string.h>

#include "fuzz.h"
#include "report/row.h"

static void read_key(struct str key)
{
    struct row_policy policy;
    struct feedback_row row;
    size_t n = row_read_policy(key, &policy);

    HOLDS(n <= key.n);
    (void)row_read(key, &row);
}

#define TAKE_TEXT(name) r.name = str_dup(a, fuzz_take(&rest, '\n'));
#define TAKE_INT(name)
#define TAKE(kind, name, help) TAKE_##kind(name)

static void make_key(struct arena *a, struct str rest)
{
    static char mem[ROW_KEY_MAX];
    struct strbuf key = STRBUF_ON(mem);
    struct record r = {.time_ms = 1700000000000};
    struct row_policy policy;
    struct feedback_row row;

    RECORD_COLUMNS(TAKE)
    if (row_key(a, &r, true, &key) != RC_OK)
        return;
    HOLDS(row_read_policy(strbuf_str(&key), &policy) > 0);
    HOLDS(row_read(strbuf_str(&key), &row) == RC_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(FUZZ_ARENA_MAX);

    if (size > 1 && data[0] % 2 == 1)
        read_key(fuzz_str(data + 1, size - 1));
    else if (size > 1)
        make_key(a, fuzz_str(data + 1, size - 1));
    arena_free(a);
    return 0;
}
