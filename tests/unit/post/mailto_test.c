#include "unit.h"

#include <string.h>

#include "post/mailto.h"

#define A32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void addresses(void **state)
{
    static const struct { const char *name, *want; enum rc rc; } rows[] = {
        {"mailto:r@x.example", "r@x.example", RC_OK},
        {" MAILTO:r@X.Example. ", "r@x.example", RC_OK},
        {"mailto:R.s-t+u=v/w@x.example", "R.s-t+u=v/w@x.example", RC_OK},
        {"mailto:%72%40x.example", "r@x.example", RC_OK}, /* decoded, then read */
        {"mailto:r@b%C3%BCcher.example", "r@xn--bcher-kva.example", RC_OK},
        {"mailto:r@x.example?subject=a&cc=v@y.example", "r@x.example", RC_OK},
        {"mailto:r@x.example!10m", "r@x.example", RC_OK},
        {"mailto:r@x.example!10", "r@x.example", RC_OK},
        {"mailto:" A32 A32 "@x.example", A32 A32 "@x.example", RC_OK},
        {"mailto:" A32 A32 "a@x.example", "longer", RC_BAD},
        {"mailto:r@x.example!m", "domain name", RC_BAD},
        {"https://x.example/r", "mailto", RC_NOTFOUND},
        {"mailtor@x.example", "mailto", RC_NOTFOUND},
        {"", "mailto", RC_NOTFOUND},
        {"mailto:", "no mailbox", RC_BAD},
        {"mailto:r", "no mailbox", RC_BAD},
        {"mailto:@x.example", "no mailbox", RC_BAD},
        {"mailto:r@", "no mailbox", RC_BAD},
        {"mailto:?to=r@x.example", "no mailbox", RC_BAD},
        {"mailto:r@x.example%0ABcc:v@y.example", "control character", RC_BAD},
        {"mailto:r@x.example%0d%0aBcc:v@y.example", "control character", RC_BAD},
        {"mailto:r%00@x.example", "control character", RC_BAD},
        {"mailto:r%7f@x.example", "control character", RC_BAD},
        {"mailto:r\n@x.example", "control character", RC_BAD},
        {"mailto:r@x.example%2Cv@y.example", "route", RC_BAD},
        {"mailto:v%40y.example@x.example", "route", RC_BAD},
        {"mailto:v%25y.example@x.example", "route", RC_BAD},
        {"mailto:y.example%21v@x.example", "route", RC_BAD},
        {"mailto:%22a%20b%22@x.example", "quoted", RC_BAD},
        {"mailto:a%20b@x.example", "quoted", RC_BAD},
        {"mailto:a..b@x.example", "quoted", RC_BAD},
        {"mailto:.a@x.example", "quoted", RC_BAD},
        {"mailto:a.@x.example", "quoted", RC_BAD},
        {"mailto:a,b@x.example", "quoted", RC_BAD},
        {"mailto:<a>@x.example", "quoted", RC_BAD},
        {"mailto:%C3%A9@x.example", "ASCII", RC_BAD},
        {"mailto:r@[127.0.0.1]", "domain name", RC_BAD},
        {"mailto:r@x.example%20RCPT", "domain name", RC_BAD},
        {"mailto:r@x..example", "domain name", RC_BAD},
        {"mailto:r%4@x.example", "hexadecimal", RC_BAD},
        {"mailto:r%", "hexadecimal", RC_BAD},
        {"mailto:r@x.example%2", "hexadecimal", RC_BAD},
        {"mailto:r%2540y@x.example", "route", RC_BAD}, /* decoded once */
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 16);
        struct err e = ERR_NONE;
        struct mailto to;

        ASSERT_ROW(mailto_parse(a, str_of(row->name), &to, &e) == row->rc, row);
        if (row->rc == RC_OK)
            ASSERT_ROW(strcmp(to.address, row->want) == 0, row);
        else
            ASSERT_ROW(strstr(e.text, row->want) != NULL, row);
        arena_free(a);
    }
}

static void long_ones(void **state)
{
    struct arena *a = arena_new(1 << 16);
    char uri[5000] = "mailto:";
    struct err e = ERR_NONE;
    struct mailto to;

    (void)state;
    memset(uri + 7, 'a', sizeof uri - 8);
    memcpy(uri + sizeof uri - 20, "@x.example", 10);
    assert_int_equal(mailto_parse(a, str_of(uri), &to, &e), RC_BAD);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses), cmocka_unit_test(long_ones)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
