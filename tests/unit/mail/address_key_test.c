#include "unit.h"

#include <string.h>

#include "mail/address_key.h"

static void keys(void **state)
{
    static const struct {
        const char *name, *address, *want;
    } rows[] = {
        {"plain", "Ann.Smith@Example.COM", "ann.smith@example.com"},
        {"no domain", "Ann", "ann"},
        {"nothing", "", ""},
        {"composed and not", "ju\xcc\x88rgen@b\xc3\xbc" "cher.example", "j\xc3\xbcrgen@xn--bcher-kva.example"},
        {"capitals", "J\xc3\x9cRGEN@B\xc3\x9c" "CHER.example", "j\xc3\xbcrgen@xn--bcher-kva.example"},
        {"A-labels beside UTF-8", "j\xc3\xbcrgen@XN--BCHER-KVA.example", "j\xc3\xbcrgen@xn--bcher-kva.example"},
        {"not UTF-8 stays", "J\xfcrgen@b.example", "j\xfcrgen@b.example"},
        {"no domain that DNS can carry", "\xc3\xa4@..\xc3\xa4..", "\xc3\xa4@..\xc3\xa4.."},
        {"two @", "\"\xc3\x84@x\"@B.example", "\"\xc3\xa4@x\"@b.example"},
    };
    char mem[ADDRESS_KEY_MAX];

    (void)state;
    FOR_ROWS(row, rows) {
        size_t n = address_key(str_of(row->address), mem, sizeof mem);

        if (n != strlen(row->want) || memcmp(mem, row->want, n) != 0)
            print_error("got  %.*s\nwant %s\n", (int)n, mem, row->want);
        ASSERT_ROW(n == strlen(row->want) && memcmp(mem, row->want, n) == 0, row);
    }
}

/* Whatever is beyond `max` is cut off, and nothing is written behind it. */
static void bounds(void **state)
{
    char text[3000], mem[ADDRESS_KEY_MAX + 1];

    (void)state;
    for (size_t max = 0; max <= ADDRESS_KEY_MAX; max += 7) {
        memset(text, 'A', sizeof text);
        memcpy(text + 1, "\xc3\x84@\xc3\xa4.", 6);
        memset(mem, '#', sizeof mem);
        assert_true(address_key((struct str){text, sizeof text}, mem, max) <= max);
        assert_int_equal(mem[max], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keys), cmocka_unit_test(bounds)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
