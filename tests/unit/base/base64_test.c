#include "unit.h"

#include <string.h>

#include "base/base64.h"

/* RFC 4648 section 10, and what is none. */
static void decoding(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"Zg==", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"}, {"Zm9vYg==", "foob"}, {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"}, {"Zg", "f"}, {"Zm8", "fo"}, {"+/+/", "\xfb\xff\xbf"}, {"-_-_", NULL},
        {"", NULL}, {"=", NULL}, {"==", NULL}, {"Z", NULL}, {"Z===", NULL}, {"Zg=", NULL}, {"Z=g=", NULL},
        {"Zm9v=", NULL}, {"Zm9v====", NULL}, {"Zm 9v", NULL}, {"Zm9\x80", NULL},
    };
    struct arena *a = arena_new(1 << 16);

    (void)state;
    FOR_ROWS(row, rows) {
        uint8_t *out = base64_decode(a, str_of(row->name));

        ASSERT_ROW((out != NULL) == (row->want != NULL), row);
        ASSERT_ROW(base64_size(str_of(row->name)) == (row->want == NULL ? 0 : strlen(row->want)), row);
        ASSERT_ROW(out == NULL || memcmp(out, row->want, strlen(row->want)) == 0, row);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(decoding)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
