#include "unit.h"

#include <string.h>

#include "base/domain_name.h"

static void names(void **state)
{
    static const struct {
        const char *name;
        size_t labels;
    } rows[] = {
        {"example", 1}, {"example.com", 2}, {"Mail.Example.COM", 3}, {"_dmarc.xn--bcher-kva.example", 3}, {"1.2.3.4", 4},
        {"-", 1},       {"", 0},            {".", 0},                {".example", 0},                     {"example.", 0},
        {"a..b", 0},    {"a b", 0},         {"b\xc3\xbc" "cher", 0}, {"a@b", 0},                          {"[192.0.2.1]", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (domain_name_labels(str_of(rows[i].name)) != rows[i].labels)
            fail_msg("%s: %zu", rows[i].name, domain_name_labels(str_of(rows[i].name)));
    assert_int_equal(domain_name_labels(STR_NONE), 0);
    assert_int_equal(domain_name_labels((struct str){"a\0b", 3}), 0);
}

/* 63 bytes a label, 253 in all: one more is too much. */
static void lengths(void **state)
{
    char name[300];

    (void)state;
    memset(name, 'a', sizeof name);
    assert_int_equal(domain_name_labels((struct str){name, 63}), 1);
    assert_int_equal(domain_name_labels((struct str){name, 64}), 0);
    name[63] = name[127] = name[191] = '.';
    assert_int_equal(domain_name_labels((struct str){name, 253}), 4);
    assert_int_equal(domain_name_labels((struct str){name, 254}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(lengths)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
